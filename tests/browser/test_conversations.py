from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from web.small import SmallMalmoi

from .conftest import Open, ask

pytestmark = pytest.mark.browser
COST, WEATHER = "푸른다리 건설비는 얼마인가?", "내일 날씨는?"


def test_conversations_are_kept_renamed_exported_and_deleted(open_page: Open) -> None:
    page = open_page()
    listed = page.locator(".conversations a")
    ask(page, COST)
    expect(listed).to_have_text([COST])
    assert re.search(r"\?c=[0-9a-f]{32}$", page.url)
    page.get_by_role("button", name="새 대화").click()
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, WEATHER)
    expect(listed).to_have_text([WEATHER, COST])

    listed.filter(has_text=COST).click()
    expect(page.locator("#mm-turns .question")).to_contain_text(COST)
    expect(page.locator(".bar h1")).to_have_text(COST)
    page.reload()
    expect(page.locator("#mm-turns .question")).to_contain_text(COST)
    page.go_back()
    expect(page.locator("#mm-turns .question")).to_contain_text(WEATHER)
    page.go_forward()
    expect(page.locator("#mm-turns .question")).to_contain_text(COST)

    page.get_by_role("button", name=f"‘{COST}’ 대화 관리").click()
    page.get_by_role("menuitem", name="이름 바꾸기").click()
    page.get_by_label("대화 제목").fill("다리 <b>이야기</b>")
    page.keyboard.press("Enter")
    expect(listed.nth(1)).to_have_text("다리 <b>이야기</b>")
    expect(page.locator(".bar h1")).to_have_text("다리 <b>이야기</b>")

    page.get_by_role("button", name="‘다리 <b>이야기</b>’ 대화 관리").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Markdown으로 내려받기").click()
    assert download.value.suggested_filename.startswith("다리")
    exported = Path(download.value.path()).read_text("utf-8")
    assert f"## {COST}" in exported and "> 푸른다리 건설에는 120억 원이 들었다." in exported

    page.get_by_role("button", name="‘다리 <b>이야기</b>’ 대화 관리").click()
    page.get_by_role("menuitem", name="삭제").click()
    page.get_by_role("dialog").get_by_role("button", name="취소").click()
    expect(listed).to_have_count(2)
    page.get_by_role("button", name="‘다리 <b>이야기</b>’ 대화 관리").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="삭제").click()
    expect(listed).to_have_text([WEATHER])
    expect(page.locator(".welcome")).to_be_visible()


def test_leaving_an_answer_keeps_it_out_of_the_next_conversation(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    page.fill("#question", "천천히 말해 줘")
    page.keyboard.press("Enter")
    expect(page.locator("#mm-live .answer")).to_contain_text("2번째 문장입니다.")
    page.get_by_role("button", name="새 대화").click()
    expect(page.locator(".welcome")).to_be_visible()
    assert malmoi.closed_early.wait(10)
    page.wait_for_timeout(500)
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, COST)
    expect(page.locator(".turn")).to_have_count(1)
    page.locator(".conversations a").filter(has_text="천천히").click()
    expect(page.locator("#mm-turns .answer")).to_contain_text("여기서 멈췄습니다.")


def test_an_unknown_conversation_in_the_address_is_a_fresh_page(open_page: Open) -> None:
    page = open_page(path="/?c=doesnotexist")
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, COST)
    expect(page.locator(".conversations a")).to_have_count(1)


def test_language_and_theme_follow_the_browser_and_can_be_switched(open_page: Open) -> None:
    page = open_page(locale="en-US", dark=True)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".welcome h2")).to_have_text("What would you like to know?")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.fill("#question", "a draft")
    page.get_by_role("button", name="한국어").click()
    expect(page.locator(".welcome h2")).to_have_text("무엇이 궁금하세요?")
    expect(page.locator("#question")).to_have_value("a draft")
    expect(page.locator("#question")).to_have_attribute("placeholder", "문서에 대해 물어보세요")
    page.get_by_role("button", name="밝게").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.reload()
    expect(page.locator(".welcome h2")).to_have_text("무엇이 궁금하세요?")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    ask(page, COST)
    page.locator("#mm-live a.cite").first.click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="문서 전체 보기").click()
    expect(opened.value.locator("html")).to_have_attribute("data-theme", "light")


def test_on_a_phone_everything_fits_and_can_be_reached(open_page: Open) -> None:
    page = open_page(phone=True)
    ask(page, COST)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#mm-live a.cite").first.tap()
    panel = page.locator(".panel")
    box = panel.bounding_box()
    assert box and box["width"] == 390 and box["height"] == 844
    expect(panel).to_have_attribute("aria-modal", "true")
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.panel') !== null")
    panel.get_by_role("button", name="닫기").tap()
    expect(page.locator("#mm-sidebar")).to_be_hidden()
    page.get_by_role("button", name="메뉴").tap()
    expect(page.locator("#mm-sidebar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#mm-sidebar")).to_be_hidden()
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('#question')).fontSize)") >= 16

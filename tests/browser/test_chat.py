from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from malmoi.types import SectionKind
from web.small import Script, SmallMalmoi

from .conftest import Open, ask

pytestmark = pytest.mark.browser
COST = "푸른다리 건설비는 얼마인가?"


def test_from_a_question_to_the_whole_document(open_page: Open) -> None:
    page = open_page()
    ask(page, COST)
    live = page.locator("#mm-live")
    expect(live.locator(".verdict")).to_have_text("자료마다 다름")
    quotes = live.locator("figure.quote")
    expect(quotes).to_have_count(2)
    expect(quotes.nth(0)).to_contain_text("120억 원")
    expect(quotes.nth(0)).to_contain_text("2025-03-04")
    expect(quotes.nth(1)).to_contain_text("155억 원")
    expect(quotes.nth(1)).to_contain_text("2025-06-18")
    cite = quotes.nth(1).locator("a.cite")
    assert cite.get_attribute("href") == f"#cite-{live.locator('.turn').get_attribute('data-turn')[:8]}-2"  # type: ignore[index]
    cite.click()
    panel = page.get_by_role("dialog", name="근거")
    expect(panel.locator("mark")).to_have_text("시의회는 푸른다리 건설비가 모두 155억 원이었다고 발표했다.")
    expect(panel).to_contain_text("설계 변경이 원인이라고 했다.")
    expect(panel).to_contain_text("본문")
    expect(panel).to_contain_text("감사.txt")
    with page.context.expect_page() as opened:
        panel.get_by_role("link", name="문서 전체 보기").click()
    document = opened.value
    document.wait_for_load_state()
    expect(document.locator("mark#cited")).to_have_text("시의회는 푸른다리 건설비가 모두 155억 원이었다고 발표했다.")
    expect(document.locator("mark#cited")).to_be_in_viewport()
    expect(document.locator("h1")).to_have_text("푸른다리 감사 결과")


def test_a_citation_is_worked_by_keyboard(open_page: Open) -> None:
    page = open_page()
    ask(page, COST)
    cite = page.locator("#mm-live a.cite").first
    for key in ("Enter", "Space"):
        cite.focus()
        page.keyboard.press(key)
        expect(page.locator(".panel mark")).to_be_visible()
        assert page.evaluate("document.activeElement.closest('.panel') !== null")
        page.keyboard.press("Escape")
        expect(page.locator(".panel")).to_have_count(0)
        expect(cite).to_be_focused()


def test_a_models_answer_streams_and_shows_what_is_not_supported(open_page: Open, malmoi: SmallMalmoi) -> None:
    malmoi.label = "llm:scripted"
    page = open_page()
    expect(page.locator(".bar .answerer")).to_have_text("언어 모델 scripted")
    page.evaluate(
        """() => { window.drafts = new Set(); new MutationObserver(() => {
            const draft = document.querySelector('#mm-live .draft'); if (draft) window.drafts.add(draft.textContent);
        }).observe(document.querySelector('#mm-live'), {childList: true, subtree: true, characterData: true}); }"""
    )
    ask(page, "푸른다리를 정리해 줘")
    assert len(page.evaluate("[...window.drafts]")) > 1
    answer = page.locator("#mm-live .answer")
    expect(answer.locator(".support-contradicted .support")).to_have_text(
        re.compile("근거와 어긋남.*근거에는 120억 원")
    )
    expect(answer.locator(".support-unsupported .support")).to_contain_text("근거 없음")
    struck = answer.locator("s.said")
    expect(struck).to_have_text(["건설비는 200억 원입니다.", "아름다운 다리입니다."])
    assert "line-through" in struck.first.evaluate("element => getComputedStyle(element).textDecorationLine")
    expect(answer.locator(".by")).to_have_text("언어 모델 scripted의 답")
    expect(answer.locator(".sources li")).to_have_count(1)


def test_a_comment_is_labelled(open_page: Open) -> None:
    page = open_page()
    ask(page, "시민들은 무엇이라고 하나?")
    expect(page.locator("#mm-live figcaption .kind")).to_have_text("댓글")
    page.locator("#mm-live a.cite").first.click()
    expect(page.locator(".panel .kind")).to_have_text("댓글")
    expect(page.locator(".panel .facts")).to_contain_text("강바람")


def test_an_abstention_shows_the_nearest_passages_as_such(open_page: Open) -> None:
    page = open_page()
    ask(page, "내일 날씨는?")
    expect(page.locator("#mm-live .verdict")).to_have_text("문서에 답이 없음")
    expect(page.locator("#mm-live .nearest h3")).to_have_text("가장 가까운 대목입니다. 질문의 답은 아닙니다.")
    page.locator("#mm-live .nearest a").first.click()
    expect(page.locator(".panel mark")).to_be_visible()


def test_stop_keeps_what_was_said(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    page.fill("#question", "천천히 말해 줘")
    page.get_by_role("button", name="묻기", exact=True).click()
    expect(page.locator("#mm-live .answer")).to_contain_text("2번째 문장입니다.")
    page.get_by_role("button", name="멈추기").click()
    expect(page.locator("#mm-live .turn")).to_have_attribute("data-state", "done")
    expect(page.locator("#mm-live .answer")).to_contain_text("여기서 멈췄습니다.")
    assert malmoi.closed_early.wait(10)
    expect(page.get_by_role("button", name="묻기", exact=True)).to_be_visible()
    page.reload()
    expect(page.locator("#mm-turns .answer")).to_contain_text("여기서 멈췄습니다.")


def test_closing_the_page_stops_the_work_and_keeps_what_was_said(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    page.fill("#question", "천천히 말해 줘")
    page.keyboard.press("Enter")
    expect(page.locator("#mm-live .answer")).to_contain_text("2번째 문장입니다.")
    address, context = page.url, page.context
    page.close()
    assert malmoi.closed_early.wait(20)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#mm-turns .answer")).to_contain_text("여기서 멈췄습니다.")


def test_a_failure_is_told_and_can_be_retried(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    ask(page, "끊어지는 질문", state="failed")
    expect(page.get_by_role("alert")).to_contain_text("The model broke off")
    expect(page.locator("#question")).to_have_value("끊어지는 질문")
    malmoi.scripts["끊어지는 질문"] = Script(malmoi.scripts[COST].sentences)
    page.locator("#mm-live").get_by_role("button", name="다시 묻기").click()
    expect(page.locator("#mm-live .turn")).to_have_attribute("data-state", "done")
    expect(page.locator(".turn")).to_have_count(1)


def test_asking_again_replaces_the_answer_and_keeps_the_history(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    ask(page, COST)
    ask(page, "내일 날씨는?")
    assert malmoi.asked[-1].history == (COST,)
    page.locator("#mm-live").get_by_role("button", name="다시 묻기").click()
    page.wait_for_function("!document.body.classList.contains('answering')")
    expect(page.locator("#mm-live .turn")).to_have_attribute("data-state", "done")
    assert len(malmoi.asked) == 3 and malmoi.asked[-1].history == (COST,)
    expect(page.locator(".turn")).to_have_count(2)
    page.reload()
    expect(page.locator("#mm-turns .turn")).to_have_count(2)


def test_composing_korean_never_sends(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    page.focus("#question")
    input = page.context.new_cdp_session(page)
    input.send("Input.imeSetComposition", {"text": "말모", "selectionStart": 2, "selectionEnd": 2})
    input.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "windowsVirtualKeyCode": 229})
    page.evaluate(
        """() => document.querySelector('#question').dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, isComposing: true}))"""
    )
    input.send("Input.insertText", {"text": "말모이"})
    expect(page.locator("#question")).to_have_value("말모이")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("x")
    expect(page.locator("#question")).to_have_value("말모이\nx")
    assert malmoi.asked == []
    page.keyboard.press("Enter")
    page.wait_for_selector("#mm-live .turn")
    assert [asked.question for asked in malmoi.asked] == ["말모이\nx"]


def test_suggestions_copy_and_rating(open_page: Open, malmoi: SmallMalmoi, tmp_path: Path) -> None:
    page = open_page()
    page.get_by_role("list", name="이런 질문은 어떠세요").get_by_role("button", name=COST).click()
    page.wait_for_selector("#mm-live .turn[data-state=done]")
    live = page.locator("#mm-live")
    live.get_by_role("button", name="복사").click()
    expect(page.locator(".toast")).to_have_text("답을 복사했습니다.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(COST) and "120억 원이 들었다. [1]" in copied and "2025-06-18" in copied
    live.get_by_role("button", name="도움이 안 됐어요").click()
    page.get_by_label("빠진 내용이 있음").check()
    page.get_by_label("덧붙일 말 (선택)").fill("이유도 알고 싶다")
    page.locator(".reasons").get_by_role("button", name="보내기").click()
    expect(live).to_contain_text("평가를 저장했습니다.")
    with page.expect_download() as download:
        page.get_by_role("button", name="평가 내려받기 (JSONL)").click()
    exported = Path(download.value.path()).read_text("utf-8")
    assert '"reason": "incomplete"' in exported and "이유도 알고 싶다" in exported
    page.reload()
    expect(page.get_by_role("button", name="도움이 안 됐어요")).to_have_attribute("aria-pressed", "true")


def test_filters_are_sent_and_shown_as_chips(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    page.get_by_role("button", name="찾는 범위").click()
    dialog = page.get_by_role("dialog", name="찾는 범위")
    dialog.get_by_label("시작 날짜").fill("2025-03-01")
    dialog.get_by_label("댓글", exact=True).check()
    source = dialog.locator("input[name=sources]").first
    name = source.get_attribute("value")
    source.check()
    dialog.get_by_role("button", name="적용").click()
    expect(page.locator(".chip")).to_have_count(3)
    ask(page, COST)
    filters = malmoi.asked[-1].filters
    assert filters.date_from == "2025-03-01" and filters.publishers == {name}
    assert SectionKind.COMMENT in filters.kinds and SectionKind.BODY in filters.kinds
    for left in (2, 1, 0):
        page.locator(".chip button").first.click()
        expect(page.locator(".chip")).to_have_count(left)
    ask(page, "내일 날씨는?")
    assert not malmoi.asked[-1].filters


def announced(page: Page) -> str:
    return page.locator("#announcements").inner_text()


def test_a_finished_answer_is_announced_once(open_page: Open) -> None:
    page = open_page()
    ask(page, COST)
    page.wait_for_function("document.querySelector('#announcements')?.textContent")
    assert announced(page) == "답이 준비됐습니다. 자료마다 다름"

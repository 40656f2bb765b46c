"""The report, the comparison and the page for proposed questions, as a person meets them in Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from evaluation.made_results import run
from malmoi.evaluation.compare import compare, compare_html
from malmoi.evaluation.generate import CLOZE, Candidate
from malmoi.evaluation.questions import Question, Quote
from malmoi.evaluation.report import report_html
from malmoi.evaluation.review import Review
from malmoi.web.review import review_app
from web.small import SmallMalmoi

from .conftest import serving

pytestmark = pytest.mark.browser
HOSTILE = "</script><script>window.hit = 1</script><img src=https://example.org/x onerror='window.hit = 2'>"
Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens an HTML file without a network; anything but the file itself that it asks for is a fault."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open(html: str, *, dark: bool = False, phone: bool = False) -> Page:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
            color_scheme="dark" if dark else "light",
            offline=True,
        )
        contexts.append(context)
        context.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else faults.append(r.url))
        context.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        context.on("weberror", lambda e: faults.append(str(e.error)))
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(path.as_uri())
        return page

    yield open
    for context in contexts:
        context.close()
    assert faults == []


def ids(page: Page) -> list[str]:
    return [row.get_attribute("data-id") or "" for row in page.query_selector_all(".row")]


def test_filter_sort_and_open_a_question(show: Show) -> None:
    results = run(80)
    page = show(report_html(results, "en"))
    assert ids(page)[:3] == ["q0000", "q0001", "q0002"]
    page.select_option("#filter-type", "unanswerable")
    page.select_option("#filter-outcome", "invented")
    invented = [q.question.id for q in results.questions if q.outcome == "invented"]
    assert invented and ids(page) == invented
    page.select_option("#filter-type", "")
    page.select_option("#filter-outcome", "")
    page.select_option("#sort", "confidence")
    page.select_option("#order", "down")
    surest = sorted(results.questions, key=lambda q: -(q.confidence or 0))[0]
    assert ids(page)[0] == surest.question.id
    page.fill("#filter-text", "Q0013")
    assert ids(page) == ["q0013"]
    page.click(".row .head")
    detail = page.text_content(".row .detail") or ""
    assert "Gold" in detail and results.questions[13].question.answers[0] in detail
    assert page.locator(".passage").count() == 5 and page.locator(".passage.gold mark").count() == 1


def test_the_keyboard_alone_opens_a_question(show: Show) -> None:
    page = show(report_html(run(8), "en"))
    page.focus(".row .head")
    page.keyboard.press("Enter")
    assert page.get_attribute(".row .head", "aria-expanded") == "true"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.row')?.dataset.id") == "q0000"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert page.locator(".detail").count() == 0


def test_the_language_changes_everywhere_and_keeps_what_is_open(show: Show) -> None:
    page = show(report_html(run(40), "en"))
    page.click(".row .head")
    page.select_option("#filter-type", "fact")
    page.click("[data-language=ko]")
    assert page.get_attribute("html", "lang") == "ko"
    assert page.text_content("h1") == "평가 보고서" and "정답" in (page.text_content(".detail") or "")
    assert page.input_value("#filter-type") == "fact" and page.text_content(".figures .measure") == "nDCG@10"
    assert page.text_content("[data-t='report.risk.across']") == "답한 질문의 비율(응답률)"


def test_hostile_text_is_shown_and_does_nothing(show: Show) -> None:
    page = show(report_html(run(8, hostile=HOSTILE), "en"))
    page.click(".row .head")
    assert "window.hit = 1" in (page.text_content(".detail") or "")
    assert page.evaluate("window.hit") is None and page.locator("img").count() == 0


def test_thousands_of_questions_are_put_on_the_page_some_at_a_time(show: Show) -> None:
    page = show(report_html(run(3316), "en"))
    assert 0 < page.locator(".row").count() < 300
    page.locator("#more").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('.row').length > 60")
    page.fill("#filter-text", "q3315")
    assert ids(page) == ["q3315"] and "1 of 3316" in (page.text_content("#count") or "")


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_it_without_scrolling_sideways(show: Show, dark: bool) -> None:
    a, b = run(40, hostile="w" * 200), run(40, skill=0.5, seed=5, hostile="w" * 200)
    for html in (report_html(a, "ko"), compare_html(compare(a, b), a, b, ("a", "b"), "ko")):
        page = show(html, phone=True, dark=dark)
        page.click(".row .head")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(24, 23, 21)") is dark


def test_the_comparison_lists_what_changed(show: Show) -> None:
    a, b = run(60, skill=0.95), run(60, skill=0.4, seed=5)
    found = compare(a, b)
    page = show(compare_html(found, a, b, ("before", "after"), "en"))
    assert ids(page) == [p.a.question.id for p in found.of("worse")][:60]
    page.click("[data-change=better]")
    assert ids(page) == [p.a.question.id for p in found.of("better")]
    page.click("[data-change=all]")
    assert "60 of 60" in (page.text_content("#count") or "")
    page.click(".row .head")
    assert page.locator(".detail h3", has_text="A ·").count() == page.locator(".detail h3", has_text="B ·").count() == 2


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[tuple[Review, str]]:
    from malmoi.settings import load_settings

    malmoi: Any = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path / "index"}))
    malmoi.add_bytes("다리.txt", "푸른다리\n\n푸른다리의 길이는 480미터다. 강을 건넌다.".encode())
    quote = Quote("다리.txt", "푸른다리의 길이는 480미터다.")
    candidates = [
        Candidate(Question(f"c{n}", f"{n}번 질문 {HOSTILE}", "ko", "fact", True, (f"{n}미터",), ((quote,),)), CLOZE)
        for n in range(3)
    ]
    review = Review(candidates, tmp_path / "set.jsonl")
    with serving(review_app(malmoi, review, "secret-token")) as url:
        yield review, url


def test_proposed_questions_are_accepted_changed_and_rejected(browser: Browser, reviewed: tuple[Review, str]) -> None:
    review, url = reviewed
    context = browser.new_context(locale="ko-KR")
    faults: list[str] = []
    context.on("request", lambda r: None if r.url.startswith(url) else faults.append(r.url))
    page = context.new_page()
    page.goto(f"{url}/api/review/secret-token")
    assert page.text_content("mark") == "푸른다리의 길이는 480미터다." and page.text_content("h1") == "제안된 질문"
    page.fill("#question", "푸른다리는 몇 미터인가?")
    page.fill("#answers", "480미터\n480 m")
    page.click("button[value=accept]")
    page.wait_for_selector("text=1번 질문")
    page.click("button[value=reject]")
    page.wait_for_selector("text=2번 질문")
    page.click("button[value=unanswerable]")
    page.wait_for_selector("text=모든 후보를 정했습니다")
    assert page.evaluate("window.hit") is None
    context.close()
    assert faults == []
    kept = [json.loads(line) for line in review.target.read_text("utf-8").splitlines()]
    assert kept[0]["question"] == "푸른다리는 몇 미터인가?" and kept[0]["answers"] == ["480미터", "480 m"]
    assert kept[1]["id"] == "c2" and not kept[1]["answerable"] and not kept[1]["evidence"]


def test_without_the_token_nothing_answers(reviewed: tuple[Review, str]) -> None:
    import httpx

    review, url = reviewed
    form = {"id": "c0", "choice": "accept", "question": "x", "answers": "y"}
    for token in ("", "wrong", "secret-toke", "secret-token2"):
        assert httpx.get(f"{url}/api/review/{token}").status_code == 404
        assert httpx.post(f"{url}/api/review/{token}", data=form).status_code == 404
    foreign = {"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}
    assert httpx.post(f"{url}/api/review/secret-token", data=form, headers=foreign).status_code == 403
    named = {"Host": "malmoi.example.org"}
    assert httpx.get(f"{url}/api/review/secret-token", headers=named).status_code == 421
    assert not review.target.exists()
    assert httpx.post(f"{url}/api/review/secret-token", data={**form, "question": " "}).status_code == 400
    assert not review.target.exists()

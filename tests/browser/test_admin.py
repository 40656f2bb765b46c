"""The operator's pages in a real Chromium: walked through by keyboard, checked with axe, and fed hostile texts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.conftest import Watch, serving
from malmoi.collections import Collections
from malmoi.conversation import ConversationStore, Reply
from malmoi.people import Accounts
from malmoi.people.database import PeopleDatabase
from malmoi.settings import load_settings
from malmoi.types import Answer, AnswerSentence, Citation, Role, SectionKind, Support, Verdict
from malmoi.web.admin.office import SECTIONS
from malmoi.web.usage import FILE_NAME, UsageStore, today
from web.admin.conftest import BRIDGE, PASSWORD, app_over

AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><svg onload=alert(3)> {{7*7}} javascript:alert(4)"
REPORT = """<p id=told></p><script>
let told = "cookie"; try { document.cookie } catch { told = "no cookie" }
try { opener.document.body.textContent = "taken" } catch { told += ", no opener" }
document.getElementById("told").textContent = told</script>"""
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    index = tmp_path_factory.mktemp("admin") / "index"
    settings = load_settings(
        overrides={"index_dir": index, "embedding": {"engine": "none"}, "sign_in": {"method": "local"}}
    )
    collections = Collections(settings)
    fill(collections, index)
    with serving(app_over(collections, settings)) as url:
        yield url
    collections.close()


def fill(collections: Collections, index: Path) -> None:
    """Two weeks of a small installation, with a hostile text wherever one can come in."""
    malmoi = collections.open()
    malmoi.add_bytes("푸른다리.txt", BRIDGE.encode())
    malmoi.add_bytes(f"{HOSTILE[:60].replace('/', '_')}.txt", f"{HOSTILE}\n\n가람시 소식입니다.".encode())
    malmoi.add_bytes("깨진 그림.png", b"\x89PNG")
    malmoi.set_groups(malmoi.documents()[0].id, ["staff", "hr"])
    collections.create("hr")
    database = PeopleDatabase(index)
    accounts = Accounts(database)
    accounts.add("ada", PASSWORD, role=Role.ADMIN, display="아다")
    accounts.add("rea", PASSWORD, groups=["hr"], display=HOSTILE)
    rea = accounts.get("rea").principal.id
    database.close()
    store = ConversationStore(index)
    document = malmoi.documents()[0]
    span = Citation(document.id, document.name, HOSTILE, 0, 5, "가람시", SectionKind.BODY, None, None, None)
    for question in ("푸른다리의 통행료는 얼마인가?", "푸른다리 통행료는 얼마인가요?", HOSTILE, "시장의 이름은?"):
        id = store.create(question, owner=rea).id
        store.append(id, question, Reply(verdict=Verdict.ABSTAINED, passages=(span,), answerer="extractive"), owner=rea)
    id = store.create("건설비는 얼마인가?", owner=rea).id
    said = AnswerSentence(f"120억 원이 들었다. {HOSTILE}", Support.SUPPORTED, (span,))
    turn = store.append(id, "건설비는?", Reply(sentences=(said,), verdict=Verdict.ANSWERED), owner=rea)
    store.rate(turn.id, -1, "wrong", HOSTILE, owner=rea)
    store.close()
    usage(index)
    run = index / "evals" / "첫-평가"
    run.mkdir(parents=True)
    (run / "results.json").write_text("{}", "utf-8")
    (run / "report.html").write_text(REPORT, "utf-8")


def usage(index: Path) -> None:
    store, dice = UsageStore(index), random.Random(7)
    verdicts = [Verdict.ANSWERED] * 7 + [Verdict.PARTIAL, Verdict.CONFLICTING, Verdict.ABSTAINED]
    for _ in range(240):
        seconds = dice.lognormvariate(-1.5, 0.5)
        store.add("default", Answer("", "", (), dice.choice(verdicts), "", (), "", "extractive", "ko",
                                    timings={"total": seconds}))  # fmt: skip
    store.add_unfinished("default", "stopped")
    with store.transaction() as run:  # spread over two weeks, which the clock does not give
        for row in range(1, 242):
            day = today().toordinal() - dice.randint(0, 13)
            run("UPDATE question SET day = ? WHERE rowid = ?", (type(today()).fromordinal(day).isoformat(), row))
    store.close()
    assert (index / FILE_NAME).is_file()


Open = Callable[..., Page]


@pytest.fixture
def admin(browser: Browser, served: str) -> Iterator[Open]:
    """Opens a section as the admin; nothing may go wrong on the way."""
    opened: list[tuple[Page, Watch]] = []

    def open(path: str, *, locale: str = "ko-KR", dark: bool = False, phone: bool = False) -> Page:
        context = browser.new_context(
            base_url=served, locale=locale, color_scheme="dark" if dark else "light",
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 860},
            is_mobile=phone, has_touch=phone,
        )  # fmt: skip
        watch = Watch(context, served)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"/sign-in?next={path}")
        page.fill("#name", "ada")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("main h1")
        opened.append((page, watch))
        return page

    yield open
    for page, watch in opened:
        page.context.close()
        assert watch.faults == []


def axe(page: Page) -> list[str]:
    """Serious and critical findings."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm ci --prefix tests/node)")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {n['html'][:120]} {n['failureSummary'][:200]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for n in v["nodes"]
    ]


@pytest.mark.parametrize(("locale", "dark", "phone"), [("ko-KR", False, False), ("en-US", True, True)])
def test_every_section_is_accessible_and_runs_nothing_hostile(
    admin: Open, locale: str, dark: bool, phone: bool
) -> None:
    page = admin("/admin", locale=locale, dark=dark, phone=phone)
    findings: list[str] = []
    for section in SECTIONS:
        page.goto(f"/admin/{section}")
        page.wait_for_selector("main h1")
        page.evaluate("for (const d of document.querySelectorAll('main details')) d.open = true")
        findings += [f"{section} {finding}" for finding in axe(page)]
        assert page.evaluate("document.documentElement.scrollWidth <= screen.width"), f"{section} is too wide"
    assert findings == []
    assert page.evaluate("document.documentElement.lang") == locale[:2]


def test_conversations_with_hostile_texts_are_read_as_text(admin: Open) -> None:
    page = admin("/admin/conversations")
    links = page.locator("#list + .scroll a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert len(links) == 5
    for link in links:
        page.goto(link)
        page.wait_for_selector("article.turn")
        assert page.locator("main img, main script").count() == 0
        assert axe(page) == []
    assert page.locator(".top .person").inner_text() == "아다"


def test_a_hostile_report_reaches_nothing(admin: Open) -> None:
    page = admin("/admin/evaluations")
    assert "첫-평가" in page.locator("tbody").inner_text()
    page.evaluate("window.open('/admin/evaluations/첫-평가/report.html', '_blank')")
    page.wait_for_timeout(500)
    report = next(other for other in page.context.pages if other is not page)
    report.wait_for_selector("#told")
    assert report.evaluate("origin") == "null"
    assert report.locator("#told").inner_text() == "no cookie, no opener"
    assert page.locator("h1").inner_text() == "평가 보고서"


def test_the_pages_are_walked_through_by_keyboard(admin: Open) -> None:
    page = admin("/admin/keys")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.focus("#name")
    page.keyboard.type("야간 작업")
    page.keyboard.press("Enter")
    page.wait_for_selector("#secret")
    assert page.locator("#secret").inner_text().startswith("mm_")
    page.goto("/admin/keys")
    page.locator("button.danger").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".message.done")
    assert "거둠" in page.locator("tbody").inner_text()


def test_language_and_theme_are_switched(admin: Open) -> None:
    page = admin("/admin/usage")
    page.click("[data-set=malmoi_language][data-value=en]")
    page.wait_for_selector("h1 >> text=Usage")
    page.click("[data-set=malmoi_theme][data-value=dark]")
    page.wait_for_selector("html[data-theme=dark]")
    heights = page.locator("svg.plot rect").evaluate_all("rects => rects.map(r => r.getBoundingClientRect().height)")
    assert len(heights) > 14 and max(heights) > 60
    rows = page.locator("section table tbody tr").count()
    assert 10 <= rows <= 14


def test_a_file_is_added_in_the_page(admin: Open, tmp_path: Path) -> None:
    page = admin("/admin/documents")
    assert "깨진 그림.png" in page.locator("#failed + .scroll").inner_text()
    (tmp_path / "새 소식.txt").write_text("가람시는 새 도서관을 연다.", "utf-8")
    page.set_input_files("#files", tmp_path / "새 소식.txt")
    page.click("main form .primary")
    page.wait_for_selector("#results")
    assert "새 소식.txt" in page.locator("#results + ul").inner_text()


def test_the_preview_shows_what_is_chosen(admin: Open) -> None:
    page = admin("/admin/widget")
    page.fill("[id='v--accent']", "#0a7b55")
    page.select_option("#v-position", "left")
    page.wait_for_function("document.querySelector('#snippet').innerText.includes('--malmoi-accent: #0a7b55')")
    assert 'position="left"' in page.locator("#snippet").inner_text()
    page.wait_for_function("document.querySelector('malmoi-chat').shadowRoot")
    color = page.evaluate("getComputedStyle(document.querySelector('malmoi-chat')).getPropertyValue('--malmoi-accent')")
    assert color == "#0a7b55"

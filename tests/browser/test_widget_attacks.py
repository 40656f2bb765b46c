"""Row 9 for the widget: nothing that a document, a model, a site or a person writes is run or fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from browser.widget import Sites, Visit, two_sites
from malmoi.types import Support
from web.small import Script

pytestmark = pytest.mark.browser
OUT = "https://collector.example"
_TAGS = [
    "<img src=x {on}=hit()>", "<svg {on}=hit()>", "<svg><g {on}=hit()></g></svg>", "<details open {on}=hit()>",
    "<input autofocus {on}=hit()>", "<video src=x {on}=hit()></video>", "<b tabindex=0 autofocus {on}=hit()>",
    "'\"><img src=x {on}=hit()>", "</textarea><img src=x {on}=hit()>", "</script><img src=x {on}=hit()>",
]  # fmt: skip
_EVENTS = "onerror onload onfocus ontoggle onpointerenter onanimationstart onbegin onscroll onmouseover".split()
_OTHERS = [
    "<script>hit()</script>", "<script type=module>hit()</script>", f"<script src={OUT}/x.js></script>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>", "<iframe src='javascript:parent.hit()'></iframe>",
    "<a href=javascript:hit()>a</a>", "[a](javascript:hit())", f"![a]({OUT}/a.png)", f"<img src={OUT}/b.png>",
    f"<style>@import '{OUT}/c.css'</style>", f"<div style='background:url({OUT}/d)'>", f"<base href={OUT}/>",
    f"<meta http-equiv=refresh content='0;url={OUT}'>", f"<form action={OUT}><button autofocus>b</button></form>",
    "{{constructor.constructor('hit()')()}}", "${hit()}", "\u202ehit()",
    "<template><img src=x onerror=hit()></template>",
    "</title><img src=x onerror=hit()>", "--><img src=x onerror=hit()>", "]]><img src=x onerror=hit()>",
    f"<object data={OUT}/e>", f"<link rel=stylesheet href={OUT}/f>", "<math><mtext><img src=x onerror=hit()>",
]  # fmt: skip
PAYLOADS = [tag.format(on=event) for event in _EVENTS for tag in _TAGS] + _OTHERS
COUNT = "window.hits = 0; window.hit = () => { hits += 1; }; const said = window.alert; window.alert = hit;"


@pytest.fixture(scope="module")
def sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    with two_sites(tmp_path_factory.mktemp("widget") / "index") as made:
        yield made


def test_row_9_nothing_is_run_in_the_widget(browser: Browser, sites: Sites, capsys: pytest.CaptureFixture[str]) -> None:
    """Each payload as title, name, publisher and author of a document, in its text, in an answer and in a question."""
    malmoi = sites.malmoi
    supports = [*Support]
    sentences = []
    for number, payload in enumerate(PAYLOADS):
        name = re.sub(r"[/\\]", "∕", f"{number} {payload}.txt")
        malmoi.add_bytes(name, f"제목\n\n본문 {number}째 {payload} 끝.\n".encode())
        document = next(d for d in malmoi.held.values() if d.name == name)
        malmoi.put(replace(document, title=payload, publisher=payload, author=payload, date="2031-01-02"))
        sentences.append((payload, supports[number % 4], payload, [f"본문 {number}째"]))
        sentences.append((f"본문 {number}째", Support.SUPPORTED, "", [f"본문 {number}째"]))
    for at in range(0, len(sentences), 76):
        malmoi.scripts[f"물음 {at}"] = Script(
            sentences[at : at + 76], lead=PAYLOADS[at // 2], notice=PAYLOADS[at // 2], drafts=True
        )
    malmoi.questions = tuple(PAYLOADS[:4])
    sites.reset(
        greeting="&lt;img src=x onerror=hit()>", suggestions="&lt;img src=x onerror=hit()>|&lt;svg onload=hit()>"
    )
    visit = Visit(browser, sites, script=COUNT)
    chat = visit.open()
    chat.locator(".welcome li").first.wait_for()
    visit.ask(PAYLOADS[0])
    for at in range(0, len(sentences), 76):
        visit.ask(f"물음 {at}")
    last = visit.turn(f"물음 {len(sentences) // 76 * 76 if len(sentences) % 76 else len(sentences) - 76}")
    for kind in (".cite", ".origin", ".source"):
        last.locator(kind).first.click()
        chat.locator("mark").wait_for()
        chat.locator(".back").click()
    shown = chat.locator("body").inner_text()
    assert all(payload.split("\u202e")[-1] in shown for payload in PAYLOADS), "a payload was not shown as it is"
    foreign = "img, script:not([src$='conversation.js']):not(#texts), iframe, video, object, form, base, input, details"
    ran = chat.locator("body").evaluate("() => window.hits") + visit.page.evaluate("window.hits")
    alive = chat.locator("body").evaluate(f"() => document.querySelectorAll({foreign!r}).length")
    visit.page.reload()  # kept answers go the same way
    visit.open()
    visit.chat.locator(".turn").nth(2).wait_for()
    ran += visit.chat.locator("body").evaluate("() => window.hits") + visit.page.evaluate("window.hits")
    with capsys.disabled():
        print(f"\nrow 9: {ran} executions of {len(PAYLOADS)} payloads in the widget")  # noqa: T201
    assert (ran, alive) == (0, 0) and len(set(PAYLOADS)) >= 100
    assert not [url for url in visit.watch.requests if "collector" in url]
    visit.close()


def test_row_9_the_frame_would_not_run_it_either(browser: Browser, sites: Sites) -> None:
    """The second wall: markup that got into the page all the same is stopped by its policy."""
    visit = Visit(browser, sites, script=COUNT, failing="/widget/frame")
    chat = visit.open()
    told = chat.locator("body").evaluate(
        """async (body) => { const told = [];
        try { body.innerHTML = '<img src=x onerror=hit()>'; told.push('html') } catch { }
        try { setTimeout('hit()') } catch { }
        const script = document.createElement('script');
        try { script.textContent = 'hit()'; body.append(script); told.push('script') } catch { }
        try { await fetch('https://collector.example/'); told.push('fetch') } catch { }
        await new Promise((resolve) => setTimeout(resolve, 100));
        return told.concat(window.hits ? ['ran'] : []) }"""
    )
    assert "fetch" not in told and "ran" not in told and "html" not in told
    visit.context.close()

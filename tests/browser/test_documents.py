from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import malmoi as package
from malmoi import samples
from malmoi.types import Support
from web.small import Script, SmallMalmoi, app_of

from .conftest import Open, ask, serving

pytestmark = pytest.mark.browser

DROP = """([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    const target = document.querySelector('#mm-scroll');
    for (const type of ['dragover', 'drop'])
        target.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def upload(page: Page, *files: tuple[str, str]) -> None:
    page.set_input_files(
        "#files", [{"name": name, "mimeType": "text/plain", "buffer": text.encode()} for name, text in files]
    )


def test_files_are_dropped_told_about_listed_and_removed(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page()
    page.evaluate(DROP, ["새 글.txt", "새 글의 제목\n\n새 글의 본문은 여기에 있다."])
    results = page.locator(".results li")
    expect(results.first).to_contain_text("추가됨")
    upload(
        page,
        ("새 글.txt", "새 글의 제목\n\n새 글의 본문이 바뀌었다."),
        ("그림.xyz", "x"),
        ("사본.txt", "새 글의 제목\n\n새 글의 본문이 바뀌었다."),
    )
    expect(results).to_have_count(4)
    expect(results.filter(has_text="그림.xyz")).to_contain_text("추가하지 못함")
    expect(results.filter(has_text="그림.xyz")).to_contain_text(".txt")
    expect(results.filter(has_text="사본.txt")).to_contain_text("‘새 글.txt’ 문서와 내용이 같음")
    expect(results.filter(has_text="새 내용으로 바뀜")).to_have_count(1)
    held = page.locator(".held li")
    expect(held).to_have_count(3)
    expect(page.locator("#mm-sidebar .count")).to_have_text("3")
    page.get_by_role("button", name="‘새 글의 제목’ 빼기").click()
    page.get_by_role("dialog", name="문서를 뺄까요?").get_by_role("button", name="빼기").click()
    expect(held).to_have_count(2)
    expect(page.locator(".welcome")).to_contain_text("문서 2건")


def test_an_empty_collection_asks_for_documents(open_page: Open, malmoi: SmallMalmoi) -> None:
    malmoi.held.clear()
    page = open_page()
    expect(page.locator(".welcome")).to_contain_text("아직 문서가 없습니다.")
    page.get_by_role("button", name="문서 추가").click()
    upload(page, ("첫 글.txt", "첫 글\n\n첫 글의 본문은 이것이다."))
    expect(page.locator(".results li")).to_contain_text("추가됨")
    expect(page.locator(".welcome")).to_contain_text("문서 1건")


def test_a_document_that_changed_is_not_shown_as_what_was_cited(open_page: Open, malmoi: SmallMalmoi) -> None:
    page = open_page(failing="/api/passage")
    ask(page, "푸른다리 건설비는 얼마인가?")
    malmoi.add_bytes(
        "푸른다리.txt", "푸른다리\n\n이제는 전혀 다른 글이 여기에 있고 앞의 글은 없다. 길이는 넉넉하다.".encode()
    )
    page.locator("#mm-live a.cite").first.click()
    expect(page.locator(".panel [role=alert]")).to_be_visible()
    expect(page.locator(".panel mark")).to_have_count(0)


PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<svg onload=alert(1)>",
    '"><img src=https://evil.example/a.png onerror=alert(1)>',
    "<iframe src=javascript:alert(1)></iframe>",
    "![그림](https://evil.example/leak.png)",
    "<a href=javascript:alert(1)>누르세요</a>",
    "<form action=https://evil.example><input autofocus onfocus=alert(1)></form>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "${alert(1)} {{constructor.constructor('alert(1)')()}}",
    "`+alert(1)+`",
    "<math><mtext></p><img src=x onerror=alert(1)>",
]


def test_hostile_texts_stay_texts_everywhere(open_page: Open, malmoi: SmallMalmoi) -> None:
    everything = " 그리고 ".join(PAYLOADS)
    name = f"{PAYLOADS[0]} {PAYLOADS[3]}.txt".replace("/", "∕")
    malmoi.add_bytes(name, f"{PAYLOADS[3]} 제목\n\n본문에는 {everything} 가 있다.\n".encode())
    [document] = [d for d in malmoi.held.values() if d.name == name]
    start = document.text.index("본문에는")
    quote = document.text[start : document.text.index("가 있다.") + 5]
    malmoi.label = "llm:<img src=x onerror=alert(1)>"
    malmoi.scripts[everything] = Script(
        [(everything, s, everything, [quote]) for s in Support],
        lead=everything,
        notice=everything,
        answerer=malmoi.label,
        drafts=True,
    )
    malmoi.questions = (everything,)
    page = open_page()
    page.locator(".suggestions button").first.click()
    page.wait_for_selector("#mm-live .turn[data-state=done]")
    expect(page.locator("#mm-live .said").first).to_contain_text(PAYLOADS[0])
    page.locator("#mm-live a.cite").first.click()
    expect(page.locator(".panel mark")).to_contain_text(PAYLOADS[1])
    whole = page.locator(".panel .whole").get_attribute("href")
    page.keyboard.press("Escape")
    page.locator("#mm-sidebar").get_by_role("button", name="문서").click()
    upload(page, (name, "가나다\n\n라마바사는 아자차카이다."))
    expect(page.locator(".results li").first).to_contain_text("새 내용으로 바뀜")
    page.get_by_role("button", name="관리").first.click()
    page.get_by_role("menuitem", name="이름 바꾸기").click()
    page.get_by_label("대화 제목").fill(PAYLOADS[0])
    page.keyboard.press("Enter")
    expect(page.locator(".bar h1")).to_have_text(PAYLOADS[0])
    page.reload()
    expect(page.locator("#mm-turns .said").first).to_contain_text(PAYLOADS[0])
    assert (
        page.evaluate(
            "document.querySelectorAll('#mm-main img, #mm-main form, #mm-main iframe, #mm-main script').length"
        )
        == 0
    )
    malmoi.held[document.id] = document
    page.goto(str(whole))
    expect(page.locator("mark").first).to_contain_text(PAYLOADS[1])
    assert page.evaluate("document.querySelectorAll('img, form, iframe').length") == 0


def test_the_real_engine_behind_the_page(open_page: Open, browser: Browser, tmp_path: Path) -> None:
    with package.open(tmp_path / "index", embedding__engine="none") as collection:
        collection.add([samples.folder()])

        with serving(app_of(collection)) as url:
            page = open_page(base=url)
            expect(page.locator(".answerer")).to_have_text("원문 발췌")
            ask(page, "달여울 물고기 조사에서 다시 잡은 물고기는 몇 마리인가?")
            expect(page.locator("#mm-live .answer")).to_contain_text("812마리")
            page.locator("#mm-live figure", has_text="812마리").locator("a.cite").last.click()
            expect(page.locator(".panel mark")).to_be_visible()
            page.goto(str(page.locator(".panel .whole").get_attribute("href")))
            expect(page.locator("mark#cited")).to_be_in_viewport()
            page.go_back()
            page.locator("#mm-sidebar").get_by_role("button", name="문서").click()
            upload(
                page, ("눈꽃마을.txt", "눈꽃마을 소식\n\n2025.01.05\n\n눈꽃마을의 썰매장은 1월 5일부터 열흘 동안 연다.")
            )
            expect(page.locator(".results li")).to_contain_text("추가됨")
            ask(page, "눈꽃마을 썰매장은 언제 여는가?")
            expect(page.locator("#mm-live .answer")).to_contain_text("1월 5일부터")
            page.get_by_role("button", name="‘눈꽃마을 소식’ 빼기").click()
            page.get_by_role("dialog", name="문서를 뺄까요?").get_by_role("button", name="빼기").click()
            expect(page.locator(".held li").filter(has_text="눈꽃마을")).to_have_count(0)
            page.close()

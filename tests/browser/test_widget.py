"""The widget on another origin's page, point by point as its specification lists them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from browser.widget import COMMENT, COST, FIRST, PUBLIC, SLOW, SUMMARY, Sites, Visit, two_sites
from malmoi.conversation import ConversationStore
from servers.provider import NODE, node

pytestmark = pytest.mark.browser
Go = Callable[..., Visit]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def _sites(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    with two_sites(tmp_path_factory.mktemp("widget") / "index") as sites:
        yield sites


@pytest.fixture
def sites(_sites: Sites) -> Sites:
    _sites.reset()
    return _sites


@pytest.fixture
def go(browser: Browser, sites: Sites) -> Iterator[Go]:
    """Opens the site's page in a browser of its own."""
    visits: list[Visit] = []

    def visit(**given: Any) -> Visit:
        visits.append(Visit(browser, sites, **given))
        return visits[-1]

    yield visit
    for each in visits:
        each.close()


def test_01_an_element_that_may_be_there_several_times_and_be_loaded_twice(sites: Sites, go: Go) -> None:
    sites.host.scripts = 2
    sites.host.tag = "".join(f"<malmoi-chat id='{id}' token-url='/my/token' lang='ko'></malmoi-chat>" for id in "ab")
    visit = go()
    page = visit.page
    page.wait_for_selector("#b .launcher")
    boxes = [page.locator(f"#{id} .launcher").bounding_box() for id in "ab"]
    assert boxes[0] and boxes[1] and boxes[1]["y"] + boxes[1]["height"] <= boxes[0]["y"], "one lies on the other"
    for id, question in (("a", COST), ("b", PUBLIC)):
        page.click(f"#{id} .launcher")
        chat = page.frame_locator(f"#{id} iframe")
        chat.locator("#question").fill(question)
        chat.locator("#question").press("Enter")
        chat.locator(".turn[data-state=finished]").wait_for()
        assert chat.locator(".turn").count() == 1
        page.click(f"#{id} .launcher")
    page.evaluate("for (let n = 0; n < 3; n++) document.querySelector('main').append(a)")  # moved: the iframe is gone
    assert page.locator("#a .launcher").count() == 1
    page.click("#a .launcher")
    page.frame_locator("#a iframe").locator(".turn", has_text=COST).wait_for()


def test_02_nothing_is_fetched_before_the_first_opening_and_nothing_from_elsewhere(sites: Sites, go: Go) -> None:
    visit = go()
    visit.page.wait_for_selector("malmoi-chat .launcher")
    before = [url for url in visit.watch.requests if url.startswith(sites.bot)]
    assert before == [f"{sites.bot}/widget.js"] and sites.host.minted == 0
    visit.open()
    visit.chat.locator(".greeting").wait_for()
    fetched = [url for url in visit.watch.requests if "/widget/" in url]
    assert len(fetched) == len(set(fetched)) and sum(url.endswith((".js", ".css")) for url in fetched) == 6
    assert all(url.startswith((sites.bot, sites.site)) for url in visit.watch.requests)


def test_03_the_page_and_the_widget_do_not_touch_each_other(sites: Sites, go: Go) -> None:
    """The host's policy allows its own files, and of the bot scripts and frames; no style, no fetch, no image."""
    visit = go()
    visit.open()
    found = visit.page.evaluate(
        """() => { const root = document.querySelector('malmoi-chat').shadowRoot; return {
        sheets: root.adoptedStyleSheets.length, inline: root.querySelectorAll('style, [style*=url]').length,
        upper: getComputedStyle(root.querySelector('.launcher')).textTransform,
        globals: Object.keys(window).filter((k) => /malmoi/i.test(k)), reach: (() => {
        try { return !!root.querySelector('iframe').contentDocument } catch { return false } })() } }"""
    )
    assert found == {"sheets": 1, "inline": 0, "upper": "none", "globals": [], "reach": False}
    assert (
        visit.chat.locator("body").evaluate("() => { try { return parent.document.title } catch { return '' } }") == ""
    )


def test_04_the_token_goes_by_message_only_and_is_renewed_unseen(sites: Sites, go: Go, monkeypatch: Any) -> None:
    sites.host.claims = {"sub": "noor", "name": "누르"}
    visit = go()
    visit.open()
    visit.ask(COST)
    assert not [url for url in visit.watch.requests if "eyJ" in url or "mw_" in url]
    assert sites.host.minted >= 1
    store = ConversationStore(sites.malmoi.settings.index_dir)
    assert "widget:noor" in store.owners()
    store.close()
    minted = sites.host.minted
    later = time.time() + 3600
    with monkeypatch.context() as patch:
        patch.setattr("malmoi.web.widget.desk.time.time", lambda: later)  # the session is over, the question is not
        visit.watch.expected = "/api/v1/ask"  # refused once, which the console tells
        sites.host.claims = {**sites.host.claims, "iat": int(time.time()), "exp": int(time.time()) + 200}
        visit.ask(PUBLIC)
    assert sites.host.minted == minted + 1
    assert "tokenexpired" not in visit.heard()


def test_04_without_a_token_the_chat_says_so_and_the_page_is_told(sites: Sites, go: Go) -> None:
    sites.host.refuses = True
    visit = go(failing="/my/token")
    visit.open()
    visit.chat.locator(".problem", has_text="확인하지 못했습니다").wait_for()
    assert visit.heard("tokenexpired") == [None]
    sites.host.refuses = False
    visit.chat.locator(".again").click()
    visit.chat.locator(".welcome li").first.wait_for()
    assert visit.chat.locator(".problem").count() == 0


def test_05_messages_of_anyone_else_or_of_another_form_are_not_heard(sites: Sites, go: Go) -> None:
    visit = go()
    visit.open()
    visit.chat.locator(".welcome li").first.wait_for()
    minted, heard = sites.host.minted, visit.heard()
    visit.page.evaluate(
        """() => { const chat = document.querySelector('malmoi-chat'), frame = chat.shadowRoot.querySelector('iframe');
        const { port2 } = new MessageChannel();
        const said = (type, more = {}) => ({malmoi: 1, type, ...more});
        for (const data of [said('hello'), said('token', {id: 1}), said('close'), null, 'x']) postMessage(data, '*');
        for (const data of [said('ask', {text: '천천히 말해 줘'}), said('new'), 7, {type: 'connect'}])
          frame.contentWindow.postMessage(data, '*');
        frame.contentWindow.postMessage({malmoi: 1, type: 'connect', collection: '', thread: '', token: false,
          look: {scheme: 'dark', theme: {}, covers: false, greeting: '가짜', suggestions: []}}, '*', [port2]);
        }"""
    )
    visit.page.wait_for_timeout(400)
    assert visit.chat.locator(".turn").count() == 0 and "가짜" not in visit.chat.locator("body").inner_text()
    assert visit.chat.locator("html").get_attribute("data-scheme") == "light"
    assert visit.heard() == heard and sites.host.minted == minted


def test_05_a_message_with_a_member_too_many_is_dropped(sites: Sites, go: Go) -> None:
    """Even a page that speaks through the channel itself, in place of the loader."""
    sites.host.tag = "<div id='place'></div>"
    visit = go()
    visit.page.evaluate(
        """(bot) => new Promise((resolve) => { const frame = document.createElement('iframe');
        frame.src = `${bot}/widget/frame?origin=${encodeURIComponent(location.origin)}&lang=ko`;
        addEventListener('message', (event) => { if (event.data.type !== 'hello') return;
          const { port1, port2 } = new MessageChannel(); window.port = port1;
          port1.onmessage = ({ data }) => { if (data.type === 'token')
            fetch('/my/token', {method: 'POST'}).then((r) => r.json())
            .then(({ token }) => port1.postMessage({malmoi: 1, type: 'token', id: data.id, token}));
            if (data.type === 'ready') setTimeout(resolve, 200); };
          event.source.postMessage({malmoi: 1, type: 'connect', collection: '', thread: '', token: true,
            look: {scheme: 'light', theme: {}, covers: false, greeting: '', suggestions: []}}, bot, [port2]); });
        place.append(frame); })""",
        sites.bot,
    )
    chat = visit.page.frame_locator("iframe")
    visit.page.evaluate(
        """() => { for (const extra of [{prompt: '해적처럼 말해'}, {model: 'x'}, {temperature: 2}, {passages: 1}])
        port.postMessage({malmoi: 1, type: 'ask', text: '푸른다리 건설비는 얼마인가?', ...extra}) }"""
    )
    visit.page.wait_for_timeout(150)
    assert chat.locator(".turn").count() == 0
    visit.page.evaluate("() => port.postMessage({malmoi: 1, type: 'ask', text: '시민들은 무엇이라고 하나?'})")
    chat.locator(".turn[data-state=finished]").wait_for()
    assert chat.locator(".turn").count() == 1


def test_05_another_site_cannot_show_it(browser: Browser, sites: Sites) -> None:
    """The same page under a name that is not on the list: no script, no iframe."""
    context = browser.new_context()
    page = context.new_page()
    foreign = sites.site.replace("localhost", "127.0.0.1")
    page.goto(foreign)
    page.wait_for_timeout(300)
    assert page.evaluate("!customElements.get('malmoi-chat')")
    for origin in (foreign, sites.site):  # told as it is, or with the name of a site that is on the list
        page.evaluate(
            "(src) => document.body.append(Object.assign(document.createElement('iframe'), {src}))",
            f"{sites.bot}/widget/frame?origin={origin}",
        )
    page.wait_for_timeout(500)
    assert [f.url for f in page.frames[1:] if f.locator(".chat").count()] == []
    context.close()


def test_06_a_page_sets_looks_and_beginnings_and_nothing_of_the_answer(sites: Sites, go: Go) -> None:
    sites.reset(
        lang="en", position="left", greeting="Ask about <b>bridges</b>", suggestions=f"{COST}|Two",
        scheme="dark", prompt="be a pirate", model="big", temperature="2", passages="1", collection="default",
    )  # fmt: skip
    visit = go(
        script="""document.addEventListener('DOMContentLoaded', () => {
        const s = document.querySelector('malmoi-chat')?.style ?? document.createElement('i').style;
        s.setProperty('--malmoi-accent', '#00aa77'); s.setProperty('--malmoi-radius', '3px');
        s.setProperty('--malmoi-font', 'url(https://evil.example/f)'); s.setProperty('--malmoi-secret', 'red') })"""
    )
    visit.open()
    chat = visit.chat
    chat.locator(".welcome li").first.wait_for()
    assert chat.locator(".greeting").inner_text() == "Ask about <b>bridges</b>"
    assert chat.locator(".welcome li").all_inner_texts() == [COST, "Two"]
    style = chat.locator("html").get_attribute("style") or ""
    assert "--accent: #00aa77" in style and "--radius: 3px" in style and "evil" not in style and "secret" not in style
    assert chat.locator("html").get_attribute("data-scheme") == "dark"
    launcher = visit.page.locator("malmoi-chat .launcher")
    box = launcher.bounding_box()
    assert box and box["x"] < 100 and launcher.inner_text() == "Close"
    assert launcher.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(0, 170, 119)"
    chat.locator(".welcome li button").first.click()
    visit.turn(COST).wait_for()
    assert set(sites.faulty.asked[-1]["body"]) == {"collection", "resume_within_s", "stream", "question", "keep"}
    visit.page.evaluate("document.querySelector('malmoi-chat').setAttribute('scheme', 'light')")
    visit.chat.locator("html[data-scheme=light]").wait_for(state="attached")
    visit.page.evaluate("document.querySelector('malmoi-chat').setAttribute('lang', 'ko')")
    visit.chat.locator("html[lang=ko]").wait_for(state="attached")
    visit.turn(COST).wait_for()


def test_07_methods_and_events(sites: Sites, go: Go) -> None:
    visit = go()
    page = visit.page
    page.wait_for_selector("malmoi-chat .launcher")
    page.evaluate("window.chat = document.querySelector('malmoi-chat')")
    page.evaluate("(q) => chat.send(q)", COST)
    visit.turn(COST).wait_for()
    assert page.evaluate("chat.isOpen")
    visit.chat.locator(".origin").first.click()
    visit.chat.locator("mark").wait_for()
    page.evaluate("chat.toggle()")
    page.evaluate("chat.open()")
    page.evaluate("chat.close(); chat.close()")
    page.evaluate("chat.newChat(); chat.open()")
    visit.chat.locator(".welcome").wait_for()
    assert visit.heard() == ["open", "ready", "message", "message", "citation", "close", "open", "close", "open"]
    assert visit.heard("message") == [{"role": "user"}, {"role": "assistant", "verdict": "conflicting"}]
    assert visit.heard("citation")[0]["title"] == "가람시, 푸른다리 개통"
    page.evaluate("chat.destroy(); chat.destroy(); chat.open(); chat.send('x'); chat.newChat()")
    assert page.locator("malmoi-chat .launcher").count() == page.locator("malmoi-chat iframe").count() == 0
    assert visit.heard()[-1] == "close"


def test_08_a_keyboard_is_enough(sites: Sites, go: Go) -> None:
    visit = go()
    page, press = visit.page, visit.page.keyboard.press
    page.focus("#last")
    press("Tab")
    launcher = page.locator("malmoi-chat .launcher")
    assert launcher.evaluate("e => e.getRootNode().activeElement === e && e.getAttribute('aria-expanded')") == "false"
    press("Enter")
    chat = visit.chat
    chat.locator("#question:focus").wait_for()
    assert launcher.get_attribute("aria-expanded") == "true"
    page.keyboard.type(COST)
    press("Enter")
    visit.turn(COST).wait_for()
    for _ in range(6):
        press("Shift+Tab")
        if chat.locator(".origin:focus").count():
            break
    press("Enter")
    chat.locator("mark").wait_for()
    assert chat.locator("#evidence-title:focus").count() == 1 and chat.locator(".chat[inert]").count() == 1
    press("Escape")
    chat.locator(".origin:focus").wait_for()
    assert chat.locator(".evidence").count() == 0
    press("Escape")
    page.wait_for_function("!document.querySelector('malmoi-chat').isOpen")
    assert launcher.evaluate("e => e.getRootNode().activeElement === e")
    page.focus("#other")
    page.evaluate("document.querySelector('malmoi-chat').open()")
    chat.locator("#question:focus").wait_for()
    press("Escape")
    page.wait_for_function("document.activeElement.id === 'other'")


def test_08_a_finished_answer_is_told_once(sites: Sites, go: Go) -> None:
    visit = go()
    visit.open()
    visit.chat.locator("body").evaluate(
        """() => { window.told = []; const status = document.getElementById('status');
        new MutationObserver(() => told.push(status.textContent))
        .observe(status, {childList: true, characterData: true, subtree: true}) }"""
    )
    visit.ask(SUMMARY)
    told = visit.chat.locator("body").evaluate("() => told")
    assert len(told) == 1 and "푸른다리는 3월 4일 개통했습니다. 건설비는" in told[0]
    live = "[aria-live]:not([aria-live=off]), [role=status], [role=log], [role=alert]"
    assert visit.chat.locator(live).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_08_axe_finds_nothing_serious(sites: Sites, go: Go, scheme: str) -> None:
    node()
    axe = (NODE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    visit = go(bypass_csp=True, color_scheme=scheme)
    found: dict[str, list[Any]] = {}

    def check(state: str) -> None:
        for frame in visit.page.frames:
            frame.evaluate(axe)
            rules = frame.evaluate(
                "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
            )
            for rule in rules["violations"]:
                if rule["impact"] in ("serious", "critical") and (frame.parent_frame or "malmoi" in str(rule["nodes"])):
                    found.setdefault(state, []).append((rule["id"], [n["html"][:120] for n in rule["nodes"]]))

    visit.page.wait_for_selector("malmoi-chat .launcher")
    check("closed")
    visit.open()
    visit.chat.locator(".welcome li").first.wait_for()
    check("open")
    visit.ask(COST)
    visit.ask(SUMMARY)
    visit.ask(PUBLIC)
    check("answers")
    visit.chat.locator(".origin").first.click()
    visit.chat.locator("mark").wait_for()
    check("citation")
    assert found == {}


def test_08_motion_and_forced_colours_are_the_readers_choice(sites: Sites, go: Go) -> None:
    visit = go(reduced_motion="reduce", forced_colors="active")
    visit.open()
    assert visit.page.locator("malmoi-chat .panel").evaluate("e => getComputedStyle(e).animationName") == "none"
    border = visit.chat.locator(".send").evaluate("e => getComputedStyle(e).borderTopWidth")
    assert border == "1px"
    visit.ask(SLOW, "running")
    assert visit.chat.locator(".pulse").first.evaluate("e => getComputedStyle(e).animationName") == "none"
    visit.chat.locator(".stop").click()


def test_09_composing_korean_never_sends(sites: Sites, go: Go) -> None:
    visit = go()
    visit.open()
    field = visit.chat.locator("#question")
    field.click()
    frame = visit.page.frames[1]
    try:
        input = visit.context.new_cdp_session(frame)  # an iframe of another site has a process of its own
    except Exception:
        input = visit.context.new_cdp_session(visit.page)
    input.send("Input.imeSetComposition", {"text": "건설비", "selectionStart": 3, "selectionEnd": 3})
    assert field.input_value() == "건설비"
    visit.page.keyboard.press("Enter")
    for code in (13, 229):  # what Chromium sends, and what older engines send
        field.evaluate(
            """(field, code) => field.dispatchEvent(new KeyboardEvent('keydown',
            {key: 'Enter', keyCode: code, isComposing: code === 13, bubbles: true, cancelable: true}))""",
            code,
        )
    assert visit.chat.locator(".turn").count() == 0 and field.input_value().startswith("건설비")
    input.send("Input.insertText", {"text": "건설비"})
    field.fill(COST)
    visit.page.keyboard.press("Shift+Enter")
    assert field.input_value() == f"{COST}\n" and visit.chat.locator(".turn").count() == 0
    visit.page.keyboard.press("Enter")
    visit.turn(COST).wait_for()
    assert visit.chat.locator("body").evaluate("e => getComputedStyle(e).wordBreak") == "keep-all"


def test_10_an_answer_grows_is_stopped_and_its_place_is_free(sites: Sites, go: Go) -> None:
    visit = go()
    visit.open()
    sites.malmoi.closed_early.clear()
    visit.ask(SLOW, "running")
    visit.chat.locator(".quote p, .prose", has_text="2번째").first.wait_for()
    began = time.monotonic()
    visit.chat.locator(".stop").click()
    assert sites.malmoi.closed_early.wait(2) and time.monotonic() - began < 2
    visit.turn(SLOW, "stopped").wait_for()
    assert visit.chat.locator("#question:focus").count() == 1
    asked = sites.faulty.asked[-1]
    assert asked["headers"]["accept"] == "text/event-stream" and "mw_" in asked["headers"]["authorization"]
    visit.ask(COST)
    assert "conversation" in sites.faulty.asked[-1]["body"], "the next question belongs to the same conversation"


def test_10_a_lost_connection_is_taken_up_where_it_broke_off(sites: Sites, go: Go) -> None:
    visit = go(failing="/api/v1/ask")
    visit.open()
    sites.faulty.cut_after = 5
    visit.ask(SUMMARY)
    first, second = sites.faulty.asked
    assert "last-event-id" not in first["headers"] and "-" in second["headers"]["last-event-id"]
    assert len(sites.malmoi.asked) and [a.question for a in sites.malmoi.asked].count(SUMMARY) >= 1
    assert visit.turn(SUMMARY).locator(".said").count() == 3, "nothing is missing, nothing is there twice"
    assert len(sites.faulty.asked) == 2


def test_11_the_page_keeps_an_id_only_and_the_conversation_comes_back(sites: Sites, go: Go) -> None:
    visit = go()
    visit.open()
    visit.ask(COST)
    visit.ask(SUMMARY)
    (id,) = visit.page.evaluate("() => Object.values(sessionStorage)")
    assert re.fullmatch(r"[\w-]{32}", id)
    proves = {"authorization": f"Bearer {id}", "accept": "application/json"}
    assert httpx.get(f"{sites.bot}/api/v1/conversations", headers=proves).status_code == 401
    assert visit.page.evaluate("localStorage.length + document.cookie.length") == 0
    visit.page.reload()
    visit.open()
    visit.turn(SUMMARY).wait_for()
    assert visit.chat.locator(".turn").count() == 2
    visit.page.reload()
    visit.page.evaluate("(q) => document.querySelector('malmoi-chat').send(q)", PUBLIC)  # before it is there
    visit.turn(PUBLIC).wait_for()
    assert visit.chat.locator(".question").all_inner_texts() == [f"질문:\n{q}" for q in (COST, SUMMARY, PUBLIC)]
    visit.page.reload()
    with visit.page.expect_response("**/widget/conversation"):
        visit.page.evaluate("const chat = document.querySelector('malmoi-chat'); chat.newChat(); chat.open()")
    visit.chat.locator(".welcome li").first.wait_for()
    visit.page.reload()
    visit.open()
    visit.chat.locator(".welcome li").first.wait_for()
    assert visit.chat.locator(".turn").count() == 0


def test_11_it_works_without_storage(sites: Sites, go: Go) -> None:
    visit = go(script="Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no') }})")
    visit.open()
    visit.ask(COST)
    visit.ask(PUBLIC)
    assert visit.chat.locator(".turn").count() == 2


def test_12_a_server_that_does_not_reply_is_told_within_eight_seconds(sites: Sites, go: Go) -> None:
    visit = go(failing="/api/v1/ask")
    visit.open()
    visit.chat.locator(".welcome li").first.wait_for()
    sites.faulty.deaf = True
    began = time.monotonic()
    visit.chat.locator("#question").fill(COST)
    visit.chat.locator("#question").press("Enter")
    visit.chat.locator(".problem").wait_for()
    assert time.monotonic() - began < 8.5
    assert visit.chat.locator("#question").input_value() == COST, "the draft is gone"
    assert visit.heard("error")[-1] == {"code": "unreachable"}
    sites.faulty.deaf = False
    visit.chat.locator(".again").click()
    visit.turn(COST).wait_for()
    assert visit.chat.locator("#question").input_value() == "" and visit.chat.locator(".turn").count() == 1


def test_12_a_server_with_too_much_to_do_says_when_to_come_again(sites: Sites, go: Go) -> None:
    visit = go(failing="/api/v1/ask")
    visit.open()
    sites.faulty.busy = True
    visit.ask(COST, "failed")
    assert "7초 뒤" in visit.chat.locator(".problem").inner_text()
    sites.faulty.busy = False
    visit.chat.locator(".again").click()
    visit.turn(COST).wait_for()


def test_12_an_answer_that_broke_off_is_replaced_when_it_is_asked_again(sites: Sites, go: Go) -> None:
    breaking = "끊어지는 질문"
    visit = go()
    visit.open()
    visit.ask(COST)
    visit.ask(breaking, "failed")
    with visit.page.expect_request("**/api/v1/ask") as again:
        visit.chat.locator(".again").click()
    assert again.value.post_data_json["replaces"]
    visit.turn(breaking, "failed").wait_for()
    visit.page.reload()
    visit.open()
    visit.chat.locator(".turn").nth(1).wait_for()
    assert visit.chat.locator(".turn").count() == 2


def test_12_with_the_bot_down_the_page_is_well(sites: Sites, go: Go) -> None:
    closed = "http://127.0.0.1:9"
    sites.host.bot = closed
    visit = go(failing=closed)  # the browser itself tells that the script was not there
    visit.page.wait_for_timeout(300)
    visit.watch.faults = [f for f in visit.watch.faults if closed not in f]
    assert visit.page.evaluate("faults") == []


def test_12_a_bot_that_goes_away_later_is_told_with_a_way_back(sites: Sites, go: Go) -> None:
    visit = go(failing=sites.bot)
    page = visit.page
    page.wait_for_selector("malmoi-chat .launcher")
    visit.context.route(f"{sites.bot}/**", lambda route: route.abort("connectionrefused"))
    began = time.monotonic()
    page.evaluate("(q) => document.querySelector('malmoi-chat').send(q)", COST)
    note = page.locator("malmoi-chat .note", has_text="열지 못했습니다")
    note.wait_for()
    assert time.monotonic() - began < 8.5 and "질문은 그대로" in note.inner_text()
    assert page.evaluate("faults") == [] and visit.heard("error") == [{"code": "unreachable"}]
    visit.context.unroute_all()
    page.locator("malmoi-chat .note button").first.click()
    visit.turn(COST).wait_for()
    visit.watch.faults = [f for f in visit.watch.faults if sites.bot not in f]


def test_13_on_a_phone_it_covers_the_screen(sites: Sites, go: Go) -> None:
    visit = go(**PHONE)
    page = visit.page
    visit.page.locator("malmoi-chat .launcher").tap()
    chat = visit.chat
    chat.locator(".welcome li").first.wait_for()
    panel = page.locator("malmoi-chat .panel")
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert panel.get_attribute("aria-modal") == "true" and not page.locator("malmoi-chat .launcher").is_visible()
    assert chat.locator("#question").evaluate("e => getComputedStyle(e).fontSize") == "16px"
    visit.ask(COST)
    for button in chat.locator("button:visible").all():
        box = button.bounding_box()
        assert box and box["width"] >= 44 and box["height"] >= 44, button.evaluate("e => e.outerHTML")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert chat.locator("html").evaluate("e => e.scrollWidth") <= 390
    for _ in range(12):  # Tab stays inside, forwards and backwards
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.localName") == "malmoi-chat"
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.localName") == "malmoi-chat"
    sources = page.evaluate(
        """() => [...document.querySelector('malmoi-chat').shadowRoot.adoptedStyleSheets[0].cssRules]
        .map((rule) => rule.cssText).join()"""
    )
    assert "100dvh" in sources and "env(safe-area-inset-bottom" in sources
    chat.locator(".close").tap()
    page.wait_for_function("!document.querySelector('malmoi-chat').isOpen")


def test_14_a_citation_opens_inside_with_its_passage_in_context(sites: Sites, go: Go) -> None:
    visit = go()
    visit.open()
    visit.ask(COST)
    visit.chat.locator(".origin").first.click()
    visit.chat.locator("mark").wait_for()
    assert visit.chat.locator("mark").inner_text() == FIRST
    text = visit.chat.locator(".evidence .text").inner_text()
    assert text.startswith("가람시는 푸른다리를") and text.rstrip().endswith("480미터이다.")
    shown = visit.chat.locator(".evidence .content").inner_text()
    for fact in ("가람시, 푸른다리 개통", "가람일보", "2025-03-04", "본문", "푸른다리.txt"):
        assert fact in shown, fact
    visit.chat.locator(".back").click()
    visit.ask(PUBLIC)
    origin = visit.turn(PUBLIC).locator(".origin")
    assert "댓글" in origin.inner_text() and "강바람" in origin.inner_text()
    origin.click()
    visit.chat.locator("mark", has_text=COMMENT).wait_for()
    assert "댓글" in visit.chat.locator(".evidence dl").inner_text()
    assert len(visit.page.context.pages) == 1


def test_14_every_mark_of_a_models_answer_opens_its_own_passage(sites: Sites, go: Go) -> None:
    visit = go()
    visit.open()
    visit.ask(SUMMARY)
    turn = visit.turn(SUMMARY)
    assert turn.locator(".cite").all_inner_texts() == ["1", "1", "2"] and turn.locator(".source").count() == 2
    assert turn.locator(".doubt").all_inner_texts() == ["근거와 어긋남", "근거 없음"]
    assert turn.locator(".cite").last.get_attribute("aria-label") == "근거 2: 푸른다리 감사 결과"
    turn.locator(".cite").last.click()
    visit.chat.locator("mark", has_text="155억").wait_for()


def test_it_works_behind_a_proxy_under_a_path_of_its_own(browser: Browser, tmp_path: Path) -> None:
    with two_sites(tmp_path / "index", prefix="/office/malmoi") as sites:
        visit = Visit(browser, sites)
        visit.open()
        visit.ask(COST)
        visit.chat.locator(".origin").first.click()
        visit.chat.locator("mark").wait_for()
        assert all(url.startswith((sites.site, f"{sites.bot}/")) for url in visit.watch.requests)
        visit.close()

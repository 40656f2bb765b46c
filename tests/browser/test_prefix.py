"""The page behind a reverse proxy, under a path of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from browser.conftest import BRIDGE, Watch, ask
from malmoi.settings import load_settings
from malmoi.types import Support
from malmoi.web.app import listen
from web.small import Script, SmallMalmoi, app_of

FACT = "푸른다리 건설에는 120억 원이 들었다."


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/office/malmoi"
        malmoi = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path, "server": {"public_url": url}}))
        malmoi.add_bytes("푸른다리.txt", BRIDGE.encode())
        malmoi.scripts["얼마가 들었나?"] = Script([(FACT, Support.SUPPORTED, "", [FACT])])
        server = uvicorn.Server(uvicorn.Config(app_of(malmoi), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield url
        server.should_exit = True
        thread.join()


def test_everything_stays_under_the_prefix(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="ko-KR")
    watch = Watch(context, address)
    page: Page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body.ready")
    ask(page, "얼마가 들었나?")
    page.click("#mm-live a.cite")
    page.wait_for_selector("mark >> text=120억")
    assert f"{address}/?c=" in page.url
    page.click("a[href^='document/']")
    page.context.pages[-1].wait_for_selector("h1")
    page.goto(page.url)
    page.wait_for_selector("body.ready")
    icon = page.evaluate("document.querySelector('#mm-composer use').getBoundingClientRect().width")
    assert icon > 0, "icons are found too"
    context.close()
    assert watch.faults == []

"""A real Chromium, and the page served over a small collection or over the real engine."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from malmoi.conversation import ConversationStore
from malmoi.settings import load_settings
from malmoi.types import Support, Verdict
from malmoi.web.app import listen
from web.small import Script, SmallMalmoi, app_of

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

BRIDGE = """가람시, 푸른다리 개통

2025.03.04

가람일보 한이슬 기자

가람시는 푸른다리를 3월 4일 개통했다고 밝혔다. 푸른다리 건설에는 120억 원이 들었다.
다리의 길이는 480미터이다.

댓글 1

강바람 03.04 18:20
다리 하나에 120억이면 너무 비싸네요.
"""
AUDIT = """푸른다리 감사 결과

2025.06.18

물결신문

시의회는 푸른다리 건설비가 모두 155억 원이었다고 발표했다. 설계 변경이 원인이라고 했다.
"""


def chromium() -> str | None:
    """Where Chromium is, if it is anywhere."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium a module, closed after it: Playwright keeps a loop running, which asynchronous tests would meet."""
    path = chromium()
    if path is None:
        reason = "no Chromium on this machine (apt install chromium)"
        if os.environ.get("MALMOI_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a free port, in a thread."""
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def _served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SmallMalmoi, str]]:
    index = tmp_path_factory.mktemp("page") / "index"
    malmoi = SmallMalmoi(load_settings(overrides={"index_dir": index}))
    with serving(app_of(malmoi)) as url:
        yield malmoi, url


@pytest.fixture
def malmoi(_served: tuple[SmallMalmoi, str]) -> SmallMalmoi:
    """A small collection with an answer of every kind, as on the first day."""
    made = _served[0]
    made.held.clear()
    made.asked.clear()
    made.scripts.clear()
    made.closed_early.clear()
    made.label = "extractive"
    made.add_bytes("푸른다리.txt", BRIDGE.encode())
    made.add_bytes("감사.txt", AUDIT.encode())
    made.put(*(replace(d, publisher="가람일보") for d in made.held.values()))
    first, second = "푸른다리 건설에는 120억 원이 들었다.", "시의회는 푸른다리 건설비가 모두 155억 원이었다고 발표했다."
    comment = "다리 하나에 120억이면 너무 비싸네요."
    yes = Support.SUPPORTED
    made.scripts.update(
        {
            "푸른다리 건설비는 얼마인가?": Script(
                [(first, yes, "", [first]), (second, yes, "", [second])],
                Verdict.CONFLICTING,
                "자료마다 다르게 적고 있습니다.",
            ),
            "시민들은 무엇이라고 하나?": Script([(comment, yes, "", [comment])]),
            "내일 날씨는?": Script([], Verdict.ABSTAINED, "문서에 이 질문의 답이 없습니다."),
            "푸른다리를 정리해 줘": Script(
                [
                    ("푸른다리는 3월 4일 개통했습니다.", yes, "", [first]),
                    ("건설비는 200억 원입니다.", Support.CONTRADICTED, "근거에는 120억 원입니다.", [first]),
                    ("아름다운 다리입니다.", Support.UNSUPPORTED, "어느 대목에도 없습니다.", []),
                ],
                Verdict.PARTIAL,
                answerer="llm:scripted",
                drafts=True,
                pause=0.05,
            ),
            "천천히 말해 줘": Script([(f"{n}번째 문장입니다.", yes, "", [first]) for n in range(1, 60)], pause=0.15),
            "끊어지는 질문": Script([("한 문장.", yes, "", [first])], fails=True),
        }
    )
    store = ConversationStore(made.settings.index_dir)
    for conversation in store.conversations():
        store.delete(conversation.id)
    store.close()
    return made


class Watch:
    """What a page must never do: errors in the console, requests to anywhere else."""

    def __init__(self, context: BrowserContext, *origins: str) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        self._origins = origins
        self.expected = ""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda e: self.faults.append(str(e.error)))
        context.on("dialog", lambda d: (self.faults.append(f"dialog: {d.message}"), d.dismiss()))

    def _console(self, message: ConsoleMessage) -> None:
        where = message.location["url"]
        if message.type in ("error", "warning") and not (self.expected and self.expected in where):
            self.faults.append(f"{message.text} ({where})")

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((*self._origins, "data:", "blob:")):
            self.faults.append(f"request to {request.url}")


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, malmoi: SmallMalmoi, _served: tuple[SmallMalmoi, str]) -> Iterator[Open]:
    """Opens the page, in a context of its own; `failing` is an address that may fail. Nothing else may go wrong."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def open(
        *,
        width: int = 1360,
        height: int = 860,
        locale: str = "ko-KR",
        dark: bool = False,
        phone: bool = False,
        path: str = "/",
        base: str = "",
        failing: str = "",
    ) -> Page:
        base = base or _served[1]
        context = browser.new_context(
            base_url=base,
            viewport={"width": 390, "height": 844} if phone else {"width": width, "height": height},
            locale=locale,
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            is_mobile=phone,
            permissions=["clipboard-read", "clipboard-write"],
        )
        watch = Watch(context, base)
        watch.expected = failing
        opened.append((context, watch))
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(path)
        page.wait_for_selector("body.ready")
        return page

    yield open
    for context, watch in opened:
        context.close()
        assert watch.faults == []


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    return tmp_path / "downloaded"


def ask(page: Page, question: str, *, state: str = "done") -> None:
    """Type a question, send it, and wait for its answer."""
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_selector(f'#mm-live .turn[data-state="{state}"] >> text={question}')

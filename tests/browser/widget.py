"""The widget on a page of another origin: somebody else's site on `localhost`, the bot on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page
from starlette.responses import JSONResponse

from browser.conftest import AUDIT, BRIDGE, Watch, serving
from malmoi.settings import load_settings
from malmoi.types import Support, Verdict
from servers.host import SECRET, Host
from web.small import Script, SmallMalmoi, app_of

FIRST, SECOND = "푸른다리 건설에는 120억 원이 들었다.", "시의회는 푸른다리 건설비가 모두 155억 원이었다고 발표했다."
COMMENT = "다리 하나에 120억이면 너무 비싸네요."
COST, SUMMARY, SLOW, PUBLIC, NONE = (
    "푸른다리 건설비는 얼마인가?",
    "푸른다리를 정리해 줘",
    "천천히 말해 줘",
    "시민들은 무엇이라고 하나?",
    "내일 날씨는?",
)


class Faulty:
    """Before the bot: breaks a stream off after some of its parts, never replies, or has too much to do."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.cut_after = 0
        self.deaf = self.busy = False
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/api/v1/ask":
            await self._app(scope, receive, send)
            return
        message = await receive()
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        self.asked.append({"body": json.loads(message["body"]), "headers": headers})
        while self.deaf:
            await asyncio.sleep(0.05)
        if self.busy:
            await JSONResponse({"code": "web.limit"}, 429, {"Retry-After": "7"})(scope, receive, send)
            return
        given = iter([message])
        parts, limit, self.cut_after = 0, self.cut_after, 0

        async def again() -> Any:
            return next(given, None) or await receive()

        async def cut(message: Any) -> None:
            nonlocal parts
            if message["type"] == "http.response.body":
                parts += 1
                if limit and parts > limit:
                    raise ConnectionAbortedError("cut, as the test wants it")
            await send(message)

        with suppress(ConnectionAbortedError):
            await self._app(scope, again, cut)


@dataclass
class Sites:
    """Both servers."""

    host: Host
    malmoi: SmallMalmoi
    site: str
    bot: str
    faulty: Faulty

    def reset(self, **tag: str) -> None:
        """The host as on the first day, its page with these attributes of the element."""
        given = {"token-url": "/my/token", "lang": "ko", **{k.replace("_", "-"): v for k, v in tag.items()}}
        attributes = " ".join(f'{name}="{value}"' for name, value in given.items())
        self.host.tag = f"<malmoi-chat {attributes}></malmoi-chat>"
        self.host.scripts, self.host.lang, self.host.refuses, self.host.claims = 1, "ko", False, {}
        self.host.bot, self.host.minted = self.bot, 0
        self.faulty.deaf, self.faulty.busy, self.faulty.cut_after = False, False, 0
        self.faulty.asked.clear()


def fill(malmoi: SmallMalmoi) -> None:
    """Documents and answers of every kind."""
    malmoi.add_bytes("푸른다리.txt", BRIDGE.encode())
    malmoi.add_bytes("감사.txt", AUDIT.encode())
    malmoi.put(*(replace(d, publisher="가람일보") for d in malmoi.held.values()))
    yes = Support.SUPPORTED
    malmoi.scripts.update(
        {
            COST: Script(
                [(FIRST, yes, "", [FIRST]), (SECOND, yes, "", [SECOND])],
                Verdict.CONFLICTING,
                "자료마다 다르게 적고 있습니다.",
            ),
            PUBLIC: Script([(COMMENT, yes, "", [COMMENT])]),
            SUMMARY: Script(
                [
                    ("푸른다리는 3월 4일 개통했습니다.", yes, "", [FIRST]),
                    ("건설비는 200억 원입니다.", Support.CONTRADICTED, "근거에는 120억 원입니다.", [FIRST, SECOND]),
                    ("아름다운 다리입니다.", Support.UNSUPPORTED, "어느 대목에도 없습니다.", []),
                ],
                Verdict.PARTIAL,
                answerer="llm:scripted",
                drafts=True,
                pause=0.05,
            ),
            SLOW: Script([(f"{n}번째 문장입니다.", yes, "", [FIRST]) for n in range(1, 60)], pause=0.15),
            NONE: Script([], Verdict.ABSTAINED, "문서에 이 질문의 답이 없습니다."),
            "끊어지는 질문": Script([("한 문장.", yes, "", [FIRST])], fails=True),
        }
    )


@contextmanager
def two_sites(index: Path, *, prefix: str = "", **widget: Any) -> Iterator[Sites]:
    """The site and the bot, each on its own port and under its own name."""
    host = Host()
    with serving(host.app) as address:
        site = address.replace("127.0.0.1", "localhost")
        given = {"origins": [site], "secret": SECRET, **widget}
        server = {"public_url": f"http://127.0.0.1{prefix}"} if prefix else {}
        overrides = {"index_dir": index, "widget": given, "server": server, "limits": {"questions_per_minute": 0}}
        malmoi = SmallMalmoi(load_settings(overrides=overrides))
        fill(malmoi)
        faulty = Faulty(app_of(malmoi))
        with serving(faulty) as bot:
            sites = Sites(host, malmoi, site, bot + prefix, faulty)
            sites.reset()
            yield sites


class Visit:
    """Someone's browser at the site's page. Nothing may fail there but what `failing` says (part of an address)."""

    def __init__(self, browser: Browser, sites: Sites, *, failing: str = "", script: str = "", **context: Any) -> None:
        settings = {"viewport": {"width": 1100, "height": 800}, "locale": "ko-KR", **context}
        self.context: BrowserContext = browser.new_context(base_url=sites.site, **settings)
        self.watch = Watch(self.context, sites.site, sites.bot)
        self.watch.expected = failing
        if script:
            self.context.add_init_script(script)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.goto("/")

    @property
    def chat(self) -> FrameLocator:
        """The conversation."""
        return self.page.frame_locator("malmoi-chat iframe")

    def open(self) -> FrameLocator:
        """Press the launcher and wait for the conversation."""
        self.page.click("malmoi-chat .launcher")
        self.chat.locator("#question").wait_for()
        return self.chat

    def ask(self, question: str, state: str = "finished") -> None:
        """Type a question, send it, wait for its answer."""
        self.chat.locator("#question").fill(question)
        self.chat.locator("#question").press("Enter")
        self.turn(question, state).wait_for()

    def turn(self, question: str, state: str = "finished") -> Any:
        """A question with its answer."""
        return self.chat.locator(f".turn[data-state={state}]", has_text=question).last

    def heard(self, name: str = "") -> list[Any]:
        """What the page's scripts heard of the element: names, or the details of those with a name."""
        told: list[list[Any]] = self.page.evaluate("heard")
        return [detail for _, event, detail in told if event == name] if name else [event for _, event, _ in told]

    def close(self) -> None:
        """Leave; nothing may have gone wrong, on the page or in the iframe."""
        faults = self.page.evaluate("faults")
        self.context.close()
        if faults or self.watch.faults:
            pytest.fail(f"on the page: {faults}; in the console: {self.watch.faults}")

"""How much one person, one key and one address may ask of the server, and how large a request may be.

The counts are kept in memory, in windows that slide: they begin anew when the server is started. What identifies a
caller is never taken from what they can choose: the address is the connection's, or the one that a trusted proxy saw.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from malmoi.errors import MalmoiError
from malmoi.settings import Settings
from malmoi.web.refusals import refuse

if TYPE_CHECKING:
    from limits import RateLimitItem

    from malmoi.web.identity import Caller

MOST_COUNTS = 20_000
"""Counts kept at once; beyond them new callers share `_SHARED` common ones, so that memory stays bounded."""
_SHARED = 1024
_UPLOAD_PATH = re.compile(r"(/[\w-]+)*/documents")
_FORM = 65_536
"""Bytes that the form around an uploaded file may take."""


class TooMany(MalmoiError):
    """A caller is over one of the limits.

    Attributes:
        limit: which, for the server's counts.
        retry_after: whole seconds until it is worth another try.
    """

    code = "web.limit"
    status = 429

    def __init__(self, limit: str, problem: str, wait_s: float) -> None:
        self.limit = limit
        self.code = f"web.limit.{limit}"
        self.retry_after = max(1, math.floor(wait_s) + 1)
        super().__init__(problem, f"Try again in {self.retry_after} s.", text=self.code, seconds=self.retry_after)


class Limits:
    """Counts what callers ask for, and refuses what is over the settings' limits. Safe to use from several threads.

    Whoever sits at this machine without sign-in is not limited, but for the tokens of a language model.

    Args:
        refused: called with the name of the limit for each refusal.
    """

    def __init__(self, settings: Settings, refused: Callable[[str], None] = lambda limit: None) -> None:
        from limits.storage import MemoryStorage
        from limits.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

        self._settings = settings.limits
        self._refused = refused
        self._storage = MemoryStorage()
        self._sliding = SlidingWindowCounterRateLimiter(self._storage)
        self._fixed = FixedWindowRateLimiter(self._storage)
        self._lock = threading.Lock()

    def question(self, caller: Caller, address: str, *, generative: bool = False) -> None:
        """Count a question.

        Args:
            generative: a language model would answer, and the tokens of the day count.

        Raises:
            TooMany: it is over a limit.
        """
        given = self._settings
        item = _day(given.tokens_per_day)
        if generative and item is not None:
            who = self._known("tokens", caller.principal.id)
            if not self._fixed.test(item, "tokens", who):
                wait = self._fixed.get_window_stats(item, "tokens", who).reset_time - time.time()
                self._refuse("tokens", f"Answers of {given.tokens_per_day:,} tokens a day are allowed", wait)
        if caller.via == "local":
            return
        who = caller.principal.id
        per_minute, per_day = (
            (given.key_questions_per_minute, given.key_questions_per_day)
            if caller.via == "key"
            else (given.questions_per_minute, given.questions_per_day)
        )
        self._count("questions", who, _minute(per_minute), "questions a minute")
        self._count("questions", who, _day(per_day), "questions a day")
        self._count("address", address, _minute(given.address_questions_per_minute), "questions a minute from here")
        self._count("address", address, _day(given.address_questions_per_day), "questions a day from here")

    def count_tokens(self, caller: Caller, tokens: int) -> None:
        """Count what a language model read and wrote for someone."""
        item = _day(self._settings.tokens_per_day)
        if item is not None and tokens:
            self._fixed.hit(item, "tokens", self._known("tokens", caller.principal.id), cost=tokens)

    def sign_in(self, name: str, address: str) -> None:
        """Count an attempt to sign in, right or wrong; raises TooMany."""
        given = self._settings
        self._count("sign_in_address", address, _minute(given.address_sign_ins_per_minute), "attempts a minute")
        known = name.strip().casefold()[:64]
        self._count("sign_in", known, _minute(given.sign_ins_per_minute), "attempts a minute for one name")

    def widget_session(self, address: str) -> None:
        """Count a session that a widget begins; raises TooMany."""
        amount = self._settings.address_questions_per_minute
        self._count("widget_address", address, _minute(amount), "sessions a minute from here")

    def upload(self, caller: Caller, size: int, files: int = 1) -> None:
        """Count uploaded files; raises TooMany."""
        if caller.via == "local":
            return
        given, who = self._settings, caller.principal.id
        self._count("uploads", who, _hour(given.uploads_per_hour), "files an hour", files)
        self._count("upload_bytes", who, _hour(given.upload_bytes_per_hour), "bytes an hour", size)

    @property
    def counts(self) -> int:
        """How many are kept."""
        return len(self._storage.storage)

    def _count(self, limit: str, who: str, item: RateLimitItem | None, of: str, cost: int = 1) -> None:
        if item is None:
            return
        who = self._known(limit, _network(who) if limit.endswith("address") else who)
        with self._lock:
            allowed = self._sliding.hit(item, limit, who, cost=cost)
            wait = 0.0 if allowed else self._wait(item, limit, who, cost=cost)
        if not allowed:
            self._refuse(limit, f"{item.amount:,} {of} are allowed", wait)

    def _wait(self, item: RateLimitItem, limit: str, who: str, *, cost: int) -> float:
        """Seconds until the same would be allowed.

        The window slides: of the count of the last whole one as much holds as the running one has yet to go. The
        library tells when a count changes, which is sooner than when it is low enough.
        """
        expiry, now = item.get_expiry(), time.time()
        before, _, current, _ = self._storage.get_sliding_window(item.key_for(limit, who), expiry)
        left = expiry - now % expiry
        enough = item.amount - cost + 1  # what the weighted count has to fall below
        if cost > item.amount:
            return float(expiry)
        if current < enough:
            return left - (enough - current) * expiry / before if before else 0.0
        return left + expiry - enough * expiry / current

    def _refuse(self, limit: str, problem: str, wait_s: float) -> None:
        self._refused(limit)
        raise TooMany(limit, problem, wait_s)

    def _known(self, limit: str, who: str) -> str:
        """The name under which someone is counted; a shared one while too many are counted already."""
        digest = hashlib.sha256(f"{limit}\0{who}".encode()).digest()
        if self.counts < MOST_COUNTS:
            return digest[:12].hex()
        return f"shared-{int.from_bytes(digest[:4]) % _SHARED}"


def _minute(amount: int) -> RateLimitItem | None:
    from limits import RateLimitItemPerMinute

    return RateLimitItemPerMinute(amount) if amount else None


def _hour(amount: int) -> RateLimitItem | None:
    from limits import RateLimitItemPerHour

    return RateLimitItemPerHour(amount) if amount else None


def _day(amount: int) -> RateLimitItem | None:
    from limits import RateLimitItemPerDay

    return RateLimitItemPerDay(amount) if amount else None


def _network(address: str) -> str:
    """What one subscriber holds: an IPv4 address, or the first 64 bits of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    if found.version == 4 or mapped:
        return str(mapped or found)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def address_in(scope: Scope) -> str:
    """The address that a request comes from."""
    return str((scope.get("client") or ("", 0))[0])


class BodyCap:
    """Refuses requests with larger bodies than the settings allow, by their announced length or as they arrive."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._most = settings.limits.body_bytes
        self._most_uploaded = settings.documents.max_bytes + _FORM

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_uploaded if _UPLOAD_PATH.fullmatch(scope["path"]) else self._most
        refusal = refuse(413, "web.body", f"The request is larger than {most:,} bytes", "Send less at once.")
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > most:
            await refusal(scope, receive, send)
            return
        arrived, begun = 0, False

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            if message["type"] == "http.request":
                arrived += len(message.get("body", b""))
                if arrived > most:
                    raise _OverCap
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            if arrived <= most or begun:
                begun = True
                await send(message)

        with suppress(_OverCap):
            await self._app(scope, counted, watched)
        if arrived > most and not begun:
            await refusal(scope, receive, send)


class _OverCap(Exception):
    """Ends the reading of a body that is over the cap."""

"""How many answers are made at once, and who is next: a queue in which nobody stands twice in front of another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from malmoi.errors import MalmoiError

_ANSWER_S = 5
"""A guess at the seconds until a place is free, for those who find the queue full."""


class QueueFull(MalmoiError):
    """So many wait for an answer already that one more is turned away."""

    code = "web.limit.queue"
    status = 429
    limit = "queue"

    def __init__(self) -> None:
        super().__init__("Too many people are waiting for an answer", "Ask again in a while.", text=self.code)
        self.retry_after = _ANSWER_S


class Pass:
    """A place at the turnstile, or the wait for one; leaving the `with` gives it back at once, also unused.

    Args:
        turnstile: which made it.
        order: before whom it goes: those with a greater one.
    """

    def __init__(self, turnstile: Turnstile, order: tuple[int, int]) -> None:
        self.order = order
        self._turnstile = turnstile
        self.left = False
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    @property
    def position(self) -> int:
        """Place in the queue counted from 1; 0 once it may go on."""
        return self._turnstile.position(self)

    async def positions(self) -> AsyncIterator[int]:
        """The position, now and whenever it changes, as long as it has to wait.

        Ends when it may go on, or when it was given back meanwhile (`left`).
        """
        self._loop = asyncio.get_running_loop()
        told = 0
        while True:
            self._changed.clear()
            position = self.position
            if position == 0:
                return
            if position != told:
                told = position
                yield position
            await self._changed.wait()

    async def wait(self) -> None:
        """Wait until it may go on."""
        async for _ in self.positions():
            pass

    def leave(self) -> None:
        """Give the place back, or stop waiting; from any thread, any number of times."""
        self.left = True
        self._turnstile.leave(self)
        self.wake()

    def wake(self) -> None:
        """Look at the position again; from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._changed.set)


class Turnstile:
    """Lets so many answers be made at once and keeps a bounded queue of the others.

    Each question has a round: the present one, or the one after its owner's last. Earlier rounds go first, and within
    one who arrived first (start-time fair queueing; Goyal, Vin and Cheng 1996, with equal weights and costs). So a
    person who sends ten questions at once stands behind everyone's first. Safe to use from several threads.

    Args:
        places: answers at once.
        waiting: most that wait.
    """

    def __init__(self, places: int, waiting: int) -> None:
        self._places = places
        self._most_waiting = waiting
        self._lock = threading.Lock()
        self._running: set[Pass] = set()
        self._waiting: list[Pass] = []
        self._arrivals = 0
        self._round = 0
        self._next_round: dict[str, int] = {}  # of owners who are ahead of the present one

    @property
    def running(self) -> int:
        """Answers being made."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Those in the queue."""
        return len(self._waiting)

    def enter(self, owner: str) -> Pass:
        """A place where one is free, otherwise one in the queue; use it in a `with`.

        Raises:
            QueueFull: as many wait as may.
        """
        with self._lock:
            self._arrivals += 1
            room = len(self._running) < self._places and not self._waiting
            if not room and len(self._waiting) >= self._most_waiting:
                raise QueueFull
            its_round = max(self._round, self._next_round.get(owner, 0))
            self._next_round[owner] = its_round + 1
            made = Pass(self, (its_round, self._arrivals))
            if room:
                self._start(made)
                return made
            self._waiting.append(made)
            others = [other for other in self._waiting if other is not made]
        _wake(others)  # a newcomer can stand before the second of someone who was there earlier
        return made

    def leave(self, given: Pass) -> None:
        """Take a pass back and let the next go on."""
        with self._lock:
            if given in self._running:
                self._running.remove(given)
            elif given in self._waiting:
                self._waiting.remove(given)
            else:
                return
            woken = list(self._waiting)
            while self._waiting and len(self._running) < self._places:
                following = min(self._waiting, key=_order)
                self._waiting.remove(following)
                self._start(following)
        _wake(woken)

    def position(self, given: Pass) -> int:
        """Place of a pass in the queue counted from 1; 0 for one that does not wait."""
        with self._lock:
            if given not in self._waiting:
                return 0
            return 1 + sum(other.order < given.order for other in self._waiting)

    def _start(self, given: Pass) -> None:
        self._running.add(given)
        self._round = max(self._round, given.order[0])
        self._next_round = {owner: its for owner, its in self._next_round.items() if its > self._round}


def _order(given: Pass) -> tuple[int, int]:
    return given.order


def _wake(passes: list[Pass]) -> None:
    for waiting in passes:
        waiting.wake()

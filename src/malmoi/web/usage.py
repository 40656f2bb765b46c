"""How many questions were asked, how they were answered, and how long it took: numbers only, in `usage.sqlite`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from malmoi.database import Database
from malmoi.types import Answer

FILE_NAME = "usage.sqlite"
STOPPED, FAILED = "stopped", "failed"
"""Verdicts of questions that no finished answer came to."""
# "IF NOT EXISTS": the first files of this kind bear no `user_version`.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS question (
    day TEXT NOT NULL, collection TEXT NOT NULL, verdict TEXT NOT NULL, generative INTEGER NOT NULL,
    ms REAL, tokens INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS question_by_day ON question (collection, day);
PRAGMA user_version = 1;
"""


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """One day of one collection.

    Attributes:
        day: ISO 8601, UTC.
        verdicts: questions by verdict, with `STOPPED` and `FAILED`.
        p50, p95: milliseconds to a finished answer; None on a day without one.
        tokens: estimated, of generative answers.
    """

    day: str
    verdicts: Mapping[str, int] = field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None
    tokens: int = 0

    @property
    def questions(self) -> int:
        """All that were asked."""
        return sum(self.verdicts.values())


class UsageStore(Database):
    """Opens, or makes, the counts of an index folder; safe between threads and processes. No texts, no persons."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME, _SCHEMA)

    def add(self, collection: str, answer: Answer, tokens: int = 0) -> None:
        """Count a finished answer."""
        generative = answer.answerer.startswith("llm:")
        seconds = answer.timings.get("total")
        self._add(collection, answer.verdict.value, generative, None if seconds is None else seconds * 1000, tokens)

    def add_unfinished(self, collection: str, how: str) -> None:
        """Count a question without a finished answer; `how` is `STOPPED` or `FAILED`."""
        self._add(collection, how, False, None, 0)

    def _add(self, collection: str, verdict: str, generative: bool, ms: float | None, tokens: int) -> None:
        row = (today().isoformat(), collection, verdict, int(generative), ms, tokens)
        with self.transaction() as run:
            run("INSERT INTO question VALUES (?, ?, ?, ?, ?, ?)", row)

    def days(self, collection: str, count: int = 30) -> list[DayOfUse]:
        """The last days up to today, oldest first, those without questions too."""
        last = today()
        wanted = [(last - timedelta(days=back)).isoformat() for back in range(count - 1, -1, -1)]
        verdicts: dict[str, Counter[str]] = {day: Counter() for day in wanted}
        times: dict[str, list[float]] = {day: [] for day in wanted}
        tokens: Counter[str] = Counter()
        rows = self.rows(
            "SELECT day, verdict, ms, tokens FROM question WHERE collection = ? AND day >= ? ORDER BY ms",
            collection,
            wanted[0],
        )
        for day, verdict, ms, spent in rows:
            if day in verdicts:  # a clock that was set back leaves days to come
                verdicts[day][verdict] += 1
                tokens[day] += spent
                if ms is not None:
                    times[day].append(ms)
        return [
            DayOfUse(day, verdicts[day], _quantile(times[day], 0.5), _quantile(times[day], 0.95), tokens[day])
            for day in wanted
        ]

    def sweep(self, days: int) -> int:
        """Delete what is older than so many days; 0 keeps all. Gives how many were deleted."""
        if not days:
            return 0
        first = (today() - timedelta(days=days)).isoformat()
        with self.transaction() as run:
            return int(run("DELETE FROM question WHERE day < ?", (first,)).rowcount)


def today() -> date:
    """The present day, UTC."""
    return datetime.now(UTC).date()


def _quantile(ordered: list[float], share: float) -> float | None:
    """Of an ordered list, by nearest rank."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None

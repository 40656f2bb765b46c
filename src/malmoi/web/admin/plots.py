"""Where the parts of the usage plots stand; the template draws them as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.web.usage import DayOfUse

WIDTH, HEIGHT = 720, 200
LEFT, TOP, BOTTOM = 46, 10, 24
"""Room for the scale, above the plot, and for the days."""
ORDER = ("answered", "partial", "conflicting", "abstained", "stopped", "failed")
"""Verdicts from the bottom of a bar to its top."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a day's bar."""

    x: float
    y: float
    width: float
    height: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Scale marks as (y, label), days as (x, label), and what stands between them."""

    marks: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = ()


def questions_plot(days: Sequence[DayOfUse]) -> Plot:
    """Questions of each day, stacked by verdict."""
    top = _nice(max((day.questions for day in days), default=0))
    step = (WIDTH - LEFT) / max(len(days), 1)
    bars = []
    for number, day in enumerate(days):
        below = 0
        for verdict in ORDER:
            count = day.verdicts.get(verdict, 0)
            if count:
                low, high = _y(below, top), _y(below + count, top)
                bars.append(Bar(LEFT + number * step + step * 0.15, high, step * 0.7, low - high, verdict))
                below += count
    return Plot(_marks(top, ""), _days(days, step), tuple(bars))


def latency_plot(days: Sequence[DayOfUse]) -> Plot:
    """p50 and p95 of each day, in milliseconds; a day without answers breaks nothing and shows nothing."""
    top = _nice(max((day.p95 or 0 for day in days), default=0))
    step = (WIDTH - LEFT) / max(len(days), 1)
    lines = []
    for name in ("p50", "p95"):
        values = [(LEFT + (n + 0.5) * step, getattr(day, name)) for n, day in enumerate(days)]
        lines.append((name, tuple((x, _y(value, top)) for x, value in values if value is not None)))
    return Plot(_marks(top, " ms"), _days(days, step), lines=tuple(lines))


def _y(value: float, top: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top), 1)


def _nice(value: float) -> float:
    """The next of 1, 2, 5, 10, 20 … that is not below."""
    if value <= 4:
        return 4
    power = 10 ** math.floor(math.log10(value))
    return next(float(m * power) for m in (1, 2, 4, 5, 10) if m * power >= value)


def _marks(top: float, unit: str) -> tuple[tuple[float, str], ...]:
    return tuple((_y(top * part / 4, top), f"{top * part / 4:g}{unit}") for part in (0, 2, 4))


def _days(days: Sequence[DayOfUse], step: float) -> tuple[tuple[float, str], ...]:
    every = max(1, round(len(days) / 6))
    return tuple(
        (round(LEFT + (n + 0.5) * step, 1), day.day[5:])
        for n, day in enumerate(days)
        if (len(days) - 1 - n) % every == 0
    )

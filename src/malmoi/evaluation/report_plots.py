"""Curves of the report, drawn as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from malmoi.evaluation.measures import RiskPoint

_WIDTH, _HEIGHT = 460, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 22, 12, 40
_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
Point = tuple[float, float]


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{_x(x):.1f} {_y(y):.1f}" for x, y in points)


def _frame(across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]], key: str) -> Markup:
    """Grid and scales; `key` names the texts of the two axes."""
    parts = []
    for share, label in across:
        parts.append(
            Markup('<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(
                f"{_x(share):.1f}", _TOP, _HEIGHT - _BOTTOM
            )
        )
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
                f"{_x(share):.1f}", _HEIGHT - _BOTTOM + 16, label
            )
        )
    for share, label in up:
        parts.append(
            Markup('<line class="grid" x1="{1}" x2="{2}" y1="{0}" y2="{0}"/>').format(
                f"{_y(share):.1f}", _LEFT, _WIDTH - _RIGHT
            )
        )
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(_LEFT - 7, f"{_y(share) + 4:.1f}", label)
        )
    parts.append(
        Markup('<text x="{}" y="{}" text-anchor="middle" data-t="report.{}.across"></text>').format(
            (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6, key
        )
    )
    return Markup().join(parts)


def _svg(key: str, *inside: Markup) -> Markup:
    start = Markup('<svg class="curve" viewBox="0 0 {} {}" role="img" data-t-label="report.{}.label">')
    return start.format(_WIDTH, _HEIGHT, key) + Markup().join(inside) + Markup("</svg>")


def risk_coverage_curve(points: Sequence[RiskPoint]) -> Markup | None:
    """Risk over coverage, with the point at which the run itself answered; None with fewer than two points."""
    if len(points) < 2:
        return None
    top = _ceiling(max(p.risk for p in points))
    across = [(share, f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75, 1)]
    up = [(share, f"{share * top * 100:g}%") for share in (0, 0.5, 1)]
    line = Markup('<path class="line" d="{}"/>').format(_path((p.coverage, p.risk / top) for p in points))
    last = points[-1]
    dot = Markup('<circle class="point" cx="{}" cy="{}" r="5"><title>{}</title></circle>').format(
        f"{_x(last.coverage):.1f}", f"{_y(last.risk / top):.1f}", f"{last.coverage:.1%} · {last.risk:.1%}"
    )
    return _svg("risk", _frame(across, up, "risk"), line, dot)


def _ceiling(value: float) -> float:
    return next((top for top in (0.05, 0.1, 0.2, 0.3, 0.5) if value <= top), 1.0)


def latency_curve(seconds: Sequence[float]) -> Markup | None:
    """Share of questions answered within a time, on a logarithmic scale, with the median and the 95th percentile."""
    known = sorted(s for s in seconds if s > 0)
    if len(known) < 2:
        return None
    low = max((s for s in _SECONDS if s <= known[0]), default=_SECONDS[0])
    high = min((s for s in _SECONDS if s >= known[-1] and s > low), default=max(_SECONDS[-1], known[-1]))

    def place(second: float) -> float:
        return min(max(math.log(second / low) / math.log(high / low), 0.0), 1.0)

    across = [(place(s), f"{s:g} s" if s >= 1 else f"{s * 1000:g} ms") for s in _SECONDS if low <= s <= high]
    up = [(share, f"{share:.0%}") for share in (0, 0.5, 0.95)]
    steps = [(place(s), (n + 1) / len(known)) for n, s in enumerate(known)]
    kept = steps[:: max(len(steps) // 400, 1)]
    line = Markup('<path class="line" d="{}"/>').format(_path([(kept[0][0], 0.0), *kept, steps[-1]]))
    rules = Markup().join(
        Markup('<line class="rule" x1="{0}" x2="{0}" y1="{1}" y2="{2}"><title>{3}</title></line>').format(
            f"{_x(place(value)):.1f}", f"{_y(share):.1f}", _HEIGHT - _BOTTOM, f"{value * 1000:.0f} ms"
        )
        for share in (0.5, 0.95)
        for value in [known[min(math.ceil(share * len(known)), len(known)) - 1]]
    )
    return _svg("latency", _frame(across, up, "latency"), rules, line)

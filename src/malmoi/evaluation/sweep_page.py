"""The page of a sweep: quality against time, and a row for each combination. One file that opens offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from markupsafe import Markup

from malmoi.evaluation.report_page import page
from malmoi.evaluation.results import write_whole
from malmoi.evaluation.sweep import Cell, plotted, value_text
from malmoi.i18n import text
from malmoi.types import Language

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 20, 40
_Scale = Callable[[float], float]
_COLUMNS = (
    "ndcg@10", "hit@1", "evidence_recall@5", "contains", "in_two_sentences", "citation_recall", "hallucination",
    "over_refusal",
)  # fmt: skip


def write_page(cells: Sequence[Cell], path: Path, language: Language, measure: str | None = None) -> None:
    """Write the page; `measure` is the vertical axis of its plot (see `sweep.plotted`)."""
    wanted = plotted(cells, measure)
    columns = [name for name in _COLUMNS if any(name in cell.results.figures for cell in cells)]
    html = page(
        "sweep.html",
        language,
        {},
        ("sweep.js",),
        title=text("report.sweep", language),
        measure_shown=wanted,
        plot=_plot(cells, wanted) if wanted else None,
        columns=columns,
        rows=[
            (number, value_text(c.values), c.results.figures, c.results.timings) for number, c in enumerate(cells, 1)
        ],
    )
    write_whole(path, html.encode())


def _plot(cells: Sequence[Cell], measure: str) -> Markup | None:
    """Means with intervals over milliseconds; a point's number is its row in the table."""
    points = [
        (cell.milliseconds, figure.mean, figure.low, figure.high, number, value_text(cell.values))
        for number, cell in enumerate(cells, 1)
        if (figure := cell.results.figures[measure]).mean is not None and cell.milliseconds is not None
    ]
    if not points:
        return None
    right = max(p[0] for p in points) * 1.08
    lows, highs = [p[2] or 0.0 for p in points], [p[3] or 0.0 for p in points]
    bottom, top = _bounds(min(lows), max(highs))

    def x(milliseconds: float) -> float:
        return round(_LEFT + milliseconds / right * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (value - bottom) / (top - bottom) * (_HEIGHT - _TOP - _BOTTOM), 1)

    start = Markup('<svg class="curve" viewBox="0 0 {} {}" role="img" data-t-label="report.sweep.plot">')
    parts = [start.format(_WIDTH, _HEIGHT), *_grid(right, bottom, top, x, y)]
    for milliseconds, mean, low, high, number, told in points:
        place = x(milliseconds)
        parts.append(
            Markup(
                '<line class="whisker s0" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
                '<circle class="dot s0" cx="{0}" cy="{3}" r="6"><title>{4}: {5:.3f}, {6:.0f} ms</title></circle>'
                '<text x="{7}" y="{8}">{9}</text>'
            ).format(
                place,
                y(low or mean),
                y(high or mean),
                y(mean),
                told,
                mean,
                milliseconds,
                place + 9,
                y(mean) + 4,
                number,
            )
        )
    return Markup().join((*parts, Markup("</svg>")))


def _bounds(low: float, high: float) -> tuple[float, float]:
    """The part of the scale that is shown: wide enough that noise does not look like a difference."""
    middle, reach = (low + high) / 2, max((high - low) * 0.6, 0.05)
    return max(middle - reach, 0.0), max(min(middle + reach, 1.0), high)


def _grid(right: float, bottom: float, top: float, x: _Scale, y: _Scale) -> Iterator[Markup]:
    across = Markup(
        '<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
        '<text x="{0}" y="{3}" text-anchor="middle">{4:.0f} ms</text>'
    )
    up = Markup(
        '<line class="grid" x1="{1}" x2="{2}" y1="{0}" y2="{0}"/><text x="{3}" y="{0}" text-anchor="end">{4:.3f}</text>'
    )
    for step in range(5):
        at = right * step / 4
        yield across.format(x(at), _TOP, _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM + 18, at)
        value = bottom + (top - bottom) * step / 4
        yield up.format(y(value), _LEFT, _WIDTH - _RIGHT, _LEFT - 8, value)

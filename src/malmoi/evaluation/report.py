"""The report of one run: a file that opens offline, with every figure, every question and the passages found for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.evaluation.measures import LESS_IS_BETTER, MEASURES, risk_coverage
from malmoi.evaluation.report_page import Passages, answer_data, page, question_data
from malmoi.evaluation.report_plots import latency_curve, risk_coverage_curve
from malmoi.evaluation.results import Figure, Outcome, QuestionResult, Results, write_whole
from malmoi.i18n import text
from malmoi.types import Language

NAME = "report.html"
KEY_MEASURES = ("ndcg@10", "evidence_recall@5", "contains", "citation_recall", "hallucination", "over_refusal")
"""Measures shown for every type of question and, the first two that apply, in the line of a question."""
_SERIES = 6


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure shall reach: at least `value`, or at most where less is better."""

    value: float
    met: bool
    sign: str

    @classmethod
    def of(cls, measure: str, value: float, figure: Figure) -> Target:
        """Whether a figure's mean meets it."""
        less = measure in LESS_IS_BETTER
        met = figure.mean is not None and (figure.mean <= value if less else figure.mean >= value)
        return cls(value, met, "≤" if less else "≥")


@dataclass(frozen=True, slots=True)
class System:
    """Malmoi (the first of a measure's) or a baseline, and its figure; `series` is its colour."""

    name: str
    figure: Figure
    series: int


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure of everything that was measured side by side; `lower` where less is better."""

    name: str
    systems: tuple[System, ...]
    lower: bool
    target: Target | None

    @property
    def is_share(self) -> bool:
        """It lies between 0 and 1, and can be drawn on the common scale."""
        return self.name != "sentences"


def write_report(
    results: Results, path: Path, language: Language, *, targets: Mapping[str, float] | None = None
) -> None:
    """Write the report in one step.

    Args:
        language: in which it opens; its reader may switch to the other.
        targets: what measures shall reach, by name.
    """
    write_whole(path, report_html(results, language, targets=targets).encode())


def report_html(results: Results, language: Language, *, targets: Mapping[str, float] | None = None) -> str:
    """The report as one HTML file."""
    shown = tuple(name for name in KEY_MEASURES if name in results.figures)
    counts = Counter(q.outcome for q in results.questions)
    return page(
        "report.html",
        language,
        _data(results, shown),
        ("report.js",),
        title=text("report.title", language),
        facts=_facts(results),
        outcomes=[(o.value, counts[o], counts[o] / len(results.questions)) for o in Outcome if counts[o]],
        stack=_stack(counts, len(results.questions)),
        figures=_rows(results, targets or {}),
        curves=_curves(results),
        type_measures=shown,
        types=_types(results, shown),
        about=json.dumps(results.about, ensure_ascii=False, indent=2),
    )


def _facts(results: Results) -> list[tuple[str, str]]:
    about = results.about
    known = {
        "report.facts.questions": _count(results.questions),
        "report.facts.set": _name(about.get("questions")),
        "report.facts.index": _name(about.get("index")),
        "report.facts.answerer": _name(about.get("answerer")),
        "report.facts.embedding": _name(about.get("embedding")),
        "report.facts.malmoi": _name(about.get("malmoi")),
    }
    return [(key, value) for key, value in known.items() if value]


def _name(value: Any) -> str:
    """A plain fact, or the naming part of a nested one."""
    if isinstance(value, Mapping):
        first = next((value[key] for key in ("name", "id", "file", "fingerprint", "sha256") if value.get(key)), "")
        return _name(first)
    return "" if value is None else str(value)


def _count(questions: Iterable[QuestionResult]) -> str:
    listed = list(questions)
    answerable = sum(q.question.answerable for q in listed)
    return f"{len(listed):,} ({answerable:,} + {len(listed) - answerable:,})"


def _stack(counts: Mapping[Outcome, int], total: int) -> list[tuple[str, float, float]]:
    """Outcomes side by side as (name, left, width), both as shares."""
    placed, left = [], 0.0
    for outcome in Outcome:
        if width := counts[outcome] / total:
            placed.append((outcome.value, left, width))
            left += width
    return placed


def _rows(results: Results, targets: Mapping[str, float]) -> list[MeasureRow]:
    rows = []
    for name, figure in results.figures.items():
        others = [
            System(baseline, figures[name], 1 + place % (_SERIES - 1))
            for place, (baseline, figures) in enumerate(results.baselines.items())
            if name in figures
        ]
        target = Target.of(name, targets[name], figure) if name in targets else None
        rows.append(MeasureRow(name, (System("", figure, 0), *others), name in LESS_IS_BETTER, target))
    return rows


def _types(results: Results, shown: tuple[str, ...]) -> list[tuple[str, int, list[Figure | None]]]:
    totals = Counter(q.question.type for q in results.questions)
    return [(kind, totals[kind], [figures.get(m) for m in shown]) for kind, figures in results.by_type.items()]


def _curves(results: Results) -> list[dict[str, Any]]:
    drawn = {
        "risk": risk_coverage_curve(risk_coverage(results.questions)),
        "latency": latency_curve([q.seconds["total"] for q in results.questions if "total" in q.seconds]),
    }
    return [{"name": name, "svg": svg} for name, svg in drawn.items() if svg]


def _data(results: Results, shown: tuple[str, ...]) -> dict[str, Any]:
    passages = Passages()
    measures = [m for m in MEASURES if any(q.measures.get(m) is not None for q in results.questions)]
    questions = [
        {
            "question": question_data(q.question),
            **answer_data(q, passages),
            "measures": [q.measures.get(m) for m in measures],
            "baselines": {name: [values.get(m) for m in measures] for name, values in q.baselines.items()},
            "seconds": dict(q.seconds),
        }
        for q in results.questions
    ]
    return {
        "measures": measures,
        "key_measures": [m for m in shown if m not in ("hallucination", "over_refusal")][-2:],
        "types": sorted({q.question.type for q in results.questions}),
        "outcomes": [o.value for o in Outcome if any(q.outcome is o for q in results.questions)],
        "questions": questions,
        "passages": passages.listed,
    }

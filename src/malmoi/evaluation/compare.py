"""Two runs over the same questions, compared question by question."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from malmoi.errors import ResultsError
from malmoi.evaluation.measures import LESS_IS_BETTER, MEASURES
from malmoi.evaluation.report_page import Passages, answer_data, measure_name, page, question_data, slug
from malmoi.evaluation.results import Outcome, QuestionResult, Results
from malmoi.evaluation.statistics import difference
from malmoi.i18n import text
from malmoi.types import Language

LEVEL = 0.05
"""Probability below which chance is not taken as the explanation."""
_RANKS = {
    Outcome.RIGHT: 3, Outcome.DECLINED_RIGHTLY: 3, Outcome.INCOMPLETE: 2, Outcome.ANSWERED: 2,
    Outcome.DECLINED_WRONGLY: 1, Outcome.WRONG: 0, Outcome.INVENTED: 0, Outcome.FAILED: 0,
}  # fmt: skip
"""Outcomes from bad to good; of one rank, the measures tell."""
_TELLING = ("contains", "citation_recall", "conflict_values", "evidence_recall@5", "ndcg@10")


@dataclass(frozen=True, slots=True)
class MeasureDifference:
    """How a measure's mean changed from A to B, over the questions that both measured.

    Attributes:
        low, high: of the difference, paired bootstrap 95 % interval.
        p: two-sided, of a sign-flip permutation test.
        verdict: "better", "worse", or "same" where chance explains the difference.
    """

    measure: str
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    p: float
    n: int

    @property
    def lower_is_better(self) -> bool:
        """Whether less of it is better."""
        return self.measure in LESS_IS_BETTER

    @property
    def verdict(self) -> str:
        """What the change means at `LEVEL`."""
        if self.p >= LEVEL or not self.difference:
            return "same"
        return "better" if (self.difference > 0) != self.lower_is_better else "worse"


@dataclass(frozen=True, slots=True)
class Pair:
    """One question in both runs.

    Attributes:
        change: "worse", "better", "other" (another outcome or measure, neither better nor worse) or "same".
        differences: B minus A of every measure that changed.
    """

    a: QuestionResult
    b: QuestionResult
    change: str
    differences: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    Attributes:
        only_a, only_b: questions that one run alone has; they are left out.
        changed: questions whose id both runs have, but that ask or expect something else; they are left out too.
    """

    differences: tuple[MeasureDifference, ...]
    pairs: tuple[Pair, ...]
    only_a: int
    only_b: int
    changed: int

    @property
    def left_out(self) -> int:
        """Questions that could not be compared."""
        return self.only_a + self.only_b + self.changed

    def of(self, change: str) -> list[Pair]:
        """The questions that changed in one way."""
        return [pair for pair in self.pairs if pair.change == change]

    def to_json(self) -> dict[str, Any]:
        """`measures` with their differences, ids of questions that got `worse` and `better`, and what was left out."""
        return {
            "compared": len(self.pairs),
            "left_out": {"only_a": self.only_a, "only_b": self.only_b, "changed": self.changed},
            "measures": {d.measure: {**asdict(d), "verdict": d.verdict} for d in self.differences},
            **{change: [pair.a.question.id for pair in self.of(change)] for change in ("worse", "better")},
        }


def compare(a: Results, b: Results) -> Comparison:
    """Pair two runs by the ids of their questions.

    Raises:
        ResultsError: they have no question in common.
    """
    first, second = ({q.question.id: q for q in results.questions} for results in (a, b))
    common = [id for id in first if id in second]
    same = [id for id in common if first[id].question == second[id].question]
    if not same:
        raise ResultsError("The two runs have no question in common", "Run both over the same set of questions.")
    pairs = tuple(_pair(first[id], second[id]) for id in same)
    return Comparison(
        differences=tuple(_differences(pairs)),
        pairs=pairs,
        only_a=len(first) - len(common),
        only_b=len(second) - len(common),
        changed=len(common) - len(same),
    )


def _differences(pairs: Sequence[Pair]) -> Iterator[MeasureDifference]:
    for measure in MEASURES:
        values = [(p.a.measures.get(measure), p.b.measures.get(measure)) for p in pairs]
        found = difference([x for x, _ in values], [y for _, y in values])
        if found is None:
            continue
        known = [(x, y) for x, y in values if x is not None and y is not None]
        mean_a, mean_b = (sum(side) / len(known) for side in zip(*known, strict=True))
        yield MeasureDifference(measure, mean_a, mean_b, found.mean, found.low, found.high, found.p, found.n)


def _pair(a: QuestionResult, b: QuestionResult) -> Pair:
    changed = {}
    for measure in MEASURES:
        x, y = a.measures.get(measure), b.measures.get(measure)
        if x is not None and y is not None and x != y:
            changed[measure] = round(y - x, 6)
    gain = _RANKS[b.outcome] - _RANKS[a.outcome] or next((changed[m] for m in _TELLING if m in changed), 0)
    change = "better" if gain > 0 else "worse" if gain < 0 else "other" if changed or a.outcome != b.outcome else "same"
    return Pair(a, b, change, changed)


def compare_html(comparison: Comparison, a: Results, b: Results, names: tuple[str, str], language: Language) -> str:
    """The comparison as one HTML file."""
    passages = Passages()
    changes = {name: len(comparison.of(name)) for name in ("worse", "better", "other", "same")}
    measured = [d.measure for d in comparison.differences]
    data = {
        "measures": measured,
        "lower": sorted(LESS_IS_BETTER),
        "types": sorted({p.a.question.type for p in comparison.pairs}),
        "outcomes": [o.value for o in Outcome if any(o in (p.a.outcome, p.b.outcome) for p in comparison.pairs)],
        "pairs": [
            {
                "question": question_data(p.a.question),
                "a": answer_data(p.a, passages),
                "b": answer_data(p.b, passages),
                "change": p.change,
                "differences": dict(p.differences),
            }
            for p in comparison.pairs
        ],
        "passages": passages.listed,
    }
    ends = [abs(end) for d in comparison.differences if d.measure != "sentences" for end in (d.low, d.high)]
    return page(
        "compare.html",
        language,
        data,
        ("compare.js",),
        title=text("report.compare", language),
        names=names,
        comparison=comparison,
        reach=max([*ends, 0.02]),
        level=LEVEL,
        changes=[*changes.items(), ("all", len(comparison.pairs))],
        settings=list(_other_settings(a.about, b.about)),
    )


def _other_settings(a: Mapping[str, Any], b: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str, str]]:
    """What the two runs were made with, where it differs."""
    for key in dict.fromkeys((*a, *b)):
        x, y, name = a.get(key), b.get(key), f"{path}{key}"
        if isinstance(x, Mapping) and isinstance(y, Mapping):
            yield from _other_settings(x, y, f"{name}.")
        elif x != y:
            yield name, _shown(x), _shown(y)


def _shown(value: object) -> str:
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def compare_text(comparison: Comparison, names: tuple[str, str], language: Language, *, listed: int = 20) -> str:
    """The comparison as plain text: a line a measure, then the questions that got worse and better.

    Args:
        listed: how many questions are named each way.
    """

    def t(key: str, **fields: object) -> str:
        return text(f"report.{key}", language, **fields)

    pairs = len(comparison.pairs)
    lines = [f"A  {names[0]}", f"B  {names[1]}", t("compare.common_n", n=pairs)]
    if comparison.left_out:
        lines.append(
            t("compare.left_out", a=comparison.only_a, b=comparison.only_b, changed=comparison.changed, common=pairs)
        )
    lines += ["", f"{'A':>8} {'B':>8} {'B - A':>8}  {'95 %':^17} {'p':>7} {'n':>6}"]
    for d in comparison.differences:
        mark = "" if d.verdict == "same" else f"  <- {t(f'compare.{d.verdict}')}"
        lines.append(
            f"{d.mean_a:8.3f} {d.mean_b:8.3f} {d.difference:+8.3f}  {d.low:+.3f} … {d.high:+.3f}  {d.p:7.4f} {d.n:6}  "
            f"{measure_name(d.measure, language)}{mark}"
        )
    for change in ("worse", "better"):
        found = comparison.of(change)
        lines += ["", f"{t(f'change.{change}')}: {len(found)}"]
        for pair in found[:listed]:
            lines.append(f"  {pair.a.question.id}  {_change_text(pair, language)}  {pair.a.question.question}")
        if len(found) > listed:
            lines.append(f"  … {len(found) - listed}")
    return "\n".join(lines)


def _change_text(pair: Pair, language: Language) -> str:
    """Both outcomes or, where they are the same, the measure that tells the two answers apart."""
    before, after = (text(f"report.outcome.{slug(q.outcome)}", language) for q in (pair.a, pair.b))
    telling = next((m for m in _TELLING if m in pair.differences), None)
    if before != after or telling is None:
        return f"{before} → {after}"
    return f"{before}, {measure_name(telling, language)} {pair.differences[telling]:+.2f}"

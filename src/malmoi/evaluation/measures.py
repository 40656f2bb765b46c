"""The measures of one answer, and the figures of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from malmoi.answering.support import SupportJudge
from malmoi.evaluation import citing, ranking
from malmoi.evaluation.citing import Place
from malmoi.evaluation.normalise import character_f1, morpheme_f1, said_of
from malmoi.evaluation.questions import Question
from malmoi.evaluation.results import Figure, Outcome, QuestionResult
from malmoi.evaluation.statistics import figure
from malmoi.korean import Analyser
from malmoi.types import Answer, Hit, Verdict

FIRST = 5
"""Passages among which evidence must be found."""
RETRIEVAL = (ranking.NDCG, "recall@1", "recall@5", "recall@10", "mrr@10", "hit@1", "evidence_recall@5")
ANSWER = ("contains", "in_two_sentences", "character_f1", "morpheme_f1", "sentences", "wrong_said")
CITATION = (
    "citations_resolve", "citation_recall", "citation_precision", "sentences_supported", "citations_needed",
    "conflict_values",
)  # fmt: skip
ABSTENTION = ("hallucination", "over_refusal", "fallback")
MEASURES = (*RETRIEVAL, *ANSWER, *CITATION, *ABSTENTION)
"""All measures in the order in which they are shown.

contains: an accepted string is in the answer; in_two_sentences: in its first two sentences.
character_f1, morpheme_f1: of the whole answer with the accepted string it fits best.
wrong_said: a string known to be wrong is in the answer.
citations_resolve: share of its citations that resolve, are no furniture, and are labelled as what they are.
citation_recall: share of the evidence groups that are cited; citation_precision: share of its citations that are gold.
sentences_supported, citations_needed: ALCE's citation recall and precision.
conflict_values: of a question whose sources disagree, share of the values shown, each with its own source.
hallucination: an unanswerable question was answered; over_refusal: an answerable one was declined.
fallback: the language model failed, and the answer is without it.

Of those in `LESS_IS_BETTER` less is better, of all others more. Measures of the
answer's text and citations apply to answered questions only, but for contains, in_two_sentences, citation_recall and
conflict_values, of which a declined answerable question has 0.
"""
LESS_IS_BETTER = frozenset({"sentences", "wrong_said", "hallucination", "over_refusal", "fallback"})


@dataclass(frozen=True, slots=True)
class Measured:
    """How one answer did.

    Attributes:
        faults: what is wrong with its citations, a line each.
    """

    measures: dict[str, float | None]
    outcome: Outcome
    faults: tuple[str, ...]


def measure(
    question: Question,
    answer: Answer,
    *,
    ranked: Sequence[str],
    groups: Sequence[Sequence[Place]],
    faults: tuple[str, ...],
    judge: SupportJudge,
    analyser: Analyser,
) -> Measured:
    """All measures of an answer.

    Args:
        ranked: names of documents in the order in which a search for the question finds them.
        groups: where the question's evidence stands, from `citing.Gold`.
        faults: of its citations, from `citing.faults`.
    """
    answered = answer.verdict is not Verdict.ABSTAINED
    body = [sentence.text for sentence in citing.said(answer)]
    found: dict[str, float | None] = dict.fromkeys(MEASURES)
    found |= ranking.measure(ranked, ranking.gold_groups(question))
    if groups:
        found["evidence_recall@5"] = fmean(citing.found_groups(groups, answer.passages[:FIRST]))
    if question.answerable:
        found["over_refusal"] = float(not answered)
        found |= _against_gold(question, answer, body, groups)
    else:
        found["hallucination"] = float(answered)
    if answered:
        found["sentences"] = float(len(body))
        if answer.citations:
            found["citations_resolve"] = 1 - len(faults) / len(answer.citations)
        support = citing.supported(answer, judge, analyser)
        if support is not None:
            found["sentences_supported"], found["citations_needed"] = support.recall, support.precision
        if question.answers and body:
            text = "\n".join(body)
            found["character_f1"] = character_f1(text, question.answers)
            found["morpheme_f1"] = morpheme_f1(text, question.answers, analyser)
    rounded = {name: None if value is None else round(value, 6) for name, value in found.items()}
    return Measured(rounded, _outcome(question, answered, rounded), faults)


def _against_gold(
    question: Question, answer: Answer, body: Sequence[str], groups: Sequence[Sequence[Place]]
) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    if question.answers:
        found["contains"] = float(bool(said_of("\n".join(body), question.answers)))
        found["in_two_sentences"] = float(bool(said_of("\n".join(body[:2]), question.answers)))
    if question.wrong and body:
        found["wrong_said"] = float(bool(said_of("\n".join(body), question.wrong)))
    if groups:
        cited = citing.cited_groups(groups, answer.citations)
        found["citation_recall"] = fmean(cited)
        if question.type == "conflict":
            found["conflict_values"] = fmean(cited)
    if body:
        found["citation_precision"] = citing.precision(question, groups, answer.citations)
    return found


def _outcome(question: Question, answered: bool, found: Mapping[str, float | None]) -> Outcome:
    if not question.answerable:
        return Outcome.INVENTED if answered else Outcome.DECLINED_RIGHTLY
    if not answered:
        return Outcome.DECLINED_WRONGLY
    contains, cited = found["contains"], found["citation_recall"]
    if cited is None and question.relevant and contains is None:
        cited = float(bool(found["citation_precision"]))
    known = [value for value in (contains, cited) if value is not None]
    if not known:
        return Outcome.ANSWERED
    if all(value == 1 for value in known):
        return Outcome.RIGHT
    return Outcome.INCOMPLETE if any(known) else Outcome.WRONG


def is_gold(question: Question, groups: Sequence[Sequence[Place]], hit: Hit) -> bool:
    """Whether a passage holds a quote of the evidence or, where none is given, is of a relevant document."""
    if groups:
        return any(citing.place_of_hit(hit).holds(place) for group in groups for place in group)
    return hit.document.name in question.relevant


def figures(results: Sequence[QuestionResult], *, seed: int) -> dict[str, Figure]:
    """The figure of every measure that applies to at least one question; questions that failed are not averaged."""
    rows = [result.measures for result in results]
    return _figures(rows, MEASURES, seed)


def baseline_figures(results: Sequence[QuestionResult], *, seed: int) -> dict[str, dict[str, Figure]]:
    """The figures of each baseline's ranking."""
    names = dict.fromkeys(name for result in results for name in result.baselines)
    return {name: _figures([r.baselines.get(name, {}) for r in results], MEASURES, seed) for name in names}


def _figures(rows: Sequence[Mapping[str, float | None]], names: Sequence[str], seed: int) -> dict[str, Figure]:
    made = {name: figure([row.get(name) for row in rows], seed=seed) for name in names}
    return {name: value for name, value in made.items() if value.n}


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering only what is at least this confident: share of questions answered, and share of those wrong."""

    confidence: float
    coverage: float
    risk: float


def risk_coverage(results: Sequence[QuestionResult]) -> list[RiskPoint]:
    """The risk–coverage curve of answered questions, from the most confident on; empty where none has a confidence.

    Wrong are answers that are wrong or invented. The last point is where the run itself answered.
    """
    asked = [r for r in results if r.outcome is not Outcome.FAILED]
    sure = sorted(
        (
            (r.confidence, r.outcome in (Outcome.WRONG, Outcome.INVENTED))
            for r in asked
            if r.answered and r.confidence is not None
        ),
        key=lambda pair: -pair[0],
    )
    points, wrong = [], 0
    for count, (confidence, mistaken) in enumerate(sure, start=1):
        wrong += mistaken
        if count == len(sure) or sure[count][0] != confidence:
            points.append(RiskPoint(confidence, round(count / len(asked), 6), round(wrong / count, 6)))
    return points

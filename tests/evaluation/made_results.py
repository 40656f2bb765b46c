"""Runs made up for tests, without a collection."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from malmoi.evaluation.measures import baseline_figures, figures
from malmoi.evaluation.questions import Question, Quote
from malmoi.evaluation.results import Outcome, PassageResult, QuestionResult, Results

TYPES = ("fact", "conflict", "unanswerable", "followup")
_DOCUMENTS = 40


def passage(number: int, *, gold: bool = False, text: str = "") -> PassageResult:
    said = (
        text
        or f"제{number}호 다리는 {1900 + number}년에 놓였다. 길이는 {number * 3 + 7}미터이고 <b>돌</b>로 지었다. " * 3
    )
    return PassageResult(
        f"bridge-{number}.txt", f"다리 {number}", 0, len(said), said, "body", 1 - number / 100, 3.0, 0.5, gold
    )


def question(number: int, *, hostile: str = "") -> Question:
    kind = TYPES[number % len(TYPES)]
    name = number % _DOCUMENTS
    if kind == "unanswerable":
        return Question(f"q{number:04}", f"제{name}호 다리를 부순 사람은? {hostile}", "ko", kind, False)
    return Question(
        f"q{number:04}",
        f"제{name}호 다리는 언제 놓였나? {hostile}",
        "ko",
        kind,
        True,
        (f"{1900 + name}년", *([hostile] if hostile else [])),
        ((Quote(f"bridge-{name}.txt", f"{1900 + name}년에 놓였다"),),),
        history=("다리 이야기를 해 줘",) if kind == "followup" else (),
    )


def citation(found: PassageResult, quote: str) -> dict[str, Any]:
    return {
        "document": found.document, "document_id": found.document, "title": found.title, "start": found.start,
        "end": found.start + len(quote), "quote": quote, "kind": found.kind, "date": "2025-03-04",
        "source": "가람일보", "author": None,
    }  # fmt: skip


def result(number: int, chance: random.Random, *, skill: float, hostile: str = "") -> QuestionResult:
    asked = question(number, hostile=hostile)
    sure = chance.random()
    right = chance.random() < skill * (0.6 + 0.5 * sure)
    found = tuple(passage((number + i) % _DOCUMENTS, gold=asked.answerable and i == 0) for i in range(5))
    if hostile:
        found = (passage(0, text=hostile * 20), *found)
    best = found[1] if hostile else found[0]
    answered = asked.answerable or not right
    sentence = {
        "text": best.text[:24] + hostile, "support": "supported" if right else "unsupported",
        "citations": [citation(best, best.text[:24])], "reason": "" if right else f"근거에 없습니다 {hostile}",
    }  # fmt: skip
    measures: dict[str, float | None] = {"hallucination": None, "over_refusal": None}
    if asked.answerable:
        rank = 1.0 if right else chance.choice([0.0, 0.5, 0.63])
        measures |= {"ndcg@10": rank, "evidence_recall@5": float(rank > 0), "contains": float(right)}
        measures |= {"citation_recall": float(right), "over_refusal": 0.0, "sentences": 1.0}
        outcome = Outcome.RIGHT if right else chance.choice([Outcome.WRONG, Outcome.INCOMPLETE])
    else:
        measures["hallucination"] = float(answered)
        outcome = Outcome.DECLINED_RIGHTLY if right else Outcome.INVENTED
    weaker = {"ndcg@10": measures.get("ndcg@10") and round(chance.random(), 3)}
    return QuestionResult(
        asked,
        "answered" if answered else "abstained",
        {
            "question": asked.question, "searched": asked.question, "lead": hostile, "language": "ko",
            "answer": sentence["text"] if answered else "",
            "sentences": [sentence] if answered else [], "answerer": "extractive", "notice": "",
        },
        found,
        measures,
        outcome,
        {"kiwi bm25": weaker, "dense": {"ndcg@10": measures.get("ndcg@10") and round(chance.random() / 2, 3)}},
        {"retrieve": 0.004 + sure / 100, "total": 0.01 + sure / 20},
        confidence=round(sure, 4),
    )  # fmt: skip


def run(
    n: int = 40, *, skill: float = 0.9, seed: int = 3, hostile: str = "", about: Mapping[str, Any] | None = None
) -> Results:
    """A run of `n` questions; `skill` is the chance of a right answer, `hostile` a text put in everywhere."""
    chance = random.Random(seed)
    return results_of([result(i, chance, skill=skill, hostile=hostile) for i in range(n)], about)


def results_of(results: Sequence[QuestionResult], about: Mapping[str, Any] | None = None) -> Results:
    """A run of these questions, with its figures."""
    kinds = dict.fromkeys(r.question.type for r in results)
    return Results(
        {"malmoi": "0.0", "answerer": "extractive", "settings": {"retrieval": {"passages": 8}}, **(about or {})},
        figures(results, seed=1),
        {kind: figures([r for r in results if r.question.type == kind], seed=1) for kind in kinds},
        baseline_figures(results, seed=1),
        tuple(results),
    )


def with_measures(found: QuestionResult, **measures: float | None) -> QuestionResult:
    return replace(found, measures={**found.measures, **measures})

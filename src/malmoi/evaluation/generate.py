"""Proposes questions about a collection, for a person to accept: by cloze, by a model, and from readers' ratings."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from malmoi.evaluation.generate_english import english_questions
from malmoi.evaluation.generate_korean import Asked, korean_questions
from malmoi.evaluation.questions import Question, Quote
from malmoi.evaluation.statistics import SEED
from malmoi.korean import Analyser
from malmoi.text import detect_language
from malmoi.types import Document, SectionKind

CLOZE, MODEL, LIKED, DISLIKED = "cloze", "model", "liked", "disliked"
"""Where a candidate comes from."""
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed question.

    Attributes:
        origin: `CLOZE`, `MODEL`, `LIKED` or `DISLIKED`.
        document: id of the document that it was made from; empty where that is not known.
        note: what a reader wrote with a rating.
        complete: False where a person must write the answer before it can be accepted.
    """

    question: Question
    origin: str
    document: str = ""
    note: str = ""
    complete: bool = True


def question_line(question: Question) -> dict[str, Any]:
    """A question in the project's own format, as one line of a set."""
    line: dict[str, Any] = {
        "id": question.id,
        "type": question.type,
        "lang": question.lang,
        "question": question.question,
        "answerable": question.answerable,
        "answers": list(question.answers),
        "evidence": [[{"doc": q.doc, "quote": q.quote} for q in group] for group in question.evidence],
    }
    if question.history:
        line["history"] = list(question.history)
    return line


def candidate_id(*parts: str) -> str:
    """A stable id: the same proposal has it again in a later run."""
    return f"g{hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:10]}"


def made(document: Document, asked: str, answer: str, quote: str, kind: str, origin: str) -> Candidate:
    """A candidate with the words of a document as its evidence."""
    question = Question(
        id=candidate_id(document.name, quote, asked),
        question=asked,
        lang=detect_language(asked) or document.language or "",
        type=kind,
        answerable=True,
        answers=(answer,),
        evidence=((Quote(document.name, quote),),),
    )
    return Candidate(question, origin, document.id)


def cloze(document: Document, analyser: Analyser) -> Iterator[Candidate]:
    """Questions from a document's own sentences: a value or name gives way to its question word."""
    for sentence in statements(document, analyser):
        for asked in _turned(sentence, analyser):
            yield made(document, asked.question, asked.answer, sentence, "fact", CLOZE)


def _turned(sentence: str, analyser: Analyser) -> Iterator[Asked]:
    if _HANGUL.search(sentence):
        yield from korean_questions(sentence, analyser.morphemes(sentence))
    else:
        yield from english_questions(sentence)


def statements(document: Document, analyser: Analyser) -> Iterator[str]:
    """Sentences of the document's own text, those that stand in it once."""
    for section in document.sections:
        if section.kind is SectionKind.BODY:
            for sentence in analyser.sentences(document.text[section.start : section.end], section.start):
                said = document.text[sentence.start : sentence.end].strip()
                if document.text.count(said) == 1:
                    yield said


def from_ratings(lines: Iterable[Mapping[str, Any]]) -> Iterator[Candidate]:
    """Candidates from rated answers, as `ConversationStore.question_set` gives them.

    A liked answer is its own gold; to a disliked one a person writes what it should have been.
    """
    for line in lines:
        liked = line["rating"] > 0
        answerable = line["answerable"] is not False
        question = Question(
            id=line["id"],
            question=line["question"],
            lang=line["lang"],
            type=line["type"],
            answerable=answerable,
            answers=tuple(line["answers"]),
            evidence=tuple(tuple(Quote(q["doc"], q["quote"]) for q in group) for group in line["evidence"]),
            history=tuple(line["history"]),
        )
        note = " ".join(part for part in (line["reason"], line["comment"]) if part)
        complete = not answerable or bool(question.answers or question.evidence)
        yield Candidate(question, LIKED if liked else DISLIKED, note=note, complete=complete)


def spread(found: Sequence[Sequence[Candidate]], limit: int, *, seed: int = SEED) -> list[Candidate]:
    """At most `limit` candidates, taken in turn from each document, in a random but repeatable order within it.

    Of candidates that ask the same in several documents only the first is kept.
    """
    chance = random.Random(seed)
    shuffled = [chance.sample(each, len(each)) for each in found]
    asked: dict[str, Candidate] = {}
    for row in zip_longest(*shuffled):
        for candidate in row:
            if candidate is not None:
                asked.setdefault(" ".join(candidate.question.question.split()).casefold(), candidate)
    return list(asked.values())[:limit]

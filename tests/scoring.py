"""Scores a question set (see evals/README.md) over a collection, without a model as judge."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from malmoi.types import Answer, Citation, Document, SectionKind, Span, Verdict

if TYPE_CHECKING:
    from malmoi.engine import Malmoi

FIRST = 5
"""Passages that recall looks at."""


class Quote(NamedTuple):
    doc: str
    quote: str


@dataclass(frozen=True)
class Question:
    id: str
    type: str
    lang: str
    question: str
    answerable: bool
    answers: tuple[str, ...]
    evidence: tuple[tuple[Quote, ...], ...]
    history: tuple[str, ...]


def read_questions(path: Path) -> list[Question]:
    questions = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        questions.append(
            Question(
                id=row["id"],
                type=row["type"],
                lang=row["lang"],
                question=row["question"],
                answerable=row["answerable"],
                answers=tuple(row["answers"]),
                evidence=tuple(tuple(Quote(e["doc"], e["quote"]) for e in group) for group in row["evidence"]),
                history=tuple(row.get("history", ())),
            )
        )
    return questions


_DATE = re.compile(r"(?<!\d)(\d{4})(?:[.\-/]\s?|년 ?)(\d{1,2})(?:[.\-/]\s?|월 ?)(\d{1,2})(?!\d)(?:\.|일)?")
_PERCENT = re.compile(r" ?(?:퍼센트|프로(?=[ .]|$)|percent\b|per cent\b)")


def normalise(text: str) -> str:
    """NFKC, lower case, dates as YYYYMMDD, percent as %, no punctuation but decimal points, single spaces."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = _PERCENT.sub("%", text)
    text = _DATE.sub(lambda m: f" {m[1]}{int(m[2]):02}{int(m[3]):02} ", text)
    text = re.sub(r"(?<=\d),(?=\d)", "", text)
    kept = []
    for i, c in enumerate(text):
        decimal = c == "." and 0 < i < len(text) - 1 and text[i - 1].isdigit() and text[i + 1].isdigit()
        plain = unicodedata.category(c)[0] not in "PSC" or c == "%"
        kept.append(c if decimal or plain else "" if c in "'\"’‘“”" else " ")
    return " ".join("".join(kept).split())


def says(text: str, accepted: str) -> bool:
    """Whether `text` holds `accepted`, with or without its spaces. A number never matches inside a longer one."""
    for squeeze in (False, True):
        where, what = normalise(text), normalise(accepted)
        if squeeze:
            where, what = where.replace(" ", ""), what.replace(" ", "")
        before = r"(?<![\d.])" if what[:1].isdigit() else ""
        after = r"(?![\d]|\.\d)" if what[-1:].isdigit() else ""
        if what and re.search(before + re.escape(what) + after, where):
            return True
    return False


def occurrences(text: str, quote: str) -> Iterator[Span]:
    start = text.find(quote)
    while start >= 0:
        yield start, start + len(quote)
        start = text.find(quote, start + 1)


@dataclass(frozen=True)
class Outcome:
    """How one question was answered.

    Attributes:
        recalled: of each evidence group, whether a quote of it lies inside one of the first passages.
        cited: of each evidence group, whether a citation touches a quote of it.
        said: the accepted strings that the answer holds.
        faults: citations that do not resolve, cite furniture, or hide that they are comments.
    """

    question: Question
    answer: Answer
    recalled: tuple[bool, ...]
    cited: tuple[bool, ...]
    said: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def answered(self) -> bool:
        return self.answer.verdict is not Verdict.ABSTAINED

    @property
    def contains(self) -> bool:
        return bool(self.said)


def _groups(
    question: Question, spans: Sequence[tuple[str, int, int]], texts: Mapping[str, str], *, inside: bool
) -> tuple[bool, ...]:
    """Of each group, whether a quote lies inside (or, if not `inside`, touches) one of the spans (name, start, end)."""

    def met(quote: Quote) -> bool:
        return any(
            doc == quote.doc and (start <= a and b <= end if inside else start < b and a < end)
            for a, b in occurrences(texts[quote.doc], quote.quote)
            for doc, start, end in spans
        )

    return tuple(any(met(quote) for quote in group) for group in question.evidence)


def citation_fault(citation: Citation, document: Document) -> str:
    """What is wrong with a citation; empty when nothing is."""
    if not citation.quote or document.text[citation.start : citation.end] != citation.quote:
        return f"does not resolve: {citation.document} {citation.start}-{citation.end}"
    kinds = {s.kind for s in document.sections if s.start < citation.end and citation.start < s.end}
    if SectionKind.FURNITURE in kinds:
        return f"cites furniture: {citation.document} {citation.quote!r}"
    if kinds != {citation.kind}:
        return f"is labelled {citation.kind.value}, is {sorted(kinds)}: {citation.document} {citation.quote!r}"
    return ""


def ask(collection: Malmoi, questions: Iterable[Question]) -> list[Outcome]:
    """Ask every question with the extractive answerer."""
    documents = {info.name: collection.document(info.id) for info in collection.documents()}
    by_id = {document.id: document for document in documents.values()}
    texts = {name: document.text for name, document in documents.items()}
    outcomes = []
    for question in questions:
        answer = collection.ask(question.question, history=question.history, answerer="extractive")
        passages = [(h.document.name, h.chunk.start, h.chunk.end) for h in answer.passages[:FIRST]]
        citations = [(c.document, c.start, c.end) for c in answer.citations]
        body = "\n".join(sentence.text for sentence in answer.sentences)
        outcomes.append(
            Outcome(
                question,
                answer,
                recalled=_groups(question, passages, texts, inside=True),
                cited=_groups(question, citations, texts, inside=False),
                said=tuple(a for a in question.answers if says(body, a)),
                faults=tuple(f for c in answer.citations if (f := citation_fault(c, by_id[c.document_id]))),
            )
        )
    return outcomes


def share(found: Iterable[bool]) -> float:
    """Part of True; 1.0 of nothing, so that an empty row never looks like a failure."""
    values = list(found)
    return sum(values) / len(values) if values else 1.0


@dataclass(frozen=True)
class Score:
    """Measures of quality over a set of outcomes, each between 0 and 1.

    Attributes:
        recall: evidence groups found in the first passages; `cited`: those that the answer cites.
        contains: answerable questions whose answer holds an accepted string.
        hallucination: unanswerable questions that were answered; refusal: answerable ones that were not.
    """

    n: int
    recall: float
    contains: float
    cited: float
    hallucination: float
    refusal: float

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Score:
        answerable = [o for o in outcomes if o.question.answerable]
        other = [o for o in outcomes if not o.question.answerable]
        return cls(
            n=len(outcomes),
            recall=share(r for o in answerable for r in o.recalled),
            contains=share(o.contains for o in answerable),
            cited=share(c for o in answerable for c in o.cited),
            hallucination=1 - share(not o.answered for o in other),
            refusal=1 - share(o.answered for o in answerable),
        )


def table(outcomes: Sequence[Outcome]) -> str:
    """Measures by type of question, and the questions that went wrong."""
    kinds = list(dict.fromkeys(o.question.type for o in outcomes))
    rows = [("all", list(outcomes))] + [(k, [o for o in outcomes if o.question.type == k]) for k in kinds]
    lines = [f"{'type':<14}{'n':>4}{'recall@5':>10}{'contains':>10}{'cited':>8}{'halluc.':>9}{'refused':>9}"]
    for name, some in rows:
        s = Score.of(some)
        gold = any(o.question.answerable for o in some)
        other = not all(o.question.answerable for o in some)
        cells = (f"{s.recall:.3f}", f"{s.contains:.3f}", f"{s.cited:.3f}") if gold else ("-",) * 3
        halluc = f"{s.hallucination:.3f}" if other else "-"
        refused = f"{s.refusal:.3f}" if gold else "-"
        lines.append(f"{name:<14}{s.n:>4}{cells[0]:>10}{cells[1]:>10}{cells[2]:>8}{halluc:>9}{refused:>9}")
    for o in outcomes:
        wrong = not (o.contains and all(o.recalled) and all(o.cited)) if o.question.answerable else o.answered
        if wrong or o.faults:
            lines.append(_line(o))
    return "\n".join(lines)


def _line(o: Outcome) -> str:
    q = o.question
    got = " | ".join(s.text.replace("\n", " ") for s in o.answer.sentences) or "(declined)"
    found, cited = sum(o.recalled), sum(o.cited)
    return (
        f"\n{q.id} {q.type}: {q.question}\n  wanted {list(q.answers) or 'to decline'}; said {list(o.said)}; "
        f"groups found {found}, cited {cited} of {len(q.evidence)}; {o.answer.verdict.value}\n  got {got}"
        + "".join(f"\n  FAULT {f}" for f in o.faults)
    )

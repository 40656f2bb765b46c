"""What requests and replies of the API look like, shared by several resources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from malmoi import types
from malmoi.answering.render import render_text
from malmoi.conversation import Reply
from malmoi.types import EVIDENCE_KINDS, Language, SectionKind
from malmoi.web.render import digest

Text = Annotated[str, Field(max_length=1000)]
Id = Annotated[str, Field(max_length=64)]
NAME = "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$"
CollectionName = Annotated[str, Field(pattern=NAME, description="Its name; by default the first that is open.")]


def _day(value: object) -> object:
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        raise ValueError("a day is YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_day)]
State = Literal["running", "finished", "stopped", "failed"]


class Shape(BaseModel):
    """An object of the API; a request with a member that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Filters(Shape):
    """What a search is restricted to; all that is given must hold."""

    date_from: Day | None = Field(None, description="First day.")
    date_to: Day | None = Field(None, description="Last day.")
    sources: tuple[Text, ...] = Field((), max_length=100, description="Publishers, any of them.")
    documents: tuple[Text, ...] = Field((), max_length=1000, description="Names or ids, any of them.")
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = Field((), max_length=20)
    comments: Literal["leave_out", "include", "only"] = Field("leave_out", description="Readers' comments.")

    def as_asked(self) -> types.Filters:
        """As the search takes them."""
        comment = frozenset({SectionKind.COMMENT})
        kinds = {"leave_out": frozenset[SectionKind](), "include": comment | EVIDENCE_KINDS, "only": comment}
        return types.Filters(
            date_from=self.date_from.isoformat() if self.date_from else None,
            date_to=self.date_to.isoformat() if self.date_to else None,
            publishers=frozenset(self.sources),
            documents=frozenset(self.documents),
            languages=frozenset(self.languages),
            kinds=kinds[self.comments],
        )

    def kept(self) -> dict[str, Any]:
        """As a conversation keeps them, and the page sends them."""
        kinds = {"leave_out": [], "include": ["body", "comment"], "only": ["comment"]}[self.comments]
        given = {
            "from": self.date_from.isoformat() if self.date_from else "",
            "to": self.date_to.isoformat() if self.date_to else "",
            "sources": list(self.sources),
            "kinds": kinds,
        }
        return {name: value for name, value in given.items() if value}


class Citation(Shape):
    """A span of a document that a sentence rests on."""

    number: int = Field(description="Of its marker `[n]` in the text; 0 where it has none.", examples=[1])
    document_id: str = Field(examples=["9f86d081884c7d65"])
    document: str = Field(description="The document's name.", examples=["도서관.txt"])
    title: str = Field(examples=["가람시, 새 도서관 연다"])
    start: int = Field(description="First character of the span in the document's text, counted from 0.", examples=[42])
    end: int = Field(description="The character after its last.", examples=[56])
    quote: str = Field(description="The document's text from `start` to `end`.", examples=["건립 비용은 55억 원이다."])
    kind: SectionKind = Field(description="What the span is part of.")
    date: str | None = Field(examples=["2025-02-11"])
    source: str | None = Field(description="Publisher.")
    author: str | None
    check: str = Field(description="For `GET /passages`: tells whether the document has changed since.")
    url: str = Field(description="The document as a page, with the span marked.")


class Sentence(Shape):
    """A sentence of an answer, checked against what it cites."""

    text: str = Field(examples=["건립 비용은 55억 원이다."])
    support: types.Support
    reason: str = Field(description="Why `support` is less than supported; otherwise empty.")
    citations: tuple[Citation, ...]


class Passage(Citation):
    """A passage that was found."""

    score: float | None = Field(None, description="Higher is better; comparable within one reply only.")


class Answer(Shape):
    """An answer, whole or as far as it came."""

    id: str = Field(description="Of the answer; it is kept for a minute after it was finished.")
    state: State
    question: str
    searched: str = Field(description="The question as searched, after a follow-up was rewritten.")
    verdict: types.Verdict | None = Field(description="Null unless finished.")
    lead: str = Field(description="A line of Malmoi's own before the sentences; for an abstention, what is missing.")
    text: str = Field(description="The whole answer with markers `[n]`.", examples=["건립 비용은 55억 원이다. [1]"])
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...] = Field(description="Each once; marker `[n]` is the one with `number` n.")
    passages: tuple[Passage, ...] = Field(description="What was found, best first.")
    notice: str = Field(description="A line for the reader about how the answer came about; usually empty.")
    answerer: str = Field(examples=["extractive"])
    collection: str
    conversation: str | None = Field(description="The conversation that keeps it.")
    turn: str | None = Field(description="Its id there, for ratings.")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(examples=["urn:malmoi:error:document.unknown"])
    title: str = Field(description="The kind of failure, in the reader's language.", examples=["그런 문서가 없습니다"])
    status: int = Field(examples=[404])
    detail: str = Field(description="What happened, in the reader's language.")
    code: str = Field(description="Stable; programs may compare it.", examples=["document.unknown"])
    remedy: str = Field(description="What to do about it; may be empty.")
    request_id: str = Field(description="By which the server's log knows the request.")
    field: str | None = Field(None, description="The member of the request that is wrong.")


class Citing:
    """Makes citations for one reply: numbers them in order of first use, and links to the documents' pages.

    Args:
        base: address of the server, without a slash at its end.
        collection: whose documents they are.
    """

    def __init__(self, base: str, collection: str) -> None:
        self.base, self._collection = base, collection
        self._numbers: dict[types.Citation, int] = {}

    def url(self, document_id: str, start: int | None = None, end: int | None = None) -> str:
        """Of a document's page, or of a span in it."""
        span = "" if start is None else f"&start={start}&end={end}#cited"
        return f"{self.base}/document/{document_id}?collection={quote(self._collection)}{span}"

    def restart(self) -> None:
        """Number from 1 again: what was said is withdrawn."""
        self._numbers.clear()

    def citation(self, found: types.Citation) -> Citation:
        """One that has a number, or gets the next."""
        number = self._numbers.setdefault(found, len(self._numbers) + 1)
        return Citation(number=number, **self._facts(found))

    def sentence(self, said: types.AnswerSentence) -> Sentence:
        """A sentence with its citations."""
        cited = tuple(map(self.citation, said.citations))
        return Sentence(text=said.text, support=said.support, reason=said.reason, citations=cited)

    def passage(self, found: types.Citation, score: float | None = None) -> Passage:
        """A passage, which has no number."""
        return Passage(number=0, score=score, **self._facts(found))

    def _facts(self, found: types.Citation) -> Mapping[str, Any]:
        return {
            **found.to_json(),
            "check": digest(found.quote),
            "url": self.url(found.document_id, found.start, found.end),
        }


def answer_of(
    reply: Reply,
    citing: Citing,
    *,
    id: str,
    state: State,
    language: Language,
    question: str,
    collection: str,
    conversation: str | None = None,
    turn: str | None = None,
    scores: Sequence[float] = (),
) -> Answer:
    """An answer as the API shows it.

    Args:
        language: of Malmoi's own words in `text`.
        scores: of the passages, where they are known.
    """
    citing.restart()
    sentences = tuple(map(citing.sentence, reply.sentences))
    citations = {c.number: c for s in sentences for c in s.citations}
    ranked = [*scores, *[None] * len(reply.passages)]
    return Answer(
        id=id,
        state=state,
        question=question,
        searched=reply.searched,
        verdict=reply.verdict,
        lead=reply.lead,
        text=render_text(reply.lead, reply.sentences, language, name_sources=False),
        sentences=sentences,
        citations=tuple(citations[n] for n in sorted(citations)),
        passages=tuple(map(citing.passage, reply.passages, ranked)),
        notice=reply.notice,
        answerer=reply.answerer,
        collection=collection,
        conversation=conversation,
        turn=turn,
    )

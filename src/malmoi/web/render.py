"""Every piece of HTML that Malmoi shows, from Jinja templates that escape whatever they are given.

No text of a document, a model or a person is ever read as HTML or Markdown: it reaches the page as text only. The
single kinds of link are citations (`#cite-…`) and our own pages.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from malmoi import __version__
from malmoi.answering.telling import EXTRACTIVE
from malmoi.conversation import RATING_REASONS, Conversation, Reply, ReplyState, Turn
from malmoi.i18n import text
from malmoi.types import AnswerSentence, Citation, Language, SectionKind, Support, Verdict

NEAREST = 3
"""Passages shown under an answer that declines."""


@dataclass(frozen=True, slots=True)
class Block:
    """Sentences of an answer that are shown together.

    Attributes:
        kind: "quote", the source's own words with the source beneath; "claim", one sentence of a model's with its
            sources beneath, where sources disagree; "prose", running text with numbered marks.
        origins: the citations named beneath.
    """

    kind: Literal["quote", "claim", "prose"]
    sentences: tuple[AnswerSentence, ...]
    origins: tuple[Citation, ...] = ()

    @property
    def is_comment(self) -> bool:
        """All of it rests on readers' comments."""
        return bool(self.origins) and all(c.kind is SectionKind.COMMENT for c in self.origins)


def blocks(reply: Reply) -> list[Block]:
    """Group an answer's sentences for reading: quotes by their source, a model's sentences into paragraphs."""
    extractive = reply.answerer == EXTRACTIVE and all(s.citations for s in reply.sentences)
    grouped: list[Block] = []
    for sentence in reply.sentences:
        if not extractive and reply.verdict is Verdict.CONFLICTING:
            grouped.append(Block("claim", (sentence,), _by_origin(sentence.citations)))
        elif not extractive:
            before = grouped.pop().sentences if grouped else ()
            grouped.append(Block("prose", (*before, sentence)))
        else:
            origins = _by_origin(sentence.citations)
            if grouped and [_origin(c) for c in grouped[-1].origins] == [_origin(c) for c in origins]:
                grouped[-1] = Block("quote", (*grouped[-1].sentences, sentence), grouped[-1].origins)
            else:
                grouped.append(Block("quote", (sentence,), origins))
    return grouped


def _origin(citation: Citation) -> tuple[object, ...]:
    is_comment = citation.kind is SectionKind.COMMENT
    return citation.document_id, is_comment, citation.author if is_comment else None, citation.date


def _by_origin(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    return tuple({_origin(c): c for c in reversed(citations)}.values())[::-1]


@cache
def environment() -> Environment:
    """The templates; escaping is on for all, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        version=__version__,
        reasons=RATING_REASONS,
        Support=Support,
        Verdict=Verdict,
        ReplyState=ReplyState,
        SectionKind=SectionKind,
    )
    made.filters.update(clip=_clip, digest=digest)
    return made


def render(template: str, language: Language, /, **values: Any) -> Markup:
    """A template, with `t(key, **values)` for texts in the reader's language."""

    def t(key: str, /, **fields: object) -> str:
        return text(key, language, **fields)

    return Markup(environment().get_template(template).render(t=t, language=language, **values))


def answer(
    reply: Reply, language: Language, *, key: str, draft: str = "", state: str = "done", position: int = 0
) -> Markup:
    """An answer, whole or under way; the only place where answers become HTML.

    Args:
        key: tells the citations of different answers on one page apart.
        state: "searching", "answering" or "done".
        position: in the queue, while it waits there; 0 otherwise.
    """
    numbers = {citation: n for n, citation in enumerate(reply.citations, 1)}
    shown = blocks(reply)
    nearest = reply.passages[:NEAREST] if reply.verdict is Verdict.ABSTAINED else ()
    return render(
        "answer.html",
        language,
        reply=reply,
        key=key,
        draft=draft,
        state=state,
        position=position,
        blocks=shown,
        numbers=numbers,
        listed=[c for c in reply.citations if any(b.kind == "prose" for b in shown)],
        nearest=nearest,
        others=reply.passages[len(nearest) :] if state == "done" else (),
        extractive=reply.answerer == EXTRACTIVE,
        model=reply.answerer.removeprefix("llm:"),
    )


def turn(shown: Turn, language: Language, *, last: bool) -> Markup:
    """A finished question and its answer, with what can be done about it."""
    body = answer(shown.reply, language, key=shown.id[:8])
    return render("turn.html", language, turn=shown, answer=body, last=last, problem="", remedy="", state="done")


def turn_under_way(
    question: str, reply: Reply, language: Language, *, draft: str, state: str, position: int = 0
) -> Markup:
    """A question that is being answered, or waits at `position` in the queue."""
    body = answer(reply, language, key="live", draft=draft, state=state, position=position)
    return render(
        "turn.html", language, turn=_Unkept(question), answer=body, last=True, problem="", remedy="", state=state
    )


def turn_failed(question: str, problem: str, remedy: str, language: Language) -> Markup:
    """A question that could not be answered, with a way to ask it again."""
    return render(
        "turn.html",
        language,
        turn=_Unkept(question),
        answer=Markup(),
        last=True,
        problem=problem,
        remedy=remedy,
        state="failed",
    )


@dataclass(frozen=True, slots=True)
class _Unkept:
    question: str
    id: str = ""
    rating: None = None


def transcript(conversation: Conversation | None, turns: Sequence[Turn], language: Language) -> Markup:
    """All finished turns of a conversation."""
    shown = [turn(t, language, last=t is turns[-1]) for t in turns]
    return render("transcript.html", language, conversation=conversation, turns=shown)


def digest(quote: str) -> str:
    """Tells a cited text from what may stand at its place after the document was replaced."""
    return hashlib.sha256(quote.encode()).hexdigest()[:12]


def _clip(line: str, length: int = 160) -> str:
    """The beginning of a text, on one line and without the signs of a Markdown heading."""
    flat = re.sub(r"^#{1,6} ", "", " ".join(line.split()))
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"

"""Conversations as Markdown to keep, and rated answers as a question set to measure with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from malmoi.conversation.reply import Reply, ReplyState
from malmoi.conversation.turns import Rating, Turn
from malmoi.i18n import text
from malmoi.types import Language, Support, Verdict


def as_markdown(title: str, turns: Iterable[Turn], language: Language) -> str:
    """A conversation with every source quoted; shown as Markdown, nothing of its texts is more than text."""
    parts = [f"# {_escape(title)}"]
    for turn in turns:
        parts += [f"## {_escape(turn.question)}", *_markdown_reply(turn.reply, language)]
    return "\n\n".join(parts) + "\n"


def as_question(turn: Turn, rating: Rating, history: Sequence[str]) -> dict[str, Any]:
    """A rated answer as a line of a question set.

    One rated up becomes its own gold: its sentences and citations are the accepted answer and evidence. One rated down
    has neither (`review` is true): a person writes them before the line can be measured against.

    Args:
        history: earlier questions of the conversation, oldest first.
    """
    reply = turn.reply
    liked = rating.value > 0
    declined = reply.verdict is Verdict.ABSTAINED
    answerable: bool | None = (
        not declined if liked else {"should_answer": True, "should_decline": False}.get(rating.reason)
    )
    gold = reply.sentences if liked and not declined else ()
    return {
        "id": turn.id,
        "question": turn.question,
        "lang": "ko" if re.search("[가-힣]", turn.question) else "en",
        "type": "rated",
        "answerable": answerable,
        "answers": [s.text for s in gold],
        "evidence": [[{"doc": c.document, "quote": c.quote} for c in s.citations] for s in gold if s.citations],
        "history": list(history),
        "review": not liked,
        "rating": rating.value,
        "reason": rating.reason,
        "comment": rating.comment,
    }


def _markdown_reply(reply: Reply, language: Language) -> Iterator[str]:
    numbers = {citation: n for n, citation in enumerate(reply.citations, 1)}
    if reply.verdict:
        yield f"**{text(f'chat.verdict.{reply.verdict.value}', language)}**"
    for line in (reply.notice, reply.lead):
        if line:
            yield _escape(line)
    for sentence in reply.sentences:
        marks = "".join(f" \\[{numbers[c]}\\]" for c in sentence.citations)
        weak = ""
        if sentence.support is not Support.SUPPORTED:
            label = text(f"chat.support.{sentence.support.value}", language)
            weak = f" *({label}{': ' + _escape(sentence.reason) if sentence.reason else ''})*"
        yield f"{_escape(sentence.text)}{marks}{weak}"
    if reply.state is not ReplyState.FINISHED:
        yield f"*{text(f'chat.state.{reply.state.value}', language)}*"
    shown = reply.citations
    if reply.verdict is Verdict.ABSTAINED and not shown:
        shown = reply.passages[:3]
        if shown:
            yield text("chat.nearest", language)
    for number, citation in enumerate(shown, 1):
        facts = [citation.title or citation.document, citation.source, citation.date, citation.document]
        kind = text(f"chat.kind.{citation.kind.value}", language)
        line = " · ".join(_escape(fact) for fact in dict.fromkeys(facts) if fact)
        quote = "\n".join(f"> {_escape(part)}" for part in citation.quote.splitlines())
        yield f"{number}. {line} · {kind} ({citation.start}–{citation.end})\n\n{quote}"
    yield f"*{text('chat.answered_by', language, answerer=_escape(reply.answerer))}*" if reply.answerer else "---"


def _escape(line: str) -> str:
    """Plain text as Markdown that shows it and does nothing else: no link, image, heading or HTML."""
    flat = re.sub(r"([\\`*_\[\]<|~&])", r"\\\1", " ".join(line.split()))
    flat = re.sub(r"^([-=+>#])", r"\\\1", re.sub(r"^(\d+)([.)])", r"\1\\\2", flat))
    return re.sub(r"(?i)\b(https?|ftp)://", r"\1\\://", flat)

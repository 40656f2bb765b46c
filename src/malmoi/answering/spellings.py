"""Tells the reader that the documents write a name otherwise than the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from malmoi.answering.render import render_text
from malmoi.answering.telling import EXTRACTIVE
from malmoi.i18n import text
from malmoi.retrieval.names_groups import fold
from malmoi.types import Answer, Language, Verdict


def with_spellings(answer: Answer, spellings: Mapping[str, Sequence[str]]) -> Answer:
    """The answer with a lead that names the spellings it rests on, where none of its quotations has the question's.

    Args:
        spellings: of each name in the question, the others that the documents use.
    """
    note = also_written(answer, spellings, answer.language) if answer.verdict is not Verdict.ABSTAINED else ""
    if not note:
        return answer
    lead = f"{answer.lead} {note}" if answer.lead else note
    shown = render_text(lead, answer.sentences, answer.language, name_sources=answer.answerer == EXTRACTIVE)
    return replace(answer, lead=lead, text=shown)


def also_written(answer: Answer, spellings: Mapping[str, Sequence[str]], language: Language) -> str:
    """One sentence that names the other spellings in what is cited, or nothing."""
    quoted = fold(" ".join(citation.quote for citation in answer.citations))
    written = [
        next(other for other in others if fold(other) in quoted)
        for name, others in spellings.items()
        if fold(name) not in quoted and any(fold(other) in quoted for other in others)
    ]
    names = ", ".join(f"‘{name}’" if language == "ko" else f"“{name}”" for name in dict.fromkeys(written))
    return text("answer.also_written", language, names=names) if names else ""

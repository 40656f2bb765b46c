"""An answer as plain text with `[n]` markers."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.i18n import text
from malmoi.types import AnswerSentence, Citation, Language, SectionKind, Support


def render_text(lead: str, sentences: Sequence[AnswerSentence], language: Language, *, name_sources: bool) -> str:
    """The whole answer; citations are numbered in order of first use from 1.

    A sentence that failed its check stands between `~~`, and what is wrong with it behind it.

    Args:
        name_sources: put source and date behind each sentence, as extractive answers do.
    """
    numbers: dict[Citation, int] = {}
    lines = [lead] if lead else []
    for sentence in sentences:
        markers = "".join(f"[{numbers.setdefault(c, len(numbers) + 1)}]" for c in sentence.citations)
        said = f"~~{sentence.text}~~" if sentence.support.is_failed else sentence.text
        line = f"{said} {markers}".rstrip()
        if name_sources and sentence.citations:
            line = f"{line} ({'; '.join(dict.fromkeys(attribution(c, language) for c in sentence.citations))})"
        lines.append(line + doubt(sentence.support, sentence.reason, language))
    return "\n".join(lines)


def doubt(support: Support, reason: str, language: Language) -> str:
    """The verdict in words behind a sentence that is less than supported, with its reason."""
    if support is Support.SUPPORTED:
        return ""
    label = text(f"chat.support.{support.value}", language)
    return f" ⚠ {label}: {reason}" if reason else f" ⚠ {label}"


def attribution(citation: Citation, language: Language) -> str:
    """Who says so and when, in a few words: a comment is always called one."""
    where = citation.source or citation.title or citation.document
    if citation.kind is SectionKind.COMMENT:
        author = citation.author or text("extractive.unnamed", language)
        where = text("extractive.comment", language, author=author, where=where)
    return f"{where}, {citation.date[:10]}" if citation.date else text("extractive.undated", language, where=where)

"""Passages as a model reads them: numbered, described, fenced by a code that they cannot know, cut to fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from malmoi.answering.markers import MARKER
from malmoi.types import Hit, SectionKind

_KINDS = {
    SectionKind.HEAD: "title and byline",
    SectionKind.BODY: "article text",
    SectionKind.COMMENT: "reader comment",
    SectionKind.CAPTION: "caption",
    SectionKind.NOTE: "editor's note",
    SectionKind.FURNITURE: "page furniture",
}
_ASCII_PER_TOKEN = 3
_MESSAGE_OVERHEAD = 32
"""Tokens that a chat template puts around two messages, with room to spare."""


@dataclass(frozen=True, slots=True)
class NumberedSource:
    """A passage under the number by which the model cites it; `hit.chunk` may be cut to its first sentences."""

    number: int
    hit: Hit


def estimate_tokens(text: str) -> int:
    """Tokens of `text` without a tokenizer: one for three ASCII characters, one for any other character.

    More than current tokenizers need for Korean or English. Older ones may need more for Korean: then the endpoint
    refuses the request, and it is sent again with less.
    """
    ascii_only = sum(c.isascii() for c in text)
    return -(-ascii_only // _ASCII_PER_TOKEN) + len(text) - ascii_only


def fit(hits: Sequence[Hit], room: int, nonce: str) -> tuple[NumberedSource, ...]:
    """The passages that fit into `room` tokens, best first; the best is cut by sentences where nothing fits whole."""
    sources: list[NumberedSource] = []
    for hit in hits:
        source = NumberedSource(len(sources) + 1, hit)
        need = estimate_tokens(describe(source, nonce)) + 1
        if need <= room:
            sources.append(source)
            room -= need
    if not sources and hits:
        for count in range(len(hits[0].chunk.sentences) - 1, 0, -1):
            source = NumberedSource(1, _first_sentences(hits[0], count))
            if estimate_tokens(describe(source, nonce)) + 1 <= room:
                return (source,)
    return tuple(sources)


def halve(sources: Sequence[NumberedSource]) -> tuple[NumberedSource, ...]:
    """The better half of the passages, or the first half of the only one; empty when there is nothing to halve."""
    if len(sources) > 1:
        return tuple(sources[: len(sources) // 2])
    sentences = len(sources[0].hit.chunk.sentences) if sources else 0
    return (NumberedSource(1, _first_sentences(sources[0].hit, sentences // 2)),) if sentences > 1 else ()


def describe(source: NumberedSource, nonce: str) -> str:
    """One passage with its number, title, publisher, date and kind.

    Reference numbers of its own ("[3]") are put in round brackets, so that the model does not take them for ours.
    """
    chunk, document = source.hit.chunk, source.hit.document
    what = _KINDS[chunk.kind]
    if chunk.kind is SectionKind.COMMENT and (chunk.author or chunk.when):
        what += f" by {chunk.author or 'an unnamed reader'}" + (f", {chunk.when}" if chunk.when else "")
    date = chunk.date or (None if chunk.when else document.date)
    facts = {
        "title": document.label,
        "part": " > ".join(chunk.heading),
        "publisher": document.publisher,
        "date": date,
        "kind": what,
    }
    head = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in facts.items() if value)
    body = MARKER.sub(lambda m: f"({m.group().strip('[]【】［］')})", chunk.text)
    return (
        f"<<<source [{source.number}] {nonce}>>>\n{head}\ntext:\n{_unfenced(body)}\n<<<end [{source.number}] {nonce}>>>"
    )


def room_for_sources(context_window: int, max_tokens: int, prompt: str) -> int:
    """Tokens left for passages beside the rest of the prompt and the answer."""
    return context_window - max_tokens - estimate_tokens(prompt) - _MESSAGE_OVERHEAD


def _unfenced(text: str) -> str:
    return re.sub(r"<{3,}|>{3,}", " ", text)


def _first_sentences(hit: Hit, count: int) -> Hit:
    chunk = hit.chunk
    kept = chunk.sentences[: max(count, 1)]
    end = kept[-1].end
    return replace(hit, chunk=replace(chunk, sentences=kept, end=end, text=chunk.text[: end - chunk.start]))

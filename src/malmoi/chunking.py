"""Cuts a document's sections into chunks of whole sentences."""

from __future__ import annotations

from collections.abc import Iterator

from malmoi.korean import Analyser
from malmoi.types import Chunk, Document, Section, SectionKind, Sentence


def chunk_document(document: Document, analyser: Analyser, *, target_chars: int, max_chars: int) -> list[Chunk]:
    """Chunks in document order.

    A chunk holds whole sentences of one section and ends at a paragraph where one is near. It grows to
    `target_chars` and never past `max_chars`, unless a single sentence is longer. Furniture is left out.
    """
    chunks: list[Chunk] = []
    for section in document.sections:
        if section.kind is SectionKind.FURNITURE:
            continue
        sentences = analyser.sentences(document.text[section.start : section.end], section.start)
        context = _context(document, section)
        context_terms = analyser.terms(context)
        for group in _groups(sentences, document.text, target_chars, max_chars):
            start, end = group[0].start, group[-1].end
            chunks.append(
                Chunk(
                    document_id=document.id,
                    ordinal=len(chunks),
                    kind=section.kind,
                    start=start,
                    end=end,
                    text=document.text[start:end],
                    sentences=tuple(group),
                    context=context,
                    context_terms=context_terms,
                    heading=section.heading,
                    author=section.author,
                    date=section.date,
                    when=section.when,
                )
            )
    return chunks


def _context(document: Document, section: Section) -> str:
    if section.kind is SectionKind.HEAD and document.title in document.text[section.start : section.end]:
        return ""
    writer = f"댓글 {section.author}" if section.kind is SectionKind.COMMENT and section.author else ""
    return " › ".join(dict.fromkeys(part for part in (document.title, *section.heading, writer) if part))


def _groups(sentences: list[Sentence], text: str, target: int, limit: int) -> Iterator[list[Sentence]]:
    """Runs of sentences; a tail shorter than a third of the target joins the run before it."""
    runs: list[list[Sentence]] = []
    for sentence in sentences:
        run = runs[-1] if runs else None
        if run is None or _ends(run, sentence, text, target, limit):
            runs.append([sentence])
        else:
            run.append(sentence)
    if len(runs) > 1:
        tail, before = runs[-1], runs[-2]
        if tail[-1].end - tail[0].start < target / 3 and tail[-1].end - before[0].start <= limit:
            runs[-2:] = [before + tail]
    yield from runs


def _ends(run: list[Sentence], following: Sentence, text: str, target: int, limit: int) -> bool:
    length = run[-1].end - run[0].start
    if following.end - run[0].start > limit:
        return True
    new_paragraph = "\n\n" in text[run[-1].end : following.start]
    return length >= (target * 2 / 3 if new_paragraph else target)

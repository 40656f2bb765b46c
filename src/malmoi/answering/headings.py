"""Titles, headings and captions among ranked sentences: they name what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from malmoi.answering.enumerations import BULLETS
from malmoi.answering.evidence import Candidate, squeeze
from malmoi.language.question import Expects, Question
from malmoi.types import SectionKind

_ASKS = 0.9
"""Share of the question in a heading that asks the same."""
_NEAR = 1.5
"""How far such a heading may stand behind the best sentence, in log-odds."""
_MOST_ITEMS, _MOST_SENTENCES = 6, 2
"""Quoted from below such a heading."""
_AS_MUCH = 0.75
"""Share of what a title covers that a sentence of its document must cover to be quoted in its place."""
_WRITER = re.compile(r"기자|특파원|reporter|journalist|byline", re.IGNORECASE)
_PICTURE = re.compile(r"사진|촬영|찍|영상|photo|picture|image", re.IGNORECASE)


def _is_heading(candidate: Candidate) -> bool:
    """Whether it is one of its passage's headings."""
    return squeeze(candidate.text) in map(squeeze, candidate.hit.chunk.heading)


def below_heading(ranked: Sequence[Candidate]) -> list[Candidate]:
    """What stands below a heading that asks the question itself, in its order; empty where there is none.

    That is a run of bulleted lines, or the first sentences.
    """
    best = ranked[0]
    for heading in ranked:
        if heading.score < best.score - _NEAR:
            break
        if heading.coverage < _ASKS or not _is_heading(heading):
            continue
        if best.hit is heading.hit and best is not heading:
            return []
        inside = sorted((c for c in ranked if c.hit is heading.hit and c.place > heading.place), key=lambda c: c.place)
        items = [c for c in inside if c.text.lstrip().startswith(tuple(BULLETS))]
        return items[:_MOST_ITEMS] if len(items) > 1 and items[0] is inside[0] else inside[:_MOST_SENTENCES]
    return []


def sentences_first(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Without headings, and without titles where a sentence says the same, or is better than they are.

    A question about the publication may be answered by its title and dateline.
    """
    kept = [c for c in ranked if not _is_heading(c)] or list(ranked)
    if question.about_page:
        return kept
    sentences = [c for c in kept if c.hit.chunk.kind is not SectionKind.HEAD]
    if not sentences or kept[0] is sentences[0] or question.expects is Expects.VIEWS:
        return sentences or kept
    twin = next((c for c in sentences if _says_as_much(c, kept[0])), None)
    return [twin, *(c for c in sentences if c is not twin)] if twin else kept


def _says_as_much(sentence: Candidate, title: Candidate) -> bool:
    """Whether a sentence of the title's document states its values, or else covers nearly as much of the question."""
    if sentence.hit.document.id != title.hit.document.id:
        return False
    if title.values:
        return any(v.same(w) for v in title.values for w in sentence.values)
    return sentence.coverage >= _AS_MUCH * title.coverage


def without_credits(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Without captions where it is asked who published or wrote: they name those who took the pictures."""
    if not (question.about_page or _WRITER.search(question.text)) or _PICTURE.search(question.text):
        return list(ranked)
    return [c for c in ranked if c.hit.chunk.kind is not SectionKind.CAPTION] or list(ranked)

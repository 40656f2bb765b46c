"""Decides whether the passages hold an answer at all, and what of the question they are silent about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.answering.evidence import Candidate, Weights
from malmoi.answering.question import Question
from malmoi.types import Hit

LEAST_REACH = 0.5
"""A sentence with its surroundings must cover this share of the question."""
_IDENTIFIER = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z\d]+|[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no answer: the question's words that the nearest passages do not have."""

    words: tuple[str, ...]


def what_is_missing(
    question: Question, hits: Sequence[Hit], ranked: Sequence[Candidate], weights: Weights
) -> Missing | None:
    """None where the passages hold an answer."""
    if not ranked:
        return Missing(())
    best = ranked[0]
    words = frozenset(t for s in best.hit.chunk.sentences for t in s.terms) | frozenset(best.hit.chunk.context_terms)
    absent = tuple(t for t in question.terms if t not in words)
    unknown = tuple(t for t in question.terms if not weights.counts.get(t))
    identifiers = tuple(t for t in absent if _IDENTIFIER.fullmatch(t))
    if identifiers and question.language == best.hit.document.language:
        return Missing(identifiers)
    if question.language == best.hit.document.language and best.reach < LEAST_REACH:
        return Missing(unknown or absent)
    return None

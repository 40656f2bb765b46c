"""What the reader says of the passages, laid beside the candidates taken from them."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from malmoi.errors import EmbeddingError
from malmoi.language.question import Expects, Question
from malmoi.reader import Passage, Reader
from malmoi.types import Hit

if TYPE_CHECKING:
    from malmoi.answering.evidence import Candidate

_log = logging.getLogger(__name__)
LANGUAGES = ("ko", "en")
UNREAD = (Expects.VIEWS, Expects.LIST, Expects.REASON, Expects.CHECK)
PASSAGES = 4
"""So many are read for an answer; of the others nothing is said."""
LEAST_PRESENT, LEAST_SHARE = -6.0, 0.01
START, PRESENT = 0.5, 0.2
"""Weights of the logarithm of a sentence's share, and of the logit of its passage, in log-odds."""


def readable(question: Question, hits: Sequence[Hit]) -> bool:
    """Whether the question is of a kind that the reader was trained on: a fact, in the language of its passages."""
    spoken = question.language in LANGUAGES and hits[0].document.language == question.language
    return spoken and question.expects not in UNREAD


def as_read(
    reader: Reader, question: Question, hits: Sequence[Hit], candidates: Sequence[Candidate]
) -> list[Candidate]:
    """Candidates with what the reader says of their passages, lifted where it sees the answer start."""
    passages = [
        Passage(tuple(hit.chunk.between(s.start, s.end) for s in hit.chunk.sentences), hit.chunk.context)
        for hit in hits[:PASSAGES]
    ]
    try:
        readings = reader.read(question.text, passages)
    except EmbeddingError as error:
        _log.warning("Passages are not read for an answer: %s", error)
        return list(candidates)
    most = max(reading.present for reading in readings)
    lifted = []
    for candidate in candidates:
        here, share = LEAST_PRESENT, 0.0
        if candidate.rank < len(readings):
            reading = readings[candidate.rank]
            here, share = max(reading.present, LEAST_PRESENT), reading.sentences[candidate.place]
        score = candidate.score + START * math.log(max(share, LEAST_SHARE)) + PRESENT * here
        lifted.append(replace(candidate, score=score, present=most))
    return lifted

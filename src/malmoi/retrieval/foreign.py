"""Passages in other languages than the question's, compared by their nearest sentence."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import EmbeddingError
from malmoi.types import Chunk

_log = logging.getLogger(__name__)
READ = 40
"""So many passages, the nearest ones, are read sentence by sentence."""
_LEAST = 4
"""Fewer than this have no spread to be measured by."""
_SENTENCE = 0.7
"""Weight of the nearest sentence beside the whole passage, both as standard scores."""


def by_sentences(
    vectors: SentenceVectors, question: str, dense: Sequence[tuple[int, float]], foreign: Sequence[tuple[int, Chunk]]
) -> list[tuple[int, float]]:
    """The dense list with the passages in other languages ordered anew, their cosines as far apart as before.

    The vector of a passage says more of its language and topic than of any one thing it tells. In the question's own
    language shared words make up for that; across languages the nearest sentence does.

    Args:
        dense: (chunk id, cosine), best first.
        foreign: chunks of the list in other languages, in its order.
    """
    cosines = dict(dense)
    read = [(id_, chunk) for id_, chunk in foreign if id_ in cosines and chunk.sentences][:READ]
    if len(read) < _LEAST:
        return list(dense)
    texts = [[chunk.between(s.start, s.end) for s in chunk.sentences] for _, chunk in read]
    try:
        found = vectors.cosines(question, [text for own in texts for text in own])
    except EmbeddingError as error:
        _log.warning("Passages in other languages are not compared by sentences: %s", error)
        return list(dense)
    starts = np.cumsum([0, *(len(own) for own in texts[:-1])])
    nearest = np.maximum.reduceat(found, starts)
    whole = np.array([cosines[id_] for id_, _ in read], dtype=np.float32)
    scores = _standard(_SENTENCE * _standard(nearest) + (1 - _SENTENCE) * _standard(whole))
    cosines.update(zip((id_ for id_, _ in read), (whole.mean() + whole.std() * scores).tolist(), strict=True))
    return sorted(cosines.items(), key=lambda item: (-item[1], item[0]))


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distances from the mean in standard deviations."""
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6), dtype=np.float32)

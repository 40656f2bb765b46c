"""How near the nearest sentence of a passage is to a question."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import EmbeddingError
from malmoi.types import Chunk

_log = logging.getLogger(__name__)
_READ_FOREIGN = 40
"""So many passages in other languages, the nearest ones, are read sentence by sentence."""
_LEAST = 4
"""Fewer than this have no spread to be measured by."""
_SENTENCE = 0.7
"""Weight of the nearest sentence beside the whole passage, both as standard scores."""

Floats = NDArray[np.float32]


def nearest_sentences(vectors: SentenceVectors, question: str, chunks: Sequence[Chunk]) -> Floats | None:
    """The highest cosine of each chunk's sentences, shape (chunks,); None where the embedding cannot be had.

    The vector of a passage says more of its language and topic than of any one thing that it tells.
    """
    texts = [[c.between(s.start, s.end) for s in c.sentences if s.end > s.start] or [c.text] for c in chunks]
    if not texts:
        return np.empty(0, dtype=np.float32)
    try:
        cosines = vectors.cosines(question, [text for own in texts for text in own])
    except EmbeddingError as error:
        _log.warning("Passages are not compared by their sentences: %s", error)
        return None
    return np.asarray(np.maximum.reduceat(cosines, np.cumsum([0, *(len(own) for own in texts[:-1])])))


def across_languages(
    vectors: SentenceVectors, question: str, dense: Sequence[tuple[int, float]], foreign: Sequence[tuple[int, Chunk]]
) -> list[tuple[int, float]]:
    """The dense list with the passages in other languages ordered anew, their cosines as far apart as before.

    In the question's own language shared words tell which passage answers; across languages the nearest sentence does.

    Args:
        dense: (chunk id, cosine), best first.
        foreign: chunks of the list in other languages, in its order.
    """
    cosines = dict(dense)
    read = [(id_, chunk) for id_, chunk in foreign if id_ in cosines][:_READ_FOREIGN]
    if len(read) < _LEAST:
        return list(dense)
    nearest = nearest_sentences(vectors, question, [chunk for _, chunk in read])
    if nearest is None:
        return list(dense)
    whole = np.array([cosines[id_] for id_, _ in read], dtype=np.float32)
    scores = _standard(_SENTENCE * _standard(nearest) + (1 - _SENTENCE) * _standard(whole))
    cosines.update(zip((id_ for id_, _ in read), (whole.mean() + whole.std() * scores).tolist(), strict=True))
    return sorted(cosines.items(), key=lambda item: (-item[1], item[0]))


def _standard(values: Floats) -> Floats:
    """Distances from the mean in standard deviations."""
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6), dtype=np.float32)

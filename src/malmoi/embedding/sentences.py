"""Vectors of sentences, made when a question needs them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from malmoi.embedding.protocol import Embedder, Vectors


class SentenceVectors:
    """Vectors of sentences, the latest kept."""

    def __init__(self, embedder: Embedder, capacity: int = 16_384) -> None:
        self._embedder = embedder
        self._capacity = capacity
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def cosines(self, question: str, sentences: Sequence[str]) -> Vectors:
        """Cosine of each sentence to the question, shape (n,)."""
        with self._lock:
            found = {s: self._kept[s] for s in sentences if s in self._kept}
        new = list(dict.fromkeys(s for s in sentences if s not in found))
        if new:
            found.update(zip(new, self._embedder.embed_passages(new), strict=True))
        with self._lock:
            for sentence, vector in found.items():
                self._kept[sentence] = vector
                self._kept.move_to_end(sentence)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        rows = np.stack([found[s] for s in sentences])
        return np.asarray(rows @ self._embedder.embed_question(question), dtype=np.float32)

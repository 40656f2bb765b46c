"""What every embedding engine promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Float32 vectors of length one: shape `(n, dimension)`, or `(dimension,)` for a single text."""

OnProgress = Callable[[int], None]
"""Told how many texts are finished so far, counting from the start of the call; called from the caller's thread."""


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine. Safe to call from several threads.

    Attributes:
        id: names model, prefixes and arithmetic; vectors with different ids must never be compared.
        dimension: numbers in a vector.
    """

    @property
    def id(self) -> str:
        """See the class."""
        ...

    @property
    def dimension(self) -> int:
        """See the class."""
        ...

    def embed_passages(self, texts: Sequence[str], progress: OnProgress | None = None) -> Vectors:
        """Vectors of stored texts, in their order.

        Raises:
            EmbeddingRefused: a text has nothing to embed, or the engine's answer cannot be used.
            EmbeddingUnavailable: the engine cannot be reached, also after retries.
        """
        ...

    def embed_question(self, text: str) -> Vectors:
        """Vector of a question; raises like `embed_passages`."""
        ...

"""What all engines share: cleaning texts, batches of similar length, and checks of what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malmoi.embedding.protocol import OnProgress, Vectors
from malmoi.errors import EmbeddingRefused
from malmoi.text import clean_text

MAX_CHARS = 20_000
"""Longer texts are cut here: about 24 windows of the bundled model. A chunk has some hundred characters."""


def clean(text: str) -> str:
    """`clean_text`, stripped and cut to `MAX_CHARS`; may be empty."""
    return clean_text(text).strip()[:MAX_CHARS].rstrip()


def clean_all(texts: Sequence[str]) -> list[str]:
    """`clean` of each text.

    Raises:
        EmbeddingRefused: one of them is empty then; the message gives its position.
    """
    cleaned = [clean(text) for text in texts]
    for position, text in enumerate(cleaned, start=1):
        if not text:
            raise EmbeddingRefused(
                f"Text {position} of {len(cleaned)} has nothing to embed",
                "It is empty, or holds only white space and control characters. Leave it out",
            )
    return cleaned


def similar_length(lengths: Sequence[int], size: int) -> Iterator[NDArray[np.int64]]:
    """Positions of `lengths` in batches of at most `size`, longest first, so that memory runs out early or never."""
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    for start in range(0, len(order), size):
        yield order[start : start + size]


def embed_in_batches(
    texts: Sequence[str],
    size: int,
    embed: Callable[[list[str]], Vectors],
    dimension: int,
    progress: OnProgress | None = None,
) -> Vectors:
    """Vectors in the order of `texts`, embedded in batches of similar length."""
    vectors = np.empty((len(texts), dimension), dtype=np.float32)
    done = 0
    for batch in similar_length([len(text) for text in texts], size):
        vectors[batch] = embed([texts[position] for position in batch])
        done += len(batch)
        if progress is not None:
            progress(done)
    return vectors


def checked(vectors: Any, *, count: int, dimension: int | None, engine: str) -> Vectors:
    """`vectors` as float32 of length one.

    Args:
        vectors: anything that numpy reads as a table of numbers.
        count: how many there must be.
        dimension: what each row must have; None accepts any.
        engine: named in the message.

    Raises:
        EmbeddingRefused: another number of vectors, another dimension, a value that is not a finite number, or zeros.
    """
    try:
        table = np.asarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise EmbeddingRefused(f"{engine} did not return a table of numbers ({error})", _OTHER_MODEL) from error
    if table.ndim != 2 or len(table) != count:
        given = len(table) if table.ndim == 2 else 0
        raise EmbeddingRefused(f"{engine} returned {given} vectors for {count} texts", _OTHER_MODEL)
    if table.shape[1] == 0 or (dimension is not None and table.shape[1] != dimension):
        raise EmbeddingRefused(
            f"{engine} returned vectors of {table.shape[1]} numbers instead of {dimension or 'at least one'}",
            "The model behind it has changed. Rebuild the index, or go back to the earlier model",
        )
    if not np.isfinite(table).all():
        raise EmbeddingRefused(f"{engine} returned a value that is not a finite number", _OTHER_MODEL)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    if count and float(lengths.min()) < 1e-12:
        raise EmbeddingRefused(f"{engine} returned a vector of zeros", _OTHER_MODEL)
    return np.asarray(table / lengths, dtype=np.float32)


_OTHER_MODEL = "Check that the model is an embedding model and that the texts fit into its window"

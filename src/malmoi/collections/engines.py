"""Embedding engines that several collections share, since each takes a hundred megabytes or more."""

from __future__ import annotations

import threading
from collections.abc import Callable

from malmoi.embedding import Embedder, open_embedder
from malmoi.settings import Embedding
from malmoi.types import Progress


class SharedEngines:
    """Opens each engine once; `open` stands in for `malmoi.embedding.open_embedder`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: list[tuple[Embedding, str | None, Embedder | None]] = []

    def open(
        self, settings: Embedding, *, wanted: str | None = None, progress: Callable[[Progress], None] | None = None
    ) -> Embedder | None:
        """The engine, as `open_embedder` gives it; one that cannot be had is tried again the next time."""
        with self._lock:
            for own, asked, engine in self._opened:
                if own == settings and (asked == wanted or (engine is not None and engine.id == wanted)):
                    return engine
            engine = open_embedder(settings, wanted=wanted, progress=progress)
            for own, _, known in self._opened:
                if own == settings and known is not None and engine is not None and known.id == engine.id:
                    engine = known
            self._opened.append((settings, wanted, engine))
            return engine

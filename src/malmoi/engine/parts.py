"""What a collection is made of, loaded when it is needed and shared by all who look at it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from malmoi.answering.answerer import Answering
from malmoi.catalog import Catalog
from malmoi.catalog.catalog import MODEL
from malmoi.embedding import Embedder
from malmoi.errors import EmbeddingUnavailable
from malmoi.index.lock import WriterLock
from malmoi.korean import Analyser, get_analyser
from malmoi.retrieval import Retriever
from malmoi.settings import Settings
from malmoi.types import OnProgress

if TYPE_CHECKING:
    from malmoi.index.build import Indexer

_log = logging.getLogger(__name__)

_VIEWS = 32
"""For so many sets of groups the search and the answerers are kept."""


@dataclass(frozen=True, slots=True)
class View:
    """What answers questions over what some groups see."""

    retriever: Retriever
    answering: Answering


class Parts:
    """Catalog, analyser, embedding engine, search and answerers of a collection. Safe to use from several threads.

    Args:
        open_embedder: opens the embedding engine, as `malmoi.embedding.open_embedder` does.
    """

    def __init__(
        self, settings: Settings, analyser: Analyser | None, open_embedder: Callable[..., Embedder | None]
    ) -> None:
        self._settings = settings
        self._analyser = analyser
        self._open_embedder = open_embedder
        self._loading = threading.RLock()
        self._embedders: list[Embedder | None] = []  # one, once it is loaded
        self._views: dict[frozenset[str] | None, View] = {}  # the last used last

    def close(self) -> None:
        """Close the collection's files."""
        if None in self._views:
            self._views[None].retriever.close()
        if "catalog" in self.__dict__:
            self.catalog.close()

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog; made empty where there was none."""
        return Catalog(self._settings.index_dir)

    @property
    def analyser(self) -> Analyser:
        """Cuts text into sentences and terms."""
        return self._analyser or get_analyser()

    def embedder(self, progress: OnProgress | None = None, *, anew: bool = False) -> Embedder | None:
        """The engine that made the collection's vectors where it can be had; `anew`, the one that the settings name.

        None when searching by words alone.
        """
        with self._loading:
            if anew or not self._embedders:
                wanted = None if anew else self.catalog.meta(MODEL)
                try:
                    found = self._open_embedder(self._settings.embedding, wanted=wanted, progress=progress)
                except EmbeddingUnavailable as error:
                    if self._settings.embedding.engine != "bundled":
                        raise
                    _log.warning("Searching by words alone: %s", error)
                    found = None
                self._embedders = [found]
            return self._embedders[0]

    def view(self, groups: frozenset[str] | None) -> View:
        """The search and the answerers over what the groups see; kept for those that see the same."""
        groups = None if groups is None else self.catalog.relevant(groups)
        with self._loading:
            view = self._views.pop(groups, None)
            if view is None:
                view = self._make_view(groups)
                others = [known for known in self._views if known is not None]
                for oldest in others[: len(others) + 1 - _VIEWS]:
                    del self._views[oldest]
            self._views[groups] = view
            return view

    def forget_views(self) -> None:
        """Make search and answerers again with the next question: they hold the engine that was there before."""
        with self._loading:
            self._views.clear()

    def indexer(self, lock: WriterLock | None = None) -> Indexer:
        """Builds and checks the indexes."""
        from malmoi.index.build import Indexer

        return Indexer(self.catalog, self.embedder(), analyser=self.analyser, lock=lock)

    def _make_view(self, groups: frozenset[str] | None) -> View:
        catalog, embedder = self.catalog.seen_by(groups), self.embedder()
        if groups is None:
            retriever = Retriever(catalog, self.analyser, embedder, self._settings.retrieval)
        else:
            retriever = self.view(None).retriever.seen_by(groups)
        return View(retriever, Answering(catalog, self.analyser, embedder, retriever, self._settings))

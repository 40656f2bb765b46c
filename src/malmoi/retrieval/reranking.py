"""The order of the passages found: learned, or by a LlamaIndex postprocessor such as a cross-encoder."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import SettingsError
from malmoi.retrieval.features import Asked, read_features
from malmoi.retrieval.nearest import nearest_sentences
from malmoi.retrieval.ranker import Rankers, shipped

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

    from malmoi.settings import Retrieval
    from malmoi.types import Hit

_log = logging.getLogger(__name__)
READ = 10
"""So many of the first passages are compared by their sentences too, unless the settings say otherwise."""
RANKED = 40
"""So many of the first passages by the fused score are ranked anew; the others follow."""
SPREAD = 8.0
"""Of the logarithm of the odds against the best passage, the part that a passage's score keeps is one in so many."""


class Reranker(Protocol):
    """Orders the passages found."""

    def rerank(self, asked: Asked, hits: Sequence[Hit]) -> list[Hit]:
        """The same hits, best first, with scores that do not grow; hits come best first by their fused score."""
        ...


def open_reranker(settings: Retrieval, sentences: SentenceVectors | None = None) -> Reranker | None:
    """The reranker that the settings name; None keeps the fused order.

    Args:
        sentences: None compares whole passages alone.

    Raises:
        SettingsError: the postprocessor cannot be had.
    """
    if settings.reranker == "none":
        return None
    learned = LearnedReranker(shipped(), sentences if settings.sentences else None, settings.sentences)
    if settings.reranker == "learned":
        return learned
    return PostprocessorReranker(settings.reranker_class, settings.reranker_options, learned)


class LearnedReranker:
    """Orders by the learned ranker; see `malmoi.retrieval.features` for what it looks at.

    Args:
        sentences: vectors of sentences; None compares whole passages alone.
        read: so many of the first passages are compared by their sentences too.
    """

    def __init__(self, rankers: Rankers, sentences: SentenceVectors | None = None, read: int = READ) -> None:
        self._rankers = rankers
        self._sentences = sentences
        self._read = read

    def rerank(self, asked: Asked, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker.rerank`; the best passage scores 1, others the `SPREAD`-th root of their odds against it.

        What it learned compares passages by the question's words. Those of other languages than the question's keep the
        places that the fused order gives them.
        """
        first, rest = hits[:RANKED], hits[RANKED:]
        if not first:
            return []
        scores = self._rankers.scores(read_features(asked, first, self._nearest(asked, first)))
        order = np.argsort(-scores, kind="stable").tolist()
        shown = np.exp((scores[order] - scores.max()) / SPREAD).tolist()
        foreign = [hit.document.language not in (asked.question.language, None) for hit in first]
        own = iter([i for i in order if not foreign[i]])
        places = [i if foreign[i] else next(own) for i in range(len(first))]
        ranked = [replace(first[i], score=score) for i, score in zip(places, shown, strict=True)]
        return ranked + _behind(rest, ranked[-1].score)

    def _nearest(self, asked: Asked, hits: Sequence[Hit]) -> Sequence[float]:
        if self._sentences is None or all(hit.dense is None for hit in hits):
            return ()
        found = nearest_sentences(self._sentences, asked.question.text, [hit.chunk for hit in hits[: self._read]])
        return () if found is None else found.tolist()


class PostprocessorReranker:
    """Orders by a LlamaIndex postprocessor; what it leaves out follows in the order before it.

    Args:
        before: makes the order that the postprocessor is given, and the one that is kept when it fails.

    Raises:
        SettingsError: the class cannot be imported, is no postprocessor, or cannot be built.
    """

    def __init__(self, class_path: str, options: Mapping[str, Any], before: Reranker) -> None:
        self._class_path = class_path
        self._postprocessor = _build(class_path, options)
        self._before = before

    def rerank(self, asked: Asked, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker.rerank`; the scores are the postprocessor's own."""
        from malmoi.retrieval.llama import to_node

        hits = self._before.rerank(asked, hits)
        nodes = {node.node.node_id: (node, hit) for hit in hits[:RANKED] for node in (to_node(hit),)}
        try:
            found = self._postprocessor.postprocess_nodes(
                [node for node, _ in nodes.values()], query_str=asked.question.text
            )
            kept = {n.node.node_id: replace(nodes[n.node.node_id][1], score=float(n.score or 0.0)) for n in found}
        except Exception as error:  # a class of anyone's may raise anything
            _log.warning(
                "Passages stay in their order: %s failed (%s: %s)", self._class_path, type(error).__name__, error
            )
            return hits
        ranked = sorted(kept.values(), key=lambda hit: -hit.score)
        left = [hit for id_, (_, hit) in nodes.items() if id_ not in kept] + hits[RANKED:]
        return ranked + _behind(left, ranked[-1].score) if ranked else hits


def _behind(hits: Sequence[Hit], score: float) -> list[Hit]:
    """The hits with the score of the last one before them."""
    return [replace(hit, score=score) for hit in hits]


def _build(class_path: str, options: Mapping[str, Any]) -> BaseNodePostprocessor:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

    module_name, _, class_name = class_path.replace(":", ".").rpartition(".")
    try:
        found = getattr(import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(
            f"The postprocessor {class_path} cannot be imported ({error})",
            "Write MALMOI_RETRIEVAL__RERANKER_CLASS as package.module.Class and install its package",
        ) from error
    if not (isinstance(found, type) and issubclass(found, BaseNodePostprocessor)):
        raise SettingsError(
            f"{class_path} is not a LlamaIndex postprocessor", "Name a subclass of BaseNodePostprocessor"
        )
    try:
        return found(**options)
    except Exception as error:  # its constructor may raise anything
        raise SettingsError(
            f"The postprocessor {class_path} cannot be built ({type(error).__name__}: {error})"[:300],
            "Check MALMOI_RETRIEVAL__RERANKER_OPTIONS",
        ) from error

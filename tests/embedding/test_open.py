from __future__ import annotations

from typing import Any

import pytest

from malmoi.embedding import open_embedder
from malmoi.embedding.remote import EndpointEmbedder, LlamaIndexEmbedder
from malmoi.errors import EmbeddingUnavailable
from malmoi.settings import Embedding


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
    ],
)
def test_a_missing_setting_is_named(options: dict[str, Any], missing: str) -> None:
    unchecked = Embedding.model_construct(**options)  # `load_settings` refuses these already
    with pytest.raises(EmbeddingUnavailable, match=f"MALMOI_EMBEDDING__{missing}"):
        open_embedder(unchecked)

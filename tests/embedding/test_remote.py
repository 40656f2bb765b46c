from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding

from malmoi.embedding.remote import EndpointEmbedder, LlamaIndexEmbedder
from malmoi.errors import EmbeddingRefused, EmbeddingUnavailable

from .conftest import Answer, EmbeddingServer, error, good_answer, late, vector_of


def endpoint(server: EmbeddingServer, **options: Any) -> EndpointEmbedder:
    return EndpointEmbedder(**{"base_url": server.url, "model": "tiny", "backoff_s": 0.01, **options})


def unit(text: str) -> np.ndarray:
    vector = np.asarray(vector_of(text), dtype=np.float32)
    return vector / np.linalg.norm(vector)


def changed(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Callable[[dict[str, Any]], Answer]:
    def answer(request: dict[str, Any]) -> Answer:
        status, body = good_answer(request)
        return status, {**body, "data": change(body["data"])}

    return answer


def test_vectors_come_back_in_the_order_of_the_texts(embedding_server: EmbeddingServer) -> None:
    texts = ["가" * n for n in (3, 50, 1, 17, 17, 40, 2)]
    done: list[int] = []
    vectors = endpoint(embedding_server, batch_size=3, passage_prefix="p: ").embed_passages(texts, done.append)
    assert np.allclose(vectors, np.stack([unit("p: " + text) for text in texts]), atol=1e-6)
    assert vectors.dtype == np.float32
    assert done == [3, 6, 7]
    lengths = [[len(text) for text in request["input"]] for request in embedding_server.requests[1:]]
    assert lengths == sorted(lengths, key=lambda batch: -batch[0])


def test_question_and_passage_get_their_own_prefix_and_the_key_is_sent(embedding_server: EmbeddingServer) -> None:
    embedder = endpoint(embedding_server, query_prefix="q: ", passage_prefix="p: ", api_key="geheim")
    assert np.allclose(embedder.embed_question("비용은?"), unit("q: 비용은?"), atol=1e-6)
    assert embedder.dimension == 8
    assert embedding_server.keys == ["Bearer geheim"]
    assert "geheim" not in embedder.id


@pytest.mark.parametrize("failure", [error(429, "slow down"), error(500), error(503)])
def test_a_transient_failure_is_tried_again(
    embedding_server: EmbeddingServer, failure: Callable[[dict[str, Any]], Answer]
) -> None:
    embedder = endpoint(embedding_server)
    embedder.embed_question("dimension")
    embedding_server.script = [failure, failure]
    assert np.allclose(embedder.embed_passages(["하나"]), [unit("하나")], atol=1e-6)
    assert len(embedding_server.requests) == 4


def test_a_timeout_is_tried_again(embedding_server: EmbeddingServer) -> None:
    embedding_server.script = [late(1.0)]
    assert np.allclose(endpoint(embedding_server, timeout_s=0.2).embed_question("하나"), unit("하나"), atol=1e-6)


def test_retries_end(embedding_server: EmbeddingServer) -> None:
    embedding_server.script = [error(500)] * 9
    with pytest.raises(EmbeddingUnavailable, match="does not answer"):
        endpoint(embedding_server).embed_question("하나")
    assert len(embedding_server.requests) == 2
    embedding_server.script = [good_answer] + [error(500)] * 9
    with pytest.raises(EmbeddingUnavailable):
        endpoint(embedding_server).embed_passages(["하나"])
    assert len(embedding_server.requests) == 2 + 1 + 5


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (error(401, "bad key"), "refuses the key"),
        (error(404, "no such model"), "does not know the model"),
        (error(400, "too long"), "too long"),
        (error(429, "pay", code="insufficient_quota"), "pay"),
    ],
)
def test_a_permanent_failure_is_not_tried_again(
    embedding_server: EmbeddingServer, failure: Callable[[dict[str, Any]], Answer], told: str
) -> None:
    embedding_server.script = [failure]
    with pytest.raises(EmbeddingRefused, match=told):
        endpoint(embedding_server).embed_question("하나")
    assert len(embedding_server.requests) == 1


def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    embedder = EndpointEmbedder(base_url="http://127.0.0.1:9/v1", model="tiny", backoff_s=0.01)
    with pytest.raises(EmbeddingUnavailable, match="does not answer"):
        embedder.embed_question("하나")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (changed(lambda data: data[:-1]), "1 vectors for 2 texts"),
        (changed(lambda data: [{**item, "embedding": [math.nan] * 8} for item in data]), "finite"),
        (changed(lambda data: [{**item, "embedding": [0.0] * 8} for item in data]), "zeros"),
        (changed(lambda data: [{**item, "embedding": [1.0] * 7} for item in data]), "7 numbers instead of 8"),
        (changed(lambda data: [{**data[0], "embedding": [1.0]}, data[1]]), "table of numbers"),
        (changed(lambda data: [{"object": "embedding"} for _ in data]), "another form"),
        (lambda _: (200, {"hello": "world"}), "another form"),
        (lambda _: (200, b"<html>login</html>"), "another form"),
    ],
)
def test_an_unusable_answer_is_refused(
    embedding_server: EmbeddingServer, answer: Callable[[dict[str, Any]], Answer], told: str
) -> None:
    embedder = endpoint(embedding_server)
    assert embedder.dimension == 8
    embedding_server.script = [answer]
    with pytest.raises(EmbeddingRefused, match=told):
        embedder.embed_passages(["하나", "둘둘"])


def test_ids_keep_models_and_prefixes_apart(embedding_server: EmbeddingServer) -> None:
    ids = {
        endpoint(embedding_server).id,
        endpoint(embedding_server, model="other").id,
        endpoint(embedding_server, query_prefix="q").id,
        endpoint(embedding_server, passage_prefix="q").id,
    }
    assert len(ids) == 4
    assert endpoint(embedding_server).id == endpoint(embedding_server, api_key="another", batch_size=9).id


class Letters(BaseEmbedding):
    """Counts two letters: a LlamaIndex embedding without a network."""

    scale: float = 1.0

    def _get_text_embedding(self, text: str) -> list[float]:
        if "broken" in text:
            raise ConnectionError("gone")
        return [self.scale * (1 + text.count("a")), 1.0 + text.count("b")]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def llama_index(**options: Any) -> LlamaIndexEmbedder:
    return LlamaIndexEmbedder(class_path=f"{__name__}:Letters", options=options, backoff_s=0.01)


def test_any_llama_index_embedding_by_import_path() -> None:
    embedder = llama_index(scale=2.0)
    assert embedder.dimension == 2
    vectors = embedder.embed_passages(["aab", "b"])
    assert np.allclose(vectors[0], np.array([6, 2]) / math.hypot(6, 2))
    assert np.allclose(vectors[1], np.array([2, 2]) / math.hypot(2, 2))
    assert np.allclose(embedder.embed_question("b"), vectors[1])


def test_llama_index_options_are_part_of_the_id_but_secrets_are_not() -> None:
    assert llama_index(scale=2.0).id != llama_index().id
    assert llama_index(api_key="a").id == llama_index(api_key="b").id


@pytest.mark.parametrize("path", ["no.such.module:X", "malmoi.errors:Nothing", "malmoi.errors:MalmoiError", "", "x"])
def test_a_class_that_is_no_llama_index_embedding_is_unavailable(path: str) -> None:
    with pytest.raises(EmbeddingUnavailable):
        LlamaIndexEmbedder(class_path=path, options={})


def test_a_llama_index_class_that_cannot_be_built_or_reached_says_so() -> None:
    with pytest.raises(EmbeddingUnavailable, match="cannot be built"):
        llama_index(scale="wide")
    with pytest.raises(EmbeddingUnavailable, match="gone"):
        llama_index().embed_passages(["broken"])

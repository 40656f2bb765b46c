from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)

from malmoi.index.vector_store import ChromaStore


class WordEmbedding(BaseEmbedding):
    """Adds up a random vector for each word."""

    def _get_text_embedding(self, text: str) -> list[float]:
        total = np.zeros(64)
        for word in text.split():
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).normal(size=64)
        return list((total / (np.linalg.norm(total) or 1)).astype(float))

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


MODEL = WordEmbedding()


def node(id_: str, text: str, document: str = "d1", **metadata: Any) -> TextNode:
    made = TextNode(id_=id_, text=text, metadata=metadata, excluded_embed_metadata_keys=list(metadata))
    made.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=document)
    return made


def embedded(*nodes: TextNode) -> list[TextNode]:
    for one in nodes:
        one.embedding = MODEL.get_text_embedding(one.text)
    return list(nodes)


def ask(text: str, k: int = 10, **more: Any) -> VectorStoreQuery:
    return VectorStoreQuery(query_embedding=MODEL.get_query_embedding(text), similarity_top_k=k, **more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChromaStore]:
    opened = ChromaStore(tmp_path, metadata_keys=("kind", "year"))
    opened.add(
        embedded(
            node("1", "사과 나무", "d1", kind="body", year=2024, secret="x"),
            node("2", "배 나무", "d1", kind="comment", year=2025),
            node("3", "감 씨앗", "d2", kind="body", year=2026),
        )
    )
    yield opened
    opened.close()


def ids(store: ChromaStore, query: VectorStoreQuery) -> list[str]:
    return list(store.query(query).ids or [])


def test_as_the_store_of_a_vector_store_index(tmp_path: Path) -> None:
    store = ChromaStore(tmp_path)
    nodes = [node("1", "사과 나무", "d1"), node("2", "배 꽃", "d2")]
    index = VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=MODEL)
    retriever = index.as_retriever(similarity_top_k=1)
    assert retriever.retrieve("사과 나무")[0].node.get_content() == "사과 나무"

    index.delete_nodes(["1"], delete_from_docstore=True)
    index.insert_nodes([node("1", "포도 송이", "d1")])
    found = retriever.retrieve("포도 송이")[0]
    assert found.node.get_content() == "포도 송이" and found.score == pytest.approx(1.0, abs=1e-4)
    assert store.count() == 2
    index.delete_ref_doc("d2", delete_from_docstore=True)
    assert store.count() == 1
    store.close()


def test_adding_a_known_id_replaces_its_vector(store: ChromaStore) -> None:
    assert ids(store, ask("사과 나무", 1)) == ["1"]
    store.add(embedded(node("1", "전혀 다른 것", "d9")))
    assert store.count() == 3
    assert ids(store, ask("전혀 다른 것", 1)) == ["1"]
    assert store.query(ask("사과 나무", 1)).similarities[0] < 0.9
    store.delete("d9")
    assert store.count() == 2


def test_more_nodes_than_chroma_takes_at_once(tmp_path: Path) -> None:
    store = ChromaStore(tmp_path)
    rows = np.random.default_rng(0).normal(size=(6_000, 4))
    assert len(store.add([TextNode(id_=str(i), text="", embedding=list(row)) for i, row in enumerate(rows)])) == 6_000
    assert store.count() == 6_000
    store.delete_nodes([str(i) for i in range(5_990)])
    assert sorted(n.node_id for n in store.get_nodes()) == [str(i) for i in range(5_990, 6_000)]
    store.clear()
    assert store.count() == 0 and store.get_nodes() == []
    store.close()


def test_what_is_stored_comes_back_and_text_does_not(store: ChromaStore) -> None:
    found = store.get_nodes(["3", "1", "none"])
    assert [n.node_id for n in found] == ["3", "1"]
    assert [n.get_content() for n in found] == ["", ""]
    assert found[1].metadata == {"kind": "body", "year": 2024} and found[1].ref_doc_id == "d1"
    np.testing.assert_allclose(found[0].embedding, MODEL.get_text_embedding("감 씨앗"), atol=1e-6)


def filtered(key: str, operator: FilterOperator, value: Any) -> MetadataFilters:
    return MetadataFilters(filters=[MetadataFilter(key=key, operator=operator, value=value)])


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (filtered("kind", FilterOperator.EQ, "body"), {"1", "3"}),
        (filtered("kind", FilterOperator.NE, "body"), {"2"}),
        (filtered("year", FilterOperator.GTE, 2025), {"2", "3"}),
        (filtered("year", FilterOperator.LT, 2025), {"1"}),
        (filtered("year", FilterOperator.IN, [2024, 2026]), {"1", "3"}),
        (filtered("year", FilterOperator.NIN, [2024, 2026]), {"2"}),
        (MetadataFilters(filters=[]), {"1", "2", "3"}),
        (
            MetadataFilters(
                filters=[
                    MetadataFilter(key="kind", value="comment"),
                    MetadataFilters(
                        filters=[
                            MetadataFilter(key="kind", value="body"),
                            MetadataFilter(key="year", operator=FilterOperator.GT, value=2025),
                        ]
                    ),
                ],
                condition=FilterCondition.OR,
            ),
            {"2", "3"},
        ),
    ],
)
def test_filters(store: ChromaStore, filters: MetadataFilters, expected: set[str]) -> None:
    assert set(ids(store, ask("나무", filters=filters))) == expected
    assert {n.node_id for n in store.get_nodes(filters=filters)} == expected
    if filters.filters:
        store.delete_nodes(filters=filters)
        assert {n.node_id for n in store.get_nodes()} == {"1", "2", "3"} - expected


def test_queries_within_documents_and_nodes(store: ChromaStore) -> None:
    assert set(ids(store, ask("나무", doc_ids=["d1"]))) == {"1", "2"}
    assert ids(store, ask("나무", node_ids=["3"])) == ["3"]
    assert ids(store, ask("배 나무", 1, node_ids=["1", "2", "3"])) == ["2"]
    assert ids(store, ask("나무", node_ids=["3"], filters=filtered("kind", FilterOperator.EQ, "comment"))) == []


def test_what_chroma_cannot_do_is_refused(store: ChromaStore) -> None:
    with pytest.raises(ValueError, match="text_match"):
        store.query(ask("나무", filters=filtered("kind", FilterOperator.TEXT_MATCH, "b")))
    with pytest.raises(ValueError, match="default mode"):
        store.query(ask("나무", mode=VectorStoreQueryMode.HYBRID))


async def test_the_async_names_do_the_same(store: ChromaStore) -> None:
    await store.async_add(embedded(node("4", "귤 껍질", "d3")))
    assert list((await store.aquery(ask("귤 껍질", 1))).ids or []) == ["4"]
    assert [n.node_id for n in await store.aget_nodes(["4"])] == ["4"]
    await store.adelete("d3")
    await store.adelete_nodes(["1"])
    assert store.count() == 2
    await store.aclear()
    assert store.count() == 0


def test_a_store_can_be_opened_again(store: ChromaStore, tmp_path: Path) -> None:
    store.close()
    again = ChromaStore(tmp_path, read_only=True)
    assert again.count() == 3 and ids(again, ask("감 씨앗", 1)) == ["3"]
    again.close()

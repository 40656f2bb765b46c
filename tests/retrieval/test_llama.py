from __future__ import annotations

from typing import Any

import pytest

from malmoi.catalog import Catalog
from malmoi.korean import Analyser
from malmoi.retrieval import Retriever
from malmoi.settings import Retrieval
from malmoi.types import Filters

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def make(town: Catalog, analyser: Analyser) -> Any:
    from malmoi.retrieval.llama import MalmoiRetriever

    retriever = Retriever(town, analyser, None, Retrieval())
    return lambda **options: MalmoiRetriever(retriever, **options)


def test_nodes_point_into_their_documents(make: Any, town: Catalog) -> None:
    nodes = make(limit=3).retrieve("등대는 언제 세워졌나?")
    best = nodes[0]
    assert best.node.metadata == {
        "document": "lighthouse.txt",
        "title": "등대 이야기",
        "date": "2031-05-03",
        "source": "가온일보",
        "kind": "body",
    }
    assert len(nodes) <= 3
    for found in nodes:
        source = town.document(found.node.ref_doc_id)
        assert source.text[found.node.start_char_idx : found.node.end_char_idx] == found.node.get_content()
        assert found.node.node_id == f"{source.id}:{found.node.start_char_idx}-{found.node.end_char_idx}"
    assert [n.score for n in nodes] == sorted((n.score for n in nodes), reverse=True)


async def test_it_is_used_from_an_event_loop(make: Any) -> None:
    nodes = await make(filters=Filters(languages=frozenset({"en"}))).aretrieve("ferry toll")
    assert [n.node.metadata["document"] for n in nodes] == ["toll.txt"]


def test_a_query_engine_answers_with_it(make: Any) -> None:
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    engine = RetrieverQueryEngine.from_args(make(limit=2), llm=MockLLM())
    response = engine.query("도서관은 몇 시까지 여나?")
    assert response.source_nodes[0].node.metadata["document"] == "library.txt"
    assert "밤 열 시까지 문을 연다" in str(response)  # the model says back what it was given to read

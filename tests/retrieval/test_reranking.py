from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from numpy.typing import NDArray
from pydantic import ValidationError

from catalog.storage import HashEmbedder
from malmoi.catalog import Catalog
from malmoi.embedding import Embedder
from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import SettingsError
from malmoi.korean import Analyser
from malmoi.retrieval import Retriever
from malmoi.retrieval.ranker import shipped
from malmoi.retrieval.reranking import RANKED, LearnedReranker, PostprocessorReranker, open_reranker
from malmoi.settings import Retrieval, Settings
from retrieval.test_features import asked, hit

QUESTION = "등대는 언제 세워졌고 여객선은 어디에 서나?"


class ShortestFirst(BaseNodePostprocessor):
    """Prefers short passages; keeps `top_n`."""

    top_n: int = 100

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        assert query_bundle is not None
        assert query_bundle.query_str == QUESTION
        nodes = sorted(nodes, key=lambda n: len(n.node.get_content()))[: self.top_n]
        return [NodeWithScore(node=n.node, score=-float(len(n.node.get_content()))) for n in nodes]


class Broken(BaseNodePostprocessor):
    """Fails at every question."""

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        raise RuntimeError("out of memory")


Search = Callable[..., list[Any]]


@pytest.fixture
def search(town: Catalog, analyser: Analyser) -> Search:
    def found(embedder: Embedder | None = None, **settings: Any) -> list[Any]:
        return Retriever(town, analyser, embedder, Retrieval(**settings)).search(QUESTION, limit=20)

    return found


def ours(kind: type) -> dict[str, Any]:
    return {"reranker": "llama_index", "reranker_class": f"{kind.__module__}.{kind.__qualname__}"}


def test_the_learned_ranker_orders_the_same_passages(search: Search) -> None:
    fused, learned = search(reranker="none"), search()
    assert len(fused) > 2
    assert {h.chunk.id for h in fused} == {h.chunk.id for h in learned}
    assert [h.score for h in learned] == sorted((h.score for h in learned), reverse=True)
    assert learned[0].score == 1.0
    assert {h.chunk.id: (h.lexical, h.dense) for h in learned} == {h.chunk.id: (h.lexical, h.dense) for h in fused}


def test_with_vectors_that_say_nothing_words_still_decide(town: Catalog, analyser: Analyser, search: Search) -> None:
    embedder = HashEmbedder()
    missing = town.missing_vectors(embedder.id)
    vectors = embedder.embed_passages([text for _, _, text in missing])
    town.put_vectors(embedder.id, {key: row for (_, key, _), row in zip(missing, vectors, strict=True)})
    assert search(embedder)[0].document.name == "lighthouse.txt"


class Lookalike(HashEmbedder):
    """Takes a question and one sentence for the same text."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence

    def embed_question(self, text: str) -> NDArray[np.float32]:
        return self._vector(self.sentence)


def test_the_passage_with_the_nearest_sentence_gains(analyser: Analyser) -> None:
    texts = ["배는 낮에 뜬다. 물은 차다.", "장은 밤에 선다. 값은 싸다.", "길은 산에 있다. 해는 길다."]
    hits = [hit(analyser, text, id_=i, dense=0.85, document=f"{i}") for i, text in enumerate(texts)]
    question = asked(analyser, "표는 얼마인가?", hits)
    for text in texts:
        embedder = Lookalike(text.partition(". ")[2])
        assert LearnedReranker(shipped(), SentenceVectors(embedder)).rerank(question, hits)[0].chunk.text == text


def test_the_sentences_of_the_first_passages_alone_are_embedded(analyser: Analyser) -> None:
    hits = [hit(analyser, f"등대 {i}", id_=i, score=9.0 - i) for i in range(4)]
    embedder = HashEmbedder()
    LearnedReranker(shipped(), SentenceVectors(embedder), read=2).rerank(asked(analyser, "등대", hits), hits)
    assert embedder.seen == ["등대 0", "등대 1"]
    without = [replace(h, dense=None) for h in hits]
    LearnedReranker(shipped(), SentenceVectors(embedder), read=4).rerank(asked(analyser, "등대", without), without)
    assert embedder.seen == ["등대 0", "등대 1"]
    unread = open_reranker(Retrieval(sentences=0), SentenceVectors(embedder))
    assert unread is not None
    unread.rerank(asked(analyser, "등대", hits), hits)
    assert embedder.seen == ["등대 0", "등대 1"]


def test_passages_behind_the_first_follow_in_their_order(analyser: Analyser) -> None:
    hits = [hit(analyser, f"등대 {i}", id_=i, score=100.0 - i) for i in range(RANKED + 5)]
    ranked = LearnedReranker(shipped()).rerank(asked(analyser, "등대", hits), hits)
    assert [h.chunk.id for h in ranked[RANKED:]] == [h.chunk.id for h in hits[RANKED:]]
    assert [h.score for h in ranked] == sorted((h.score for h in ranked), reverse=True)


def test_nothing_stays_nothing_and_a_single_passage_is_the_best(analyser: Analyser) -> None:
    hits = [hit(analyser, "등대", score=5.0)]
    ranker = LearnedReranker(shipped())
    assert ranker.rerank(asked(analyser, "등대", []), []) == []
    assert ranker.rerank(asked(analyser, "등대", hits), hits) == [replace(hits[0], score=1.0)]


def test_a_postprocessor_decides(search: Search) -> None:
    hits = search(**ours(ShortestFirst))
    assert [h.score for h in hits] == [-len(h.chunk.text) for h in hits]
    assert {h.chunk.id for h in hits} == {h.chunk.id for h in search()}


def test_what_a_postprocessor_leaves_out_follows(search: Search) -> None:
    hits = search(**ours(ShortestFirst), reranker_options={"top_n": 2})
    every = search()
    shortest = sorted(every, key=lambda h: len(h.chunk.text))[:2]
    rest = [h.chunk.id for h in every if h.chunk.id not in {s.chunk.id for s in shortest}]
    assert [h.chunk.id for h in hits] == [*(h.chunk.id for h in shortest), *rest]
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


def test_a_postprocessor_of_llama_index_itself(search: Search) -> None:
    path = "llama_index.core.postprocessor.SimilarityPostprocessor"
    hits = search(reranker="llama_index", reranker_class=path, reranker_options={"similarity_cutoff": 0.5})
    assert [h.chunk.id for h in hits] == [h.chunk.id for h in search()]


def test_a_postprocessor_that_fails_costs_a_warning(search: Search, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        hits = search(**ours(Broken))
    assert [h.chunk.id for h in hits] == [h.chunk.id for h in search()]
    assert "Broken failed (RuntimeError: out of memory)" in caplog.text


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("nowhere.Class", {}, "cannot be imported"),
        ("Class", {}, "cannot be imported"),
        ("pathlib.Path", {}, "is not a LlamaIndex postprocessor"),
        ("llama_index.core.postprocessor.SimilarityPostprocessor", {"similarity_cutoff": "x"}, "cannot be built"),
    ],
)
def test_a_postprocessor_that_cannot_be_had_is_refused(path: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        PostprocessorReranker(path, options, LearnedReranker(shipped()))
    assert caught.value.remedy


def test_the_settings_choose() -> None:
    assert open_reranker(Retrieval(reranker="none")) is None
    assert isinstance(open_reranker(Retrieval()), LearnedReranker)
    with pytest.raises(ValidationError, match="reranker_class"):
        Settings(retrieval=Retrieval(reranker="llama_index"))


def test_passages_in_another_language_keep_their_places(analyser: Analyser) -> None:
    texts = ["나루터에는 배가 여섯 척 있다.", "The ferry company runs six boats.", "배는 아침에 떠난다.", "Six boats."]
    hits = [
        hit(analyser, text, id_=place, score=4.0 - place, language="ko" if place % 2 == 0 else "en")
        for place, text in enumerate(texts)
    ]
    ranked = LearnedReranker(shipped()).rerank(
        asked(analyser, "How many boats does the ferry company run?", hits), hits
    )
    assert [h.document.language for h in ranked] == ["ko", "en", "ko", "en"]
    assert [h.chunk.text for h in ranked[::2]] == texts[::2]
    assert [h.score for h in ranked] == sorted((h.score for h in ranked), reverse=True)

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from catalog.storage import HashEmbedder
from malmoi.catalog import Catalog
from malmoi.embedding import Embedder, OnProgress, Vectors
from malmoi.errors import EmbeddingUnavailable, QuestionError
from malmoi.korean import Analyser
from malmoi.retrieval import Retriever
from malmoi.retrieval.retriever import comments_only
from malmoi.settings import Retrieval
from malmoi.types import Filters, SectionKind


class Unreachable:
    """An embedding endpoint that is down."""

    id = "unreachable"
    dimension = 8

    def embed_passages(self, texts: Sequence[str], progress: OnProgress | None = None) -> Vectors:
        raise EmbeddingUnavailable("The endpoint does not answer")

    def embed_question(self, text: str) -> Vectors:
        raise EmbeddingUnavailable("The endpoint does not answer")


class Lookalike(HashEmbedder):
    """Turns a question into the very vector of the passage that it is told to look like."""

    def __init__(self, passage: str) -> None:
        super().__init__("lookalike", 16)
        self._passage = passage

    def embed_question(self, text: str) -> Vectors:
        return np.asarray(self._vector(self._passage), dtype=np.float32)


def opened(town: Catalog, analyser: Analyser, embedder: Embedder | None = None, **settings: int) -> Retriever:
    if embedder is not None and not isinstance(embedder, Unreachable):
        missing = town.missing_vectors(embedder.id)
        vectors = embedder.embed_passages([text for _, _, text in missing])
        town.put_vectors(embedder.id, {key: row for (_, key, _), row in zip(missing, vectors, strict=True)})
    return Retriever(town, analyser, embedder, Retrieval(**settings))


def names(retriever: Retriever, question: str, filters: Filters | None = None, limit: int | None = None) -> list[str]:
    return [hit.document.name for hit in retriever.search(question, filters=filters, limit=limit)]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("등대는 언제 세워졌나?", "lighthouse.txt"),
        ("문어는 어디서 파나?", "market.txt"),
        ("도서관은 몇 시까지 여나?", "library.txt"),
        ("Is there a toll at the pier?", "toll.txt"),
        ("등대지기가 몇 명인가", "lighthouse.txt"),
    ],
)
def test_words_alone_find_the_document(question: str, name: str, town: Catalog, analyser: Analyser) -> None:
    retriever = opened(town, analyser)
    assert names(retriever, question)[0] == name
    assert retriever.dense(question, Filters()) == []
    assert all(hit.dense is None and hit.lexical is not None for hit in retriever.search(question))


def test_an_embedding_out_of_reach_costs_a_warning_and_no_answer(
    town: Catalog, analyser: Analyser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = names(opened(town, analyser, Unreachable()), "등대는 언제 세워졌나?")
    assert found == names(opened(town, analyser), "등대는 언제 세워졌나?")
    assert "words alone" in caplog.text


def test_meaning_finds_what_shares_no_word(town: Catalog, analyser: Analyser) -> None:
    (market,) = [c for info in town.documents() if info.name == "market.txt" for c in town.chunks_of(info.id)]
    retriever = opened(town, analyser, Lookalike(market.embedding_text))
    hit = retriever.search("뷁뷁")[0]
    assert (hit.document.name, hit.lexical) == ("market.txt", None)
    assert hit.dense == pytest.approx(1.0, abs=1e-5)
    both = retriever.search("등대 높이")
    assert {"lighthouse.txt", "market.txt"} == {hit.document.name for hit in both[:2]}


def test_hits_are_ordered_and_limited(town: Catalog, analyser: Analyser) -> None:
    retriever = opened(town, analyser, HashEmbedder(), passages=3)
    hits = retriever.search("가온포 여객선 등대 도서관")
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(retriever.search("가온포 여객선 등대 도서관", limit=1)) == 1
    assert retriever.search("가온포 여객선", limit=0) == []


def test_of_three_copies_two_are_shown(town: Catalog, analyser: Analyser) -> None:
    found = names(opened(town, analyser), "여객선은 하루 몇 번 다니나?")
    copies = [name for name in found if name.startswith("copy-")]
    assert len(copies) == 2
    assert len(set(copies)) == 2
    assert "library.txt" in found  # names the ferry, and is no copy


@pytest.mark.parametrize(
    ("filters", "allowed"),
    [
        (Filters(publishers=frozenset({"누리신문"})), {"market.txt", "copy-b.txt"}),
        (Filters(documents=frozenset({"library.txt"})), {"library.txt"}),
        (Filters(languages=frozenset({"en"})), {"toll.txt"}),
        (Filters(date_from="2031-05-01", date_to="2031-12-31"), {"lighthouse.txt", "toll.txt"}),
        (Filters(date_from="2031-01-02", publishers=frozenset({"가온일보"})), {"lighthouse.txt"}),
        (Filters(publishers=frozenset({"없는신문"})), set()),
    ],
    ids=["publisher", "document", "language", "dates", "date and publisher", "nothing"],
)
@pytest.mark.parametrize("embedded", [False, True], ids=["words", "both"])
def test_filters_hold_in_both_searches(
    filters: Filters, allowed: set[str], embedded: bool, town: Catalog, analyser: Analyser
) -> None:
    retriever = opened(town, analyser, HashEmbedder() if embedded else None)
    question = "가온포 여객선 등대 도서관 장터 문어 ferry library"
    found = set(names(retriever, question, filters))
    assert found == allowed


def test_comments_only_when_asked_for(town: Catalog, analyser: Analyser) -> None:
    retriever = opened(town, analyser, HashEmbedder())
    question = "등대 불빛이 밝아서 잠을 못 자나?"
    assert {hit.chunk.kind for hit in retriever.search(question)} == {SectionKind.BODY}
    (hit,) = retriever.search(question, filters=comments_only(Filters()))
    assert (hit.chunk.kind, hit.chunk.author) == (SectionKind.COMMENT, "갯바람")
    named = Filters(kinds=frozenset({SectionKind.BODY}))
    assert comments_only(named) == named


def test_furniture_is_never_found(town: Catalog, analyser: Analyser) -> None:
    every = Filters(kinds=frozenset(SectionKind))
    found = opened(town, analyser, HashEmbedder()).search("등대 사진 모음 바로가기", filters=every)
    assert found
    assert not [hit for hit in found if "바로가기" in hit.chunk.text]


def test_a_document_added_later_is_found_at_once(town: Catalog, analyser: Analyser) -> None:
    from malmoi.chunking import chunk_document
    from retrieval.town import page

    retriever = opened(town, analyser, HashEmbedder())
    assert "ice.txt" not in names(retriever, "얼음 창고는 어디에 있나?")
    new = page("ice.txt", (SectionKind.BODY, "얼음 창고는 북쪽 방파제 곁에 있다."), title="얼음 창고")
    town.put(new, chunk_document(new, analyser, target_chars=500, max_chars=900))
    assert names(retriever, "얼음 창고는 어디에 있나?")[0] == "ice.txt"
    town.remove(new.id)
    assert "ice.txt" not in names(retriever, "얼음 창고는 어디에 있나?")


@pytest.mark.parametrize("question", ["", "   ", "?!…", "\n"])
def test_an_empty_question_is_refused(question: str, town: Catalog, analyser: Analyser) -> None:
    with pytest.raises(QuestionError, match="empty"):
        opened(town, analyser).search(question)


def test_an_overlong_question_is_refused_with_its_length(town: Catalog, analyser: Analyser) -> None:
    retriever = opened(town, analyser, max_question_chars=100)
    with pytest.raises(QuestionError, match="105 characters, and at most 100"):
        retriever.search("등대" * 50 + "는 언제?")
    assert names(retriever, "   등대   " + " " * 200)[0] == "lighthouse.txt"


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ('"등대" OR (높이', True),
        ("등대'; DROP TABLE passage;--", True),
        ("-등대 ^높이", True),
        ("등대:높이*", True),
        ("* NEAR/2", False),
        ("{terms}:x", False),
    ],
)
def test_a_question_is_never_a_query_language(question: str, found: bool, town: Catalog, analyser: Analyser) -> None:
    assert names(opened(town, analyser), question)[:1] == (["lighthouse.txt"] if found else [])


def test_a_word_that_the_analyser_takes_apart_is_found_by_its_syllables(town: Catalog, analyser: Analyser) -> None:
    assert analyser.terms("🙂 등대") == ()
    assert names(opened(town, analyser), "🙂 등대")[0] == "lighthouse.txt"


def test_an_empty_collection_has_no_passages(tmp_path: Path, analyser: Analyser) -> None:
    with Catalog(tmp_path / "empty") as catalog:
        assert Retriever(catalog, analyser, HashEmbedder(), Retrieval()).search("등대") == []

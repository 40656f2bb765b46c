from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.storage import HashEmbedder, made, vectors
from malmoi.catalog import Catalog
from malmoi.index.dense import DenseIndex
from malmoi.index.lexical import LexicalIndex
from malmoi.types import EVIDENCE_KINDS, Chunk, Document, Filters, SectionKind

DATES = [None, "2024-12-31", "2025-01-01", "2025-01-01T00:00", "2025-01-01T23:59:59", "2025-01-02", "2026-03-04T05:06"]
PUBLISHERS = [None, "뉴스1", "한겨레", 'O\'Reilly "x"']
LANGUAGES = [None, "ko", "en"]
KINDS = [SectionKind.HEAD, SectionKind.BODY, SectionKind.COMMENT, SectionKind.CAPTION, SectionKind.NOTE]
EMBEDDER = HashEmbedder()


def collection() -> list[tuple[Document, list[Chunk]]]:
    """Every date with every publisher and language in turn; two documents share a name."""
    found = []
    for i in range(len(DATES) * 6):
        parts = [(KINDS[(i + j) % 5], f"공통 낱말{i} 조각{j}") for j in range(3)]
        found.append(
            made(
                f"doc{i // 2}",
                *parts,
                uri=f"/{i}",
                date=DATES[i % 7],
                publisher=PUBLISHERS[i % 4],
                language=LANGUAGES[i % 3],
            )
        )
    return found


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    made_catalog = Catalog(tmp_path_factory.mktemp("filters"))
    for document, chunks in collection():
        made_catalog.put(document, chunks)
    missing = made_catalog.missing_vectors(EMBEDDER.id)
    rows = EMBEDDER.embed_passages([text for _, _, text in missing])
    made_catalog.put_vectors(EMBEDDER.id, {hash_: row for (_, hash_, _), row in zip(missing, rows, strict=True)})
    return made_catalog


def accepts(filters: Filters, document: Document, chunk: Chunk) -> bool:
    if filters.date_from and (document.date is None or document.date[:10] < filters.date_from):
        return False
    if filters.date_to and (document.date is None or document.date[:10] > filters.date_to):
        return False
    if filters.publishers and document.publisher not in filters.publishers:
        return False
    if filters.languages and document.language not in filters.languages:
        return False
    if filters.documents and not {document.name, document.id} & filters.documents:
        return False
    return chunk.kind in (filters.kinds or EVIDENCE_KINDS)


def naive(filters: Filters) -> set[str]:
    return {c.text for d, chunks in collection() for c in chunks if accepts(filters, d, c)}


days = st.none() | st.sampled_from(["2024-12-31", "2025-01-01", "2025-01-02", "2026-03-04", "2030-01-01"])
names = st.sampled_from([*(f"doc{i}" for i in range(0, 21, 5)), collection()[3][0].id, "none"])
some_filters = st.builds(
    Filters,
    date_from=days,
    date_to=days,
    publishers=st.frozensets(st.sampled_from([p for p in PUBLISHERS if p] + ["없음"]), max_size=2),
    documents=st.frozensets(names, max_size=3),
    languages=st.frozensets(st.sampled_from(["ko", "en", "zh"]), max_size=2),
    kinds=st.frozensets(st.sampled_from(KINDS), max_size=3),
)


@settings(max_examples=80, deadline=None)
@given(filters=some_filters)
def test_every_search_obeys_the_filters(catalog: Catalog, filters: Filters) -> None:
    expected = naive(filters)
    limit = 500
    lexical = [id_ for id_, _ in LexicalIndex(catalog).search(["공통"], filters=filters, limit=limit)]
    question = EMBEDDER.embed_question("무엇")
    dense = [id_ for id_, _ in DenseIndex(catalog, EMBEDDER.id).search(question, filters=filters, limit=limit)]
    for ids in (catalog.chunk_ids(filters), lexical, dense):
        assert len(ids) == len(set(ids))
        assert {chunk.text for chunk in catalog.chunks(ids)} == expected
    documents = {d.id for d, chunks in collection() if any(accepts(filters, d, c) for c in chunks)}
    listed = {info.id for info in catalog.documents(filters)}
    assert documents <= listed if not filters.kinds else documents == listed


@settings(max_examples=30, deadline=None)
@given(filters=some_filters, limit=st.integers(0, 12))
def test_a_limit_keeps_the_best(catalog: Catalog, filters: Filters, limit: int) -> None:
    question = EMBEDDER.embed_question("무엇")
    index = DenseIndex(catalog, EMBEDDER.id)
    assert (
        index.search(question, filters=filters, limit=limit)
        == index.search(question, filters=filters, limit=500)[:limit]
    )
    lexical = LexicalIndex(catalog)
    terms = ["공통", "조각1", "낱말3"]
    assert (
        lexical.search(terms, filters=filters, limit=limit) == lexical.search(terms, filters=filters, limit=500)[:limit]
    )


def test_cosines_are_those_of_numpy(catalog: Catalog) -> None:
    question = EMBEDDER.embed_question("무엇")
    ids, rows = vectors(catalog, EMBEDDER.id)
    expected = dict(zip(ids.tolist(), (rows @ question).tolist(), strict=True))
    found = DenseIndex(catalog, EMBEDDER.id).search(question, filters=Filters(kinds=frozenset(KINDS)), limit=500)
    assert len(found) == len(expected)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    for id_, score in found:
        assert np.isclose(score, expected[id_], atol=1e-6)


def test_kinds_alone_list_documents_that_have_one(tmp_path: Path) -> None:
    with Catalog(tmp_path) as catalog:
        catalog.put(*made("a", "본문"))
        catalog.put(*made("b", "본문", (SectionKind.COMMENT, "댓글")))
        found = catalog.documents(Filters(kinds=frozenset({SectionKind.COMMENT})))
        assert [info.name for info in found] == ["b"]

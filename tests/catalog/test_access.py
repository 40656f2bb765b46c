"""Groups of documents in the catalog, and catalogs from before there were any."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.storage import HashEmbedder, made
from malmoi.catalog import Catalog
from malmoi.errors import GroupRefused, IndexMismatch, MalmoiError, UnknownDocument
from malmoi.index.dense import DenseIndex
from malmoi.index.lexical import LexicalIndex
from malmoi.types import Filters, Principal, Role, SectionKind

A, B, NOBODY = frozenset({"가"}), frozenset({"나"}), frozenset[str]()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path / "index") as opened:
        opened.put(*made("모두", "공통 하나 사과", publisher="가온"))
        opened.put(*made("가만", "공통 둘 사과 배", "비밀가 글", publisher="가온"), groups=["가"])
        opened.put(*made("나만", "공통 셋", "비밀나 글", (SectionKind.COMMENT, "공통 댓글")), groups=["나", "다"])
        yield opened


def names(catalog: Catalog, groups: frozenset[str] | None, filters: Filters | None = None) -> list[str]:
    return [info.name for info in catalog.seen_by(groups).documents(filters)]


def test_a_document_is_seen_by_whoever_shares_a_group(catalog: Catalog) -> None:
    assert names(catalog, None) == ["모두", "가만", "나만"]
    assert names(catalog, NOBODY) == ["모두"]
    assert names(catalog, A) == ["모두", "가만"]
    assert names(catalog, frozenset({"다", "라"})) == ["모두", "나만"]
    assert names(catalog, None, Filters(groups=A)) == ["모두", "가만"]
    assert names(catalog, A | B, Filters(groups=A)) == ["모두", "가만"]
    assert [info.groups for info in catalog.documents()] == [NOBODY, A, frozenset({"나", "다"})]
    assert catalog.seen_by(A).seen_by(B).documents() == catalog.seen_by(NOBODY).documents()


def test_groups_are_compared_letter_by_letter(catalog: Catalog) -> None:
    for near in ("가 ", "가나", "%", "'가'", '"', "*", "가\0", "\udc00", '["가"]'):
        assert names(catalog, frozenset({near})) == ["모두"]


@pytest.mark.parametrize("bad", ["", " ", "a,b", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_written_is_refused(catalog: Catalog, bad: str) -> None:
    with pytest.raises(GroupRefused):
        catalog.set_groups(catalog.resolve("가만"), ["가", bad])
    assert catalog.info(catalog.resolve("가만")).groups == A


def test_what_is_hidden_is_unknown_everywhere(catalog: Catalog) -> None:
    hidden, seen = catalog.info(catalog.resolve("나만")), catalog.seen_by(A)
    for read in (seen.resolve, seen.document, seen.info):
        with pytest.raises(UnknownDocument) as told:
            read(hidden.id)
        assert "나만" not in str(told.value)
    chunks = [chunk.id for chunk in catalog.chunks_of(hidden.id)]
    assert len(chunks) == 3
    assert seen.find(hidden.uri) is None and seen.by_sha256(hidden.sha256) == [] and seen.chunks_of(hidden.id) == []
    assert seen.chunks(chunks) == [] and seen.hits(chunks) == {} and seen.chunk_count() == 3
    assert seen.chunk_ids(Filters(kinds=frozenset(SectionKind))) == [1, 2, 3]
    assert seen.chunk_ids(among=chunks) == [] and seen.visible([hidden.id]) == frozenset()
    assert seen.document_frequency(["공통", "비밀나"]) == {"공통": 2, "비밀나": 0}
    assert "비밀나" not in seen.vocabulary() and seen.vocabulary()["공통"] == 2
    assert seen.chunks_with(["비밀나"], 9) == []
    assert {id_ for id_, _, _ in seen.passages()} == {1, 2, 3}
    assert catalog.vocabulary()["비밀나"] == 1


def test_a_view_writes_nothing(catalog: Catalog) -> None:
    seen = catalog.seen_by(A)
    for write in (
        lambda: seen.remove(seen.resolve("가만")),
        lambda: seen.put(*made("새", "글")),
        lambda: seen.set_groups(seen.resolve("가만"), []),
    ):
        with pytest.raises(MalmoiError, match="reading only"):
            write()


def test_revocation_and_replacing(catalog: Catalog) -> None:
    seen, id_, before = catalog.seen_by(A), catalog.resolve("가만"), catalog.revision()
    assert catalog.set_groups(id_, ["나"]) == B and catalog.revision() > before
    assert [info.name for info in seen.documents()] == ["모두"]
    catalog.put(*made("가만", "공통 새 글"))
    assert catalog.info(id_).groups == B and names(catalog, A) == ["모두"]
    catalog.put(*made("가만", "공통 더 새 글"), groups=[])
    assert names(catalog, NOBODY) == ["모두", "가만"]
    with pytest.raises(UnknownDocument):
        catalog.set_groups("0" * 16, ["가"])
    for name in ("가만", "나만"):
        catalog.remove(catalog.resolve(name))
    assert catalog.connection.execute("SELECT count(*) FROM audience").fetchone() == (0,)


def test_groups_that_cannot_be_read_hide_the_document(catalog: Catalog) -> None:
    with catalog.transaction() as db:
        db.execute("UPDATE audience SET groups = '[\"가' WHERE groups LIKE '%가%'")
    assert names(catalog, A) == ["모두"] and names(catalog, B) == ["모두", "나만"]
    assert catalog.relevant(A | B) == B


@pytest.mark.parametrize("groups", [None, NOBODY, A, B, A | B])
def test_both_searches_leave_out_what_is_hidden(catalog: Catalog, groups: frozenset[str] | None) -> None:
    embedder = HashEmbedder()
    missing = catalog.missing_vectors(embedder.id)
    catalog.put_vectors(embedder.id, {hash_: embedder.embed_passages([text])[0] for _, hash_, text in missing})
    filters = Filters(groups=groups, kinds=frozenset(SectionKind))
    allowed = set(catalog.chunk_ids(filters))
    lexical = LexicalIndex(catalog).search(
        ["공통", "비밀가", "비밀나", "글"], pairs=["공통", "비밀"], filters=filters, limit=9
    )
    assert {id_ for id_, _ in lexical} == allowed
    dense = DenseIndex(catalog, embedder.id)
    vector = embedder.embed_question("공통")
    assert {id_ for id_, _ in dense.search(vector, filters=filters, limit=9)} == allowed
    only = Filters(groups=groups, publishers=frozenset({"가온"}))
    expected = set(catalog.chunk_ids(only))
    assert {id_ for id_, _ in dense.search(vector, filters=only, limit=9)} == expected
    catalog.set_groups(catalog.resolve("모두"), ["라"])
    assert (1 in {id_ for id_, _ in dense.search(vector, filters=filters, limit=9)}) is (groups is None)


def test_scores_are_those_of_a_collection_without_what_is_hidden(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    words = [f"말{i}" for i in range(40)] + ["E-1042", "60%", "R1", ""]
    documents = [
        made(f"d{n}", *(" ".join(rng.choice(words, rng.integers(1, 200))) for _ in range(3)), title=f"제목 말{n}")
        for n in range(30)
    ]
    with Catalog(tmp_path / "all") as whole, Catalog(tmp_path / "seen") as part:
        for n, (document, chunks) in enumerate(documents):
            whole.put(document, chunks, groups=[["가"], ["나"], []][n % 3])
            if n % 3 != 1:
                part.put(document, chunks)
        for _ in range(30):
            terms, pairs = rng.choice(words, 4).tolist(), ["말1", "제목", "말7"]
            found = LexicalIndex(whole).search(
                terms, pairs=pairs, filters=Filters(groups=A), limit=50, weights=(1.0, 0.6)
            )
            alone = LexicalIndex(part).search(terms, pairs=pairs, limit=50, weights=(1.0, 0.6))
            place = {
                (c.document_id, c.ordinal): s
                for c, (_, s) in zip(whole.chunks([i for i, _ in found]), found, strict=True)
            }
            other = {
                (c.document_id, c.ordinal): s
                for c, (_, s) in zip(part.chunks([i for i, _ in alone]), alone, strict=True)
            }
            assert place == pytest.approx(other, rel=1e-9)


def old_catalog(folder: Path) -> None:
    """A catalog as the version before groups left it."""
    with Catalog(folder) as catalog:
        catalog.put(*made("가", "사과 하나", title="제목"))
    file = sqlite3.connect(folder / "catalog.sqlite")
    file.execute("DROP INDEX document_audience")
    file.execute("ALTER TABLE document DROP COLUMN audience")
    file.execute("DROP TABLE audience")
    file.execute("PRAGMA user_version = 1")
    file.commit()
    file.close()


def test_an_older_catalog_keeps_its_documents(tmp_path: Path) -> None:
    old_catalog(tmp_path)
    with Catalog(tmp_path, read_only=True) as reader:  # as it is, and as it stays
        assert names(reader, None) == names(reader, NOBODY) == ["가"] and reader.seen_by(A).hidden() == frozenset()
    assert sqlite3.connect(tmp_path / "catalog.sqlite").execute("PRAGMA user_version").fetchone() == (1,)
    with Catalog(tmp_path) as catalog:
        assert names(catalog, NOBODY) == ["가"] and LexicalIndex(catalog).search(["사과"], limit=1)
        catalog.set_groups(catalog.resolve("가"), ["가"])
        catalog.put(*made("나", "배"), groups=["나"])
        assert names(catalog, A) == ["가"]
    with Catalog(tmp_path, read_only=True) as reader:
        assert names(reader, B) == ["나"]
    file = sqlite3.connect(tmp_path / "catalog.sqlite")
    file.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(IndexMismatch):
        Catalog(tmp_path)


def test_roles_are_ordered_and_only_admins_see_everything() -> None:
    assert Role.READER < Role.EDITOR < Role.ADMIN and max(Role) is Role.ADMIN and not Role.ADMIN <= Role.EDITOR
    reader = Principal("u", "유저", groups=A)
    assert reader.sees == A and replace(reader, role=Role.EDITOR).sees == A
    assert replace(reader, role=Role.ADMIN).sees is None
    assert reader.in_any(A | B) and reader.in_any(NOBODY) and not reader.in_any(B)
    assert Filters(groups=NOBODY) and not Filters(groups=NOBODY).narrowed and not Filters()

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from catalog.storage import HashEmbedder, SplitAnalyser, made
from malmoi.catalog import Catalog
from malmoi.errors import EmbeddingRefused, EmbeddingUnavailable, IndexMismatch
from malmoi.i18n import texts
from malmoi.index import generations, verify
from malmoi.index.build import Indexer
from malmoi.index.lexical import LexicalIndex
from malmoi.types import Progress, SectionKind


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path / "empty") as opened:
        yield opened


@pytest.fixture
def catalog(published: Path) -> Iterator[Catalog]:
    with Catalog(published) as opened:
        yield opened


@pytest.fixture
def indexer(catalog: Catalog) -> Indexer:
    return Indexer(catalog, HashEmbedder(), analyser=SplitAnalyser())


def codes(indexer: Indexer) -> set[str]:
    return {problem.code for problem in indexer.verify().problems}


def test_a_fresh_collection_is_sound(indexer: Indexer) -> None:
    report = indexer.verify()
    assert report.ok, report.problems
    assert (report.documents, report.chunks, report.lexical, report.vectors, report.chroma) == (30, 60, 60, 60, 30)
    assert (report.waiting, report.generation, report.model, report.analyser) == (0, 1, "hash-1", "split")


def test_an_empty_collection_is_sound(empty: Catalog) -> None:
    indexer = Indexer(empty, HashEmbedder(), analyser=SplitAnalyser())
    assert indexer.verify().ok and not indexer.publish() and indexer.embed_pending() == 0
    indexer.rebuild()
    assert indexer.verify().ok


def test_a_single_chunk_can_be_published(empty: Catalog) -> None:
    indexer = Indexer(empty, HashEmbedder(dimension=3))
    empty.put(*made("d1", "글 1"))
    indexer.rebuild()
    report = indexer.verify()
    assert report.ok and report.chroma == 1, report.problems


def test_a_collection_of_comments_only(empty: Catalog) -> None:
    empty.put(*made("a", (SectionKind.COMMENT, "댓글")))
    indexer = Indexer(empty, HashEmbedder())
    indexer.embed_pending()
    indexer.publish()
    report = indexer.verify()
    assert report.ok and (report.chroma, report.vectors) == (0, 1)


def chroma_file(catalog: Catalog, pattern: str) -> Path:
    manifest = generations.current(catalog.index_dir)
    assert manifest is not None
    return next(generations.folder_of(catalog.index_dir, manifest).glob(pattern))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)


def write_chroma(catalog: Catalog, change: Callable[[object], None], seal: bool = True) -> None:
    """Change the current Chroma collection and publish it as if it had been built so."""
    from malmoi.index.chroma import ChromaFolder

    manifest = generations.current(catalog.index_dir)
    assert manifest is not None
    folder = generations.folder_of(catalog.index_dir, manifest)
    with ChromaFolder(folder) as chroma:
        change(chroma)
    if seal:
        generations.publish(catalog.index_dir, generations.seal(folder, manifest))


def lexical_delete(catalog: Catalog) -> None:
    catalog.connection.execute(
        "INSERT INTO lexical (lexical, rowid, terms, context_terms) "
        "SELECT 'delete', id, terms, context_terms FROM passage WHERE id = 7"
    )


def lexical_pairs_delete(catalog: Catalog) -> None:
    catalog.connection.execute(
        "INSERT INTO lexical_pairs (lexical_pairs, rowid, pairs) SELECT 'delete', id, pairs FROM passage WHERE id = 7"
    )


def lexical_extra(catalog: Catalog) -> None:
    catalog.connection.execute("INSERT INTO lexical (rowid, terms, context_terms) VALUES (999, '유령', '')")


def lexical_terms(catalog: Catalog) -> None:
    lexical_delete(catalog)
    catalog.connection.execute("INSERT INTO lexical (rowid, terms, context_terms) VALUES (7, '다른 낱말', '')")


def vector_missing(catalog: Catalog) -> None:
    catalog.connection.execute("DELETE FROM vector WHERE hash = (SELECT hash FROM chunk WHERE id = 7)")


def vector_other(catalog: Catalog) -> None:
    catalog.connection.execute("UPDATE vector SET data = (SELECT data FROM vector WHERE rowid = 3) WHERE rowid = 4")


def chroma_row_missing(catalog: Catalog) -> None:
    write_chroma(catalog, lambda chroma: chroma.delete(["7"]))


def chroma_row_extra(catalog: Catalog) -> None:
    write_chroma(catalog, lambda chroma: chroma.upsert(["999"], np.ones((1, 32), np.float32)))


def chroma_vector(catalog: Catalog) -> None:
    write_chroma(catalog, lambda chroma: chroma.upsert(["7"], np.ones((1, 32), np.float32)))


def chroma_written(catalog: Catalog) -> None:
    write_chroma(catalog, lambda chroma: chroma.delete(["7"]), seal=False)


def truncated(pattern: str) -> Callable[[Catalog], None]:
    def truncated_file(catalog: Catalog) -> None:
        path = chroma_file(catalog, pattern)
        os.truncate(path, path.stat().st_size // 2)

    return truncated_file


def flipped(pattern: str) -> Callable[[Catalog], None]:
    def flipped_bit(catalog: Catalog) -> None:
        flip(chroma_file(catalog, pattern))

    return flipped_bit


def current_spoilt(catalog: Catalog) -> None:
    (catalog.index_dir / "chroma" / "CURRENT").write_text('{"generation": 1')


def current_lost(catalog: Catalog) -> None:
    (catalog.index_dir / "chroma" / "CURRENT").unlink()


def folder_lost(catalog: Catalog) -> None:
    import shutil

    shutil.rmtree(catalog.index_dir / "chroma" / "1")


def removed_behind_its_back(catalog: Catalog) -> None:
    catalog.remove(catalog.resolve("d3"))


LEXICAL_DAMAGES: list[tuple[Callable[[Catalog], None], str]] = [
    (lexical_delete, "lexical.missing"),
    (lexical_pairs_delete, "lexical.missing"),
    (lexical_extra, "lexical.extra"),
    (lexical_terms, "lexical.terms"),
]
DAMAGES: list[tuple[Callable[[Catalog], None], str]] = [
    (vector_missing, "vector.missing"),
    (vector_other, "chroma.vector"),
    (chroma_row_missing, "chroma.row_missing"),
    (chroma_row_extra, "chroma.row_extra"),
    (chroma_vector, "chroma.vector"),
    (chroma_written, "chroma.file"),
    (current_spoilt, "chroma.manifest"),
    (current_lost, "chroma.absent"),
    (folder_lost, "chroma.file"),
    (removed_behind_its_back, "chroma.removed"),
    *((truncated(p), "chroma.file") for p in ("chroma.sqlite3", "*/data_level0.bin", "ids.npy")),
    *((flipped(p), "chroma.file") for p in ("*/data_level0.bin", "*/index_metadata.pickle", "vectors.npy", "ids.npy")),
]


@pytest.mark.parametrize(("damage", "code"), LEXICAL_DAMAGES, ids=[d.__name__ for d, _ in LEXICAL_DAMAGES])
def test_verify_finds_a_wrong_lexical_index(catalog: Catalog, damage: Callable[[Catalog], None], code: str) -> None:
    assert not list(verify.check_lexical(catalog))
    damage(catalog)
    assert [problem.code for problem in verify.check_lexical(catalog)] == [code]


@pytest.mark.parametrize(("damage", "code"), DAMAGES, ids=[f"{d.__name__}-{c}" for d, c in DAMAGES])
def test_verify_finds_the_damage(
    catalog: Catalog, indexer: Indexer, damage: Callable[[Catalog], None], code: str
) -> None:
    damage(catalog)
    report = indexer.verify()
    assert code in {problem.code for problem in report.problems} and not report.ok
    for problem in report.problems:
        assert problem.message("ko") and problem.message("en") != problem.message("ko")


@pytest.mark.parametrize("last", [chroma_vector, folder_lost])
def test_a_rebuild_repairs_everything_at_once(
    catalog: Catalog, indexer: Indexer, last: Callable[[Catalog], None]
) -> None:
    for damage in (lexical_terms, lexical_pairs_delete, lexical_extra, vector_missing, removed_behind_its_back, last):
        damage(catalog)
    assert len(codes(indexer)) >= 3
    indexer.rebuild()
    repaired = indexer.verify()
    assert repaired.ok, repaired.problems


def test_every_kind_of_problem_is_told_in_both_languages() -> None:
    ko = {key for key in texts("ko") if key.startswith("index.problem.")}
    assert ko == {key for key in texts("en") if key.startswith("index.problem.")} and len(ko) > 15
    found = {f"index.problem.{code}" for _, code in [*DAMAGES, *LEXICAL_DAMAGES]}
    assert found <= ko


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM passage WHERE id = 7", "catalog.loose"),
        ("DELETE FROM chunk WHERE id = 7", "catalog.incomplete"),
        ("UPDATE passage SET text = '다른 글' WHERE id = 7", "catalog.moved"),
        ("UPDATE passage SET terms = '낱말' WHERE id = 7", "catalog.moved"),
        ("DELETE FROM document_content WHERE number = 3", "catalog.incomplete"),
    ],
)
def test_verify_finds_a_catalog_that_contradicts_itself(catalog: Catalog, statement: str, code: str) -> None:
    catalog.connection.execute("PRAGMA foreign_keys = OFF")
    catalog.connection.execute(statement)
    assert code in {problem.code for problem in verify.check_catalog(catalog)}


def test_a_rebuild_embeds_nothing_that_has_a_vector(catalog: Catalog, indexer: Indexer) -> None:
    embedder = HashEmbedder()
    Indexer(catalog, embedder, analyser=SplitAnalyser()).rebuild()
    assert embedder.seen == []
    catalog.put(*made("neu", "새 글"))
    Indexer(catalog, embedder, analyser=SplitAnalyser()).rebuild()
    assert embedder.seen == ["새 글"]
    assert sorted(p.name for p in (catalog.index_dir / "chroma").iterdir()) == ["3", "CURRENT"]


def test_another_model_is_noticed_and_a_rebuild_changes_to_it(catalog: Catalog, indexer: Indexer) -> None:
    other = HashEmbedder("hash-2", 16)
    changed = Indexer(catalog, other, analyser=SplitAnalyser())
    with pytest.raises(IndexMismatch, match="index rebuild"):
        changed.embed_pending()
    assert [problem.code for problem in changed.mismatches()] == ["model"]
    changed.rebuild()
    assert catalog.meta("embedding_model") == "hash-2" and len(other.seen) == 60 and not changed.mismatches()
    back = HashEmbedder()
    Indexer(catalog, back).rebuild()
    assert back.seen == [], "the vectors of the first model were kept"


def test_another_analyser_is_noticed_and_a_rebuild_changes_to_it(catalog: Catalog, indexer: Indexer) -> None:
    embedder = HashEmbedder()
    changed = Indexer(catalog, embedder, analyser=SplitAnalyser("!"))
    with pytest.raises(IndexMismatch, match="analyser"):
        changed.check()
    assert [problem.code for problem in changed.mismatches()] == ["analyser"]
    before = catalog.chunk_ids()
    steps: list[Progress] = []
    changed.rebuild(steps.append)
    assert embedder.seen == [] and not changed.mismatches() and catalog.chunk_ids() == before
    lexical = LexicalIndex(catalog)
    assert lexical.search(["글"], limit=5) == [] and len(lexical.search(["글!"], limit=50)) == 30
    assert len(lexical.search(["제목!"], limit=50)) == 30
    assert {step.step for step in steps} == {"read", "publish"}
    assert [s.done for s in steps if s.step == "read"] == list(range(1, 31))


def test_without_an_embedder_the_lexical_half_works(empty: Catalog) -> None:
    empty.put(*made("a", "글"))
    indexer = Indexer(empty, None, analyser=SplitAnalyser())
    indexer.claim()
    assert indexer.embed_pending() == 0 and not indexer.publish()
    indexer.rebuild()
    assert indexer.verify().ok and not (empty.index_dir / "chroma").exists()


class Failing(HashEmbedder):
    """Refuses texts that hold `bad`, and cannot be reached after `calls` calls."""

    def __init__(self, bad: str = "", calls: int = 1_000) -> None:
        super().__init__()
        self.bad = bad
        self.calls = calls

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.calls -= 1
        if self.calls < 0:
            raise EmbeddingUnavailable("gone")
        if self.bad and any(self.bad in text for text in texts):
            raise EmbeddingRefused("bad text")
        return super().embed_passages(texts, progress)


def test_one_refused_text_does_not_keep_the_others_from_their_vectors(empty: Catalog) -> None:
    empty.put(*made("a", "하나", "나쁜 글", "셋"))
    assert Indexer(empty, Failing("나쁜")).embed_pending() == 3
    assert [text for _, _, text in empty.missing_vectors("hash-1")] == ["나쁜 글"]


def test_an_outage_keeps_what_was_embedded_before_it(empty: Catalog) -> None:
    empty.put(*made("a", *(f"글 {i}" for i in range(600))))
    steps: list[Progress] = []
    with pytest.raises(EmbeddingUnavailable):
        Indexer(empty, Failing(calls=2)).embed_pending(steps.append)
    assert len(empty.missing_vectors("hash-1")) == 600 - 512
    assert steps[-1] == Progress("embed", 512, 600)
    assert Indexer(empty, HashEmbedder()).embed_pending() == 88


def test_a_model_that_made_no_vector_can_be_changed(empty: Catalog) -> None:
    empty.put(*made("a", "하나", "둘"))
    with pytest.raises(EmbeddingUnavailable):
        Indexer(empty, Failing(calls=0)).embed_pending()
    assert empty.meta("embedding_model") == "hash-1"
    other = Indexer(empty, HashEmbedder("hash-2", 16))
    assert not other.mismatches()
    assert other.embed_pending() == 2
    assert empty.meta("embedding_model") == "hash-2"
    with pytest.raises(IndexMismatch):
        Indexer(empty, HashEmbedder()).claim()


def test_leftovers_of_a_killed_build_are_swept(catalog: Catalog, indexer: Indexer) -> None:
    left = catalog.index_dir / "chroma" / "77"
    left.mkdir()
    (left / "vectors.npy").write_bytes(b"half")
    (catalog.index_dir / "chroma" / "CURRENT.new").write_text("{")
    assert not indexer.publish()
    assert sorted(p.name for p in (catalog.index_dir / "chroma").iterdir()) == ["1", "CURRENT"]


def test_a_damaged_generation_is_replaced_by_the_next_publish(catalog: Catalog, indexer: Indexer) -> None:
    truncated("vectors.npy")(catalog)
    assert indexer.publish()
    manifest = generations.current(catalog.index_dir)
    assert (
        manifest is not None and manifest.generation == 2 and not generations.wrong_sizes(catalog.index_dir, manifest)
    )


def test_a_catalog_file_with_holes_is_reported(catalog: Catalog, indexer: Indexer) -> None:
    catalog.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    catalog.close()
    path = catalog.index_dir / "catalog.sqlite"
    content = bytearray(path.read_bytes())
    content[20 * 4096 : 40 * 4096] = b"\xff" * (20 * 4096)
    path.write_bytes(content)
    with Catalog(catalog.index_dir) as again:
        assert "catalog.file" in codes(Indexer(again, HashEmbedder()))


def test_the_chroma_folder_holds_no_text(catalog: Catalog, indexer: Indexer) -> None:
    files = [p for p in (catalog.index_dir / "chroma").rglob("*") if p.is_file()]
    assert files and not any("댓글".encode() in p.read_bytes() or "제목".encode() in p.read_bytes() for p in files)
    database = sqlite3.connect(chroma_file(catalog, "chroma.sqlite3"))
    assert {row[0] for row in database.execute("SELECT DISTINCT key FROM embedding_metadata")} == {
        "kind",
        "document_id",
    }
    database.close()

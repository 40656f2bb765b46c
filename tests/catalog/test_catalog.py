from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.storage import HashEmbedder, made, vectors
from malmoi.catalog import Catalog
from malmoi.catalog.catalog import MODEL
from malmoi.errors import EmbeddingRefused, IndexDamaged, IndexMismatch, MalmoiError, UnknownDocument
from malmoi.index.lexical import LexicalIndex
from malmoi.types import Chunk, FileStatus, Filters, SectionKind


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path / "색인 #1?%41") as opened:
        yield opened


def embed(catalog: Catalog, embedder: HashEmbedder) -> None:
    missing = catalog.missing_vectors(embedder.id)
    catalog.put_vectors(embedder.id, {hash_: embedder.embed_passages([text])[0] for _, hash_, text in missing})


def without_ids(chunks: list[Chunk]) -> list[Chunk]:
    from dataclasses import replace

    return [replace(chunk, id=0) for chunk in chunks]


def test_a_document_comes_back_as_it_was_put(catalog: Catalog) -> None:
    document, chunks = made(
        "가.txt",
        "연차 휴가 60%",
        (SectionKind.COMMENT, "E-1042 좋아요 R1"),
        title="휴가 안내",
        date="2025-02-11T20:14",
        publisher="뉴스1",
        language="ko",
    )
    assert catalog.put(document, chunks) is FileStatus.ADDED
    assert catalog.document(document.id) == catalog.document("가.txt") == catalog.document(document.uri) == document
    assert without_ids(catalog.chunks_of(document.id)) == chunks
    info = catalog.info(document.id)
    assert (info.chunks, info.embedded, info.characters) == (2, 0, len(document.text))
    assert info.kinds == (SectionKind.BODY, SectionKind.COMMENT)
    assert info == catalog.find(document.uri) == catalog.documents()[0] == catalog.by_sha256(document.sha256)[0]
    assert info.added.startswith("20") and "T" in info.added


def test_replacing_gives_new_ids_and_leaves_nothing_of_the_old_version(catalog: Catalog) -> None:
    embedder = HashEmbedder()
    first, old = made("가", "같은 문장", "낡은 문장")
    catalog.put(first, old)
    embed(catalog, embedder)
    before = {chunk.text: chunk.id for chunk in catalog.chunks_of(first.id)}

    second, new = made("가", "같은 문장", "새로운 문장")
    assert catalog.put(second, new) is FileStatus.REPLACED
    after = {chunk.text: chunk.id for chunk in catalog.chunks_of(first.id)}
    assert min(after.values()) > max(before.values())
    assert [text for _, _, text in catalog.missing_vectors(embedder.id)] == ["새로운 문장"]
    assert len(catalog.documents()) == 1 and catalog.chunk_count() == 2
    lexical = LexicalIndex(catalog)
    assert lexical.search(["낡은"], limit=5) == []
    assert [id_ for id_, _ in lexical.search(["새로운"], limit=5)] == [after["새로운 문장"]]
    assert catalog.connection.execute("SELECT count(*) FROM vector").fetchone() == (1,)
    assert catalog.chunks(list(before.values())) == []


def test_an_id_is_never_used_twice(catalog: Catalog) -> None:
    document, chunks = made("가", "하나")
    catalog.put(document, chunks)
    first = catalog.chunk_ids()
    catalog.remove(document.id)
    catalog.put(document, chunks)
    assert catalog.chunk_ids()[0] > first[0]


def test_removing_takes_the_document_out_of_every_table(catalog: Catalog) -> None:
    for name, text in (("가", "비밀 문장"), ("나", "다른 문장")):
        catalog.put(*made(name, text))
    for model in ("m1", "m2"):
        embed(catalog, HashEmbedder(model))
    catalog.remove(catalog.resolve("가"))
    tables = ("document", "document_content", "chunk", "passage", "lexical_docsize")
    assert [catalog.connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables] == [1] * 5
    assert catalog.connection.execute("SELECT count(*) FROM vector").fetchone() == (2,)
    with pytest.raises(UnknownDocument):
        catalog.remove(catalog.documents()[0].id + "0")


def test_removed_text_does_not_stay_in_the_file(catalog: Catalog) -> None:
    catalog.put(*made("가", "극비사항 " * 50))
    catalog.put(*made("나", "공개 문장"))
    files = list(catalog.index_dir.glob("catalog.sqlite*"))
    assert any("극비사항".encode() in file.read_bytes() for file in files)
    catalog.remove(catalog.resolve("가"))
    catalog.compact()
    assert not any("극비사항".encode() in file.read_bytes() for file in catalog.index_dir.glob("catalog.sqlite*"))
    assert LexicalIndex(catalog).search(["공개"], limit=1)


def test_equal_texts_share_a_vector_until_the_last_one_goes(catalog: Catalog) -> None:
    embedder = HashEmbedder()
    for name in ("가", "나"):
        catalog.put(*made(name, "판에 박힌 문장"))
    assert len(catalog.missing_vectors(embedder.id)) == 1
    embed(catalog, embedder)
    ids, rows = vectors(catalog, embedder.id)
    assert len(ids) == 2 and (rows[0] == rows[1]).all()
    catalog.remove(catalog.resolve("가"))
    assert catalog.missing_vectors(embedder.id) == []
    catalog.remove(catalog.resolve("나"))
    assert catalog.connection.execute("SELECT count(*) FROM vector").fetchone() == (0,)


def test_vectors_of_two_models_do_not_mix(catalog: Catalog) -> None:
    catalog.put(*made("가", "하나", "둘", "셋"))
    small, large = HashEmbedder("small", 8), HashEmbedder("large", 16)
    embed(catalog, small)
    assert len(catalog.missing_vectors("large")) == 3
    embed(catalog, large)
    ids, rows = vectors(catalog, "large")
    assert rows.shape == (3, 16) and rows.dtype == np.float32
    texts = [chunk.text for chunk in catalog.chunks(ids.tolist())]
    np.testing.assert_array_equal(rows, large.embed_passages(texts))
    assert catalog.vectors_of("small", [int(ids[2]), int(ids[0]), 99])[0].tolist() == [ids[0], ids[2]]
    assert vectors(catalog, "unknown")[0].tolist() == []
    assert catalog.info(catalog.resolve("가")).embedded == 0
    catalog.set_meta(MODEL, "large")
    assert catalog.info(catalog.resolve("가")).embedded == 3


@pytest.mark.parametrize("vector", [np.ones(5, np.float32), np.full(4, np.nan, np.float32)])
def test_a_vector_that_does_not_fit_is_refused_whole(catalog: Catalog, vector: np.ndarray) -> None:
    catalog.put(*made("가", "하나", "둘"))
    (_, first, _), (_, second, _) = catalog.missing_vectors("m")
    with pytest.raises(EmbeddingRefused):
        catalog.put_vectors("m", {first: np.ones(4, np.float32), second: vector})
    assert len(catalog.missing_vectors("m")) == 2


def test_a_vector_of_a_text_that_went_meanwhile_is_dropped(catalog: Catalog) -> None:
    catalog.put(*made("가", "하나"))
    ((_, hash_, _),) = catalog.missing_vectors("m")
    catalog.remove(catalog.resolve("가"))
    catalog.put_vectors("m", {hash_: np.ones(4, np.float32)})
    assert catalog.connection.execute("SELECT count(*) FROM vector").fetchone() == (0,)


def test_a_failed_put_changes_nothing(catalog: Catalog) -> None:
    document, chunks = made("가", "하나")
    catalog.put(document, chunks)
    revision = catalog.revision()
    with pytest.raises(sqlite3.IntegrityError):
        catalog.put(document, [*chunks, *chunks])
    assert catalog.revision() == revision
    assert len(catalog.chunks_of(document.id)) == 1 and LexicalIndex(catalog).search(["하나"], limit=5)


def test_furniture_is_never_stored_as_a_chunk(catalog: Catalog) -> None:
    document, chunks = made("가", "본문", (SectionKind.FURNITURE, "광고 메뉴"))
    catalog.put(document, chunks)
    assert [chunk.text for chunk in catalog.chunks_of(document.id)] == ["본문"]
    assert len(catalog.document(document.id).sections) == 2
    everything = Filters(kinds=frozenset(SectionKind))
    assert LexicalIndex(catalog).search(["광고"], filters=everything, limit=5) == []


def test_unknown_names_are_answered_with_the_nearest(catalog: Catalog) -> None:
    catalog.put(*made("연차휴가.txt", "하나"))
    with pytest.raises(UnknownDocument, match=r"연차휴가\.txt"):
        catalog.document("연차휴가.tx")
    catalog.put(*made("연차휴가.txt", "둘", uri="/other/연차휴가.txt"))
    with pytest.raises(UnknownDocument, match="2 documents"):
        catalog.document("연차휴가.txt")
    assert catalog.document("/other/연차휴가.txt").text.startswith("둘")


def test_hits_keep_what_is_there(catalog: Catalog) -> None:
    catalog.put(*made("가", "하나", "둘"))
    catalog.put(*made("나", "셋"))
    found = catalog.hits([3, 1, 77])
    assert {id_: (chunk.text, info.name) for id_, (chunk, info) in found.items()} == {
        1: ("하나", "가"),
        3: ("셋", "나"),
    }
    assert [chunk.text for chunk in catalog.chunks([3, 77, 1])] == ["셋", "하나"]


def test_document_frequency_counts_chunks(catalog: Catalog) -> None:
    catalog.put(*made("가", "사과 사과 배", "사과", title="과일 사과"))
    catalog.put(*made("나", "배"))
    assert catalog.document_frequency(["사과", "배", "없음", "과일"]) == {"사과": 2, "배": 2, "없음": 0, "과일": 2}


def test_threads_each_read_and_write(catalog: Catalog) -> None:
    failures = []

    def work(n: int) -> None:
        try:
            for i in range(5):
                catalog.put(*made(f"{n}-{i}", f"문장 {n} {i}"))
                assert catalog.documents()
        except Exception as error:  # told to the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and len(catalog.documents()) == 20 and catalog.revision() == 20


READER = """
import sys
from pathlib import Path
from malmoi.catalog import Catalog
from malmoi.index.lexical import LexicalIndex
catalog = Catalog(Path(sys.argv[1]), read_only=True)
for line in sys.stdin:
    print(len(LexicalIndex(catalog).search([line.strip()], limit=9)), len(catalog.documents()), flush=True)
"""


def test_a_reader_in_another_process_sees_commits_without_opening_again(catalog: Catalog) -> None:
    catalog.put(*made("가", "사과"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(catalog.index_dir)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, encoding="utf-8",
    ) as reader:  # fmt: skip
        assert reader.stdin and reader.stdout

        def ask(term: str) -> str:
            assert reader.stdin and reader.stdout
            reader.stdin.write(term + "\n")
            reader.stdin.flush()
            return reader.stdout.readline().strip()

        assert ask("사과") == "1 1"
        catalog.put(*made("나", "사과 배"))
        assert ask("사과") == "2 2"
        catalog.remove(catalog.resolve("가"))
        assert ask("사과") == "1 1"
        reader.stdin.close()


def test_a_missing_collection_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MalmoiError, match="malmoi add"):
        Catalog(tmp_path / "none", read_only=True)
    assert not (tmp_path / "none").exists()


def test_reading_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    with Catalog(tmp_path / "a") as catalog:
        catalog.put(*made("가", "사과"))
    files = list((tmp_path / "a").iterdir())
    for file in files:
        file.chmod(0o444)
    (tmp_path / "a").chmod(0o555)
    try:
        with Catalog(tmp_path / "a", read_only=True) as reader:
            assert len(LexicalIndex(reader).search(["사과"], limit=1)) == 1
            with pytest.raises(MalmoiError, match="reading only"):
                reader.put(*made("나", "배"))
    finally:
        (tmp_path / "a").chmod(0o755)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(content)
    for read_only in (True, False):
        with pytest.raises(IndexDamaged):
            Catalog(tmp_path, read_only=read_only)
    assert (tmp_path / "catalog.sqlite").read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalog.sqlite") as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    for read_only in (True, False):
        with pytest.raises(IndexDamaged, match="not a Malmoi catalog"):
            Catalog(tmp_path, read_only=read_only)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    with Catalog(tmp_path) as catalog:
        catalog.connection.execute("PRAGMA user_version = 999")
    with pytest.raises(IndexMismatch, match="format 999"):
        Catalog(tmp_path)


def test_a_closed_catalog_says_so(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    catalog.close()
    with pytest.raises(MalmoiError, match="closed"):
        catalog.documents()

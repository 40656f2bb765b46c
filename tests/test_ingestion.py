from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malmoi.catalog import Catalog
from malmoi.errors import DocumentError
from malmoi.index.lexical import LexicalIndex
from malmoi.ingestion import Ingestion
from malmoi.korean import Analyser
from malmoi.settings import Settings
from malmoi.types import FileResult, FileStatus, Progress

BRIDGE = "# 가온대교\n\n가온대교가 2031년에 문을 열었다. 길이는 1.2km이다.\n"
MARKET = "# 수요 장터\n\n수요일마다 부두 앞에 장이 선다. 문어가 많이 팔린다.\n"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path / "index") as opened:
        yield opened


@pytest.fixture
def ingestion(catalog: Catalog, analyser: Analyser, make_settings: Callable[..., Settings]) -> Ingestion:
    return Ingestion(catalog, analyser, make_settings(documents__max_bytes=10_000))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "문서"
    made.mkdir()
    (made / "bridge.md").write_text(BRIDGE, "utf-8")
    (made / "market.md").write_text(MARKET, "utf-8")
    return made


def told(results: list[FileResult]) -> dict[str, str]:
    return {result.name: result.status.value for result in results}


def found(catalog: Catalog, *terms: str) -> set[str]:
    hits = catalog.hits([id_ for id_, _ in LexicalIndex(catalog).search(terms, limit=20)])
    return {info.name for _, info in hits.values()}


def test_files_are_added_once(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    assert told(ingestion.add([folder])) == {"bridge.md": "added", "market.md": "added"}
    assert found(catalog, "문어") == {"market.md"}
    before = catalog.revision()
    again = ingestion.add([folder])
    assert told(again) == {"bridge.md": "unchanged", "market.md": "unchanged"}
    assert all(result.chunks > 0 for result in again)
    assert catalog.revision() == before


def test_a_touched_file_is_unchanged_and_a_rewritten_one_replaced(
    ingestion: Ingestion, folder: Path, catalog: Catalog
) -> None:
    ingestion.add([folder])
    os.utime(folder / "bridge.md", (1, 1))
    assert told(ingestion.add([folder / "bridge.md"])) == {"bridge.md": "unchanged"}
    (folder / "bridge.md").write_text(BRIDGE.replace("길이", "너비"), "utf-8")
    assert told(ingestion.add([folder])) == {"bridge.md": "replaced", "market.md": "unchanged"}
    assert found(catalog, "너비") == {"bridge.md"}
    assert found(catalog, "길이") == set()
    assert len(catalog.documents()) == 2


def test_a_moved_file_replaces_what_stood_at_its_old_place(
    ingestion: Ingestion, folder: Path, catalog: Catalog
) -> None:
    ingestion.add([folder])
    (folder / "bridge.md").rename(folder / "crossing.md")
    assert told(ingestion.add([folder])) == {"crossing.md": "added", "market.md": "unchanged"}
    assert {info.name for info in catalog.documents()} == {"crossing.md", "market.md"}


def test_a_copy_is_named_with_its_twin_and_not_stored_twice(
    ingestion: Ingestion, folder: Path, catalog: Catalog
) -> None:
    (folder / "copy.md").write_text(BRIDGE, "utf-8")
    results = {result.name: result for result in ingestion.add([folder])}
    assert results["copy.md"].status is FileStatus.DUPLICATE
    assert results["copy.md"].other == "bridge.md"
    assert found(catalog, "가온대교", "가온", "대교") == {"bridge.md"}


def test_a_file_that_becomes_a_copy_leaves_no_old_version(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    ingestion.add([folder])
    (folder / "market.md").write_text(BRIDGE, "utf-8")
    assert told(ingestion.add([folder])) == {"bridge.md": "unchanged", "market.md": "duplicate"}
    assert found(catalog, "문어") == set()


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(
    ingestion: Ingestion, folder: Path, catalog: Catalog
) -> None:
    ingestion.add([folder])
    (folder / "bridge.md").write_bytes(b"\x00\x01\x02" * 50)
    (folder / "huge.md").write_text("가" * 20_000, "utf-8")
    (folder / "new.md").write_text("# 등대\n\n등대가 섰다. 불이 밝다.\n", "utf-8")
    results = {result.name: result for result in ingestion.add([folder])}
    assert {name: result.status.value for name, result in results.items()} == {
        "bridge.md": "failed",
        "huge.md": "failed",
        "market.md": "unchanged",
        "new.md": "added",
    }
    assert "huge.md" in results["huge.md"].problem and results["huge.md"].remedy
    assert found(catalog, "길이") == {"bridge.md"}  # the earlier version stays


def test_a_path_that_is_not_there_is_named_and_the_rest_goes_on(ingestion: Ingestion, folder: Path) -> None:
    missing, bridge = ingestion.add([folder / "nothing.md", folder / "bridge.md"])
    assert missing.status is FileStatus.FAILED and "nothing.md" in missing.problem
    assert bridge.status is FileStatus.ADDED


def test_a_name_that_is_not_utf_8_fails_alone(ingestion: Ingestion, folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.txt")).write_text("등대가 섰다.", "utf-8")
    assert told(ingestion.add([folder])) == {"bridge.md": "added", "market.md": "added", r"\xff\xfe.txt": "failed"}


def test_a_page_without_text_is_refused(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    (folder / "empty.md").write_text("   \n\n", "utf-8")
    (result,) = ingestion.add([folder / "empty.md"])
    assert result.status is FileStatus.FAILED
    assert "empty.md" in result.problem
    assert catalog.documents() == []


def lines(*rows: dict[str, str]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_lines_of_a_jsonl_file_come_and_go(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    rows = [
        {"id": "a", "title": "다리", "text": "가온대교가 문을 열었다."},
        {"id": "b", "title": "장터", "text": "수요일마다 장이 선다."},
        {"id": "c", "title": "등대", "text": "등대 불이 밝다."},
    ]
    file = folder / "rows.jsonl"
    file.write_text(lines(*rows), "utf-8")
    assert told(ingestion.add([file])) == {"a": "added", "b": "added", "c": "added"}
    file.write_text(lines(rows[0], {**rows[1], "text": "장은 목요일에 선다."}), "utf-8")
    assert told(ingestion.add([file])) == {"a": "unchanged", "b": "replaced", "c": "removed"}
    assert found(catalog, "목요일") == {"b"}
    assert found(catalog, "등대") == set()


def test_a_broken_line_removes_nothing(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    file = folder / "rows.jsonl"
    good = lines({"id": "a", "text": "가온대교가 문을 열었다."}, {"id": "b", "text": "등대 불이 밝다."})
    file.write_text(good, "utf-8")
    ingestion.add([file])
    file.write_text(good.splitlines()[0] + '\n{"id": "b", "text": \n', "utf-8")
    results = ingestion.add([file])
    assert [r.status for r in results if r.status is FileStatus.FAILED]
    assert {info.name for info in catalog.documents()} == {"a", "b"}


def test_a_line_that_stays_broken_does_not_keep_deleted_lines(
    ingestion: Ingestion, folder: Path, catalog: Catalog
) -> None:
    file = folder / "rows.jsonl"
    first = {"id": "a", "text": "가온대교가 문을 열었다."}
    file.write_text(lines(first, {"id": "b", "text": "등대 불이 밝다."}) + "{broken\n", "utf-8")
    assert [r.status.value for r in ingestion.add([file])] == ["added", "added", "failed"]
    file.write_text(lines(first) + "{broken\n", "utf-8")
    assert [r.status.value for r in ingestion.add([file])] == ["unchanged", "removed", "failed"]
    file.write_text("{broken\n", "utf-8")
    assert [r.status.value for r in ingestion.add([file])] == ["failed"]
    assert {info.name for info in catalog.documents()} == {"a"}


def test_an_uploaded_file_of_lines_is_treated_like_one_on_disk(ingestion: Ingestion, catalog: Catalog) -> None:
    a, b = {"id": "a", "text": "가온대교가 문을 열었다."}, {"id": "b", "text": "등대 불이 밝다."}
    results = ingestion.add_bytes("rows.jsonl", (lines(a, b) + "{broken\n").encode())
    assert [r.status.value for r in results] == ["added", "added", "failed"]
    assert "line 3" in results[-1].problem
    assert told(ingestion.add_bytes("rows.jsonl", lines(b).encode())) == {"a": "removed", "b": "unchanged"}
    (huge,) = ingestion.add_bytes("huge.txt", "가".encode() * 10_000)
    assert huge.status is FileStatus.FAILED and "10,000" in huge.problem


def test_a_number_sign_in_a_folder_s_name_is_part_of_it(ingestion: Ingestion, tmp_path: Path, catalog: Catalog) -> None:
    folder = tmp_path / "c# 글"
    folder.mkdir()
    (folder / "bridge.md").write_text(BRIDGE, "utf-8")
    ingestion.add([folder])
    copy = tmp_path / "copy.md"
    copy.write_text(BRIDGE, "utf-8")
    assert told(ingestion.add([copy])) == {"copy.md": "duplicate"}
    assert told(ingestion.sync(folder)) == {"bridge.md": "unchanged"}
    assert [info.name for info in catalog.documents()] == ["bridge.md"]


@pytest.mark.parametrize("added_through", ["link", "folder"])
def test_sync_of_a_link_to_a_folder_removes_what_is_gone(
    added_through: str, ingestion: Ingestion, folder: Path, catalog: Catalog
) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder)
    ingestion.add([link if added_through == "link" else folder])
    (folder / "market.md").unlink()
    assert told(ingestion.sync(link))["market.md"] == "removed"
    assert [info.name for info in catalog.documents()] == ["bridge.md"]


def test_sync_makes_the_collection_equal_to_the_folder(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    other = folder.parent / "elsewhere.md"
    other.write_text("# 등대\n\n등대가 섰다.\n", "utf-8")
    ingestion.add([folder, other])
    (folder / "market.md").unlink()
    other.unlink()
    (folder / "new.md").write_text("# 섬\n\n모래섬에 새가 산다.\n", "utf-8")
    results = told(ingestion.sync(folder))
    assert results == {"market.md": "removed", "bridge.md": "unchanged", "new.md": "added"}
    # What lies outside the folder is none of its business.
    assert {info.name for info in catalog.documents()} == {"bridge.md", "elsewhere.md", "new.md"}


def test_sync_of_a_folder_that_is_gone_removes_nothing(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    ingestion.add([folder])
    folder.rename(folder.with_name("away"))
    with pytest.raises(DocumentError, match="does not exist"):
        ingestion.sync(folder)
    folder.write_text("a file now", "utf-8")
    with pytest.raises(DocumentError, match="is not a folder"):
        ingestion.sync(folder)
    assert {info.name for info in catalog.documents()} == {"bridge.md", "market.md"}


def test_sync_leaves_uploads_alone(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    ingestion.add_bytes("note.md", "# 쪽지\n\n물때를 보아라.\n".encode())
    ingestion.sync(folder)
    assert "note.md" in {info.name for info in catalog.documents()}


def test_the_same_name_uploaded_again_replaces(ingestion: Ingestion, catalog: Catalog) -> None:
    first = ingestion.add_bytes("note.txt", "물때를 보아라. 배가 뜬다.".encode())
    again = ingestion.add_bytes("note.txt", "물때를 보아라. 배가 뜬다.".encode())
    changed = ingestion.add_bytes("note.txt", "바람을 보아라. 배가 뜬다.".encode())
    assert [result.status.value for result in (*first, *again, *changed)] == ["added", "unchanged", "replaced"]
    assert found(catalog, "물때") == set()
    (bad,) = ingestion.add_bytes("picture.png", b"\x89PNG\r\n\x1a\n")
    assert bad.status is FileStatus.FAILED and "picture.png" in bad.problem


def test_progress_counts_the_files(ingestion: Ingestion, folder: Path) -> None:
    steps: list[Progress] = []
    ingestion.add([folder], steps.append)
    assert [(s.step, s.done, s.total, s.name) for s in steps] == [
        ("read", 0, 2, "bridge.md"),
        ("read", 1, 2, "market.md"),
        ("read", 2, 2, ""),
    ]


def test_removed_documents_are_found_no_more(ingestion: Ingestion, folder: Path, catalog: Catalog) -> None:
    ingestion.add([folder])
    market = next(info for info in catalog.documents() if info.name == "market.md")
    (result,) = ingestion.remove([market])
    assert (result.name, result.status, result.chunks) == ("market.md", FileStatus.REMOVED, market.chunks)
    assert found(catalog, "문어") == set()

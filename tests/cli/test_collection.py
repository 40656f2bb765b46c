"""Adding, listing, removing, and the state of the indexes, over real files."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from .conftest import PAGES, Command


def test_add_says_what_became_of_each_file(malmoi: Command, pages: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    first = malmoi("add", pages, "--index", index, "--json")
    assert first.status == 0
    assert {r["name"]: r["status"] for r in first.json} == dict.fromkeys(PAGES, "added")
    assert {r["status"] for r in malmoi("add", pages, "--index", index, "--json").json} == {"unchanged"}
    (pages / "cafe.txt").write_text(PAGES["cafe.txt"].replace("6000", "7000"), encoding="utf-8")
    changed = malmoi("add", pages, "--index", index)
    assert "replaced 1, unchanged 2" in changed.out
    assert "cafe.txt" in changed.out


def test_a_file_that_cannot_be_read_fails_alone(malmoi: Command, pages: Path, tmp_path: Path) -> None:
    (pages / "broken.txt").write_bytes(b"\x00\x01\x02\x03" * 100)
    ran = malmoi("add", pages, "--index", tmp_path / "index")
    assert ran.status == 1
    assert "failed 1" in ran.out
    assert "broken.txt" in ran.out
    assert len(malmoi("list", "--index", tmp_path / "index", "--json").json) == len(PAGES)


def test_a_path_that_does_not_exist_is_named(malmoi: Command, tmp_path: Path) -> None:
    ran = malmoi("add", tmp_path / "nowhere.txt", "--index", tmp_path / "index")
    assert ran.status == 1
    assert "nowhere.txt" in ran.out + ran.err


def test_list_shows_and_filters(malmoi: Command, index: Path) -> None:
    shown = malmoi("list", "--index", index)
    assert all(name in shown.out for name in PAGES)
    assert "3 documents" in shown.out
    recent = malmoi("list", "--index", index, "--from", "2025.1.1", "--json").json
    assert {d["name"] for d in recent} == {"leave.md", "ferry.txt"}
    assert {d["name"] for d in malmoi("list", "--index", index, "--language", "en", "--json").json} == {"ferry.txt"}


def test_an_empty_collection_says_how_to_fill_it(malmoi: Command, tmp_path: Path) -> None:
    assert "malmoi add" in malmoi("list", "--index", tmp_path / "none").out
    assert not (tmp_path / "none").exists()


def test_remove_takes_names_and_knows_the_nearest(malmoi: Command, index: Path) -> None:
    assert malmoi("remove", "cafe.txt", "--index", index, "--json").json[0]["status"] == "removed"
    assert {d["name"] for d in malmoi("list", "--index", index, "--json").json} == {"leave.md", "ferry.txt"}
    ran = malmoi("remove", "leav.md", "--index", index)
    assert ran.status == 1
    assert "leave.md" in ran.err


def test_sync_follows_a_folder(malmoi: Command, pages: Path, index: Path) -> None:
    (pages / "cafe.txt").unlink()
    (pages / "new.txt").write_text("주차장 안내\n\n주차장은 지하 2층에 있다.\n", encoding="utf-8")
    statuses = {r["name"]: r["status"] for r in malmoi("sync", pages, "--index", index, "--json").json}
    assert statuses["cafe.txt"] == "removed"
    assert statuses["new.txt"] == "added"
    assert {d["name"] for d in malmoi("list", "--index", index, "--json").json} == {"leave.md", "ferry.txt", "new.txt"}


def test_the_indexes_are_described_verified_and_rebuilt(malmoi: Command, index: Path) -> None:
    status = malmoi("index", "status", "--index", index, "--json").json
    assert (status["documents"], status["answerer"]) == (3, "extractive")
    assert status["chunks"] >= 3
    assert malmoi("index", "verify", "--index", index, "--json").json["ok"] is True
    assert malmoi("index", "rebuild", "--index", index).status == 0
    assert malmoi("index", "verify", "--index", index).status == 0


def test_a_second_writer_is_told_who_is_first(malmoi: Command, pages: Path, index: Path) -> None:
    from malmoi.index.lock import WriterLock

    with WriterLock(index):
        ran = malmoi("add", pages, "--index", index)
        assert malmoi("list", "--index", index).status == 0
    assert ran.status == 1
    assert f"process {os.getpid()}" in ran.err


def test_a_file_s_failure_is_told_in_the_reader_s_language(malmoi: Command, tmp_path: Path) -> None:
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    english = " ".join(malmoi("add", tmp_path / "table.xlsx", "--index", tmp_path / "index").out.split())
    assert "table.xlsx has a format that is not supported. Supported are" in english
    korean = malmoi("add", tmp_path / "table.xlsx", "--index", tmp_path / "index", "--json", language="ko").json
    assert korean[0]["problem"].startswith("지원하지 않는")


def test_what_was_added_is_told_although_its_vectors_fail(process: Command, pages: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        ran = process(
            *("add", pages, "--index", tmp_path / "index", "--json"),
            MALMOI_LANGUAGE="en",
            MALMOI_EMBEDDING__ENGINE="endpoint",
            MALMOI_EMBEDDING__BASE_URL=address,
            MALMOI_EMBEDDING__MODEL="none",
        )
    assert ran.status == 1
    assert {r["status"] for r in ran.json} == {"added"}
    assert "error" in ran.err.lower()

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cli.conftest import Command


def test_a_collection_is_made_filled_asked_and_deleted(malmoi: Command, pages: Path, tmp_path: Path) -> None:
    index = ("--index", tmp_path / "index")
    assert malmoi("collections", "create", "hr", "--group", "staff", "--title", "Staff", *index).status == 0
    assert malmoi("--collection", "hr", "add", pages / "leave.md", "--group", "boss", *index).status == 0
    rows = malmoi("collections", "list", "--json", *index).json
    assert [(r["name"], r["documents"], r["groups"]) for r in rows] == [("default", 0, []), ("hr", 1, ["staff"])]
    assert malmoi("collections", "show", "hr", "--json", *index).json["title"] == {"ko": "Staff", "en": ""}
    asked = malmoi("--collection", "hr", "ask", "연차휴가는 며칠인가?", "--json", *index)
    assert "15일" in asked.json["answer"]
    assert malmoi("list", "--json", *index).json == []
    assert malmoi("--collection", "hr", "list", "--json", *index).json[0]["groups"] == ["boss"]


def test_nothing_is_deleted_without_a_yes(
    malmoi: Command, pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = ("--index", tmp_path / "index")
    malmoi("collections", "create", "hr", *index)
    malmoi("--collection", "hr", "add", pages, *index)
    for reply in ("n\n", "\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(reply))
        malmoi("collections", "remove", "hr", *index)
        assert (tmp_path / "index" / "collections" / "hr" / "catalog.sqlite").is_file()
    assert malmoi("collections", "remove", "hr", "--yes", *index).status == 0
    assert not (tmp_path / "index" / "collections" / "hr").exists()
    unknown = malmoi("--collection", "hr", "list", *index)
    assert unknown.status == 1 and "no collection hr" in unknown.err
    assert malmoi("collections", "remove", "default", "--yes", *index).status == 1


@pytest.mark.parametrize("name", ["../x", "HR", "a/b", ".", "-a", "a" * 64, "한글", ""])
def test_a_name_that_could_lead_elsewhere_is_refused(malmoi: Command, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert malmoi("--collection", name, "list", "--index", tmp_path / "index").status == 1
    assert malmoi("collections", "create", "--index", tmp_path / "index", "--", name).status == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_groups_of_a_document_are_shown_and_set(malmoi: Command, pages: Path, tmp_path: Path) -> None:
    index = ("--index", tmp_path / "index")
    malmoi("add", pages, *index)
    assert malmoi("documents", "groups", "leave.md", "--json", *index).json[0]["groups"] == []
    assert malmoi("documents", "groups", "leave.md", "--set", "b, a", *index).out.strip() == "leave.md: a, b"
    (pages / "leave.md").write_text("# 휴가\n\n연차휴가는 1년에 20일을 준다.\n", encoding="utf-8")
    assert malmoi("add", pages, "--json", *index).status == 0
    assert malmoi("documents", "groups", "leave.md", "--json", *index).json[0]["groups"] == ["a", "b"]
    assert "whoever" in malmoi("documents", "groups", "leave.md", "--set", "", *index).out
    assert malmoi("documents", "groups", "nothing.md", *index).status == 1

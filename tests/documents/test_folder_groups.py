"""Groups that a folder names, through adding, syncing, replacing, moving and uploading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malmoi.documents.folder_groups import FILE_NAME, folder_groups
from malmoi.engine import Malmoi
from malmoi.errors import DocumentError
from malmoi.korean import Analyser
from malmoi.settings import Settings
from malmoi.types import FileStatus

A = frozenset({"가"})


@pytest.fixture
def malmoi(make_settings: Callable[..., Settings], analyser: Analyser) -> Iterator[Malmoi]:
    with Malmoi(make_settings(embedding__engine="none"), analyser=analyser) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for place, groups in (("", "# 부서\n\n가\n"), ("open", "*\n"), ("open/sub", None), ("deep/er", "나\n다\n")):
        (folder / place).mkdir(parents=True, exist_ok=True)
        if groups is not None:
            (folder / place / FILE_NAME).write_text(groups, encoding="utf-8")
        name = (place or "top").replace("/", "-")
        (folder / place / f"{name}.txt").write_text(f"{name} 문서는 규정을 적는다.", encoding="utf-8")
    return folder


def groups(malmoi: Malmoi) -> dict[str, frozenset[str]]:
    return {info.name: info.groups for info in malmoi.documents()}


def test_the_nearest_folder_decides_and_a_sync_follows_it(malmoi: Malmoi, folder: Path) -> None:
    malmoi.add([folder])
    expected = {"top.txt": A, "open.txt": frozenset(), "open-sub.txt": frozenset(), "deep-er.txt": frozenset("나다")}
    assert groups(malmoi) == expected
    (folder / FILE_NAME).write_text("라", encoding="utf-8")
    assert {r.status for r in malmoi.sync(folder)} == {FileStatus.UNCHANGED}
    assert groups(malmoi) == {**expected, "top.txt": frozenset("라")}
    assert malmoi.add([folder / "open" / "sub" / "open-sub.txt"], groups=["마"])[0].status is FileStatus.UNCHANGED
    assert groups(malmoi)["open-sub.txt"] == frozenset("마")


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe", b"a,b\n"])
def test_a_folder_whose_groups_are_not_known_is_left_out(malmoi: Malmoi, folder: Path, content: bytes) -> None:
    (folder / FILE_NAME).write_bytes(content)
    results = {r.name: r.status for r in malmoi.add([folder])}
    assert results["top.txt"] is FileStatus.FAILED and results["deep-er.txt"] is FileStatus.ADDED
    assert "top.txt" not in groups(malmoi)


def test_a_link_that_leads_nowhere_is_no_permission(folder: Path) -> None:
    (folder / FILE_NAME).unlink()
    (folder / FILE_NAME).symlink_to(folder / "gone")
    with pytest.raises(DocumentError):
        folder_groups(folder / "top.txt")


def test_groups_outlive_replacing_and_moving(malmoi: Malmoi, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("처음 규정은 1조이다.", encoding="utf-8")
    malmoi.add([file], groups=["가"])
    file.write_text("나중 규정은 2조이다.", encoding="utf-8")
    assert malmoi.add([file])[0].status is FileStatus.REPLACED and groups(malmoi) == {"a.txt": A}
    malmoi.add([file.rename(tmp_path / "b.txt")])
    assert groups(malmoi) == {"b.txt": A}


def test_a_copy_for_other_readers_is_a_document_of_its_own(malmoi: Malmoi, tmp_path: Path) -> None:
    for place, members in (("x", "가"), ("y", "나"), ("z", "나")):
        (tmp_path / place).mkdir()
        (tmp_path / place / FILE_NAME).write_text(members, encoding="utf-8")
        (tmp_path / place / f"{place}.txt").write_text("같은 글이 여기에도 있다.", encoding="utf-8")
    results = malmoi.add([tmp_path / "x", tmp_path / "y", tmp_path / "z"])
    assert [r.status for r in results] == [FileStatus.ADDED, FileStatus.ADDED, FileStatus.DUPLICATE]


def test_an_editor_neither_replaces_nor_removes_what_is_hidden(malmoi: Malmoi) -> None:
    malmoi.add_bytes("plan.txt", "비밀 계획은 7월이다.".encode(), groups=["임원"])
    editor = malmoi.seen_by(A)
    [refused] = editor.add_bytes("plan.txt", "덮어쓰는 글이다.".encode())
    assert refused.status is FileStatus.FAILED and not refused.other
    [same] = editor.add_bytes("copy.txt", "비밀 계획은 7월이다.".encode())
    assert same.status is FileStatus.ADDED, "that the same bytes are there already is not told"
    for change in (lambda: editor.remove(["plan.txt"]), lambda: editor.set_groups("plan.txt", ["가"])):
        with pytest.raises(Exception, match="no document"):
            change()
    assert "비밀" in malmoi.document("plan.txt").text
    editor.remove(["copy.txt"])
    assert groups(malmoi) == {"plan.txt": frozenset({"임원"})}

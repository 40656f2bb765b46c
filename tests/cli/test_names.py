"""`malmoi names` over real files."""

from __future__ import annotations

from pathlib import Path

from .conftest import Command

PAGES = {
    "lab.txt": "연구소 소식\n\n해양연구소의 토르켈 브렌스트룀 연구원은 터빈의 날개를 새로 설계했다고 밝혔다.\n",
    "visit.txt": "손님\n\n토르켈 브렌스트롬 연구원은 가온포를 찾아 터빈의 날개를 살폈다.\n",
    "maker.txt": "회사\n\n날개는 스톰비크(StormVik)가 만들었다.\n",
}


def test_names_are_shown_with_their_evidence(malmoi: Command, tmp_path: Path) -> None:
    index, pages = tmp_path / "index", tmp_path / "pages"
    pages.mkdir()
    for name, text in PAGES.items():
        (pages / name).write_text(text, encoding="utf-8")
    assert malmoi("add", pages, "--index", index, "--no-embed").status == 0
    shown = malmoi("names", "--index", index).out
    assert "브렌스트롬 = 브렌스트룀" in shown
    assert "sounds alike" in shown
    groups = {tuple(group["spellings"]): group for group in malmoi("names", "--index", index, "--json").json}
    assert "brackets" in {link["kind"] for link in groups["스톰비크", "StormVik"]["links"]}
    assert all(0 <= group["score"] <= 1 for group in groups.values())

    asked = "토르켈 브렌스트륌 연구원은 무엇을 설계했나?"
    answer = malmoi("ask", asked, "--index", index, "--json").json
    assert "브렌스트룀" in answer["lead"]


def test_a_collection_without_such_names_says_so(malmoi: Command, index: Path) -> None:
    assert "No name" in malmoi("names", "--index", index).out


def test_no_collection_is_an_error(malmoi: Command, tmp_path: Path) -> None:
    assert malmoi("names", "--index", tmp_path / "none").status == 1

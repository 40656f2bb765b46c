from __future__ import annotations

import threading
from pathlib import Path

import pytest

from malmoi.catalog import Catalog
from malmoi.chunking import chunk_document
from malmoi.errors import SettingsError
from malmoi.korean import Analyser
from malmoi.retrieval import Retriever
from malmoi.retrieval.aliases import aligned_words, paired_names
from malmoi.retrieval.names import Names
from malmoi.retrieval.names_groups import Overrides, fold, read_overrides
from malmoi.retrieval.names_question import stems
from malmoi.settings import Retrieval
from malmoi.types import Filters, SectionKind
from retrieval.town import page

TEXTS = {
    "lab.txt": "해양연구소의 토르켈 브렌스트룀 수석 연구원은 조류 발전 터빈의 날개를 새로 설계했다고 밝혔다.",
    "visit.txt": "토르켈 브렌스트롬 수석 연구원은 가온포를 찾아 조류 발전 터빈의 날개를 살폈다.",
    "english.txt": "Torkel Brenstrom designed the blades. Brenstrom lives in Gaonpo.",
    "maker.txt": "날개는 스톰비크(StormVik·風浪)가 만들었다. 스톰비크는 북쪽 나라의 회사이다.",
    "council.txt": "시의원 이재명과 이재용, 김정은과 김정일은 회의에 나오지 않았다. 엔진은 R1과 R2가 있다.",
}


@pytest.fixture
def catalog(tmp_path: Path, analyser: Analyser) -> Catalog:
    catalog = Catalog(tmp_path / "index")
    for name, text in TEXTS.items():
        put(catalog, analyser, name, text)
    return catalog


def put(catalog: Catalog, analyser: Analyser, name: str, text: str) -> str:
    document = page(name, (SectionKind.BODY, text), title="", language="en" if text.isascii() else "ko")
    catalog.put(document, chunk_document(document, analyser, target_chars=500, max_chars=900))
    return document.id


def test_spellings_are_joined_across_documents_and_scripts(catalog: Catalog, analyser: Analyser) -> None:
    names = Names(catalog, analyser)
    found = [group for group in names.groups() if "브렌스트룀" in group.spellings]
    assert found[0].spellings == ("브렌스트롬", "브렌스트룀", "Brenstrom")
    assert 0.85 <= found[0].score <= 1
    assert {link.kind for link in found[0].links} == {"sound"}
    assert set(names.of("브렌스트룀은 누구인가?")["브렌스트룀"]) == {"브렌스트롬", "Brenstrom"}
    assert set(names.of("who is brenstrom?")["brenstrom"]) == {"브렌스트롬", "브렌스트룀"}


def test_brackets_join_three_scripts(catalog: Catalog, analyser: Analyser) -> None:
    names = Names(catalog, analyser)
    assert set(names.of("風浪是什么公司?")["風浪"]) == {"스톰비크", "StormVik"}
    assert names.same_name("StormVik", "스톰비크")
    assert names.same_name("風浪", "stormvik")


def test_a_spelling_that_the_documents_lack_finds_theirs(catalog: Catalog, analyser: Analyser) -> None:
    found = Names(catalog, analyser).of("토르켈 브렌스트륌 연구원이 한 일은?")
    assert set(found["브렌스트륌"]) == {"브렌스트롬", "브렌스트룀", "Brenstrom"}


@pytest.mark.parametrize(
    ("a", "b"), [("이재명", "이재용"), ("김정은", "김정일"), ("이재명", "이제명"), ("R1", "R2"), ("2025", "2026")]
)
def test_korean_names_and_models_are_never_joined(catalog: Catalog, analyser: Analyser, a: str, b: str) -> None:
    names = Names(catalog, analyser)
    assert not names.same_name(a, b)
    assert all(not {a, b} <= set(group.spellings) for group in names.groups())
    assert a not in names.of(f"{a}의 나이는?")


def test_names_of_several_words_are_compared_word_by_word(catalog: Catalog, analyser: Analyser) -> None:
    names = Names(catalog, analyser)
    assert names.same_name("토르켈 브렌스트롬", "토르켈 브렌스트룀")
    assert not names.same_name("토르켈 브렌스트롬", "마르켈 브렌스트룀")
    assert not names.same_name("토르켈 브렌스트롬", "브렌스트룀")


def test_what_is_removed_is_forgotten_and_what_is_added_is_learned(catalog: Catalog, analyser: Analyser) -> None:
    names = Names(catalog, analyser)
    assert names.of("브렌스트룀은?")
    catalog.remove(next(d.id for d in catalog.documents() if d.name == "visit.txt"))
    catalog.remove(next(d.id for d in catalog.documents() if d.name == "english.txt"))
    assert all("브렌스트롬" not in group.spellings for group in names.groups())
    put(catalog, analyser, "again.txt", TEXTS["visit.txt"])
    assert names.of("브렌스트룀은?")["브렌스트룀"] == ("브렌스트롬",)
    assert names.groups() == Names(catalog, analyser).groups()


def test_threads_see_one_result(catalog: Catalog, analyser: Analyser) -> None:
    names = Names(catalog, analyser)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(names.of("브렌스트룀은?"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(each == found[0] for each in found)


def test_the_search_finds_documents_of_another_spelling(catalog: Catalog, analyser: Analyser) -> None:
    def found(question: str, *, names: bool) -> set[str]:
        retriever = Retriever(catalog, analyser, None, Retrieval(names=names))
        ids = [id_ for id_, _ in retriever.lexical(question, Filters())]
        return {info.name for _, info in catalog.hits(ids).values()}

    assert {"lab.txt", "visit.txt", "english.txt"} <= found("브렌스트룀", names=True)
    assert "english.txt" not in found("브렌스트룀", names=False)


def test_operators_join_and_part(catalog: Catalog, analyser: Analyser, tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text('join = [["가온포", "Gaonpo"]]\npart = [["브렌스트룀", "브렌스트롬"]]\n', encoding="utf-8")
    names = Names(catalog, analyser, read_overrides(path))
    assert names.same_name("가온포", "gaonpo")
    assert not names.same_name("브렌스트룀", "브렌스트롬")
    assert "브렌스트롬" not in names.of("브렌스트룀은?").get("브렌스트룀", ())


@pytest.mark.parametrize("text", ["join = 3", 'join = [["하나"]]', 'merge = [["가", "나"]]', "join = [["])
def test_a_file_of_names_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "names.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        read_overrides(path)
    with pytest.raises(SettingsError):
        read_overrides(tmp_path / "none.toml")
    assert read_overrides(None) == Overrides()


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("새 회사 스톰비크(StormVik)는", [("스톰비크", "StormVik")]),
        ("하이 플라이어(High Flyer)는", [("하이 플라이어", "High Flyer")]),
        ("High-Flyer(하이 플라이어)는", [("하이 플라이어", "High-Flyer")]),
        ("국내총생산(GDP)이", [("국내총생산", "GDP")]),
        ("스톰비크(StormVik, 風浪)는", [("스톰비크", "StormVik"), ("스톰비크", "風浪")]),
        ("풍랑 회사（風浪）는", [("회사", "風浪")]),
        ("시의원 이재명(Microsoft)은", []),
        ("누리집(www.example.org)에", []),
        ("값(약 3만 원)은", []),
    ],
)
def test_names_in_brackets(text: str, pairs: list[tuple[str, str]]) -> None:
    assert list(paired_names(text)) == pairs


def test_words_at_one_place_are_joined_where_they_sound_alike() -> None:
    assert list(aligned_words("마틴 루터", "Martin Luther")) == [("마틴", "Martin"), ("루터", "Luther")]
    assert list(aligned_words("쿤룬 산맥", "Kunlun range")) == [("쿤룬", "Kunlun")]
    assert list(aligned_words("마틴", "Martin")) == []


def test_particles_are_taken_off_and_spellings_folded() -> None:
    assert stems("브렌스트룀에게는") == ["브렌스트룀에게는", "브렌스트룀에게", "브렌스트룀"]
    assert fold("  Villaseñor  JOHN ") == "villasenor john"

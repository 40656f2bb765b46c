from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from malmoi.answering.suggestions import suggest
from malmoi.catalog import Catalog
from malmoi.chunking import chunk_document
from malmoi.korean import Analyser
from malmoi.types import Document, Section, SectionKind


def page(name: str, title: str, body: str, language: str = "ko", comment: str = "") -> Document:
    text = f"{body}\n\n{comment}"
    sections = [Section(SectionKind.BODY, 0, len(body))]
    if comment:
        sections.append(Section(SectionKind.COMMENT, len(body) + 2, len(text), author="갯바람"))
    return Document(f"/p/{name}", name, name, text, tuple(sections), title, language=language)


PAGES = [
    page("mayor.txt", "다리 이야기", "가온포시 나루한 시장은 다리가 섬사람의 발이 될 것이라고 말했다. 다리는 길다."),
    page("cost.txt", "다리에 든 돈", "가온대교 공사비는 모두 80억 원이다. 빚이 남았다."),
    page("mill.txt", "The tide mill", "Owner Harriet Voss said the mill will open again in spring.", "en"),
    page("gull.txt", "갈매기", "갈매기가 난다.", comment="바다마을 모래한 교수는 갈매기가 시끄럽다고 크게 말했다."),
    page("untitled.txt", "", "아무 말도 없다."),
]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, analyser: Analyser) -> Iterator[Catalog]:
    folder: Path = tmp_path_factory.mktemp("suggestions")
    with Catalog(folder / "index") as opened:
        for document in PAGES:
            opened.put(document, chunk_document(document, analyser, target_chars=500, max_chars=900))
        yield opened


def test_each_question_is_drawn_from_another_document(catalog: Catalog) -> None:
    found = suggest(catalog, "ko", 10)
    assert len(found) == len(set(found)) == 4  # the page without a title has nothing to ask about
    assert [question for question in found if "나루한 시장" in question]
    assert [question for question in found if "갈매기" in question]


def test_documents_in_the_readers_language_come_first(catalog: Catalog) -> None:
    assert "Harriet Voss" in suggest(catalog, "en", 1)[0]
    assert "tide mill" not in " ".join(suggest(catalog, "ko", 3))


def test_kinds_of_question_take_turns(catalog: Catalog) -> None:
    found = " ".join(suggest(catalog, "ko", 4))
    assert "얼마" in found and "말은" in found and "어떤 내용" in found


def test_no_more_than_wanted(catalog: Catalog) -> None:
    assert [len(suggest(catalog, "ko", limit)) for limit in (0, 1, 2)] == [0, 1, 2]


def test_comments_are_no_source_of_questions(catalog: Catalog) -> None:
    assert "모래한" not in " ".join(suggest(catalog, "ko", 10))

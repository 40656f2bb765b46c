from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from malmoi.answering.metadata import answer_about_documents
from malmoi.answering.suggestions import suggest
from malmoi.catalog import Catalog
from malmoi.chunking import chunk_document
from malmoi.korean import Analyser
from malmoi.language.question import read_question
from malmoi.types import Answer, Document, Filters, Finished, Language, Section, SectionKind, Verdict


def page(name: str, title: str, date: str | None, body: str, language: str = "ko") -> Document:
    head = f"{title}\n{date or ''}".strip()
    text = f"{head}\n\n{body}"
    sections = (Section(SectionKind.HEAD, 0, len(head)), Section(SectionKind.BODY, len(head) + 2, len(text)))
    return Document(f"/p/{name}", name, name, text, sections, title, date, language=language)


PAGES = [
    page("ferry.txt", "여객선 이용 안내", "2030-11-20", "여객선은 하루 세 번 다닌다. 첫 배는 일곱 시에 떠난다."),
    page(
        "bridge.txt",
        "가온대교 개통",
        "2031-05-03",
        "가온대교가 오월 사흘 아침에 문을 열었다. 나루한 시장은 다리가 섬의 발이라고 말했다. 공사비는 80억 원이다.",
    ),
    page("mill.txt", "The tide mill", "2031-06-01", "The mill grinds barley. Harriet Voss said it was fun.", "en"),
    page("note.txt", "날짜 없는 쪽지", None, "물때를 보아라. 바람이 분다."),
]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, analyser: Analyser) -> Iterator[Catalog]:
    folder: Path = tmp_path_factory.mktemp("metadata")
    with Catalog(folder / "index") as opened:
        for document in PAGES:
            opened.put(document, chunk_document(document, analyser, target_chars=500, max_chars=900))
        yield opened


def ask(
    text: str, catalog: Catalog, analyser: Analyser, filters: Filters | None = None, language: Language = "ko"
) -> Answer | None:
    found = answer_about_documents(read_question(text, analyser), catalog, filters or Filters(), language)
    if found is None:
        return None
    *_, last = found[1]
    assert isinstance(last, Finished)
    assert last.answer.passages == tuple(found[0])
    return last.answer


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("가장 오래된 문서는 무엇인가?", ["ferry.txt"]),
        ("제일 먼저 나온 기사는?", ["ferry.txt"]),
        ("What is the oldest document?", ["ferry.txt"]),
        ("가장 최근 자료는?", ["mill.txt"]),
        ("Which is the latest article?", ["mill.txt"]),
    ],
)
def test_the_oldest_and_the_newest_document(
    question: str, names: list[str], catalog: Catalog, analyser: Analyser
) -> None:
    answer = ask(question, catalog, analyser)
    assert answer is not None and answer.verdict is Verdict.ANSWERED
    assert list(dict.fromkeys(c.document for c in answer.citations)) == names
    assert answer.citations[0].date in answer.lead  # type: ignore[operator]


def test_documents_are_counted_within_the_filter(catalog: Catalog, analyser: Analyser) -> None:
    every, english = Filters(), Filters(languages=frozenset({"en"}))
    counted = [ask("자료는 모두 몇 건인가?", catalog, analyser, filters) for filters in (every, english)]
    assert [answer.lead for answer in counted if answer] == [
        "모두 4건의 문서가 있습니다.",
        "모두 1건의 문서가 있습니다.",
    ]
    answer = ask("How many documents are there?", catalog, analyser, language="en")
    assert answer is not None and answer.lead == "There are 4 documents."


def test_undated_documents_are_neither_old_nor_new(catalog: Catalog, analyser: Analyser) -> None:
    assert ask("가장 오래된 문서는?", catalog, analyser, Filters(documents=frozenset({"note.txt"}))) is None


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("‘여객선 이용 안내’는 어떤 내용인가?", "ferry.txt"),
        ("가온대교 개통의 핵심을 요약해줘", "bridge.txt"),
        ("What is “The tide mill” about?", "mill.txt"),
    ],
)
def test_a_document_named_by_its_title_is_told_by_its_beginning(
    question: str, name: str, catalog: Catalog, analyser: Analyser
) -> None:
    answer = ask(question, catalog, analyser)
    assert answer is not None
    assert {c.document for c in answer.citations} == {name}
    body = catalog.document(name).text.split("\n\n")[1]
    assert body.startswith(answer.sentences[0].text)
    for citation in answer.citations:
        assert catalog.document(name).text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    "question",
    [
        "가온대교는 언제 문을 열었나?",
        "가장 오래된 다리는 무엇인가?",
        "첫 배는 몇 시에 떠나나?",
        "How many times a day does the ferry sail?",
        "물때표는 어떤 내용인가?",
    ],
)
def test_other_questions_are_left_to_the_search(question: str, catalog: Catalog, analyser: Analyser) -> None:
    assert ask(question, catalog, analyser) is None


def test_an_empty_collection_has_nothing_to_tell(tmp_path: Path, analyser: Analyser) -> None:
    with Catalog(tmp_path / "index") as empty:
        assert ask("가장 오래된 문서는?", empty, analyser) is None
        assert suggest(empty, "ko", 4) == []

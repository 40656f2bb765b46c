"""The real pages beside the repository: what must be evidence and what must never be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from malmoi.documents import read_paths
from malmoi.text import clean_text
from malmoi.types import Document, SectionKind

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
CORPUS = SHARED / "corpus" / "news-ko"
QUESTIONS = SHARED / "qa" / "news-ko.dev.jsonl"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the news-ko pages are not beside the repository")


@pytest.fixture(scope="module")
def pages() -> dict[str, Document]:
    return {d.name[:3]: d for source in read_paths([CORPUS]) for d in source.documents()}


def kinds(document: Document, quote: str) -> set[SectionKind]:
    """Kinds of the sections that overlap with any place where the quote stands."""
    found: set[SectionKind] = set()
    at = document.text.find(quote)
    assert at >= 0, quote
    while at >= 0:
        found |= {s.kind for s in document.sections if s.start < at + len(quote) and s.end > at}
        at = document.text.find(quote, at + 1)
    return found


def test_metadata(pages: dict[str, Document]) -> None:
    assert {k: (d.date, d.author, d.publisher) for k, d in pages.items()} == {
        "000": ("2025-02-11", "관리자", None),
        "001": ("2025-01-13T20:14", "아름다운별", None),
        "002": (None, None, None),
        "003": (None, "이창규", "뉴스1"),
        "004": ("2024-05-20T10:26:51", "刘伟", "상하이저널"),
    }
    assert {d.language for d in pages.values()} == {"ko"}
    starts = {
        "000": "미국의 반중",
        "001": "“딥시크 추론",
        "002": "미중 AI",
        "003": "딥시크 성공 뒤에",
        "004": "[무역협회] 對中",
    }
    assert all(pages[k].title.startswith(start) for k, start in starts.items())


def test_text_is_the_source(pages: dict[str, Document]) -> None:
    for document in pages.values():
        assert document.text == clean_text(Path(document.uri).read_text(encoding="utf-8"))


def test_every_quote_of_the_questions_lies_in_one_section_that_may_be_evidence(pages: dict[str, Document]) -> None:
    if not QUESTIONS.is_file():
        pytest.skip("the questions are not beside the repository")
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    quotes = [(q["type"], e["doc"][:3], e["quote"]) for q in questions for group in q["evidence"] for e in group]
    assert len(quotes) > 40
    for kind, name, quote in quotes:
        document = pages[name]
        at = document.text.index(quote)
        within = [s for s in document.sections if s.start <= at and at + len(quote) <= s.end]
        assert within, quote
        assert within[0].kind is not SectionKind.FURNITURE
        assert (within[0].kind is SectionKind.COMMENT) == (kind == "comment")


@pytest.mark.parametrize(
    ("page", "marker"),
    [
        ("000", "추천 0"), ("000", "조회수"), ("000", "댓글 0"), ("000", "crossorigin"), ("000", "PEPE"),
        ("000", "알트코인"), ("000", "XRP"), ("000", "판테라 캐피털"), ("000", "2025.02.16"), ("000", "아르헨티나"),
        ("001", "알림"), ("001", "페이지 정보"), ("001", "2,498 조회"), ("001", "10 추천"), ("001", "175.♡.26.50"),
        ("001", "♡"), ("001", "님의 댓글"), ("001", "댓글 12"), ("001", "전체메뉴"), ("001", "전체 검색"),
        ("002", "#AI패권전쟁"), ("002", "반응형"), ("002", "카테고리의 다른 글"), ("002", "25.02.01"),
        ("002", "항공기 충돌"), ("002", "계란 가격"), ("002", "---|---"),
        ("003", "yellowapollo"), ("003", "발행인"), ("003", "사업자등록번호"), ("003", "종로구"),
        ("003", "2011. 05. 26"),
        ("003", "제호"), ("003", "02-397"), ("003", "Copyright"),
        ("004", "대메뉴"), ("004", "한인 포털사이트"), ("004", "무단전재"), ("004", "전체의견"), ("004", "댓글 등록"),
        ("004", "가장 많이 본"), ("004", "푸동공항"), ("004", "바나나맛우유"), ("004", "책읽는 상하이"),
        ("004", "프리미엄광고"), ("004", "플러스업체"),
    ],
)  # fmt: skip
def test_furniture(pages: dict[str, Document], page: str, marker: str) -> None:
    assert kinds(pages[page], marker) == {SectionKind.FURNITURE}


@pytest.mark.parametrize(
    ("page", "marker", "kind"),
    [
        ("000", "관리자\n2025.02.11", SectionKind.HEAD),
        ("001", "작성자 아름다운별", SectionKind.HEAD),
        ("001", "작성일 2025.01.13", SectionKind.HEAD),
        ("001", "[이후 내용 생략]", SectionKind.NOTE),
        ("001", "https://archive.md", SectionKind.BODY),
        ("002", "2. 딥시크 AI 모델과 주요 논란", SectionKind.BODY),
        ("002", "① AI 훈련 비용 논란", SectionKind.BODY),
        ("003", "반론도", SectionKind.HEAD),
        ("003", "ⓒ 로이터=뉴스1", SectionKind.CAPTION),
        ("003", "본문 이미지 -", SectionKind.CAPTION),
        ("004", "[2024-05-20, 10:26:51] 상하이저널", SectionKind.HEAD),
        ("004", "刘伟:限制AI模型", SectionKind.HEAD),
        ("004", "环球时报(2024. 5.13.)", SectionKind.HEAD),
        ("004", "* 데이터 세트(Data Set):", SectionKind.NOTE),
        ("004", "-무역협회 상하이지부", SectionKind.NOTE),
        ("004", "-저자:", SectionKind.NOTE),
        ("004", "※'금주의 논평", SectionKind.NOTE),
    ],
)
def test_kind(pages: dict[str, Document], page: str, marker: str, kind: SectionKind) -> None:
    assert kinds(pages[page], marker) == {kind}


def test_heading_paths(pages: dict[str, Document]) -> None:
    paths = [s.heading for s in pages["002"].sections if s.kind is SectionKind.BODY]
    assert paths[1] == ("2. 딥시크 AI 모델과 주요 논란", "① AI 훈련 비용 논란 (80억 원)")
    assert len(paths) == 12
    subheads = {s.heading[0][:6] for s in pages["003"].sections if s.heading}
    assert subheads == {"미국의 대중", "미국, 수출", "딥시크 성공"}


def test_comments(pages: dict[str, Document]) -> None:
    document = pages["001"]
    found = [(s.author, s.date, s.when) for s in document.sections if s.kind is SectionKind.COMMENT]
    assert found == [
        ("alchemy", "2025-01-13T21:50", "01.13 21:50"),
        ("대화상자", "2025-01-13T22:08", "01.13 22:08"),
        ("엉클머리", "2025-01-13T22:05", "01.13 22:05"),
        ("트라팔가야", None, "어제 00:05"),
        ("LeadK", None, "어제 03:05"),
        ("스토니안", None, "어제 04:26"),
        ("ehangman", None, "어제 07:10"),
        ("ninja7", None, "어제 07:31"),
        ("런타임", None, "어제 16:16"),
        ("ASTERISK", None, "어제 09:51"),
        ("칼쓰뎅", None, "어제 09:51"),
        ("NicoloC", None, "어제 12:48"),
    ]
    last = [s for s in document.sections if s.kind is SectionKind.COMMENT][-1]
    assert document.text[last.start : last.end].endswith("사례네요..")

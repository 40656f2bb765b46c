from __future__ import annotations

from malmoi.documents import read_bytes
from malmoi.types import Document, Section, SectionKind
from malmoi.web.pages import document_page, parts, section_at, surroundings

TEXT = "머리글 <b>\n\n첫 문단이다. 둘째 문장이다.\n둘째 문단이다.\n\n[메뉴] 광고\n\n댓글 내용이다."


def made() -> Document:
    def section(kind: SectionKind, part: str, **known: str) -> Section:
        start = TEXT.index(part)
        return Section(kind, start, start + len(part), **known)  # type: ignore[arg-type]

    sections = (
        section(SectionKind.HEAD, "머리글 <b>"),
        section(SectionKind.BODY, "첫 문단이다. 둘째 문장이다.\n둘째 문단이다."),
        section(SectionKind.FURNITURE, "[메뉴] 광고"),
        section(SectionKind.COMMENT, "댓글 내용이다.", author="아무개", when="어제 00:05"),
    )
    return Document("u", "a.txt", "0", TEXT, sections, "제목 <script>", "2025-01-02", None, "신문", "ko")


def span(part: str) -> tuple[int, int]:
    return TEXT.index(part), TEXT.index(part) + len(part)


def test_every_character_of_every_section_is_shown_once() -> None:
    for cited in (None, span("둘째 문장이다.\n둘째")):
        shown = "".join(piece.text for part in parts(made(), cited) for line in part.paragraphs for piece in line)
        assert shown.replace(" ", "") == "".join(TEXT.split())


def test_the_cited_span_is_marked_across_paragraphs_and_only_there() -> None:
    pieces = [p for part in parts(made(), span("둘째 문장이다.\n둘째")) for line in part.paragraphs for p in line]
    assert [p.text for p in pieces if p.marked] == ["둘째 문장이다.", "둘째"]
    assert [p.first for p in pieces if p.marked] == [True, False]


def test_the_page_labels_comments_folds_furniture_and_escapes() -> None:
    page = document_page(made(), span("첫 문단이다."), "ko", "dark")
    assert '<mark id="cited" tabindex="-1">첫 문단이다.</mark>' in page
    assert 'lang="ko" data-theme="dark"' in page
    assert "<script>" not in page and "머리글 &lt;b&gt;" in page
    assert '<details class="section furniture"><summary>메뉴·광고' in page
    comment = page[page.index('class="section comment"') :]
    assert "댓글</span>" in comment and "아무개" in comment and "어제 00:05" in comment
    assert "Menus, adverts" in document_page(made(), None, "en", "auto")


def test_cited_furniture_is_unfolded() -> None:
    assert '<details class="section furniture" open>' in document_page(made(), span("광고"), "ko", "auto")


def test_surroundings_stay_in_the_section_and_are_cut_at_white_space() -> None:
    start, end = span("둘째 문장이다.")
    assert surroundings(made(), start, end) == ("첫 문단이다. ", "\n둘째 문단이다.")
    long = " ".join(["낱말"] * 2000)
    document = read_bytes("b.txt", f"제목\n\n{long} 바늘입니다. {long}".encode())[0]
    at = document.text.index("바늘")
    before, after = surroundings(document, at, at + 2)
    assert before.startswith("… 낱말 ") and after.endswith(" 낱말 …") and len(before) < 710


def test_an_offset_between_sections_has_a_section() -> None:
    assert section_at(made(), len(TEXT) - 1).kind is SectionKind.COMMENT
    assert section_at(made(), TEXT.index("\n\n") + 1).kind is SectionKind.BODY

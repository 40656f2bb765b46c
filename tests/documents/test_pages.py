"""Sample pages in `pages/`: each line begins with the kind that a reader would give it.

H head, B body, C comment (its heading lines are furniture), P caption, N note, F furniture.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from malmoi.documents import read_bytes
from malmoi.types import Document, Section, SectionKind

PAGES = Path(__file__).parent / "pages"
KINDS = {
    "H": {SectionKind.HEAD},
    "B": {SectionKind.BODY},
    "C": {SectionKind.COMMENT, SectionKind.FURNITURE},
    "P": {SectionKind.CAPTION},
    "N": {SectionKind.NOTE},
    "F": {SectionKind.FURNITURE},
}


def labelled(name: str) -> tuple[str, list[tuple[str, int, int]]]:
    lines = [line.split("|", 1) for line in (PAGES / name).read_text(encoding="utf-8").splitlines()]
    text = "\n".join(content for _, content in lines)
    spans: list[tuple[str, int, int]] = []
    at = 0
    for label, content in lines:
        spans.append((label, at, at + len(content)))
        at += len(content) + 1
    return text, spans


def read(name: str) -> Document:
    (document,) = read_bytes(name, labelled(name)[0].encode())
    return document


def section_at(document: Document, offset: int) -> Section:
    return next(s for s in document.sections if s.start <= offset < s.end)


@pytest.mark.parametrize("name", sorted(p.name for p in PAGES.glob("*.txt")))
def test_every_line_has_its_kind(name: str) -> None:
    text, spans = labelled(name)
    document = read(name)
    assert document.text == text
    wrong = [
        (label, section.kind.value, text[start:end])
        for label, start, end in spans
        if text[start:end].strip() and (section := section_at(document, start)).kind not in KINDS[label]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "title", "date", "author", "publisher"),
    [
        ("bbc_like_en.txt", "Bog restoration cut floods by a third", None, "Imre Castel", "Northland Broadcasting"),
        ("company_notice_ko.txt", "[안내] MW-300 필터", "2025-02-27", "고객만족팀", "MOONLIGHT WATER Co"),
        ("diary_blog_ko.txt", "해무산 둘레길 3코스", "2025-04-20T07:03", "달팽이", None),
        ("local_en.txt", "Library will stay", "2025-03-18T21:42", "Imogen Tarrant", "Millbrook Lantern Cooperative"),
        ("ministry_release_ko.txt", "참나무 숲 1,800헥타르", "2025-05-15", None, "산림수자원처"),
        ("nested_board_ko.txt", "[정보] 몬스테라 물꽂이", "2025-06-02T21:18:44", "초록손가락", None),
        ("regional_ko.txt", "봄 가뭄에 저수지 바닥", "2025-05-13T17:42", "문가람", "물마루신문"),
        ("cafe_ko.txt", "방울토마토 곁순", "2025-06-21T14:32", "토마토언니", None),
        ("magazine_ko.txt", "낮은 지붕의 시계방", None, "나은결", "월간 골목산책"),
        ("school_notice_ko.txt", "2025학년도 1학기", "2025-04-09", None, "솔재초등학교"),
        ("science_en.txt", "Glass sponges", "2025-01-22", "Lucan Brightwater", "Northshore Publishing Limited"),
        ("brunch_ko.txt", "국물이 식기 전에", "2024-10-03", "도토리묵", None),
        ("council_ko.txt", "제301회 임시회", "2025-03-28T16:20", None, "물마루군의회"),
        ("thread_en.txt", "Heat pump", "2025-01-18T10:12", "rusty_valve", None),
        ("blog_en.txt", "How I finally fixed my sourdough", "2025-01-05", "Petra", None),
        ("forum_plain_ko.txt", "동네 도서관 야간 개장", "2024-04-02T22:15:40", "밤산책", None),
        ("gallery_ko.txt", "자작 스피커", "2024-05-01T12:33:22", None, None),
        ("gnuboard_ko.txt", "집에서 쓰는 3D 프린터", "2024-08-19T22:31", "나사못", "만들기모임"),
        ("naver_blog_ko.txt", "감자 심는 시기", "2024-03-09T20:11", "다람쥐", None),
        ("naver_style_ko.txt", '"새벽 배송 로봇', "2025-02-20T06:31", "이도윤", "누리경제"),
        ("news_en.txt", "Tidal power plant", "2025-03-14T07:30", "Rowan Ellery", "Harbour Courier"),
        ("news_portal_ko.txt", "가온전자, 저전력", "2024-11-03T09:12", "김하늘", "한빛일보"),
        ("portal_board_ko.txt", "하노이 도시철도 3호선, 8월", "2024-07-30T14:02:10", None, "라온저널"),
        ("press_release_ko.txt", "수도권 광역버스", "2024-03-18T10:00", None, "교통혁신청"),
        ("simple_note_ko.txt", "장마철 화분 관리법", None, None, None),
        ("tistory_ko.txt", "강릉 안목해변 커피거리", "2023-05-14", "느린여행자", None),
        ("wire_ko.txt", "해저케이블 끊긴", "2024-06-11T08:30", "최누리", "가람통신"),
    ],
)
def test_metadata(name: str, title: str, date: str | None, author: str | None, publisher: str | None) -> None:
    document = read(name)
    assert document.title.startswith(title)
    assert (document.date, document.author, document.publisher) == (date, author, publisher)
    assert document.language == name[-6:-4]
    for field in ("title", "author", "publisher"):
        if field in document.found:
            start, end = document.found[field]
            assert document.text[start:end] == getattr(document, field)


def comments(name: str) -> list[tuple[str | None, str | None, str | None, str]]:
    document = read(name)
    return [
        (s.author, s.date, s.when, document.text[s.start : s.end])
        for s in document.sections
        if s.kind is SectionKind.COMMENT
    ]


def test_comment_with_labelled_header() -> None:
    assert comments("gnuboard_ko.txt") == [
        ("별사탕", "2024-08-20T07:15", "24-08-20 07:15", "필라멘트는 어느 회사 거 쓰세요?"),
        ("나사못", "2024-08-20T12:48", "24-08-20 12:48", "PLA는 국산, TPU는 직구로 씁니다."),
    ]


def test_comment_with_writer_then_text_then_time() -> None:
    assert comments("gallery_ko.txt") == [
        ("나무꾼", "2024-05-01T12:40:11", "05.01 12:40:11", "마감은 뭘로 했냐 윤기 좋네"),
        ("ㅇㅇ", "2024-05-01T12:44:50", "05.01 12:44:50", "오일 세 번 바르고 왁스로 마무리함"),
        ("초보", "2024-05-01T13:02:07", "05.01 13:02:07", "도면 공유 가능?"),
    ]


def test_comment_with_writer_then_text_then_time_below_a_profile_and_above_a_signature() -> None:
    assert [(c[0], c[1]) for c in comments("diary_blog_ko.txt")] == [
        ("구름과자", "2025-04-20T09:15"),
        ("달팽이", "2025-04-20T12:40"),
    ]
    assert [(c[0], c[1]) for c in comments("cafe_ko.txt")] == [
        ("고추박사", "2025-06-21T15:01"),
        ("토마토언니", "2025-06-21T15:20"),
    ]
    assert [(c[0], c[3]) for c in comments("nested_board_ko.txt")] == [
        ("ㅇㅇ", "물 갈 때 뿌리 미끌거리는 거 닦아 줘야 하냐"),
        ("초록손가락", "흐르는 물에 살짝만 헹구면 됨"),
        ("ㅇㅇ", "땡큐"),
        ("선인장맛집", "나는 상온에서 20일 넘게 걸렸는데 품종 차이인가"),
        ("흙덕후", "이거 물꽂이보다 수태가 빠르지 않음?"),
    ]


def test_comment_times_take_the_year_of_the_page_and_addresses_are_left_out() -> None:
    assert comments("forum_plain_ko.txt") == [
        ("책벌레", "2024-04-02T22:31", "04-02 22:31", "저희 동네는 아직 9시까지예요 부럽습니다."),
        ("초코우유", "2024-04-02T22:40", "04-02 22:40", "11시면 시험 기간에 딱이네요"),
        ("책벌레", "2024-04-03T00:02", "04-03 00:02", "@초코우유 님 맞아요 ㅎㅎ"),
    ]


def test_english_comments() -> None:
    assert comments("blog_en.txt") == [
        (
            "Olu",
            "2025-01-06T09:14",
            "January 6, 2025 at 9:14 am",
            "The oven light trick saved my starter too. Thank you!",
        ),
        ("Petra", "2025-01-06T11:02", "January 6, 2025 at 11:02 am", "Glad to hear it, Olu."),
    ]
    assert [(c[0], c[1], c[2]) for c in comments("news_en.txt")] == [
        ("Gull_42", None, "3 hours ago"),
        ("Ann P.", None, "2 hours ago"),
    ]


def test_no_address_outside_furniture() -> None:
    for page in PAGES.glob("*.txt"):
        document = read(page.name)
        for section in document.sections:
            if section.kind is not SectionKind.FURNITURE:
                assert "♡" not in document.text[section.start : section.end]


def test_heading_paths() -> None:
    document = read("tistory_ko.txt")
    section = section_at(document, document.text.index("아메리카노"))
    assert section.heading == ("2. 커피 가격",)
    assert document.text[section.start :].startswith("2. 커피 가격")
    document = read("wire_ko.txt")
    assert section_at(document, document.text.index("원격 진료")).heading == ('◇ "카드 결제도 안 됐다"',)
    document = read("news_en.txt")
    assert section_at(document, document.text.index("31 pence")).heading == ("What it means for bills",)
    document = read("simple_note_ko.txt")
    assert {s.heading for s in document.sections} == {()}, "items of a list are not headings"

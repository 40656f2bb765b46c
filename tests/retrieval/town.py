"""Small invented documents about a harbour town, with comments, dates, publishers and copies."""

from __future__ import annotations

import hashlib

from malmoi.types import Document, Section, SectionKind

NOTICE = (
    "가온포 여객선은 하루 세 번 다닌다. 첫 배는 오전 일곱 시에 떠난다. 물때가 맞지 않으면 배는 쉰다. "
    "표는 부두 매표소에서 판다. 어린이는 표를 사지 않아도 된다."
)


def page(
    name: str,
    *parts: tuple[SectionKind, str],
    title: str,
    date: str | None = None,
    publisher: str | None = None,
    language: str = "ko",
) -> Document:
    text, sections = "", []
    for kind, content in parts:
        author = "갯바람" if kind is SectionKind.COMMENT else None
        sections.append(Section(kind, len(text), len(text) + len(content), author=author))
        text += content + "\n\n"
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(
        f"/town/{name}", name, sha256, text, tuple(sections), title, date, publisher=publisher, language=language
    )


def documents() -> list[Document]:
    body, comment, furniture = SectionKind.BODY, SectionKind.COMMENT, SectionKind.FURNITURE
    return [
        page(
            "lighthouse.txt",
            (body, "가온포 등대는 1931년에 세워졌다. 높이는 27m이다. 등대지기는 세 사람이다."),
            (comment, "등대 불빛이 너무 밝아서 잠을 못 자겠어요."),
            (furniture, "등대 사진 모음 바로가기"),
            title="등대 이야기",
            date="2031-05-03",
            publisher="가온일보",
        ),
        page(
            "market.txt",
            (body, "수요일마다 부두 앞에 장이 선다. 문어와 미역이 많이 팔린다. 장꾼은 사백 명쯤이다."),
            title="수요 장터",
            date="2032-01-10",
            publisher="누리신문",
        ),
        page("copy-a.txt", (body, NOTICE), title="뱃길 알림", date="2031-01-01", publisher="가온일보"),
        page("copy-b.txt", (body, NOTICE), title="뱃길 알림", date="2031-01-02", publisher="누리신문"),
        page("copy-c.txt", (body, NOTICE), title="뱃길 알림", date="2031-01-03", publisher="바다방송"),
        page(
            "library.txt",
            (body, "항구 도서관은 밤 열 시까지 문을 연다. 여객선 시간표도 붙어 있다."),
            title="도서관 안내",
        ),
        page(
            "toll.txt",
            (body, "The ferry pier charges no toll. The harbour library lends fishing rods."),
            title="Pier notes",
            date="2031-06-01",
            language="en",
        ),
    ]

"""Small invented documents as retrieved passages, for tests of answers."""

from __future__ import annotations

from malmoi.korean import Analyser
from malmoi.types import Chunk, DocumentInfo, Hit, SectionKind


def passage(
    analyser: Analyser,
    name: str,
    text: str,
    *,
    kind: SectionKind = SectionKind.BODY,
    title: str = "",
    date: str | None = None,
    publisher: str | None = None,
    author: str | None = None,
    language: str = "ko",
    before: str = "머리말.\n",
) -> Hit:
    """A hit whose chunk stands behind `before` in its document, so that offsets do not begin at 0."""
    start = len(before)
    chunk = Chunk(
        document_id=name,
        ordinal=0,
        kind=kind,
        start=start,
        end=start + len(text),
        text=text,
        sentences=tuple(analyser.sentences(text, start)),
        context=title,
        author=author,
    )
    info = DocumentInfo(
        id=name,
        uri=name,
        name=f"{name}.txt",
        title=title,
        date=date,
        author=None,
        publisher=publisher,
        language=language,
        characters=chunk.end,
        chunks=1,
        embedded=0,
        added="2031-01-01T00:00:00",
    )
    return Hit(chunk, info, 1.0)


def bridge(analyser: Analyser) -> list[Hit]:
    """Two papers that disagree on what a bridge cost, a reader's comment, and an English page."""
    return [
        passage(
            analyser,
            "paper",
            "가온대교가 2031년 5월 3일 문을 열었다. 길이는 1.2km이다. 시는 공사비로 557만 6000달러를 썼다고 밝혔다.",
            title="가온대교 개통",
            date="2031-05-03",
            publisher="가온일보",
        ),
        passage(
            analyser,
            "rival",
            "시공사 누리건설은 공사비가 80억 원이라고 했다. 설계는 한별이 맡았다.",
            title="다리에 든 돈",
            date="2031-05-04",
            publisher="누리신문",
        ),
        passage(
            analyser,
            "talk",
            "다리가 너무 좁아서 실망했습니다.",
            kind=SectionKind.COMMENT,
            title="가온대교 개통",
            date="2031-05-03",
            publisher="가온일보",
            author="강물",
        ),
        passage(
            analyser,
            "english",
            "The toll is 3 dollars for cars. Cyclists cross for free. See https://gaon.example/toll for details.",
            title="Tolls",
            date="2031-06-01",
            language="en",
            before="Head.\n",
        ),
    ]

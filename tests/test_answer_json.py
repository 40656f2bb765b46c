from __future__ import annotations

from malmoi.answer_json import answer_to_json, passage_to_json
from malmoi.types import (
    Answer,
    AnswerSentence,
    Chunk,
    Citation,
    DocumentInfo,
    Hit,
    SectionKind,
    Support,
    Verdict,
)

DOCUMENT = DocumentInfo(
    id="d1", uri="/x/a.txt", name="a.txt", title="제목", date="2025-02-11", author="기자", publisher="신문",
    language="ko", characters=10, chunks=1, embedded=0, added="2025-03-01T00:00:00",
)  # fmt: skip


def hit(kind: SectionKind = SectionKind.BODY, author: str | None = None, date: str | None = None) -> Hit:
    chunk = Chunk("d1", 0, kind, 3, 8, "가나다라마", (), author=author, date=date)
    return Hit(chunk=chunk, document=DOCUMENT, score=0.12345678)


def test_a_passage_is_the_whole_chunk_with_its_score() -> None:
    assert passage_to_json(hit()) == {
        "document": "a.txt",
        "title": "제목",
        "start": 3,
        "end": 8,
        "quote": "가나다라마",
        "kind": "body",
        "date": "2025-02-11",
        "source": "신문",
        "author": "기자",
        "document_id": "d1",
        "score": 0.123457,
    }


def test_a_comment_is_not_credited_to_the_documents_author_and_day() -> None:
    passage = passage_to_json(hit(SectionKind.COMMENT, author="독자"))
    assert (passage["author"], passage["date"]) == ("독자", None)
    assert passage_to_json(hit(SectionKind.COMMENT, date="2025-02-12"))["date"] == "2025-02-12"
    assert passage_to_json(hit(SectionKind.COMMENT))["author"] is None


def test_an_answer_carries_everything() -> None:
    citation = Citation("d1", "a.txt", "제목", 3, 8, "가나다라마", SectionKind.BODY, "2025-02-11", "신문", "기자")
    answer = Answer(
        question="물음", lead="", sentences=(AnswerSentence("가나다라마", Support.PARTIAL, (citation,), "까닭"),),
        verdict=Verdict.PARTIAL, text="가나다라마 [1]", passages=(hit(),), searched="찾은 물음", answerer="extractive",
        language="ko", notice="알림", timings={"total": 0.123456},
    )  # fmt: skip
    published = answer_to_json(answer)
    assert published["sentences"] == [
        {"text": "가나다라마", "support": "partial", "citations": [citation.to_json()], "reason": "까닭"}
    ]
    assert published["passages"] == [passage_to_json(hit())]
    del published["sentences"], published["passages"]
    assert published == {
        "question": "물음",
        "searched": "찾은 물음",
        "answer": "가나다라마 [1]",
        "lead": "",
        "verdict": "partial",
        "answerer": "extractive",
        "language": "ko",
        "notice": "알림",
        "timings": {"total": 0.1235},
    }

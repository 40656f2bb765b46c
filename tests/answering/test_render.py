from __future__ import annotations

from malmoi.answering.render import attribution, render_text
from malmoi.types import AnswerSentence, Citation, SectionKind, Support


def citation(start: int = 0, **given: object) -> Citation:
    fields: dict[str, object] = {"title": "다리 소식", "kind": SectionKind.BODY, "date": "2031-05-03T09:00"}
    return Citation("1", "a.txt", start=start, end=start + 2, quote="다리", **{**fields, **given})  # type: ignore[arg-type]


def claim(text: str, *citations: Citation) -> AnswerSentence:
    return AnswerSentence(text, Support.SUPPORTED, citations)


def test_markers_are_numbered_by_first_use() -> None:
    one, two = citation(0), citation(10)
    text = render_text("", [claim("가.", one), claim("나.", two, one), claim("다.", two)], "ko", name_sources=False)
    assert text == "가. [1]\n나. [2][1]\n다. [2]"


def test_the_lead_comes_first_and_a_claim_may_stand_alone() -> None:
    assert render_text("머리.", [claim("가.")], "ko", name_sources=True) == "머리.\n가."
    assert render_text("머리.", [], "ko", name_sources=True) == "머리."


def test_sources_are_named_once_each() -> None:
    same = [citation(0, source="가온일보"), citation(10, source="가온일보"), citation(20, source="누리신문")]
    text = render_text("", [claim("가.", *same)], "ko", name_sources=True)
    assert text == "가. [1][2][3] (가온일보, 2031-05-03; 누리신문, 2031-05-03)"


def test_a_source_is_the_publisher_or_else_title_or_name() -> None:
    assert attribution(citation(source="가온일보"), "ko") == "가온일보, 2031-05-03"
    assert attribution(citation(), "ko") == "다리 소식, 2031-05-03"
    assert attribution(citation(title=""), "en") == "a.txt, 2031-05-03"


def test_what_has_no_date_says_so() -> None:
    assert attribution(citation(date=None), "ko") == "다리 소식, 날짜 없음"
    assert attribution(citation(date=None), "en") == "다리 소식, undated"


def test_a_comment_is_called_one_in_both_languages() -> None:
    comment = citation(kind=SectionKind.COMMENT, author="갯바람", source="가온일보")
    assert attribution(comment, "ko") == "독자 댓글 · 갯바람, 가온일보, 2031-05-03"
    assert attribution(comment, "en") == "reader's comment by 갯바람, 가온일보, 2031-05-03"
    nameless = citation(kind=SectionKind.COMMENT)
    assert "이름 없음" in attribution(nameless, "ko")
    assert "unnamed" in attribution(nameless, "en")


def test_a_sentence_that_failed_is_struck_and_says_why() -> None:
    failed = AnswerSentence("길이는 2km다.", Support.CONTRADICTED, (citation(),), "2km: 자료에는 1.2km")
    doubted = AnswerSentence("길다.", Support.PARTIAL, (citation(),), "까닭")
    text = render_text("", [failed, doubted], "ko", name_sources=False)
    assert (
        text == "~~길이는 2km다.~~ [1] ⚠ 근거와 어긋남: 2km: 자료에는 1.2km\n길다. [1] ⚠ 근거가 일부만 뒷받침함: 까닭"
    )

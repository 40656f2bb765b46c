from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from malmoi.conversation import Reply, ReplyState
from malmoi.types import AnswerSentence, Citation, Language, SectionKind, Support, Verdict
from malmoi.web import render

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "[그림](javascript:alert(1)) ![](https://evil.example/a.png)",
    "</span></p></div><form action=https://evil.example><input name=q>",
    "<a href=https://evil.example>누르세요</a>",
    "{{ 7*7 }} ${7*7} {% raw %}",
    "&lt;script&gt;",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{display:none}</style>",
]
ALLOWED = {
    *("a article blockquote button details div figcaption figure h2 h3 li ol p section span strong summary".split()),
    *("svg time ul use".split()),
}


class Markup(HTMLParser):
    """Which tags, attributes and texts a piece of HTML has."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(str(html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def cited(quote: str = "인용문", kind: SectionKind = SectionKind.BODY, **known: str) -> Citation:
    values = {"title": "제목", "date": "2025-02-11T09:00", "source": "뉴스", "author": "기자", **known}
    return Citation(
        "0" * 16,
        "a.txt",
        values["title"],
        5,
        5 + len(quote),
        quote,
        kind,
        values["date"],
        values["source"],
        values["author"],
    )


def shown(reply: Reply, language: Language = "ko") -> Markup:
    return Markup(render.answer(reply, language, key="k"))


def said(text: str, *citations: Citation, support: Support = Support.SUPPORTED, reason: str = "") -> AnswerSentence:
    return AnswerSentence(text, support, citations, reason)


@pytest.mark.parametrize("payload", HOSTILE)
@pytest.mark.parametrize("answerer", ["extractive", "llm:<b>m</b>"])
def test_whatever_a_document_or_model_says_stays_text(payload: str, answerer: str) -> None:
    evil = cited(payload, SectionKind.COMMENT, title=payload, source=payload, author=payload, date=payload)
    sentences = (said(payload, evil, support=Support.PARTIAL, reason=payload), said(payload, evil))
    for verdict in (*Verdict, None):
        reply = Reply(payload, sentences, verdict, (evil,) * 5, payload, answerer, payload)
        html = render.answer(reply, "ko", key="k", draft=payload, state="done" if verdict else "answering")
        markup = Markup(html)
        assert markup.tags <= ALLOWED
        for tag, name, value in markup.attributes:
            assert name in {
                "class",
                "href",
                "aria-hidden",
                "aria-haspopup",
                "aria-label",
                "aria-busy",
                "datetime",
                "focusable",
            } or name.startswith("data-")
            if name == "href":
                assert re.fullmatch(r"#(cite|passage)-k-\d+|ui/icons\.svg#[\w-]+", value), (tag, value)
        assert payload in markup.text


def test_a_hostile_question_title_and_problem_stay_text() -> None:
    payload = HOSTILE[1]
    for html in (
        render.turn_under_way(payload, Reply(), "ko", draft=payload, state="searching"),
        render.turn_failed(payload, payload, payload, "en"),
        render.render("welcome.html", "ko", count=3, suggestions=[payload], greeting=payload),
        render.render("header.html", "ko", title=payload, answerer=payload, explanation=payload),
    ):
        assert "img" not in Markup(html).tags and payload in Markup(html).text


def test_citations_are_numbered_in_order_of_use_and_tell_where_they_stand() -> None:
    first, second = cited("하나"), cited("둘둘")
    markup = shown(
        Reply(sentences=(said("가", second, first), said("나", first)), verdict=Verdict.ANSWERED, answerer="llm:m")
    )
    links = [value for _, name, value in markup.attributes if name == "href" and value.startswith("#cite")]
    assert links[:3] == ["#cite-k-1", "#cite-k-2", "#cite-k-2"]
    assert ("a", "data-start", "5") in markup.attributes and ("a", "data-end", "7") in markup.attributes
    assert ("a", "data-check", render.digest("하나")) in markup.attributes


def test_quotes_name_source_and_date_once_for_neighbours_of_one_source() -> None:
    one, other = cited("하나"), cited("둘", source="다른 신문", date="2024-01-01")
    reply = Reply(
        sentences=(said("하나", one), said("하나 더", one), said("둘", other)),
        verdict=Verdict.CONFLICTING,
        answerer="extractive",
    )
    assert [len(b.sentences) for b in render.blocks(reply)] == [2, 1]
    text = shown(reply).text
    assert text.count("2025-02-11") == 1 and "다른 신문" in text and "2024-01-01" in text and "자료마다 다름" in text


def test_a_comment_is_labelled_in_quotes_and_in_prose() -> None:
    comment = cited("댓글 글", SectionKind.COMMENT)
    for answerer in ("extractive", "llm:m"):
        reply = Reply(sentences=(said("댓글 글", comment),), verdict=Verdict.ANSWERED, answerer=answerer)
        assert "댓글" in shown(reply).text.replace("댓글 글", "")
        assert "Comment" in shown(reply, "en").text


def test_a_models_conflicting_values_each_carry_source_and_date() -> None:
    sentences = (said("5백만이다", cited("a")), said("8십억이다", cited("b", source="다른 신문", date="2024-01-01")))
    blocks = render.blocks(Reply(sentences=sentences, verdict=Verdict.CONFLICTING, answerer="llm:m"))
    assert [b.kind for b in blocks] == ["claim", "claim"] and blocks[1].origins[0].source == "다른 신문"


@pytest.mark.parametrize("support", [s for s in Support if s is not Support.SUPPORTED])
def test_weak_support_is_said_in_words_with_its_reason(support: Support) -> None:
    reply = Reply(sentences=(said("주장", support=support, reason="까닭"),), verdict=Verdict.PARTIAL, answerer="llm:m")
    label = {"partial": "근거가 일부만 뒷받침함", "unsupported": "근거 없음", "contradicted": "근거와 어긋남"}[
        support.value
    ]
    assert label in shown(reply).text and "까닭" in shown(reply).text


def test_an_abstention_shows_the_nearest_passages_as_such() -> None:
    reply = Reply("답이 없습니다.", (), Verdict.ABSTAINED, (cited("가까운 대목"),), "", "extractive")
    markup = shown(reply)
    assert "답은 아닙니다" in markup.text and "가까운 대목" in markup.text
    assert ("a", "href", "#passage-k-1") in markup.attributes


def test_a_stopped_answer_says_so() -> None:
    assert "멈췄습니다" in shown(Reply(sentences=(said("가", cited()),), state=ReplyState.STOPPED)).text


def test_an_excerpt_is_one_line_without_heading_signs() -> None:
    reply = Reply("", (), Verdict.ABSTAINED, (cited("### 소음은\n얼마나 나나요? " + "가" * 300),), "", "extractive")
    text = shown(reply).text
    assert "###" not in text and "소음은 얼마나 나나요? 가" in text and text.rstrip().endswith(("…", "답했습니다"))

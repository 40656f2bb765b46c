from __future__ import annotations

from dataclasses import replace

import pytest

from answering.quoting import answer_to, told
from answering.worlds import passage
from malmoi.korean import Analyser
from malmoi.types import Hit, SectionKind, Verdict


def under(hit: Hit, *headings: str) -> Hit:
    return replace(hit, chunk=replace(hit.chunk, heading=headings))


def test_a_heading_that_asks_the_question_is_answered_by_what_stands_below(analyser: Analyser) -> None:
    text = "## 누가 소금을 사나\n- 두부집: 간수를 쓴다.\n- 젓갈집: 굵은 것만 쓴다.\n장날에는 값이 오른다."
    other = passage(analyser, "b", "누가 소금을 사느냐고 묻는 사람이 많다고 나루한 씨는 말했다.")
    answer = answer_to("누가 소금을 사나?", [under(passage(analyser, "a", text), "누가 소금을 사나"), other], analyser)
    assert told(answer) == ["두부집: 간수를 쓴다.", "젓갈집: 굵은 것만 쓴다."]


def test_a_heading_is_not_quoted_beside_the_sentence_that_answers(analyser: Analyser) -> None:
    text = "## 소금배 도난 의혹\n어촌계는 소금배를 누군가 훔쳐 갔다는 의혹을 제기했다."
    hit = under(passage(analyser, "a", text), "소금배 도난 의혹")
    answer = answer_to("어촌계는 소금배를 두고 어떤 의혹을 제기했나?", [hit], analyser)
    assert told(answer) == ["어촌계는 소금배를 누군가 훔쳐 갔다는 의혹을 제기했다."]


def test_a_sentence_is_quoted_rather_than_the_title_that_says_the_same(analyser: Analyser) -> None:
    title, body = "가온대교 공사비 80억 원 들여", "가온대교는 공사비 80억 원을 들여 두 해 만에 지었다."
    hits = [
        passage(analyser, "a", title, kind=SectionKind.HEAD, date="2031-05-01"),
        passage(analyser, "a", body, date="2031-05-01", before="머리말과 제목이 앞에 있다.\n"),
    ]
    assert told(answer_to("가온대교 공사비는 얼마인가?", hits, analyser)) == [body]
    other = passage(analyser, "b", "감사 결과 가온대교 공사비는 95억 원이었다.", date="2031-06-01")
    answer = answer_to("가온대교 공사비는 얼마인가?", [*hits, other], analyser)
    assert answer.verdict is Verdict.CONFLICTING and told(answer)[0] == body


def test_a_title_alone_is_quoted(analyser: Analyser) -> None:
    title = "가온대교 공사비 80억 원 들여"
    hits = [
        passage(analyser, "a", title, kind=SectionKind.HEAD),
        passage(analyser, "a", "바람이 분다.", before="제목.\n"),
    ]
    assert title in told(answer_to("가온대교 공사비는 얼마인가?", hits, analyser))


def test_a_list_of_something_else_does_not_answer(analyser: Analyser) -> None:
    asked = passage(analyser, "a", "밤에 등대를 끄는 방안과 종을 치는 방안은 협정에 들어가지 않았다.")
    run = passage(analyser, "b", "앞으로의 일정\n- 배는 유월에 뜬다.\n- 표는 오월에 판다.")
    answer = answer_to("협정에 들어가지 않은 방안 두 가지는?", [asked, run], analyser)
    assert told(answer)[0] == asked.chunk.text


@pytest.mark.parametrize("mark", ["ⓒ", "©"])
def test_a_caption_is_quoted_without_the_sign_of_its_credit(mark: str, analyser: Analyser) -> None:
    hit = passage(analyser, "a", f"가온대교의 야경 사진. {mark}", kind=SectionKind.CAPTION)
    answer = answer_to("가온대교의 야경 사진은?", [hit], analyser)
    assert told(answer) == ["가온대교의 야경 사진."]


def test_a_byline_is_told_without_splinters_and_with_the_recorded_author(analyser: Analyser) -> None:
    head = passage(
        analyser, "a", "소금 편지 제12호\nM\n조회 77", kind=SectionKind.HEAD, title="소금 편지", date="2031-05-03"
    )
    hit = replace(head, document=replace(head.document, author="편다온"))
    answer = answer_to("소금 편지를 쓴 사람은 누구인가?", [hit], analyser)
    assert "M" not in told(answer)
    assert answer.lead == "문서에 적힌 글쓴이: 편다온."
    dated = answer_to("소금 편지 제12호는 언제 게시되었나?", [hit], analyser)
    assert dated.lead == "문서에 적힌 날짜: 2031-05-03."


@pytest.mark.parametrize(
    ("question", "says", "not_says"),
    [
        ("등대 축제에는 몇 명이 왔나?", "몇 명인지", "수치"),
        ("등대지기 나루한의 나이는?", "나이", "수치"),
    ],
)
def test_a_decline_names_what_is_asked_for_once(question: str, says: str, not_says: str, analyser: Analyser) -> None:
    hits = [passage(analyser, "a", "문어빵은 어시장에서 판다. 보리차는 없다.")]
    answer = answer_to(question, hits, analyser)
    assert answer.verdict is Verdict.ABSTAINED
    assert says in answer.lead and not_says not in answer.lead


@pytest.mark.parametrize(
    ("question", "captioned"),
    [("다리 개통 기사를 쓴 기자는 누구인가?", False), ("다리 개통 사진을 찍은 기자는 누구인가?", True)],
)
def test_who_wrote_is_not_told_by_the_credit_of_a_picture(question: str, captioned: bool, analyser: Analyser) -> None:
    hits = [
        passage(analyser, "a", "다리 개통 사진. 사진을 찍은 나루한 기자", kind=SectionKind.CAPTION),
        passage(
            analyser,
            "a",
            "한겨울 기자 = 다리 개통을 앞두고 항구가 들썩인다.",
            before="제목과 사진 설명이 앞에 있다. 다음.\n",
        ),
    ]
    answer = answer_to(question, hits, analyser)
    assert (SectionKind.CAPTION in {c.kind for c in answer.citations}) is captioned

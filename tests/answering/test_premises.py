from __future__ import annotations

import pytest

from answering.quoting import answer_to, told
from answering.worlds import passage
from malmoi.korean import Analyser
from malmoi.types import Verdict

TEXT = (
    "가온대교 요금을 2천 원에서 3천 원으로 올립니다. 섬사람 요금은 그대로 천 원입니다. "
    "가온대교에는 예비 등이 따로 없다. 가온대교에는 등이 여섯 개 있다. 가온대교 조사단은 9월에 떠난다. "
    "가온대교 공사비는 80억 원이다. 설계는 한별건축이 맡았다. 가온대교에서 낚시를 하는 것은 허용된다. "
    "시는 가온대교 통행료를 받지 않는다. 가온대교 상판에는 강철 300톤이 들어갔다."
)
ENGLISH = "Gaon Bridge was built with 300 tonnes of steel. The town does not charge a toll on Gaon Bridge."


@pytest.mark.parametrize(
    ("question", "lead", "quote"),
    [
        (
            "가온대교 공사비가 95억 원이라는데 맞아?",
            "자료에는 질문과 다르게 나와 있습니다: ‘95억 원’ → ‘80억 원’.",
            "가온대교 공사비는 80억 원이다.",
        ),
        (
            "가온대교 상판에 강철 500톤이 들어갔다는 게 사실이야?",
            "자료에는 질문과 다르게 나와 있습니다: ‘500톤’ → ‘300톤’.",
            "가온대교 상판에는 강철 300톤이 들어갔다.",
        ),
        ("가온대교 공사비가 80억 원이라는데 맞아?", "자료에도 그렇게 나옵니다.", "가온대교 공사비는 80억 원이다."),
        (
            "가온대교 통행료를 받는다는데 사실이야?",
            "자료에는 질문과 다르게 나와 있습니다.",
            "시는 가온대교 통행료를 받지 않는다.",
        ),
        (
            "가온대교에 예비 등이 두 개 있다는데 맞아?",
            "자료에는 질문과 다르게 나와 있습니다.",
            "가온대교에는 예비 등이 따로 없다.",
        ),
        (
            "가온대교 조사단은 10월에 떠난다는데 맞아?",
            "자료에는 질문과 다르게 나와 있습니다: ‘10월’ → ‘9월’.",
            "가온대교 조사단은 9월에 떠난다.",
        ),
        (
            "가온대교 요금이 3천 원에서 2천 원으로 내렸다는데 맞아?",
            "자료에는 질문과 다르게 나와 있습니다.",
            "가온대교 요금을 2천 원에서 3천 원으로 올립니다.",
        ),
        (
            "가온대교에서 낚시는 왜 금지됐나?",
            "자료에는 질문과 다르게 나와 있습니다.",
            "가온대교에서 낚시를 하는 것은 허용된다.",
        ),
    ],
)
def test_a_premise_is_held_against_the_sources(question: str, lead: str, quote: str, analyser: Analyser) -> None:
    answer = answer_to(question, [passage(analyser, "paper", TEXT, title="가온대교")], analyser)
    assert answer.verdict is Verdict.ANSWERED
    assert answer.lead == lead
    assert quote in told(answer)


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        (
            "Wasn't Gaon Bridge built with 500 tonnes of steel?",
            "The sources say otherwise: “500 tonnes” → “300 tonnes”.",
        ),
        ("Was Gaon Bridge built with 300 tonnes of steel?", "The sources say so too."),
        ("Does the town charge a toll on Gaon Bridge?", "The sources say otherwise."),
    ],
)
def test_so_it_is_in_english(question: str, lead: str, analyser: Analyser) -> None:
    hits = [passage(analyser, "page", ENGLISH, title="Gaon Bridge", language="en")]
    assert answer_to(question, hits, analyser, language="en").lead == lead


@pytest.mark.parametrize(
    "question",
    [
        "가온대교 공사비가 80억 달러라는데 맞아?",
        "누리대교 NR-7 공사비가 80억 원이라는데 맞아?",
        "가온대교 공사비는 얼마인가?",
    ],
)
def test_nothing_else_is_confirmed(question: str, analyser: Analyser) -> None:
    answer = answer_to(question, [passage(analyser, "paper", TEXT, title="가온대교")], analyser)
    assert answer.lead != "자료에도 그렇게 나옵니다."


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "한별건축이 가온대교 설계와 감리를 맡은 외국 회사라던데 맞아?",
            "한별건축은 가온대교 설계와 감리를 맡은 회사다.",
        ),
        ("가온대교 남쪽 주차장 자리가 관광버스에 충분한가?", "가온대교 남쪽 주차장 자리는 관광버스에 부족한 수준이다."),
        (
            "누리시청이 가온대교 북쪽 등대 공사에 80억 원을 썼다는 게 사실이야?",
            "가람도청은 가온대교 북쪽 등대 공사에 80억 원을 썼다.",
        ),
    ],
)
def test_what_a_sentence_does_not_say_of_the_thing_is_not_confirmed(
    question: str, text: str, analyser: Analyser
) -> None:
    hits = [
        passage(analyser, "a", text),
        *(passage(analyser, f"b{i}", "섬 회사 주차장 마을 이야기.") for i in range(8)),
    ]
    assert answer_to(question, hits, analyser).lead != "자료에도 그렇게 나옵니다."


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("가온대교가 2030년 5월 3일 문을 열었다면서?", "‘2030년 5월 3일’ → ‘5월 3일 (2031)’"),
        ("가온대교가 2029년에 문을 열었다는데 맞아?", "‘2029년’ → ‘5월 3일 (2031)’"),
        ("가온대교가 2031년 5월 3일 문을 열었다면서?", ""),
    ],
)
def test_a_date_without_its_year_is_one_of_the_time_when_it_was_written(
    question: str, corrected: str, analyser: Analyser
) -> None:
    hits = [passage(analyser, "paper", "가온대교가 5월 3일 문을 열었다.", date="2031-05-04")]
    lead = answer_to(question, hits, analyser).lead
    assert corrected in lead
    assert ("→" in lead) is bool(corrected)


def test_a_year_that_nobody_states_is_not_confirmed(analyser: Analyser) -> None:
    hits = [passage(analyser, "paper", "가온대교가 5월 3일 문을 열었다.")]
    assert "그렇게 나옵니다" not in answer_to("가온대교가 2030년 5월 3일 문을 열었다면서?", hits, analyser).lead


def test_a_month_that_has_not_come_yet_is_one_of_the_year_before(analyser: Analyser) -> None:
    hits = [passage(analyser, "paper", "가온대교가 12월 30일 문을 열었다.", date="2031-01-04")]
    lead = answer_to("가온대교가 2031년 12월 30일 문을 열었다면서?", hits, analyser).lead
    assert "‘2031년 12월 30일’ → ‘12월 30일 (2030)’" in lead

from __future__ import annotations

import pytest

from answering.quoting import answer_to, told
from answering.worlds import passage
from malmoi.korean import Analyser
from malmoi.types import Hit, Verdict


def papers(analyser: Analyser, *texts: str, title: str = "", publishers: tuple[str, ...] = ()) -> list[Hit]:
    """One paper a text, a day apart."""
    return [
        passage(
            analyser,
            f"paper{i}",
            text,
            title=title,
            date=f"2031-05-{i + 1:02}",
            publisher=publishers[i] if publishers else f"신문{i}",
        )
        for i, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("question", "texts", "values"),
    [
        (
            "가온대교를 짓는 데 든 돈은 얼마인가?",
            (
                "가온대교의 총사업비는 312억 원이다.",
                "가온대교는 약 300억 원을 들여 지었다.",
                "가온대교 건설비가 3,120만 달러로 적혀 있다.",
            ),
            ("312억 원", "300억 원", "3,120만 달러"),
        ),
        (
            "가온대교는 며칠에 문을 열었나?",
            ("가온대교가 2031년 3월 4일 개통했다.", "3월 1일 가온대교가 문을 연 뒤 석 달이 지났다."),
            ("2031년 3월 4일", "3월 1일"),
        ),
        (
            "가온대교에서 일하는 직원은 몇 명인가?",
            ("가온대교 상주 직원은 서른네 명이다.", "가온대교에는 29명이 근무한다."),
            ("서른네 명", "29명"),
        ),
        (
            "가온대교의 길이는 얼마인가?",
            ("가온대교 길이는 1.2km이다.", "가온대교의 길이는 1,300m라고 한다."),
            ("1.2km", "1,300m"),
        ),
    ],
)  # fmt: skip
def test_every_value_is_told_with_its_own_source(
    question: str, texts: tuple[str, ...], values: tuple[str, ...], analyser: Analyser
) -> None:
    answer = answer_to(question, papers(analyser, *texts), analyser)
    assert answer.verdict is Verdict.CONFLICTING
    assert [c.quote for c in answer.citations] == list(texts)
    assert all(value in answer.lead for value in values)


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("가온대교의 길이는 얼마인가?", ("가온대교 길이는 1.2km이다.", "가온대교의 길이는 1,200미터라고 한다.")),
        ("가온대교 공사비는 얼마인가?", ("가온대교 공사비는 80억 원이다.", "Gaon Bridge cost 8 billion won.")),
        ("가온대교 직원은 몇 명인가?", ("가온대교 직원은 34명이다.", "가온대교 직원 가운데 12명은 섬에 산다.")),
        (
            "가온대교 공사비는 얼마인가?",
            ("가온대교 공사비는 80억 원이다.", "가온대교 공사비로 상인회는 60억 원을 요구했다."),
        ),
        (
            "2030년 가온대교 통행량은 몇 대인가?",
            ("2030년 가온대교 통행량은 900대이다.", "2029년 가온대교 통행량은 700대이다."),
        ),
        ("가온대교 공사는 언제 시작했나?", ("가온대교 착공은 2028년 4월이다.", "가온대교는 2031년 5월 3일 개통했다.")),
        (
            "바람 세기가 얼마를 넘으면 다리를 막나?",
            ("바람 세기가 초속 25미터를 넘으면 다리를 막는다.", "바람 세기가 초속 15미터를 넘으면 연을 띄우지 않는다."),
        ),
    ],
)
def test_other_quantities_are_no_conflict(question: str, texts: tuple[str, ...], analyser: Analyser) -> None:
    answer = answer_to(question, papers(analyser, *texts), analyser)
    assert answer.verdict is not Verdict.CONFLICTING


def test_a_copy_of_a_text_counts_once(analyser: Analyser) -> None:
    texts = (
        "가온대교 공사비는 80억 원이다.",
        "가온대교 공사비는 80억 원이라고 한다.",
        "가온대교 공사비는 95억 원이다.",
    )
    answer = answer_to("가온대교 공사비는 얼마인가?", papers(analyser, *texts), analyser)
    assert answer.verdict is Verdict.CONFLICTING
    assert [c.quote for c in answer.citations] == [texts[0], texts[2]]


def test_both_values_of_one_text_are_told_where_another_disagrees(analyser: Analyser) -> None:
    texts = (
        "가온대교에는 29명이 상주한다.",
        "회사는 가온대교 상주 인원이 34명이라고 한다. 노조가 세어 보니 다리에서 일하는 사람은 27명이다.",
    )
    answer = answer_to("가온대교에 상주하는 인원은 몇 명인가?", papers(analyser, *texts), analyser)
    assert len(told(answer)) == 3
    assert "29명 · 34명 · 27명" in answer.lead


def test_a_source_that_corrects_itself_is_said_to(analyser: Analyser) -> None:
    texts = (
        "가온대교 공사비는 64억 원이다.",
        "가온대교 공사비는 46억 원이다. 64억 원은 잘못 적은 것이어서 바로잡는다.",
    )
    hits = papers(analyser, *texts, publishers=("가온일보", "가온일보"))
    answer = answer_to("가온대교 공사비는 얼마인가?", hits, analyser)
    assert answer.verdict is Verdict.CONFLICTING
    assert answer.lead.endswith("그 가운데 가온일보는 나중 글에서 값을 고쳤습니다.")


def test_values_that_measure_different_things_are_not_set_against_each_other(analyser: Analyser) -> None:
    texts = ("가온대교는 소금에 해마다 두께의 3%를 잃는다.", "가온대교는 소금에 해마다 못 12개를 잃는다.")
    assert (
        answer_to("가온대교는 소금에 무엇을 얼마나 잃나?", papers(analyser, *texts), analyser).verdict
        is Verdict.ANSWERED
    )

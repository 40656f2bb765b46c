from __future__ import annotations

import pytest

from answering.worlds import bridge
from malmoi.answering.citations import SpanResolver, read_claim
from malmoi.answering.support import Cited, Judgement
from malmoi.answering.verification.judge import RuleJudge
from malmoi.korean import Analyser
from malmoi.types import Support


def judge(analyser: Analyser, said: str, *numbers: int, question: str = "") -> Judgement:
    hits = bridge(analyser)
    claim = read_claim(said, analyser)
    cited = [Cited(c, hits[n - 1]) for n in numbers for c in SpanResolver(None).resolve(claim, hits[n - 1])]
    return RuleJudge(analyser).judge(claim, cited, question=question, language="ko")


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("가온대교는 2031년 5월 3일 문을 열었다.", 1),
        ("가온대교는 2031.05.03 문을 열었다.", 1),
        ("시는 공사비로 5,576,000달러를 썼다고 밝혔다.", 1),
        ("2031년 5월 4일 누리신문에 따르면 시공사는 공사비가 80억 원이라고 했다.", 2),
        ("한별이 설계했다.", 2),
        ("The toll for cars is 3 dollars.", 4),
        ("자동차 통행료는 3달러다.", 4),
    ],
)
def test_what_the_source_says_is_supported(analyser: Analyser, said: str, number: int) -> None:
    assert judge(analyser, said, number) == Judgement(Support.SUPPORTED)


@pytest.mark.parametrize(
    ("said", "number", "support", "named"),
    [
        ("시는 공사비로 567만 6000달러를 썼다.", 1, Support.CONTRADICTED, "557만 6000달러"),
        ("가온대교는 2031년 5월 3일 문을 열었고 길이는 1.3km이다.", 1, Support.PARTIAL, "1.3km"),
        ("가온대교는 2031년 6월 3일 문을 열었다.", 1, Support.CONTRADICTED, "5월 3일"),
        ("The toll for cars is 4 dollars.", 4, Support.CONTRADICTED, "3 dollars"),
        ("설계는 서울 사람 한별이 맡았다.", 2, Support.PARTIAL, "서울"),
        ("The toll that Orion set is 3 dollars for cars.", 4, Support.PARTIAL, "Orion"),
        ("한라산에는 눈이 많이 내린다.", 2, Support.PARTIAL, "한라산"),
        ("눈이 많이 내린다.", 2, Support.UNSUPPORTED, ""),
    ],
)
def test_what_it_does_not_say_is_marked_and_named(
    analyser: Analyser, said: str, number: int, support: Support, named: str
) -> None:
    judgement = judge(analyser, said, number)
    assert judgement.support is support
    assert judgement.reason
    assert named in judgement.reason


def test_no_citation_is_no_support(analyser: Analyser) -> None:
    judgement = judge(analyser, "가온대교는 길다.")
    assert judgement.support is Support.UNSUPPORTED
    assert judgement.reason


def test_a_name_that_the_reader_used_is_not_held_against_the_answer(analyser: Analyser) -> None:
    said = "The toll that Orion asks is 3 dollars for cars."
    assert judge(analyser, said, 4, question="What is the toll at Orion?").support is Support.SUPPORTED

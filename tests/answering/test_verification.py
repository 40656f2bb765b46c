from __future__ import annotations

import pytest

from answering.worlds import passage
from malmoi.answering.citations import SpanResolver, read_claim
from malmoi.answering.support import Cited, Judgement
from malmoi.answering.verification.judge import RuleJudge
from malmoi.korean import Analyser
from malmoi.types import Hit, SectionKind, Support

KOREAN = (
    "가온시는 2031년 3월 4일 푸른다리를 개통했다고 밝혔다. "
    "공사에는 557만 6000달러가 들었고 인부 120명이 일했다. "
    "한도경 시장은 다리가 상권을 살릴 것이라고 말했다. "
    "반면 이나래 교수는 통행료를 인하하지 않으면 효과가 없다고 지적했다. "
    "가온시의회는 통행료 인상안을 부결했다. "
    "지난해 이용객은 전체 주민의 5%였다. 나루호가 등대호를 예인했다."
)
ENGLISH = (
    "Orion Steel built the Lyra bridge for Port Vega in May 2031. The council did not approve the toll of 3 dollars. "
    "Mayor Ada Stone said that traffic had increased by 12 percent. "
    'Brook Hale argued that "the ferry is still needed". '
    "Orion Steel sued Vega Works over the cables."
)


def judge(
    analyser: Analyser, said: str, text: str = KOREAN, *, question: str = "", kind: SectionKind = SectionKind.BODY
) -> Judgement:
    hit = passage(analyser, "a", text, title="", date="2032-01-05", kind=kind)
    claim = read_claim(said, analyser)
    cited = [Cited(c, hit) for c in SpanResolver(None).resolve(claim, hit)]
    return RuleJudge(analyser).judge(claim, cited, question=question, language="ko")


@pytest.mark.parametrize(
    "said",
    [
        "가온시는 2031.03.04 푸른다리를 개통했습니다.",
        "푸른다리를 가온시가 개통했다.",
        "공사에는 5,576,000달러가 들었다.",
        "공사에 든 돈은 약 560만 달러다.",
        "인부 120명이 일했다.",
        "한도경 시장은 다리가 상권을 살릴 것이라고 했다.",
        "이나래 교수에 따르면 통행료를 인하하지 않으면 효과가 없다.",
        "통행료 인상안은 가온시의회에서 부결되었다.",
        "통행료 인상안을 가온시의회는 통과시키지 않았다.",
        "2031년 이용객은 전체 주민의 20분의 1이었다.",
        "등대호를 나루호가 예인했다.",
        "인부는 100명 이상이었다.",
    ],
)
def test_what_is_said_in_other_words_is_supported(analyser: Analyser, said: str) -> None:
    assert judge(analyser, said) == Judgement(Support.SUPPORTED)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("가온시는 2031년 3월 14일 푸른다리를 개통했다고 밝혔다.", "3월 4일"),
        ("가온시는 2030년 3월 4일 푸른다리를 개통했다고 밝혔다.", "2031년"),
        ("공사에는 557만 6000달러가 들었고 인부 210명이 일했다.", "120명"),
        ("공사에는 567만 6000달러가 들었고 인부 120명이 일했다.", "557만 6000달러"),
        ("이나래 교수는 다리가 상권을 살릴 것이라고 말했다.", "한도경"),
        ("한도경 시장은 다리가 상권을 살리지 않을 것이라고 말했다.", "살릴"),
        ("이나래 교수는 통행료를 인상하지 않으면 효과가 없다고 지적했다.", "인하"),
        ("이나래 교수는 통행료를 인하하면 효과가 없다고 지적했다.", "인하하지 않으면"),
        ("가온시의회는 통행료 인상안을 가결했다.", "부결"),
        ("가온시의회는 통행료 인상안을 부결하지 않았다.", "부결"),
        ("올해 이용객은 전체 주민의 5%였다.", "지난해"),
        ("등대호가 나루호를 예인했다.", "나루호가 등대호를"),
        ("공사에는 557만 6000달러가 들었고 인부 90명이 일했다.", "120명"),
    ],
)
def test_what_the_source_says_otherwise_is_contradicted_and_told(analyser: Analyser, said: str, source: str) -> None:
    judgement = judge(analyser, said)
    assert judgement.support is Support.CONTRADICTED
    assert source in judgement.reason


def test_a_name_that_no_source_has_is_told(analyser: Analyser) -> None:
    judgement = judge(analyser, "가온시는 공사를 맡은 누리건설에 돈을 주었다고 밝혔다.")
    assert judgement.support is not Support.SUPPORTED
    assert "누리건설" in judgement.reason


@pytest.mark.parametrize(
    "said",
    [
        "The Lyra bridge was built by Orion Steel in May 2031.",
        "In May 2031 Orion Steel built the Lyra bridge.",
        "The council didn't approve the toll.",
        "The council rejected the toll of $3.",
        "According to Mayor Ada Stone, traffic had risen by 12%.",
    ],
)
def test_english_in_other_words_is_supported(analyser: Analyser, said: str) -> None:
    assert judge(analyser, said, ENGLISH) == Judgement(Support.SUPPORTED)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("Orion Steel built the Lyra bridge for Port Vega in May 2032.", "2031"),
        ("The council approved the toll of 3 dollars.", "did not approve"),
        ("The council did not approve the toll of 4 dollars.", "3 dollars"),
        ("Mayor Ada Stone said that traffic had decreased by 12 percent.", "increased"),
        ("Brook Hale said that traffic had increased by 12 percent.", "Ada Stone"),
        ("Vega Works sued Orion Steel over the cables.", "Orion Steel sued"),
    ],
)
def test_english_that_the_source_says_otherwise_is_contradicted(analyser: Analyser, said: str, source: str) -> None:
    judgement = judge(analyser, said, ENGLISH)
    assert judgement.support is Support.CONTRADICTED
    assert source in judgement.reason


def test_words_in_quotation_marks_must_be_the_sources(analyser: Analyser) -> None:
    assert judge(analyser, 'Brook Hale argued that "the ferry is still needed" .', ENGLISH).support is Support.SUPPORTED
    changed = judge(analyser, 'Brook Hale argued that "the ferry cannot be replaced by a bridge".', ENGLISH)
    assert changed.support is Support.PARTIAL
    assert "the ferry cannot be replaced by a bridge" in changed.reason


def test_over_languages_only_values_and_identifiers_are_compared(analyser: Analyser) -> None:
    assert judge(analyser, "The work cost 5.576 million dollars.").support is Support.SUPPORTED
    assert judge(analyser, "The work cost 6.576 million dollars.").support is Support.UNSUPPORTED


def test_two_spellings_of_one_name_agree(analyser: Analyser) -> None:
    hit: Hit = passage(analyser, "a", "비야세노어 교수는 규제가 실패했다고 말했다.")
    claim = read_claim("빌라세뇨르 교수는 규제가 실패했다고 말했다.", analyser)
    cited = [Cited(c, hit) for c in SpanResolver(None).resolve(claim, hit)]
    strict, knowing = RuleJudge(analyser), RuleJudge(analyser, lambda a, b: {a, b} == {"비야세노어", "빌라세뇨르"})
    assert strict.judge(claim, cited, question="", language="ko").support is Support.CONTRADICTED
    assert knowing.judge(claim, cited, question="", language="ko").support is Support.SUPPORTED

from __future__ import annotations

import pytest

from malmoi.evaluation.normalise import character_f1, morpheme_f1, normalise, occurrences, says


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("비용은 557만 6000달러로 알려졌다", "557만 6,000달러"),
        ("80억원에 불과", "80억 원"),
        ("2025.02.11 등록", "2025년 2월 11일"),
        ("[2024-05-20, 10:26:51]", "2024-05-20"),
        ("생존율은 98.2퍼센트", "98.2%"),
        ("94 percent swam on", "94%"),
        ("Fifty-eight islanders", "fifty-eight"),
        ("the clinic’s roof", "clinic's roof"),
        ("무게는 64톤이다.", "64"),
        ("ＴＲ－1042 한 기", "TR-1042"),
        ("비용은 $5.576M이었다", "557만 6000달러"),
        ("It used 16,000 chips", "1만 6000개"),
        ("2025년 2월 11일에 등록했다", "2월 11일"),
        ("2025-02-11", "2025년 2월"),
    ],
)
def test_an_answer_says_what_is_written_in_another_way(text: str, accepted: str) -> None:
    assert says(text, accepted)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("설비용량은 48메가와트", "4.8메가와트"),
        ("모두 1000달러", "100"),
        ("8.25의", "8.2"),
        ("11일에", "1일에"),
        ("아무 말", ""),
        ("2월 11일에", "2025년 2월 11일"),
        ("16,000원이다", "16,000달러"),
    ],
)
def test_a_number_is_not_found_inside_another(text: str, accepted: str) -> None:
    assert not says(text, accepted)


def test_normalised_text_keeps_words_apart() -> None:
    assert normalise("A-B (C), “d”!") == "a b c d"


def test_every_occurrence_of_a_quote_counts() -> None:
    assert list(occurrences("가나가나", "가나")) == [(0, 2), (2, 4)]


def test_f1_counts_what_answer_and_accepted_string_have_in_common() -> None:
    assert character_f1("달여울 다리", ["달 여울 다리"]) == 1.0
    assert character_f1("달여울", ["다리", "달여"]) == pytest.approx(0.8)
    assert character_f1("여우", ["다리"]) == 0.0


def test_morphemes_are_compared_without_particles() -> None:
    from malmoi.korean import get_analyser

    assert morpheme_f1("연차휴가는 열다섯 날이다", ["연차휴가를 열다섯 날"], get_analyser()) == 1.0

from __future__ import annotations

import pytest

from malmoi.language.names import LIKELY, distance, is_korean, likeness, probability, sound_keys
from malmoi.language.names_phones import phones, skeleton

ONE = [
    ("비야세노어", "빌라세노"),
    ("비야세노어", "Villasenor"),
    ("비야세노어", "Villaseñor"),
    ("초르젬파", "Chorzempa"),
    ("딥시크", "DeepSeek"),
    ("차이콥스키", "차이코프스키"),
    ("차이콥스키", "Tchaikovsky"),
    ("린드그렌", "린드그랜"),
    ("로드리게스", "로드리게즈"),
    ("홋카이도", "호카이도"),
    ("마쓰다", "마츠다"),
    ("뮌헨", "München"),
    ("베이징", "Beijing"),
    ("량원펑", "량웬펑"),
]
TWO = [
    ("김정은", "김정일"),
    ("이재명", "이재용"),
    ("정몽구", "정몽규"),
    ("선생", "선성"),
    ("R1", "R2"),
    ("알원", "R1"),
    ("GPT4", "지피티"),
    ("오스트리아", "오스트레일리아"),
    ("칸트", "단테"),
    ("Lindgren", "Lundgren"),
    ("林", "린"),
]


@pytest.mark.parametrize(("a", "b"), ONE)
def test_spellings_of_one_name_are_likely_one(a: str, b: str) -> None:
    assert probability(a, b) >= LIKELY
    assert probability(b, a) == pytest.approx(probability(a, b))


@pytest.mark.parametrize(("a", "b"), TWO)
def test_other_names_are_not(a: str, b: str) -> None:
    assert probability(a, b) < LIKELY


@pytest.mark.parametrize("name", ["김정은", "이재명", "선우은숙", "남궁민", "구만석", "반다슬"])
def test_korean_names_are_told(name: str) -> None:
    assert is_korean(name)


@pytest.mark.parametrize("name", ["초르젬파", "트럼프", "오바마", "스탈린", "Kim", "김", ""])
def test_other_words_are_no_korean_names(name: str) -> None:
    assert not is_korean(name)


def test_korean_names_are_compared_where_a_text_itself_puts_them_side_by_side() -> None:
    assert likeness("마리솔", "Marisol") is None
    assert probability("마리솔", "Marisol", korean=True) >= LIKELY


def test_every_reading_of_a_spelling_has_its_key() -> None:
    assert sound_keys("비야세노어") & sound_keys("Villasenor")
    assert skeleton("lindxgxlen") == skeleton("lIndgrEn") == "NTKN"
    assert "bIyAsEnO" in phones("Villaseno")
    assert phones("R1") == phones("求索") == phones("") == ()


def test_distance_counts_the_usual_changes_least() -> None:
    assert distance("kino", "kino") == 0
    assert distance("kino", "kini") > distance("kino", "kinu") > 0
    assert distance("kino", "gino") < distance("kino", "mino")
    assert distance("osxka", "osxkalx") == distance("osxkalx", "osxka")
    assert distance("kinokino", "mamamama", worst=0.5) > 0.5

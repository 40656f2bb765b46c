from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.korean import Analyser, foreign_terms, get_analyser, hangul_pairs


def pieces(analyser: Analyser, text: str) -> list[str]:
    return [text[s.start : s.end] for s in analyser.sentences(text)]


def test_korean_sentences(analyser: Analyser) -> None:
    text = "다리가 문을 열었다. 길이는 1.2km이다! 누가 지었을까? 한별이 설계했다고 한다."
    assert pieces(analyser, text) == [
        "다리가 문을 열었다.",
        "길이는 1.2km이다!",
        "누가 지었을까?",
        "한별이 설계했다고 한다.",
    ]


def test_english_and_chinese_sentences(analyser: Analyser) -> None:
    assert pieces(analyser, "Dr. Ahn opened it at 9 a.m. on Monday. It costs 3.5 dollars. Who paid?") == [
        "Dr. Ahn opened it at 9 a.m. on Monday.",
        "It costs 3.5 dollars.",
        "Who paid?",
    ]
    assert pieces(analyser, "大桥通车了。长度是一公里。谁设计的?") == ["大桥通车了。", "长度是一公里。", "谁设计的?"]


def test_a_sentence_never_crosses_a_line(analyser: Analyser) -> None:
    text = "제목에는 마침표가 없다\n그래서 줄이 나눈다\n\nA line of English\n끝"
    assert pieces(analyser, text) == text.replace("\n\n", "\n").split("\n")


def test_spans_are_moved_by_the_offset(analyser: Analyser) -> None:
    text = "다리가 열렸다. 사람들이 건넜다."
    moved = analyser.sentences(text, 100)
    assert [(s.start - 100, s.end - 100) for s in moved] == [(s.start, s.end) for s in analyser.sentences(text)]
    assert [s.terms for s in moved] == [s.terms for s in analyser.sentences(text)]


def test_a_number_or_bullet_stays_with_its_item(analyser: Analyser) -> None:
    assert pieces(analyser, "1. 표를 끊는다. 2. 배에 탄다.")[0].startswith("1. 표를")
    assert pieces(analyser, "정말 좋다. !!!") == ["정말 좋다. !!!"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("연차휴가", "연차휴가는 열닷새이다."),
        ("도서관에서 빌린 책", "책을 빌리려면 도서관으로 오십시오."),
        ("running boats", "The boat runs daily."),
        ("R1", "딥모래의 R1은"),
        ("E-1042 오류", "오류 E-1042가 뜬다."),
        ("TR-7", "TR-7형"),
        ("5,576,000", "5576000"),
        ("中国 桥", "桥在中国。"),
        ("미국", "美 규제"),
        ("중국", "對中 수출"),
    ],
)
def test_a_question_shares_its_terms_with_the_text(question: str, text: str, analyser: Analyser) -> None:
    asked, told = set(analyser.terms(question)), set(analyser.terms(text))
    assert asked & told, (asked, told)
    sentence = {term for s in analyser.sentences(text) for term in s.terms}
    assert sentence == told


def test_particles_and_empty_words_are_no_terms(analyser: Analyser) -> None:
    assert set(analyser.terms("그것은 그 다리에 대한 것이다")) == {"다리"}
    assert set(analyser.terms("What is the name of this?")) == {"name"}


def test_terms_do_not_depend_on_unicode_form(analyser: Analyser) -> None:
    text = "가온대교의 통행료는 café에서 낸다"
    assert analyser.terms(unicodedata.normalize("NFD", text)) == analyser.terms(text)


def test_identifiers_are_found_whole_and_by_their_number() -> None:
    terms = [term for _, term in foreign_terms("GPT-4o와 TR-1042, x2와 IT")]
    assert {"gpt", "4o", "gpt4o", "tr", "1042", "tr1042", "x2"} <= set(terms)
    assert "it" in terms  # written in capitals it is a name, not a pronoun
    assert [term for _, term in foreign_terms("tell it")] == ["tell"]


def test_han_is_found_by_pairs_and_a_single_one_by_itself() -> None:
    assert [term for _, term in foreign_terms("大桥通车")] == ["大桥", "桥通", "通车"]
    assert {term for _, term in foreign_terms("北")} == {"北", "북한"}


def test_pairs_of_syllables() -> None:
    assert hangul_pairs("가온대교는 강 A동") == ("가온", "온대", "대교", "교는", "강", "동")
    assert hangul_pairs("no Hangul 1") == ()


def test_a_sentence_in_two_scripts_keeps_the_terms_of_both(analyser: Analyser) -> None:
    terms = analyser.terms("OpenAI가 만든 GPT-4o는 60% 저렴하다")
    assert {"openai", "gpt4o", "60", "만들", "저렴"} <= set(terms)


MIXED = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "가나다라마바사아자차카타파하은는이가을를다요. ?!,\n\t'\"()-·•1234567890ABCabc中美日\u0301\u200b"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=120,
)


@settings(max_examples=120, deadline=None)
@given(MIXED)
def test_any_text_is_cut_into_ordered_sentences_without_loss(text: str) -> None:
    text = unicodedata.normalize("NFC", text).replace("\0", "")
    sentences = get_analyser().sentences(text)
    assert all(s.start < s.end for s in sentences)
    assert all(a.end <= b.start for a, b in itertools.pairwise(sentences))
    assert all("\n" not in text[s.start : s.end] for s in sentences)
    covered = {i for s in sentences for i in range(s.start, s.end)}
    assert not [c for i, c in enumerate(text) if i not in covered and c.isalnum()]


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_terms(text: str) -> None:
    assert all(get_analyser().terms(text))
    assert all(text[i:] for i, _ in foreign_terms(text))

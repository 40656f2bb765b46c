from __future__ import annotations

import numpy as np
import pytest

from malmoi.reader.words import WINDOW, Matches, bare_words, likeness, read_words, telling, windows


def tokens(text: str, size: int = 2) -> list[tuple[int, int]]:
    """Pieces of at most `size` characters within the words of a text."""
    found, start = [], 0
    for word in text.split(" "):
        found += [(start + i, min(start + i + size, start + len(word))) for i in range(0, len(word), size)]
        start += len(word) + 1
    return found


def test_a_token_belongs_to_the_word_of_its_last_character() -> None:
    words = read_words("다리는 (길다).", [(0, 2), (2, 3), (3, 6), (6, 9)])
    assert words.bare == ("다리는", "길다")
    assert words.of_token.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("다리", "다리", 1.0, 1.0),
        ("가온대교는", "가온대교의", 0.7, 0.99),
        ("가온대교", "가온시", 0.4, 0.7),
        ("가온", "가람", 0.0, 0.0),
        ("강", "강물", 0.5, 0.8),
        ("1994년", "1987년", 0.1, 0.4),
    ],
)
def test_words_are_alike_by_their_beginning(one: str, other: str, least: float, most: float) -> None:
    assert least <= likeness(one, other) <= most
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize("word", ["누구인가", "언제", "the", "which", "몇", ""])
def test_words_that_ask_or_join_tell_nothing(word: str) -> None:
    assert not telling(word)
    assert telling("가온대교")


def test_windows_are_whole_sentences_that_overlap_by_one() -> None:
    sentences = [(i * 50, i * 50 + 50) for i in range(4)]
    assert windows(sentences) == [(0, 100), (50, 150), (100, 200)]
    assert windows([]) == []


def test_a_long_sentence_is_cut_without_a_gap() -> None:
    found = windows([(0, 400), (400, 410)])
    assert all(end - start <= WINDOW for start, end in found)
    assert set(range(410)) == {i for start, end in found for i in range(start, end)}


def test_features_tell_what_is_met_where() -> None:
    question, passage = "가온대교 설계자는 누구", "시는 가온대교를 1994년에 열었다"
    asked, read = read_words(question, tokens(question)), read_words(passage, tokens(passage))
    matches = Matches(asked, read, bare_words("설계자 명단"))
    of_question, of_passage = matches.features((0, len(read.of_token)))
    met, anywhere, counts = of_question.T
    bridge, designer, who = (asked.of_token == i for i in range(3))
    assert met[bridge].min() > 0.7
    assert met[designer].max() == 0
    assert anywhere[designer].min() > 0.7
    assert counts[who].max() == 0
    assert np.array_equal(of_passage[:, 0] > 0.7, read.of_token == 1)
    assert np.array_equal(of_passage[:, 2] == 1, read.of_token == 2)
    assert np.all(of_passage[:, 1] > 0.3)


def test_features_of_a_window_leave_out_what_stands_beyond_it() -> None:
    question, passage = "가온대교 높이", "하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 가온대교"
    asked, read = read_words(question, tokens(question)), read_words(passage, tokens(passage))
    last = int(np.flatnonzero(read.of_token == 9)[0])
    of_question, _ = Matches(asked, read, []).features((0, last))
    assert of_question[:, 0].max() == 0
    assert of_question[:, 1].max() == 1

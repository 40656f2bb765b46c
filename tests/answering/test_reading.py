from __future__ import annotations

from collections.abc import Sequence

import pytest

from answering.worlds import bridge
from malmoi.answering.evidence import Candidate, Evidence
from malmoi.answering.reading import PASSAGES, readable
from malmoi.errors import EmbeddingUnavailable
from malmoi.korean import Analyser
from malmoi.language.question import read_question
from malmoi.reader import Passage, Reader, Reading
from malmoi.types import Hit

QUESTION = "가온대교의 길이는 얼마인가?"


class Pointing(Reader):
    """Finds the answer in the sentences that hold a word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.passages: list[Passage] = []

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        self.passages = list(passages)
        marks = [[float(self.word in sentence) for sentence in passage.sentences] for passage in passages]
        return [Reading(4.0 if any(m) else -9.0, tuple(x / (sum(m) or 1) for x in m)) for m in marks]


class Away(Reader):
    def __init__(self) -> None:
        pass

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        raise EmbeddingUnavailable("The model is away")


def candidates(hits: Sequence[Hit], analyser: Analyser, reader: Reader | None) -> list[Candidate]:
    evidence = Evidence(lambda terms: dict.fromkeys(terms, 1), lambda: 10, None, reader)
    question = read_question(QUESTION, analyser)
    return evidence.candidates(question, hits, evidence.weights(question))


def test_a_sentence_where_the_answer_starts_is_lifted(analyser: Analyser) -> None:
    hits = bridge(analyser)
    plain = candidates(hits, analyser, None)
    low = plain[len(plain) // 2]
    word = max(low.text.split(), key=len)
    read = candidates(hits, analyser, Pointing(word))
    assert [c.key for c in read].index(low.key) < [c.key for c in plain].index(low.key)
    assert {c.key for c in read} == {c.key for c in plain}


def test_candidates_tell_the_best_of_what_was_read(analyser: Analyser) -> None:
    hits = bridge(analyser)
    word = max(candidates(hits, analyser, None)[0].text.split(), key=len)
    assert {c.present for c in candidates(hits, analyser, Pointing(word))} == {4.0}
    assert {c.present for c in candidates(hits, analyser, Pointing("말미잘"))} == {-9.0}
    assert {c.present for c in candidates(hits, analyser, None)} == {None}


def test_only_the_first_passages_are_read(analyser: Analyser) -> None:
    reader = Pointing("가온대교")
    hits = (bridge(analyser) * PASSAGES)[: PASSAGES + 2]
    assert any(c.rank >= PASSAGES for c in candidates(hits, analyser, reader))
    assert len(reader.passages) == PASSAGES


@pytest.mark.parametrize(
    ("question", "read"),
    [
        (QUESTION, True),
        ("가온대교를 왜 지었나?", False),
        ("가온대교에 대한 찬반 의견을 알려 줘.", False),
        ("How long is the bridge?", False),
    ],
)
def test_only_facts_in_the_language_of_the_passages_are_read(question: str, read: bool, analyser: Analyser) -> None:
    hits = [hit for hit in bridge(analyser) if hit.document.language == "ko"]
    assert readable(read_question(question, analyser), hits) is read


def test_sentences_are_chosen_without_a_reader_that_is_away(
    analyser: Analyser, caplog: pytest.LogCaptureFixture
) -> None:
    hits = bridge(analyser)
    assert candidates(hits, analyser, Away()) == candidates(hits, analyser, None)
    assert "The model is away" in caplog.text

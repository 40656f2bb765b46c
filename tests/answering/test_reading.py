from __future__ import annotations

from collections.abc import Sequence

import pytest

from answering.worlds import bridge
from malmoi.answering.evidence import Candidate, Evidence
from malmoi.answering.reading import LEAST_PRESENT, PASSAGES
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


def test_candidates_tell_what_was_read_of_their_passage(analyser: Analyser) -> None:
    hits = bridge(analyser)
    word = max(candidates(hits, analyser, None)[0].text.split(), key=len)
    for candidate in candidates(hits, analyser, Pointing(word)):
        assert candidate.present == (4.0 if word in candidate.hit.chunk.text else LEAST_PRESENT)
        assert candidate.present_most == 4.0


def test_only_the_first_passages_are_read(analyser: Analyser) -> None:
    reader = Pointing("가온대교")
    hits = (bridge(analyser) * PASSAGES)[: PASSAGES + 2]
    last = [c for c in candidates(hits, analyser, reader) if c.rank >= PASSAGES]
    assert len(reader.passages) == PASSAGES
    assert last and all(c.present == LEAST_PRESENT for c in last)


def test_sentences_are_chosen_without_a_reader_that_is_away(
    analyser: Analyser, caplog: pytest.LogCaptureFixture
) -> None:
    hits = bridge(analyser)
    assert candidates(hits, analyser, Away()) == candidates(hits, analyser, None)
    assert "The model is away" in caplog.text

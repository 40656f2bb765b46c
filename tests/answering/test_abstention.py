from __future__ import annotations

from dataclasses import asdict, fields, replace

import pytest

from answering.quoting import answer_to, evidence_of
from answering.worlds import bridge, passage
from malmoi.answering.abstention import (
    READ,
    UNREAD,
    Model,
    Signals,
    as_written,
    confidence,
    read_signals,
    what_is_missing,
)
from malmoi.korean import Analyser
from malmoi.language.question import read_question
from malmoi.types import Hit, Verdict

SURE = Signals(1, 1, 1, 1, 0, 0, 1, 0.5, 0)


def signals(question: str, hits: list[Hit], analyser: Analyser) -> Signals:
    evidence = evidence_of(hits)
    read = read_question(question, analyser)
    weights = evidence.weights(read)
    return read_signals(read, hits, evidence.candidates(read, hits, weights)[0], weights)


def missing(question: str, hits: list[Hit], analyser: Analyser) -> tuple[str, ...] | None:
    evidence = evidence_of(hits)
    read = read_question(question, analyser)
    weights = evidence.weights(read)
    found = what_is_missing(read, hits, evidence.candidates(read, hits, weights), weights)
    return None if found is None else found.words


@pytest.mark.parametrize(
    "question",
    [
        "가온대교는 언제 문을 열었나?",
        "가온대교의 길이는 얼마인가?",
        "시는 공사비로 얼마를 썼다고 밝혔나?",
        "설계는 누가 맡았나?",
    ],
)
def test_what_the_passages_say_is_answered(question: str, analyser: Analyser) -> None:
    assert missing(question, bridge(analyser), analyser) is None


def test_english_is_no_afterthought(analyser: Analyser) -> None:
    english = sorted(bridge(analyser), key=lambda hit: hit.document.language != "en")
    assert missing("How much is the toll for cars?", english, analyser) is None
    assert missing("How much is the toll for Kestrel lorries?", english, analyser) == ("Kestrel", "lorries")


def test_a_passage_in_another_language_is_not_said_to_lack_a_word(analyser: Analyser) -> None:
    """It may have the name in its own letters; a code has none of its own."""
    assert missing("What is the salary of Oskar Lindgren?", bridge(analyser), analyser) == ()
    assert missing("What is the salary of the crew of NX-2000?", bridge(analyser), analyser) == ("NX-2000",)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Ostrander 교수는 어느 대학에서 가르치나?", {"Ostrander"}),
        ("화성 탐사선은 언제 출발했나?", {"화성", "탐사선"}),
        ("GPT-4o의 훈련 비용은 얼마인가?", {"GPT-4o"}),
    ],
)
def test_what_they_are_silent_about_is_declined_and_named(question: str, words: set[str], analyser: Analyser) -> None:
    named = missing(question, bridge(analyser), analyser)
    assert named is not None
    assert words <= set(named) or any(word in "".join(named) for word in words)
    answer = answer_to(question, bridge(analyser), analyser)
    assert answer.verdict is Verdict.ABSTAINED
    assert any(word in answer.lead for word in words)


def test_without_passages_nothing_is_known(analyser: Analyser) -> None:
    read = read_question("가온대교는 언제 열렸나?", analyser)
    found = what_is_missing(read, [], [], evidence_of([]).weights(read))
    assert found is not None and found.words == ()


def test_signals_are_shares(analyser: Analyser) -> None:
    full = asdict(signals("가온대교는 언제 문을 열었나?", bridge(analyser), analyser))
    none = asdict(signals("화성 탐사선의 연료는 무엇인가?", bridge(analyser), analyser))
    for found in (full, none):
        assert all(0 <= found[name] <= 1 for name in ("reach", "passage", "together", "pairs", "silent", "names_lost"))
    assert full["passage"] > none["passage"] and full["silent"] < none["silent"]
    assert (full["value"], none["value"]) == (1.0, 0.0)


def test_a_name_that_is_lost_and_a_foreign_passage_are_noticed(analyser: Analyser) -> None:
    hits = [passage(analyser, "a", "Soltiva opened the harbour in 1999.", language="en")]
    assert signals("When did Soltiva open the harbour?", hits, analyser).names_lost == 0
    assert signals("When did Kestrel open the harbour?", hits, analyser).names_lost > 0
    assert signals("Soltiva는 언제 항구를 열었나?", hits, analyser).foreign == 1
    lost = signals("How many harbours did Soltiva open?", hits, analyser)
    assert lost.value in (-1.0, 1.0)


@pytest.mark.parametrize("worse", ["silent", "names_lost"])
def test_confidence_falls_with_what_is_lost(worse: str) -> None:
    assert confidence(SURE) > confidence(replace(SURE, **{worse: 1.0}))


@pytest.mark.parametrize("better", ["together", "pairs", "nearness", "value"])
def test_confidence_rises_with_what_is_found(better: str) -> None:
    assert confidence(SURE) > confidence(replace(SURE, **{better: -1.0 if better == "value" else 0.0}))


@pytest.mark.parametrize("model", [READ, UNREAD])
def test_confidence_is_a_probability(model: Model) -> None:
    for low in (0.0, 1.0):
        assert 0 < model.probability(Signals(*(low for _ in fields(Signals)))) < 1


def test_what_was_read_counts_where_a_reader_is_at_work() -> None:
    silent, told = (replace(SURE, present=logit) for logit in (-6.0, 6.0))
    assert confidence(silent) < confidence(told)
    assert confidence(SURE) == UNREAD.probability(SURE)
    assert confidence(told) == READ.probability(told)


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("When did Soltiva open the harbour?", 4.0),
        ("When did Kestrel open the harbour?", 4.0),
        ("Soltiva는 언제 항구를 열었나?", 4.0),
        ("Kestrel은 언제 항구를 열었나?", 0.0),
        ("How many harbours did Soltiva open?", 0.0),
    ],
)
def test_what_was_read_does_not_make_up_for_a_lost_name_or_value(
    question: str, counted: float, analyser: Analyser
) -> None:
    hits = [passage(analyser, "a", "Soltiva opened the harbour in 1999.", language="en")]
    evidence = evidence_of(hits)
    read = read_question(question, analyser)
    weights = evidence.weights(read)
    best = evidence.candidates(read, hits, weights)[0]
    for logit, expected in ((4.0, counted), (-9.0, -6.0)):
        assert read_signals(read, hits, replace(best, present=logit), weights).present == expected


def test_words_are_shown_as_the_reader_wrote_them() -> None:
    assert as_written("bridg", "Which Bridges were built?") == "Bridges"
    assert as_written("gpt4o", "GPT-4o는?") == "GPT-4o"
    assert as_written("탐사선", "화성 탐사선은?") == "탐사선"

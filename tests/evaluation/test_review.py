from __future__ import annotations

import json
from pathlib import Path

import pytest

from malmoi.errors import QuestionSetError
from malmoi.evaluation.generate import CLOZE, DISLIKED, Candidate
from malmoi.evaluation.questions import Question, Quote, read_questions
from malmoi.evaluation.review import Edit, Review


def candidate(id: str, *, answers: tuple[str, ...] = ("480미터",), origin: str = CLOZE) -> Candidate:
    evidence = ((Quote("bridge.txt", "길이는 480미터다"),),) if answers else ()
    asked = Question(id, f"{id}의 길이는?", "ko", "fact", True, answers, evidence)
    return Candidate(asked, origin, complete=bool(answers))


def test_what_is_accepted_is_in_the_set_at_once(tmp_path: Path) -> None:
    review = Review([candidate("a"), candidate("b")], tmp_path / "deep" / "set.jsonl")
    review.accept("a")
    assert [q.id for q in read_questions(review.target)] == ["a"]
    assert [c.question.id for c in review.open] == ["b"] and review.accepted == 1


def test_a_stopped_review_goes_on_where_it_was(tmp_path: Path) -> None:
    target = tmp_path / "set.jsonl"
    candidates = [candidate(id) for id in "abcd"]
    first = Review(candidates, target)
    first.accept("a")
    first.reject("b")
    first.put_off("c")
    assert [c.question.id for c in first.open] == ["d", "c"]
    assert [c.question.id for c in Review(candidates, target).open] == ["c", "d"]


def test_a_line_cut_off_by_a_crash_does_not_spoil_the_next(tmp_path: Path) -> None:
    target = tmp_path / "set.jsonl"
    target.write_bytes(b'{"id": "old"}\n{"id": "half')
    Review([candidate("a")], target).accept("a")
    assert json.loads(target.read_text("utf-8").splitlines()[-1])["id"] == "a"


def test_edits_are_what_is_kept(tmp_path: Path) -> None:
    review = Review([candidate("a"), candidate("b")], tmp_path / "set.jsonl")
    review.accept("a", Edit("다리는\n몇 미터인가?", (" 480미터 ", "", "480 m", "480 m")))
    review.accept("b", Edit(answerable=False))
    first, second = read_questions(review.target)
    assert first.question == "다리는 몇 미터인가?" and first.answers == ("480미터", "480 m") and first.evidence
    assert not second.answerable and not second.answers and not second.evidence


def test_without_an_answer_it_cannot_be_accepted(tmp_path: Path) -> None:
    review = Review([candidate("a", answers=(), origin=DISLIKED)], tmp_path / "set.jsonl")
    with pytest.raises(QuestionSetError, match="no answer"):
        review.accept("a")
    with pytest.raises(QuestionSetError, match="empty"):
        review.accept("a", Edit("  ", ("x",)))
    assert review.open and not review.target.exists()
    review.accept("a", Edit(answers=("480미터",)))
    assert read_questions(review.target)[0].answers == ("480미터",)


def test_what_is_not_open_is_unknown(tmp_path: Path) -> None:
    review = Review([candidate("a")], tmp_path / "set.jsonl")
    review.reject("a")
    with pytest.raises(KeyError):
        review.accept("a")

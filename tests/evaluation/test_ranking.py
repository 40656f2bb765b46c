from __future__ import annotations

import math

import pytest

from malmoi.evaluation.questions import Question, Quote
from malmoi.evaluation.ranking import gold_groups, measure


def test_single_documents_give_the_usual_measures() -> None:
    found = measure(["x", "a", "y", "b"], [frozenset("a"), frozenset("b")])
    ideal = 1 + 1 / math.log2(3)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal, abs=1e-6)
    assert (found["recall@1"], found["recall@5"], found["mrr@10"], found["hit@1"]) == (0.0, 1.0, 0.5, 0.0)


def test_a_group_is_met_by_any_of_its_alternates_once() -> None:
    groups = [frozenset("ab"), frozenset("c")]
    assert measure(["b", "c"], groups)["ndcg@10"] == 1.0
    late = measure(["a", "b", "c"], groups)
    assert late["recall@1"] == 0.5 and late["ndcg@10"] == pytest.approx((1 + 0.5) / (1 + 1 / math.log2(3)), abs=1e-6)
    assert measure(["d"], [frozenset("cd"), frozenset("de")])["ndcg@10"] == 1.0


def test_the_eleventh_document_is_too_late_and_copies_count_once() -> None:
    assert measure([*map(str, range(10)), "a"], [frozenset("a")])["mrr@10"] == 0.0
    assert measure(["x", "x", "a"], [frozenset("a")])["mrr@10"] == 0.5
    assert set(measure(["a"], []).values()) == {None}


def test_relevant_documents_go_before_those_of_the_evidence() -> None:
    evidence = ((Quote("a", "1"), Quote("b", "2")), (Quote("", "3"),))
    assert gold_groups(Question("1", "?", "", "", True, evidence=evidence)) == [frozenset("ab")]
    assert gold_groups(Question("1", "?", "", "", True, (), evidence, ("c",))) == [frozenset("c")]

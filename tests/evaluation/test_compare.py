from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from malmoi.errors import ResultsError
from malmoi.evaluation.compare import compare, compare_html, compare_text
from malmoi.evaluation.results import Outcome

from .made_results import results_of, run, with_measures


def test_a_run_compared_with_itself_has_no_difference() -> None:
    a = run(60)
    found = compare(a, a)
    assert {d.verdict for d in found.differences} == {"same"}
    assert {d.difference for d in found.differences} == {0.0} and {d.p for d in found.differences} == {1.0}
    assert {p.change for p in found.pairs} == {"same"} and not found.left_out


def test_a_worse_run_is_told_with_its_questions() -> None:
    a, b = run(300, skill=0.95), run(300, skill=0.5, seed=9)
    found = compare(a, b)
    by_name = {d.measure: d for d in found.differences}
    assert by_name["contains"].verdict == "worse" and by_name["contains"].p < 0.01
    assert by_name["hallucination"].verdict == "worse" and by_name["hallucination"].difference > 0
    assert by_name["contains"].high < 0 < by_name["hallucination"].low
    assert len(found.of("worse")) > len(found.of("better"))
    back = {d.measure: d.verdict for d in compare(b, a).differences}
    assert back["contains"] == back["hallucination"] == "better"


def test_means_are_over_what_both_measured() -> None:
    a = run(8)
    kept = [with_measures(q, contains=0.0) if i == 0 else q for i, q in enumerate(a.questions)]
    b = results_of([with_measures(q, contains=None) if i == 1 else q for i, q in enumerate(kept)])
    contains = next(d for d in compare(a, b).differences if d.measure == "contains")
    both = [q for i, q in enumerate(a.questions) if q.measures.get("contains") is not None and i != 1]
    assert contains.n == len(both)
    assert contains.mean_a == pytest.approx(sum(q.measures["contains"] or 0 for q in both) / len(both))


def test_only_common_questions_are_compared_and_the_rest_is_counted() -> None:
    a, b = run(20), run(30)
    reworded = replace(b.questions[4], question=replace(b.questions[4].question, question="다른 질문"))
    b = results_of([*b.questions[2:4], reworded, *b.questions[5:]])
    found = compare(a, b)
    assert (found.only_a, found.only_b, found.changed) == (2, 10, 1)
    assert len(found.pairs) == 17
    told = compare_text(found, ("first", "second"), "en")
    assert "only the 17 in common" in told and "2 only in A" in told and "10 only in B" in told
    assert "only the 17 in common" in compare_html(found, a, b, ("first", "second"), "en").replace("&#34;", '"')


def test_nothing_in_common_is_an_error() -> None:
    a = run(4)
    other = [replace(q, question=replace(q.question, id=f"x{q.question.id}")) for q in a.questions]
    with pytest.raises(ResultsError, match="no question in common"):
        compare(a, results_of(other))


def test_an_outcome_counts_before_the_measures() -> None:
    a = run(1)
    b = results_of([replace(with_measures(a.questions[0], contains=1.0), outcome=Outcome.WRONG)])
    a = results_of([replace(with_measures(a.questions[0], contains=0.0), outcome=Outcome.RIGHT)])
    assert compare(a, b).pairs[0].change == "worse"
    wrong = results_of([replace(with_measures(a.questions[0], **{"ndcg@10": 0.2}), outcome=Outcome.RIGHT)])
    better = results_of([replace(with_measures(a.questions[0], **{"ndcg@10": 0.9}), outcome=Outcome.RIGHT)])
    assert compare(wrong, better).pairs[0].change == "better"


def test_the_text_lists_what_got_worse() -> None:
    a, b = run(100), run(100, skill=0.3, seed=2)
    found = compare(a, b)
    told = compare_text(found, ("a.json", "b.json"), "ko", listed=2)
    assert "A  a.json" in told and f"나빠진 질문: {len(found.of('worse'))}" in told
    assert found.of("worse")[0].a.question.id in told and f"… {len(found.of('worse')) - 2}" in told


def test_the_page_holds_both_answers_and_the_settings_that_differ() -> None:
    a, b = run(12), run(12, seed=8, about={"settings": {"retrieval": {"passages": 1}}}, hostile="</script><b>x")
    b = results_of([replace(q, question=p.question) for p, q in zip(a.questions, b.questions, strict=True)], b.about)
    html = compare_html(compare(a, b), a, b, ("<A>", "B"), "en")
    assert "&lt;A&gt;" in html and "settings.retrieval.passages" in html
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert held
    pair = json.loads(held[1])["pairs"][0]
    assert pair["a"]["answer"]["lead"] == "" and pair["b"]["answer"]["lead"] == "</script><b>x"

"""The judge against a scripted endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from malmoi.errors import QuestionSetError
from malmoi.evaluation.judge import Judge, Judgement, agreement, read_labels, summarise
from malmoi.settings import load_settings
from servers.fixtures import Reply, ScriptedServer

from .made_results import run

Serve = Callable[..., ScriptedServer]


def said(correct: bool | None, supported: bool) -> Reply:
    return Reply([json.dumps({"correct": correct, "supported": supported, "reason": "r"})])


def judge_of(server: ScriptedServer, cache: Path) -> Judge:
    return Judge(load_settings(overrides=server.settings()), cache)


def test_every_answer_is_judged_once_with_a_seed(serve: Serve, tmp_path: Path) -> None:
    results = run(4)
    answered = [r for r in results.questions if r.answered]
    server = serve(said(True, False))
    judge = judge_of(server, tmp_path)
    estimate = judge.estimate(results)
    assert (estimate.calls, estimate.cached) == (len(answered), 0) and estimate.tokens_in > 100 and not server.requests
    judged = summarise(list(judge.judge(results)), judge.about)
    assert judged.failures == 0 and judged.figures["supported"].mean == 0.0
    assert judged.figures["correct"].n == sum(bool(r.question.answers) for r in answered)
    assert all(request.body["seed"] == 7 and request.body["temperature"] == 0 for request in server.requests)
    assert answered[0].question.question in server.requests[0].prompt
    again = list(judge_of(server, tmp_path).judge(results))
    assert again == list(judged.judgements) and len(server.requests) == len(answered)
    assert judge_of(server, tmp_path).estimate(results).calls == 0


def test_failures_are_counted_apart_and_tried_again(serve: Serve, tmp_path: Path) -> None:
    results = run(2)
    answered = [r for r in results.questions if r.answered]
    server = serve(Reply(["no idea"]), Reply(status=400, error={"message": "no"}), said(True, True))
    judge = judge_of(server, tmp_path)
    judged = summarise(list(judge.judge(results)), judge.about)
    assert judged.failures == len(answered) == 2
    assert judged.figures["correct"].mean is None and judged.figures["correct"].n == 0
    assert all(j.error for j in judged.judgements)
    retried = summarise(list(judge.judge(results)), judge.about)
    assert retried.failures == 0 and retried.figures["correct"].mean == 1.0


def test_agreement_with_people_is_cohens_kappa(tmp_path: Path) -> None:
    judged = [Judgement(str(n), correct=n < 25) for n in range(50)]
    labels = {str(n): n < 20 or 25 <= n < 35 for n in range(50)}
    found = agreement(judged, labels)
    assert found is not None and (found.accuracy, found.kappa, found.n) == (0.7, 0.4, 50)
    assert agreement(judged, {"x": True}) is None
    same = agreement([Judgement("1", correct=True)], {"1": True})
    assert same is not None and same.kappa is None and same.accuracy == 1.0


def test_labels_are_read_and_wrong_ones_told(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("id,correct\na,true\nb,0\n", encoding="utf-8")
    assert read_labels(path) == {"a": True, "b": False}
    path.write_text("id,correct\na,perhaps\n", encoding="utf-8")
    with pytest.raises(QuestionSetError, match="line 2"):
        read_labels(path)

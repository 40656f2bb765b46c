from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from malmoi.errors import ThresholdsError
from malmoi.evaluation.gate import judge, read_thresholds
from malmoi.evaluation.results import Outcome, write_results

from .made_results import results_of, run

ROOT = Path(__file__).resolve().parents[2]


def thresholds(folder: Path, content: str) -> Path:
    path = folder / "thresholds.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_figures_beyond_their_thresholds_are_found(tmp_path: Path) -> None:
    limits = read_thresholds(
        thresholds(
            tmp_path,
            "questions = 40\n[all]\ncontains = { mean = 0.5, bound = 0.999 }\nhallucination = { mean = 0.0 }\n"
            '[type.fact]\n"ndcg@10" = { mean = 0.1 }\n[type.missing]\ncontains = { mean = 0.1 }\n',
        )
    )
    found = {(c.type, c.subject, c.kind): c for c in judge(run(60), limits).checks}
    assert found["", "questions", "count"].passed and found["", "failed", "count"].passed
    assert found["", "contains", "mean"].passed and not found["", "contains", "bound"].passed
    assert found["", "contains", "bound"].found == run(60).figures["contains"].low
    worst = found["", "hallucination", "mean"]
    assert not worst.passed and not worst.at_least and worst.found == run(60).figures["hallucination"].mean
    assert found["fact", "ndcg@10", "mean"].passed
    assert not found["missing", "contains", "mean"].passed and found["missing", "contains", "mean"].found is None


def test_of_a_measure_of_which_less_is_better_the_upper_bound_counts(tmp_path: Path) -> None:
    results = run(60)
    high = results.figures["hallucination"].high
    assert high is not None
    for bound, passed in ((high, True), (high - 0.001, False)):
        limits = read_thresholds(thresholds(tmp_path, f"[all]\nhallucination = {{ bound = {bound} }}\n"))
        assert judge(results, limits).passed is passed


def test_too_few_questions_and_failed_ones_are_found(tmp_path: Path) -> None:
    limits = read_thresholds(thresholds(tmp_path, "questions = 41\n"))
    results = run(40)
    broken = results_of([replace(results.questions[0], outcome=Outcome.FAILED, measures={}), *results.questions[1:]])
    assert [c.passed for c in judge(broken, limits).checks] == [False, False]


def test_a_significant_loss_fails_and_a_small_one_does_not(tmp_path: Path) -> None:
    limits = read_thresholds(thresholds(tmp_path, '[loss]\nmeasures = ["contains", "hallucination"]\n'))
    good, bad = run(200, skill=0.95), run(200, skill=0.4, seed=8)
    lost = judge(bad, limits, good)
    assert not lost.passed
    assert [(c.subject, c.passed) for c in lost.checks if c.kind == "loss"] == [
        ("contains", False), ("hallucination", False),
    ]  # fmt: skip
    assert judge(good, limits, bad).passed, "a gain is no loss"
    assert judge(good, limits, good).passed


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[all]\ncontians = { mean = 0.5 }", "no measure contians"),
        ("[all]\ncontains = { mena = 0.5 }", "all.contains.mena"),
        ("[all]\ncontains = { }", "mean, bound or both"),
        ("[loss]\nmeasures = ['speed']", "no measure speed"),
        ("questions = many", "not TOML"),
        ("questions = 0", "questions"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(ThresholdsError, match=problem):
        read_thresholds(thresholds(tmp_path, content))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ThresholdsError, match="cannot be read"):
        read_thresholds(tmp_path / "none.toml")


def test_the_samples_thresholds_are_read() -> None:
    limits = read_thresholds(ROOT / "evals" / "thresholds.toml")
    lines = (ROOT / "evals" / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    assert limits.questions == len(lines)
    assert {"contains", "hallucination"} <= limits.targets.keys()


def test_the_verdict_is_json(tmp_path: Path) -> None:
    write_results(run(8), tmp_path / "results.json")
    said = json.loads(json.dumps(judge(run(8), read_thresholds(thresholds(tmp_path, ""))).to_json()))
    assert said["passed"] is True and said["checks"][0]["subject"] == "questions"

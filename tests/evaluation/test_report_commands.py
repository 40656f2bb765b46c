"""`malmoi eval report`, `compare`, `gate` and `generate` as commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from malmoi.cli import main
from malmoi.cli.common import Spoken
from malmoi.conversation import ConversationStore, Reply
from malmoi.evaluation.questions import read_questions
from malmoi.evaluation.results import write_results
from malmoi.types import AnswerSentence, Citation, SectionKind, Support, Verdict

from .made_results import run

Command = Callable[..., tuple[int, str, str]]
TEXT = (
    "푸른다리 안내\n\n2025.03.04\n\n가람시는 2025년 2월 11일에 푸른다리를 열었다. 가람시 푸른다리의 길이는 480미터다.\n"
)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["malmoi", *map(str, arguments)])
        monkeypatch.setattr(Spoken, "language", "en")
        monkeypatch.setenv("MALMOI_LANGUAGE", "en")
        monkeypatch.setenv("MALMOI_EMBEDDING__ENGINE", "none")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code if isinstance(ended.value.code, int) else 0, printed.out, printed.err

    return run


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    for name, skill in (("good", 0.95), ("bad", 0.4)):
        write_results(run(120, skill=skill, seed=len(name)), tmp_path / name / "results.json")
    return tmp_path / "good", tmp_path / "bad"


def test_the_report_is_made_again_beside_its_results(command: Command, runs: tuple[Path, Path], tmp_path: Path) -> None:
    assert command("eval", "report", runs[0])[0] == 0
    assert "Evaluation report" in (runs[0] / "report.html").read_text("utf-8")
    assert command("eval", "report", runs[0] / "results.json", "--out", tmp_path / "x.html")[0] == 0
    assert (tmp_path / "x.html").is_file()
    status, _, err = command("eval", "report", tmp_path / "none")
    assert status == 1 and "no results" in err


def test_two_runs_are_compared(command: Command, runs: tuple[Path, Path], tmp_path: Path) -> None:
    status, out, _ = command("eval", "compare", *runs, "--out", tmp_path / "compare.html")
    assert status == 0 and "significantly worse" in out and "Got worse:" in out
    assert str(runs[1]) in (tmp_path / "compare.html").read_text("utf-8")
    value = json.loads(command("eval", "compare", *runs, "--json")[1])
    assert value["measures"]["contains"]["verdict"] == "worse" and value["compared"] == 120 and value["worse"]


def test_the_gate_ends_with_0_1_or_2(command: Command, runs: tuple[Path, Path], tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("[all]\ncontains = { mean = 0.7 }\n", "utf-8")
    good, bad = runs
    assert command("eval", "gate", "--results", good, "--thresholds", limits)[0] == 0
    status, out, _ = command("eval", "gate", "--results", bad, "--thresholds", limits)
    assert status == 1 and "FAILED" in out and "1 checks failed" in out
    limits.write_text("questions = 1\n", "utf-8")
    assert command("eval", "gate", "--results", bad, "--thresholds", limits, "--against", bad)[0] == 0
    status, out, _ = command("eval", "gate", "--results", bad, "--thresholds", limits, "--against", good)
    assert status == 1 and "no loss, p < 0.05" in out
    limits.write_text("[all]\ncontians = { mean = 0.7 }\n", "utf-8")
    status, _, err = command("eval", "gate", "--results", bad, "--thresholds", limits)
    assert status == 2 and "no measure contians" in err
    assert command("eval", "gate", "--results", tmp_path / "none", "--thresholds", limits)[0] == 2


@pytest.fixture
def index(command: Command, tmp_path: Path) -> Path:
    (tmp_path / "다리.txt").write_text(TEXT, "utf-8")
    assert command("add", tmp_path / "다리.txt", "--index", tmp_path / "index")[0] == 0
    return tmp_path / "index"


def test_candidates_are_listed_and_nothing_is_accepted_without_a_person(
    command: Command, index: Path, tmp_path: Path
) -> None:
    target = tmp_path / "set.jsonl"
    status, out, _ = command("eval", "generate", "--index", index, "--to", target, "--list")
    asked = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and {q["answers"][0] for q in asked} == {"2025년 2월 11일", "480미터"}
    status, _, err = command("eval", "generate", "--index", index, "--to", target)
    assert status == 1 and "no terminal" in err and not target.exists()
    status, _, err = command("eval", "generate", "--index", index, "--to", target, "--model")
    assert status == 1 and "llm.base_url" in err


def answer_in_terminal(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    given = iter(lines)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("rich.console.input", lambda *_, **__: next(given), raising=False)
    monkeypatch.setattr("builtins.input", lambda *_: next(given))


def test_a_person_accepts_in_the_terminal_and_goes_on_later(
    command: Command, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "set.jsonl"
    arguments = ("eval", "generate", "--index", index, "--to", target)
    answer_in_terminal(monkeypatch, "x", "a", "q")
    status, out, _ = command(*arguments)
    assert status == 0 and "accepted 1, rejected 0, left 1" in out
    answer_in_terminal(monkeypatch, "e", "다른 말로 물으면?", "하나 | 둘")
    status, out, _ = command(*arguments)
    assert status == 0 and "1 of 1" in out
    first, second = read_questions(target)
    assert first.evidence and second.question == "다른 말로 물으면?" and second.answers == ("하나", "둘")
    assert "no candidates left" in command(*arguments)[1]


def test_rated_answers_become_questions(
    command: Command, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited = Citation("d", "다리.txt", "", 0, 5, "길이는 480미터다.", SectionKind.BODY)
    said = AnswerSentence("푸른다리의 길이는 480미터다.", Support.SUPPORTED, (cited,))
    store = ConversationStore(index)
    for owner, value, comment in (("local", 1, ""), ("someone", -1, "480미터가 맞다")):
        conversation = store.create("다리", owner=owner)
        turn = store.append(
            conversation.id, f"{owner}의 질문?", Reply(sentences=(said,), verdict=Verdict.ANSWERED), owner=owner
        )
        store.rate(turn.id, value, "wrong" if value < 0 else "", comment, owner=owner)
    store.close()
    target = tmp_path / "set.jsonl"
    # An answer that was rated bad cannot be taken as it is: its right answer is written first.
    answer_in_terminal(monkeypatch, "a", "a", "e", "someone의 질문?", "480미터")
    status, out, err = command("eval", "generate", "--from-feedback", "--index", index, "--to", target)
    assert status == 0 and "480미터가 맞다" in out and "no answer yet" in err
    liked, disliked = read_questions(target)
    assert liked.evidence[0][0].quote == "길이는 480미터다." and disliked.answers == ("480미터",)

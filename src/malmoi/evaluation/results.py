"""What a run over a set of questions found, and how it is kept in `results.json`.

Everything but the key `timings` of that file is the same whenever the same questions are asked of the same collection
with the same settings.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from malmoi.errors import ResultsError
from malmoi.evaluation.questions import Question, Quote

FORMAT = 1
"""Of `results.json`; grows when an older reader would misread it."""
NAME = "results.json"


class Outcome(StrEnum):
    """How one question went."""

    RIGHT = "right"
    INCOMPLETE = "incomplete"
    """It says an accepted string but does not cite every evidence group, or the other way round."""
    WRONG = "wrong"
    DECLINED_RIGHTLY = "declined rightly"
    DECLINED_WRONGLY = "declined wrongly"
    INVENTED = "invented"
    """An unanswerable question was answered."""
    ANSWERED = "answered"
    """An answerable question was answered, and nothing is known to compare its answer with."""
    FAILED = "failed"
    """No answer came; `QuestionResult.error` says why. It counts in no figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its bootstrap 95 % interval.

    Attributes:
        mean, low, high: None where `n` is 0.
        n: values that were averaged.
        total: questions that were asked; `total - n` is for how many the measure does not apply.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    total: int


@dataclass(frozen=True, slots=True)
class PassageResult:
    """A passage that was found, in rank order.

    Attributes:
        kind: of its section.
        score, lexical, dense: as in `malmoi.types.Hit`.
        gold: whether it holds a quote of the evidence or, where none is given, comes from a relevant document.
    """

    document: str
    title: str
    start: int
    end: int
    text: str
    kind: str
    score: float
    lexical: float | None
    dense: float | None
    gold: bool


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """How one question was answered.

    Attributes:
        verdict: of the answer; empty when it failed.
        answer: the published form of `malmoi.answer_json`, without `passages` and `timings`; empty when it failed.
        measures: None where a measure does not apply.
        baselines: the measures of each baseline's ranking, by its name.
        seconds: by step, as in `malmoi.types.Answer.timings`.
        error: problem and remedy when it failed; empty otherwise.
        confidence: of the answer, where its answerer gives one; from 0 to 1.
        faults: what is wrong with its citations, a line each.
        ranked: names of the documents that the search finds, best first, as far down as they are measured; empty where
            no document is known to be right.
    """

    question: Question
    verdict: str
    answer: Mapping[str, Any]
    passages: tuple[PassageResult, ...]
    measures: Mapping[str, float | None]
    outcome: Outcome
    baselines: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: str = ""
    confidence: float | None = None
    faults: tuple[str, ...] = ()
    ranked: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether it was answered at all."""
        return self.verdict not in ("", "abstained")


@dataclass(frozen=True, slots=True)
class Results:
    """A whole run.

    Attributes:
        about: `malmoi code python packages settings embedding analyser answerer index questions baselines seed`;
            secrets are masked. `questions` holds `file sha256 count absent`, the last being the ids of those whose
            documents or quotes are not in the collection.
        figures: by measure, in the order in which they are shown.
        by_type: the same by type of question.
        baselines: figures of rankings that were made beside Malmoi's, by name.
        timings: p50 and p95 in milliseconds by step, `{"retrieve": {"p50_ms": …, "p95_ms": …}, …}`.
    """

    about: Mapping[str, Any]
    figures: Mapping[str, Figure]
    by_type: Mapping[str, Mapping[str, Figure]]
    baselines: Mapping[str, Mapping[str, Figure]]
    questions: tuple[QuestionResult, ...]
    timings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The published form; seconds of questions stand under `timings`, apart from all that is repeatable."""
        return {
            "format": FORMAT,
            "about": dict(self.about),
            "figures": _figures_to_json(self.figures),
            "by_type": {kind: _figures_to_json(figures) for kind, figures in self.by_type.items()},
            "baselines": {name: _figures_to_json(figures) for name, figures in self.baselines.items()},
            "questions": [question_to_json(question) for question in self.questions],
            "timings": {
                "steps": {step: dict(figures) for step, figures in self.timings.items()},
                "questions": {q.question.id: dict(q.seconds) for q in self.questions},
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Results:
        """The run of a published form; raises KeyError, TypeError or ValueError where it is none."""
        seconds = value["timings"]["questions"]
        return cls(
            about=value["about"],
            figures=_figures_from_json(value["figures"]),
            by_type={kind: _figures_from_json(figures) for kind, figures in value["by_type"].items()},
            baselines={name: _figures_from_json(figures) for name, figures in value["baselines"].items()},
            questions=tuple(question_from_json(q, seconds.get(q["question"]["id"], {})) for q in value["questions"]),
            timings=value["timings"]["steps"],
        )

    def repeatable(self) -> bytes:
        """All but the timings; equal for two runs with the same questions, collection and settings."""
        value = {key: part for key, part in self.to_json().items() if key != "timings"}
        return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def _figures_to_json(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in figures.items()}


def _figures_from_json(value: Mapping[str, Any]) -> dict[str, Figure]:
    return {name: Figure(**figure) for name, figure in value.items()}


def question_to_json(result: QuestionResult) -> dict[str, Any]:
    """One question's result without its seconds."""
    value = asdict(result)
    del value["seconds"]
    return value


def question_from_json(value: Mapping[str, Any], seconds: Mapping[str, float]) -> QuestionResult:
    """The inverse of `question_to_json`."""
    asked = value["question"]
    lists = ("answers", "relevant", "candidates", "history", "wrong")
    question = Question(
        **{
            **asked,
            **{name: tuple(asked[name]) for name in lists},
            "evidence": tuple(tuple(Quote(**quote) for quote in group) for group in asked["evidence"]),
        }
    )
    return QuestionResult(
        **{
            **value,
            "question": question,
            "passages": tuple(PassageResult(**passage) for passage in value["passages"]),
            "outcome": Outcome(value["outcome"]),
            "faults": tuple(value["faults"]),
            "ranked": tuple(value.get("ranked", ())),
            "seconds": seconds,
        }
    )


def write_results(results: Results, path: Path) -> None:
    """Write `results.json` in one step: readers see the old file or the whole new one."""
    content = json.dumps(results.to_json(), ensure_ascii=False, indent=1, allow_nan=False)
    write_whole(path, content.encode() + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_results(path: str | Path) -> Results:
    """The run in a `results.json`, or in the folder that holds one.

    Raises:
        ResultsError: there is none, or it cannot be read.
    """
    path = Path(path)
    path = path / NAME if path.is_dir() else path
    if not path.is_file():
        raise ResultsError(f"There are no results in {path}", "Run `malmoi eval run` first, or check the path.")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ResultsError(f"{path} has the format {value['format']}, not {FORMAT}", "Run `malmoi eval run` again.")
        return Results.from_json(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(f"{path} does not hold results ({error})", "Run `malmoi eval run` again.") from None

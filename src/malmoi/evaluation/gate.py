"""Decides whether a run is good enough: no figure beyond its threshold, no significant loss against a baseline.

The thresholds are a TOML file:

    questions = 88                # at least so many were asked; default 1
    failed = 0                    # at most so many came to no answer; default 0

    [all.contains]                # a measure over all questions, or [type.conflict.conflict_values] over one type
    mean = 0.70                   # its mean is at least this (at most, of a measure of which less is better)
    bound = 0.60                  # the bound of its interval on the bad side is at least (at most) this

    [loss]                        # only when the run is held against another
    measures = ["ndcg@10", "contains"]
    level = 0.05                  # a loss less probable than this by chance fails; default 0.05
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from malmoi.errors import ThresholdsError
from malmoi.evaluation.compare import LEVEL, Comparison, compare
from malmoi.evaluation.measures import LESS_IS_BETTER, MEASURES
from malmoi.evaluation.results import Figure, Outcome, Results


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(_Strict):
    """What one measure must reach; at least one of the two is given."""

    mean: float | None = None
    bound: float | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> Threshold:
        if self.mean is None and self.bound is None:
            raise ValueError("give mean, bound or both")
        return self


def _known(measures: Mapping[str, Threshold] | tuple[str, ...]) -> None:
    if unknown := sorted(set(measures) - set(MEASURES)):
        raise ValueError(f"there is no measure {unknown[0]}; known are {', '.join(MEASURES)}")


class Loss(_Strict):
    """Which measures may not get significantly worse than the baseline's."""

    measures: tuple[str, ...] = MEASURES
    level: Annotated[float, Field(gt=0, lt=1)] = LEVEL

    @field_validator("measures")
    @classmethod
    def _are_known(cls, measures: tuple[str, ...]) -> tuple[str, ...]:
        _known(measures)
        return measures


class Thresholds(_Strict):
    """A file of thresholds; see the module for its form."""

    questions: Annotated[int, Field(ge=1)] = 1
    failed: Annotated[int, Field(ge=0)] = 0
    all: dict[str, Threshold] = Field(default_factory=dict)
    type: dict[str, dict[str, Threshold]] = Field(default_factory=dict)
    loss: Loss = Loss()

    @model_validator(mode="after")
    def _measures_are_known(self) -> Thresholds:
        for measures in (self.all, *self.type.values()):
            _known(measures)
        return self

    @property
    def targets(self) -> dict[str, float]:
        """Means over all questions, as the report draws them."""
        return {name: t.mean for name, t in self.all.items() if t.mean is not None}


@dataclass(frozen=True, slots=True)
class Check:
    """One condition and whether the run meets it.

    Attributes:
        subject: "questions", "failed", or a measure.
        kind: "count", "mean", "bound" or "loss".
        type: of questions that it concerns; empty for all.
        limit: what is allowed at worst; of a loss, the level.
        found: what the run has, None where it was not measured; of a loss, its p.
        change: of a loss, the difference to the baseline.
    """

    subject: str
    kind: str
    limit: float
    found: float | None
    passed: bool
    at_least: bool = True
    type: str = ""
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of a run; `comparison` is with the baseline, where there is one."""

    checks: tuple[Check, ...]
    comparison: Comparison | None = None

    @property
    def passed(self) -> bool:
        """Whether every check is met."""
        return all(check.passed for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """`{"passed": …, "checks": […]}`, a check with its attributes."""
        return {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}


def read_thresholds(path: str | Path) -> Thresholds:
    """The thresholds of a TOML file.

    Raises:
        ThresholdsError: it cannot be read, or says something that is not understood.
    """
    path = Path(path)
    try:
        return Thresholds.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ThresholdsError(f"{path} cannot be read: {error.strerror or error}", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThresholdsError(f"{path} is not TOML: {error}", "Mend the line it names.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        problem = f"{place}: {first['msg']}" if place else first["msg"]
        raise ThresholdsError(f"{path}: {problem}", "docs/evaluation-reports.md describes the file.") from error


def judge(results: Results, thresholds: Thresholds, baseline: Results | None = None) -> Verdict:
    """Hold a run against thresholds and, where one is given, against an earlier run.

    Raises:
        ResultsError: the baseline has no question in common with the run.
    """
    checks = list(_floors(results, thresholds))
    comparison = compare(baseline, results) if baseline else None
    if comparison:
        checks += _losses(comparison, thresholds.loss)
    return Verdict(tuple(checks), comparison)


def _floors(results: Results, thresholds: Thresholds) -> Iterator[Check]:
    asked = len(results.questions)
    failed = sum(q.outcome is Outcome.FAILED for q in results.questions)
    yield Check("questions", "count", thresholds.questions, asked, asked >= thresholds.questions)
    yield Check("failed", "count", thresholds.failed, failed, failed <= thresholds.failed, at_least=False)
    for measure, threshold in thresholds.all.items():
        yield from _of_measure(measure, threshold, results.figures.get(measure), "")
    for kind, measures in thresholds.type.items():
        for measure, threshold in measures.items():
            yield from _of_measure(measure, threshold, results.by_type.get(kind, {}).get(measure), kind)


def _of_measure(measure: str, threshold: Threshold, figure: Figure | None, kind: str) -> Iterator[Check]:
    at_least = measure not in LESS_IS_BETTER
    bound = None if figure is None else figure.low if at_least else figure.high
    mean = None if figure is None else figure.mean
    for name, limit, found in (("mean", threshold.mean, mean), ("bound", threshold.bound, bound)):
        if limit is not None:
            passed = found is not None and (found >= limit if at_least else found <= limit)
            yield Check(measure, name, limit, found, passed, at_least, kind)


def _losses(comparison: Comparison, loss: Loss) -> Iterator[Check]:
    measured = {d.measure: d for d in comparison.differences}
    for measure in loss.measures:
        if d := measured.get(measure):
            lost = d.p < loss.level and (d.difference > 0 if d.lower_is_better else d.difference < 0)
            yield Check(measure, "loss", loss.level, d.p, not lost, change=d.difference)

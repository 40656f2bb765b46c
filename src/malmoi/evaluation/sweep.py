"""A grid over settings: one run for each combination, in a table and as a plot of quality against time."""

from __future__ import annotations

import itertools
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.errors import SettingsError
from malmoi.evaluation import partial
from malmoi.evaluation.about import fingerprint
from malmoi.evaluation.questions import Question
from malmoi.evaluation.results import NAME, Results, write_results, write_whole
from malmoi.evaluation.run import evaluate, open_over
from malmoi.settings import Settings
from malmoi.types import OnProgress

Grid = Mapping[str, Sequence[object]]
QUALITY = ("contains", "ndcg@10", "evidence_recall@5", "citation_recall", "hallucination")
"""The first of these that a set has is plotted."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of settings and what it gave.

    Attributes:
        values: by key of the grid.
        folder: of its `results.json`.
    """

    values: Mapping[str, object]
    results: Results
    folder: Path

    @property
    def milliseconds(self) -> float | None:
        """p50 of a whole answer."""
        return self.results.timings.get("total", {}).get("p50_ms")


def read_grid(path: Path) -> Grid:
    """The grid of a TOML file: every setting with a list of values, in tables or with dotted keys.

    Raises:
        SettingsError: the file cannot be read, or a setting has no list.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} is no grid ({error})", "Write settings with lists of values in TOML.") from None
    grid = dict(_flat(content))
    for key, values in grid.items():
        if not isinstance(values, list) or not values:
            raise SettingsError(f"{path}: {key} is not a list of values", f"Write {key} = [first, second].")
    return grid


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def combinations(grid: Grid) -> list[dict[str, object]]:
    """Every combination of the grid's values, the last key changing fastest."""
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def sweep(
    grid: Grid,
    settings_of: Callable[[Mapping[str, object]], Settings],
    questions: Sequence[Question],
    documents: Path,
    out: Path,
    *,
    answerer: str = "extractive",
    source: Mapping[str, Any] | None = None,
    progress: OnProgress | None = None,
) -> Iterator[Cell]:
    """Run every combination; cells and questions that are finished are not asked again.

    Indexes are shared by the cells whose documents are read, cut and embedded alike.

    Args:
        settings_of: the settings of a combination.
        out: folder for `cells/KEY/results.json` and the indexes.

    Raises:
        SettingsError: a combination is no valid setting; told before anything is run.
    """
    cells = [(values, settings_of(values)) for values in combinations(grid)]
    for values, settings in cells:
        folder = out / "cells" / fingerprint(dict(values))
        collection, _ = open_over(settings, documents, out / "indexes", progress=progress)
        with collection:
            results = evaluate(
                collection,
                questions,
                answerer=answerer,
                source=source,
                partial=folder / partial.NAME,
                keep=True,
                progress=progress,
            )
        write_results(results, folder / NAME)
        yield Cell(values, results, folder)


def plotted(cells: Sequence[Cell], wanted: str | None = None) -> str | None:
    """The measure on the plot's vertical axis: the wanted one, or the first of `QUALITY` that all cells have."""
    shared = set.intersection(*(set(cell.results.figures) for cell in cells)) if cells else set()
    names = (wanted,) if wanted else QUALITY
    return next((name for name in names if name in shared), None)


def to_json(cells: Sequence[Cell]) -> dict[str, Any]:
    """`cells[]` of `values figures timings results`; figures are the same whenever the sweep is repeated."""
    return {
        "cells": [
            {
                "values": dict(cell.values),
                "figures": cell.results.to_json()["figures"],
                "timings": {step: dict(figures) for step, figures in cell.results.timings.items()},
                "results": f"cells/{cell.folder.name}/{NAME}",
            }
            for cell in cells
        ]
    }


def write_json(cells: Sequence[Cell], path: Path) -> None:
    """Write `sweep.json`."""
    write_whole(path, json.dumps(to_json(cells), ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n")


def value_text(values: Mapping[str, object]) -> str:
    """`passages=8 target_chars=500`: the settings by the last part of their keys, whole keys where those clash."""
    last = [key.rpartition(".")[2] for key in values]
    names = last if len(set(last)) == len(last) else list(values)
    return " ".join(f"{name}={value}" for name, value in zip(names, values.values(), strict=True))

"""A small learned ranker: boosted trees over `features`, shipped as `ranker.json`; `ranker.md` is its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malmoi.retrieval.features import Floats

FILE = "ranker.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Ranker:
    """Oblivious decision trees: all splits of one level are the same, so that a tree is a table of 2^depth leaves.

    Attributes:
        features: the columns that it reads.
        start: a column, and what it is multiplied by, to which the trees' leaves are added.
        columns: index into `features` of each split, shape (trees, depth).
        thresholds: a value above it goes right; same shape.
        leaves: shape (trees, 2^depth); the first split decides the highest bit of the leaf's place.
    """

    features: tuple[str, ...]
    start: tuple[str, float]
    columns: NDArray[np.int64]
    thresholds: Floats
    leaves: Floats

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ranker:
        """The ranker that `to_json` wrote."""
        name, factor = data["start"]
        return cls(
            features=tuple(data["features"]),
            start=(str(name), float(factor)),
            columns=np.array(data["columns"], dtype=np.int64),
            thresholds=np.array(data["thresholds"], dtype=np.float64),
            leaves=np.array(data["leaves"], dtype=np.float64),
        )

    def to_json(self) -> dict[str, Any]:
        """As plain lists."""
        return {
            "features": list(self.features),
            "start": list(self.start),
            "columns": self.columns.tolist(),
            "thresholds": self.thresholds.tolist(),
            "leaves": self.leaves.tolist(),
        }

    def scores(self, features: Mapping[str, Floats]) -> Floats:
        """A score for each passage, higher is better; differences within one result list are logarithms of odds."""
        table = np.stack([features[name] for name in self.features], axis=1)
        right = table[:, self.columns] > self.thresholds
        places = right @ (1 << np.arange(self.columns.shape[1])[::-1])
        name, factor = self.start
        leaves = self.leaves[np.arange(len(self.leaves)), places].sum(axis=1)
        return np.asarray(factor * features[name] + leaves, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Rankers:
    """The shipped rankers: for both searches together, and for words alone."""

    both: Ranker
    words: Ranker

    def scores(self, features: Mapping[str, Floats]) -> Floats:
        """By the ranker that the features suffice for."""
        ranker = self.both if all(name in features for name in self.both.features) else self.words
        return ranker.scores(features)


@lru_cache(maxsize=1)
def shipped() -> Rankers:
    """The rankers that come with Malmoi."""
    data = json.loads(files("malmoi.retrieval").joinpath(FILE).read_text(encoding="utf-8"))
    return Rankers(both=Ranker.from_json(data["both"]), words=Ranker.from_json(data["words"]))

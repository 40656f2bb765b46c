"""Fits the weights by which sentences are chosen, and shows how often they choose right.

    python -m benchmarks.choice --datasets ../shared/datasets [--limit 800]

Every question with an answer is asked; the sentences that hold an accepted string should come first. The weights of
`malmoi.answering.choice.KOREAN` are those of a softmax over the sentences of a question's passages, drawn towards
`PLAIN`, fitted by Adam. Five folds by document show how well they do on documents that they were not fitted to.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import astuple, fields
from typing import NamedTuple

import numpy as np
from benchmarks.measures import arguments, collection_of, interval, questions_of, shown, table, write
from numpy.typing import NDArray

from malmoi.answering.choice import PLAIN, Traits
from malmoi.answering.evidence import Evidence
from malmoi.evaluation.normalise import says
from malmoi.language.question import read_question

NAMES = [field.name for field in fields(Traits)]
FIXED = ["quoted", "head", "head_asked", "heading"]
"""Traits of which the sets know nothing keep their weights."""
FOLDS = 5
PULL = 2.0
"""Weight of the distance to `PLAIN`."""

Array = NDArray[np.float64]


class Asked(NamedTuple):
    """The sentences of one question: their traits, shape (n, traits), and which of them answer."""

    document: str
    traits: Array
    right: NDArray[np.bool_]


def ask(given: argparse.Namespace, name: str) -> list[Asked]:
    folder = given.datasets / name
    asked = []
    with collection_of(folder / "documents.jsonl", given) as collection:
        evidence = Evidence(collection.catalog.document_frequency, collection.catalog.chunk_count, None)
        for row in questions_of(folder, given.limit):
            if not row["answerable"]:
                continue
            question = read_question(row["question"], collection.analyser)
            hits = collection.search(row["question"])
            found = evidence.traits(question, hits, evidence.weights(question))
            right = np.array([any(says(c.text, a) for a in row["answers"]) for c, _ in found])
            asked.append(Asked(row["relevant"][0].split("-")[0], np.array([astuple(t) for _, t in found]), right))
    return asked


def fit(asked: list[Asked], steps: int = 250, rate: float = 0.08) -> Array:
    prior = np.array(astuple(PLAIN))
    free = np.array([name not in FIXED for name in NAMES], dtype=float)
    usable = [a for a in asked if a.right.any() and not a.right.all()]
    weights, mean, square = prior.copy(), np.zeros_like(prior), np.zeros_like(prior)
    for step in range(1, steps + 1):
        slope = PULL * (weights - prior) / len(usable)
        for one in usable:
            scores = one.traits @ weights
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            wanted = chance * one.right
            slope -= one.traits.T @ (wanted / wanted.sum() - chance) / len(usable)
        slope *= free
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        weights -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights


def within(one: Asked, weights: Array, count: int) -> float:
    return float(one.right[np.argsort(-(one.traits @ weights), kind="stable")[:count]].any()) if len(one.right) else 0.0


def held_out(asked: list[Asked], count: int) -> list[float]:
    folds = [zlib.crc32(one.document.encode()) % FOLDS for one in asked]
    found = []
    for fold in range(FOLDS):
        weights = fit([one for one, own in zip(asked, folds, strict=True) if own != fold])
        found += [within(one, weights, count) for one, own in zip(asked, folds, strict=True) if own == fold]
    return found


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", default=["korquad"])
    given = parser.parse_args()
    lines, results = [], {}
    for name in given.sets:
        asked = ask(given, name)
        plain = np.array(astuple(PLAIN))
        figures = {
            f"{label} in {count}": interval(made)
            for count in (1, 2)
            for label, made in (
                ("plain", [within(one, plain, count) for one in asked]),
                ("held out", held_out(asked, count)),
            )
        }
        weights = fit(asked)
        results[name] = {**figures, "weights": dict(zip(NAMES, weights.round(2).tolist(), strict=True))}
        lines.append([name, str(len(asked)), *map(shown, figures.values())])
        print(f"{name}: {results[name]['weights']}")
    print(table(["set", "n", *figures], lines))
    write("choice", given, None, results)


if __name__ == "__main__":
    main()

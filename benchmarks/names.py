"""How well spellings of a name are told from other names by sound alone, on written pairs.

    python -m benchmarks.names [--fit]

Two spellings on one line of `names.tsv` are one name; the first on a line of `names_apart.tsv` and any other on it, and
any two of different lines of `names.tsv`, are not. `--fit` fits the coefficients of `malmoi.language.names` again by
logistic regression, with figures from five folds over lines, so that no name is judged by its own spellings.

What a collection learns is shown by `malmoi names`, for a person to judge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.measures import arguments, table

from malmoi.language.names import LIKELY, Likeness, likeness
from malmoi.language.names_phones import is_hangul

HERE = Path(__file__).resolve().parent
FOLDS = 5
HARD_COUNTS = 3.0
"""A hard pair counts as so many in the fit: few were written, and collections have many."""
Pair = tuple[str, str, bool, int]
"""Two spellings, whether they are one name, and the line that they come from, for folds."""


def lines_of(name: str) -> list[list[str]]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def written_pairs() -> dict[str, list[Pair]]:
    """The pairs by kind."""
    same = lines_of("names.tsv")
    found: dict[str, list[Pair]] = {"one name": [], "hard": [], "crossed": []}
    for at, line in enumerate(same):
        found["one name"] += [(a, b, True, at) for a, b in combinations(dict.fromkeys(line), 2)]
    for at, line in enumerate(lines_of("names_apart.tsv"), len(same)):
        found["hard"] += [(line[0], other, False, at) for other in line[1:]]
    for (i, one), (_, other) in combinations(enumerate(same), 2):
        found["crossed"] += [(a, b, False, i) for a in one for b in other if a not in other and b not in one]
    return found


def script(pair: Pair) -> str:
    return "ko-ko" if is_hangul(pair[0]) and is_hangul(pair[1]) else "ko-en"


def wilson(hits: int, n: int) -> str:
    """A share with Wilson's 95 % interval."""
    if not n:
        return "-"
    z, share = 1.96, hits / n
    middle, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)
    return f"{share:.3f} [{low:.3f}, {high:.3f}] ({hits}/{n})"


def logistic(features: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], weights: Any) -> np.ndarray[Any, Any]:
    """Coefficients by Newton's method with a small ridge."""
    found = np.zeros(features.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-features @ found))
        gradient = features.T @ (weights * (labels - p)) - 0.01 * found
        curve = (features * (weights * p * (1 - p))[:, None]).T @ features + 0.01 * np.eye(len(found))
        found = found + np.linalg.solve(curve, gradient)
    return found


def row(like: Likeness) -> list[float]:
    return [1.0, like.weight, like.cost]


def fit(pairs: Sequence[Pair], first_hard: int) -> None:
    """Print coefficients over all pairs with a sound in common, and precision and recall over folds."""
    compared = [
        (p, like) for p in pairs if script(p) == "ko-ko" or not is_hangul(p[1]) for like in [likeness(*p[:2])] if like
    ]
    features = np.array([row(like) for _, like in compared])
    labels = np.array([float(p[2]) for p, _ in compared])
    weights = np.array([HARD_COUNTS if p[3] >= first_hard else 1.0 for p, _ in compared])
    folds = np.array([p[3] % FOLDS for p, _ in compared])
    held = np.zeros(len(labels))
    for fold in range(FOLDS):
        train = folds != fold
        held[~train] = features[~train] @ logistic(features[train], labels[train], weights[train])
    said = held > math.log(LIKELY / (1 - LIKELY))
    print("coefficients", np.round(logistic(features, labels, weights), 2).tolist())
    print("held out: precision", wilson(int((said & (labels > 0)).sum()), int(said.sum())))
    print("          recall among compared", wilson(int((said & (labels > 0)).sum()), int(labels.sum())))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--fit", action="store_true", help="fit the coefficients again")
    given = parser.parse_args()
    pairs = written_pairs()
    everything = [p for found in pairs.values() for p in found]
    if given.fit:
        fit(everything, min(p[3] for p in pairs["hard"]))
    lines = []
    for kind, found in pairs.items():
        for way in ("ko-ko", "ko-en"):
            of_way = [p for p in found if script(p) == way and (is_hangul(p[0]) or is_hangul(p[1]))]
            said = [p for p in of_way if (like := likeness(*p[:2])) and like.probability >= LIKELY]
            lines.append([kind, way, wilson(len(said), len(of_way))])
    print(table(["pairs", "scripts", "taken for one name"], lines))


if __name__ == "__main__":
    main()

"""Boosts oblivious decision trees for ranking, in numpy; `malmoi.retrieval.ranker` uses what is learned here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
LEAST = 1e-2
"""Passages whose second derivative is a smaller part of their list's weight do not matter to a tree."""


@dataclass(frozen=True)
class Recipe:
    """How to boost.

    Attributes:
        ridge: added to the second derivatives of a leaf; more of it makes smaller steps where there is little data.
        columns, rows: share of the features, and of the questions, that a tree sees.
        cut: places that nDCG looks at.
    """

    trees: int = 150
    depth: int = 4
    rate: float = 0.1
    ridge: float = 3.0
    columns: float = 0.5
    rows: float = 0.7
    bins: int = 32
    cut: int = 10
    seed: int = 7


@dataclass(frozen=True)
class Lists:
    """Passages of many questions, one list after another.

    Attributes:
        features: shape (passages, features).
        relevant: 1 or 0 for each passage; every list has a 1.
        starts: place of each list's first passage.
        weights: of each list.
        base: the scores that boosting starts from.
    """

    features: Floats
    relevant: Floats
    starts: Whole
    weights: Floats
    base: Floats


def boost(lists: Lists, recipe: Recipe) -> tuple[Whole, Floats, Floats]:
    """Columns and thresholds of the splits, shape (trees, depth), and leaves, shape (trees, 2^depth).

    Trees follow LambdaRank's gradients: for each pair of a relevant and another passage, the derivative of the
    logistic loss times what their exchange would change in nDCG.
    """
    generator = np.random.default_rng(recipe.seed)
    count, width = lists.features.shape
    sizes = np.diff(np.append(lists.starts, count))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    weights = (lists.weights * len(sizes) / lists.weights.sum())[groups]
    inner = np.linspace(0, 1, recipe.bins + 1)[1:-1]
    edges = [np.unique(np.quantile(column, inner)) for column in lists.features.T]
    codes = np.stack([np.searchsorted(e, c) for e, c in zip(edges, lists.features.T, strict=True)], axis=1)
    pairs = _pairs(lists, sizes, groups)
    scores = lists.base.copy()
    columns, thresholds, leaves = [], [], []
    for _ in range(recipe.trees):
        gradient, curvature = _lambdas(scores, lists, groups, weights, pairs, recipe.cut)
        seen = (generator.random(len(sizes)) < recipe.rows)[groups] & (curvature > LEAST * weights)
        chosen = np.sort(generator.choice(width, max(int(width * recipe.columns), 1), replace=False))
        splits = _grow(codes[np.ix_(seen, chosen)], gradient[seen], curvature[seen], recipe)
        place = np.zeros(count, dtype=np.int64)
        cuts = []
        for column, code in splits:
            own = edges[chosen[column]]
            code = min(code, len(own) - 1)
            place = place * 2 + (codes[:, chosen[column]] > code)
            cuts.append((chosen[column], own[code]))
        g = np.bincount(place[seen], gradient[seen], 2**recipe.depth)
        h = np.bincount(place[seen], curvature[seen], 2**recipe.depth)
        leaf = -recipe.rate * g / (h + recipe.ridge)
        scores += leaf[place]
        columns.append([column for column, _ in cuts])
        thresholds.append([threshold for _, threshold in cuts])
        leaves.append(leaf)
    return np.array(columns, dtype=np.int64), np.array(thresholds), np.array(leaves)


def _pairs(lists: Lists, sizes: Whole, groups: Whole) -> tuple[Whole, Whole]:
    """Each relevant passage with each other one of its list."""
    relevant = np.flatnonzero(lists.relevant > 0)
    own = sizes[groups[relevant]]
    first = np.repeat(relevant, own)
    within = np.arange(own.sum()) - np.repeat(np.cumsum(own) - own, own)
    second = lists.starts[groups[first]] + within
    other = lists.relevant[second] == 0
    return first[other], second[other]


def _lambdas(
    scores: Floats, lists: Lists, groups: Whole, weights: Floats, pairs: tuple[Whole, Whole], cut: int
) -> tuple[Floats, Floats]:
    """First and second derivatives of the loss by each score."""
    count = len(scores)
    places = np.empty(count, dtype=np.int64)
    order = np.lexsort((-scores, groups))
    places[order] = np.arange(count) - lists.starts[groups[order]]
    discount = np.where(places < cut, 1 / np.log2(places + 2), 0.0)
    relevant = np.add.reduceat(lists.relevant, lists.starts).astype(np.int64)
    ideal = np.cumsum(1 / np.log2(np.arange(2, cut + 2)))[np.minimum(relevant, cut) - 1]
    first, second = pairs
    change = np.abs(discount[first] - discount[second]) / ideal[groups[first]] * weights[first]
    wrong = 1 / (1 + np.exp(np.clip(scores[first] - scores[second], -30, 30)))
    gradient, curvature = wrong * change, wrong * (1 - wrong) * change
    return (
        np.bincount(second, gradient, count) - np.bincount(first, gradient, count),
        np.bincount(first, curvature, count) + np.bincount(second, curvature, count),
    )


def _grow(codes: Whole, gradient: Floats, curvature: Floats, recipe: Recipe) -> list[tuple[int, int]]:
    """(column, code) of each level's split: what gains most over all nodes of the level; higher codes go right."""
    width, bins = codes.shape[1], recipe.bins
    flat = codes + np.arange(width) * bins
    g, h = np.repeat(gradient, width), np.repeat(curvature, width)
    node = np.zeros(len(codes), dtype=np.int64)
    splits: list[tuple[int, int]] = []
    for level in range(recipe.depth):
        index = (flat + node[:, None] * width * bins).ravel()
        size = 2**level * width * bins
        left_g = np.bincount(index, g, size).reshape(-1, width, bins).cumsum(axis=2)
        left_h = np.bincount(index, h, size).reshape(-1, width, bins).cumsum(axis=2)
        right_g, right_h = left_g[:, :, -1:] - left_g, left_h[:, :, -1:] - left_h
        gain = (left_g**2 / (left_h + recipe.ridge) + right_g**2 / (right_h + recipe.ridge)).sum(axis=0)
        column, code = divmod(int(gain[:, :-1].argmax()), bins - 1)
        node = node * 2 + (codes[:, column] > code)
        splits.append((column, code))
    return splits

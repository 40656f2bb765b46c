"""Intervals and comparisons of means, by resampling with a fixed seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from malmoi.evaluation.results import Figure

SEED = 7
RESAMPLES = 2000
FLIPS = 10_000
_BLOCK = 4_000_000
"""Numbers drawn at once, so that large sets need no more memory than small ones."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a second run's mean lies above the first's, over the questions that both measured.

    Attributes:
        low, high: paired bootstrap 95 % interval.
        p: two-sided, of a sign-flip permutation test: how often chance alone gives a difference as large.
    """

    mean: float
    low: float
    high: float
    p: float
    n: int

    @property
    def significant(self) -> bool:
        """Whether chance explains it in fewer than one of twenty cases."""
        return self.p < 0.05


def figure(values: Sequence[float | None], *, seed: int = SEED) -> Figure:
    """The mean with its percentile-bootstrap interval; None and NaN are left out and not counted."""
    known = np.array([v for v in values if v is not None and not math.isnan(v)], dtype=float)
    if not len(known):
        return Figure(None, None, None, 0, len(values))
    low, high = _interval(known, seed)
    return Figure(_rounded(known.mean()), low, high, len(known), len(values))


def difference(first: Sequence[float | None], second: Sequence[float | None], *, seed: int = SEED) -> Difference | None:
    """Compare two runs question by question; None where no question was measured by both.

    Args:
        first, second: values of the same questions in the same order; None where a measure does not apply.
    """
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if _is_known(a) and _is_known(b)]
    if not pairs:
        return None
    gaps = np.array([b - a for a, b in pairs if a is not None and b is not None], dtype=float)
    low, high = _interval(gaps, seed)
    return Difference(_rounded(gaps.mean()), low, high, _sign_flips(gaps, seed), len(gaps))


def _is_known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def _interval(values: Floats, seed: int) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    step = max(_BLOCK // len(values), 1)
    means = [
        values[generator.integers(0, len(values), (min(step, RESAMPLES - at), len(values)))].mean(axis=1)
        for at in range(0, RESAMPLES, step)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return _rounded(low), _rounded(high)


def _sign_flips(gaps: Floats, seed: int) -> float:
    """Share of random sign changes whose mean is at least as far from 0; never 0, as one of them is the data itself."""
    gaps = gaps[gaps != 0]  # a sign makes no difference to these
    if not len(gaps):
        return 1.0
    generator = np.random.default_rng(seed)
    observed = abs(gaps.sum()) - 1e-12
    step, reached = max(_BLOCK // len(gaps), 1), 0
    for at in range(0, FLIPS, step):
        signs = generator.choice((-1.0, 1.0), (min(step, FLIPS - at), len(gaps)))
        reached += int((abs(signs @ gaps) >= observed).sum())
    return (reached + 1) / (FLIPS + 1)


def _rounded(value: float | np.floating) -> float:
    """To six digits: sums in another order must not make another file."""
    return round(float(value), 6)

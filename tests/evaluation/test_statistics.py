from __future__ import annotations

import math
import random

import pytest

from malmoi.evaluation.statistics import difference, figure


def test_what_is_not_known_is_neither_averaged_nor_counted() -> None:
    found = figure([1.0, None, math.nan, 0.0, 1.0, 1.0])
    assert (found.mean, found.n, found.total) == (0.75, 4, 6)
    nothing = figure([None, math.nan])
    assert (nothing.mean, nothing.low, nothing.high, nothing.n, nothing.total) == (None, None, None, 0, 2)


def test_the_interval_is_that_of_the_binomial() -> None:
    found = figure([1.0] * 300 + [0.0] * 100)
    spread = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert found.low == pytest.approx(0.75 - spread, abs=0.006)
    assert found.high == pytest.approx(0.75 + spread, abs=0.006)
    assert figure([1.0] * 300 + [0.0] * 100) == found


def test_a_steady_gain_is_significant_and_noise_is_not() -> None:
    chance = random.Random(3)
    before = [chance.random() for _ in range(200)]
    better = difference(before, [value + 0.05 for value in before])
    assert better is not None and better.significant and better.mean == pytest.approx(0.05)
    assert better.low == better.high == pytest.approx(0.05)
    noise = difference(before, [value + chance.gauss(0, 0.05) for value in before])
    assert noise is not None and not noise.significant and noise.low < 0 < noise.high


def test_small_samples_get_the_exact_share_of_sign_changes() -> None:
    found = difference([0.0] * 5, [1.0] * 5)
    assert found is not None and found.p == pytest.approx(2 / 32, abs=0.01)
    same = difference([1.0, 0.0], [1.0, 0.0])
    assert same is not None and same.p == 1.0 and not same.significant


def test_only_questions_that_both_measured_are_compared() -> None:
    found = difference([1.0, None, 0.0], [None, 1.0, 1.0])
    assert found is not None and found.n == 1 and found.mean == 1.0
    assert difference([None], [1.0]) is None

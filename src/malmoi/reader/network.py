"""The reader's network in numpy: question and window through blocks of attention, to an answer's place and presence.

Each block is a pre-norm transformer block (Xiong et al. 2020) whose attention is biased by the cosine of the frozen
encoder's token vectors, by whether two tokens stand on different sides, and by their distance in the window.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
HEADS = 4
CENTRE, SLOPE = 0.75, 4.0
"""Cosines of the frozen vectors stand within a narrow band, which is moved and stretched."""
EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class Side:
    """The tokens of a question or of a window.

    Attributes:
        inputs: projected vectors, (n, width).
        units: the encoder's vectors at length one, (n, 384).
        features: see `Matches.features`, (n, 3).
    """

    inputs: Floats
    units: Floats
    features: Floats


@dataclass(frozen=True, slots=True)
class Output:
    """Logit that the window holds an answer, and logits of where it starts and ends, each (m,)."""

    present: float
    start: Floats
    end: Floats


class Network:
    """The trained head.

    Args:
        weights: by the names that `benchmarks/train_reader.py` gives them.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        self._weights = {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}
        self._blocks = sum(name.endswith(".qkv.weight") for name in weights)

    def project(self, states: Floats) -> Floats:
        """Encoder states (n, 768) as the network's inputs; they are the same for every question."""
        return self._linear("proj", self._normalised("norm", states))

    def run(self, question: Side, window: Side) -> Output:
        """Read one window."""
        asked, read = len(question.inputs), len(window.inputs)
        cosines = (question.units @ window.units.T - CENTRE) * SLOPE
        similar = np.zeros((asked + read, asked + read), np.float32)
        similar[:asked, asked:], similar[asked:, :asked] = cosines, cosines.T
        crossing = np.zeros_like(similar)
        crossing[:asked, asked:] = crossing[asked:, :asked] = 1.0
        apart = np.zeros_like(similar)
        places = np.arange(read, dtype=np.float32)
        apart[asked:, asked:] = np.abs(places[:, None] - places)
        weights = self._weights
        tokens = np.concatenate(
            [
                question.inputs + self._linear("qf", question.features) + weights["seg"][0],
                window.inputs + self._linear("pf", window.features) + weights["seg"][1],
            ]
        )
        for block in range(self._blocks):
            tokens = self._block(f"blocks.{block}", tokens, similar, crossing, apart)
        tokens = self._normalised("out", tokens)
        q, p = tokens[:asked], tokens[asked:]
        places_of = self._linear("span", p)
        start, end = places_of[:, 0], places_of[:, 1]
        telling = question.features[:, 2]
        count = max(float(telling.sum()), 1.0)
        summary = [
            float(question.features[:, 0] @ telling) / count,
            float(question.features[:, 1] @ telling) / count,
            float(cosines.max(axis=1) @ telling) / count,
            float(window.features[:, 1].max()),
            _log_sum_exp(start) / 5,
            _log_sum_exp(end) / 5,
        ]
        pooled = [_softmax(self._linear("att", p)[:, 0]) @ p, _softmax(self._linear("attq", q)[:, 0]) @ q]
        inner = _gelu(self._linear("cls.0", np.concatenate([*pooled, np.array(summary, np.float32)])))
        return Output(float(self._linear("cls.3", inner)[0]), start, end)

    def _block(self, name: str, tokens: Floats, similar: Floats, crossing: Floats, apart: Floats) -> Floats:
        weights, count = self._weights, len(tokens)
        width = tokens.shape[1]
        mixed = self._linear(f"{name}.qkv", self._normalised(f"{name}.n1", tokens))
        q, k, v = mixed.reshape(count, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        logits = q @ k.transpose(0, 2, 1) / math.sqrt(width // HEADS)
        logits += weights[f"{name}.sim"][:, None, None] * similar
        logits += weights[f"{name}.bias"][:, None, None] * crossing
        logits -= np.abs(weights[f"{name}.dist"])[:, None, None] * apart
        read = (_softmax(logits) @ v).transpose(1, 0, 2).reshape(count, width)
        tokens = tokens + self._linear(f"{name}.o", read)
        inner = _gelu(self._linear(f"{name}.f1", self._normalised(f"{name}.n2", tokens)))
        return np.asarray(tokens + self._linear(f"{name}.f2", inner), dtype=np.float32)

    def _linear(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"], dtype=np.float32)

    def _normalised(self, name: str, x: Floats) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPSILON)
        return np.asarray(x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"], dtype=np.float32)


def _softmax(x: Floats) -> Floats:
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


def _log_sum_exp(x: Floats) -> float:
    most = float(x.max())
    return most + math.log(float(np.exp(x - most).sum()))


def _gelu(x: Floats) -> Floats:
    """By its tanh approximation (Hendrycks and Gimpel 2016)."""
    return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x)))), dtype=np.float32)

"""What question and passage share word by word, and the windows that a passage is read in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
WINDOW = 120
"""Most tokens of a window."""
STRIDE = 90
"""Tokens from one part of a sentence longer than a window to the next."""
NEAR = 6
"""Words before and after a word whose matches count as near it."""

_WORD = re.compile(r"\S+")
_MARKS = re.compile(r"[^\w]")
_STOP = frozenset(
    "the a an of in on at to for is are was were be been did do does what which who whom when where why how many much "
    "and or by with from that this it its as had has have".split()
)
_ASKING = re.compile(
    "누구|무엇|무슨|어느|어떤|언제|어디|몇|얼마|왜|어떻게|이름|것|수|때|가장|있는|하는|되는|위해|대해|대한|위한|등|및|그|이"
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, bare and lower case, and for each token the word it belongs to."""

    bare: tuple[str, ...]
    of_token: NDArray[np.int64]


def bare_words(text: str) -> list[str]:
    """The words between spaces without punctuation; may hold empty ones."""
    return [_MARKS.sub("", word.lower()) for word in text.split()]


def read_words(text: str, offsets: Sequence[tuple[int, int]]) -> Words:
    """The words of a text whose tokens stand at `offsets`; a token belongs to the word of its last character."""
    found = [(match.end(), _MARKS.sub("", match.group().lower())) for match in _WORD.finditer(text)]
    ends = np.array([end for end, _ in found])
    last = np.array([max(start, end - 1) for start, end in offsets], dtype=np.int64)
    of_token = np.minimum(np.searchsorted(ends, last, side="right"), max(len(found) - 1, 0))
    return Words(tuple(word for _, word in found), of_token)


def telling(word: str) -> bool:
    """Whether a question's word names something, instead of asking or joining."""
    return bool(word) and word not in _STOP and not _ASKING.match(word)


def likeness(one: str, other: str) -> float:
    """From 0 to 1, by the beginning that two words share: Korean particles and endings stand behind."""
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    shorter, longer = sorted((len(one), len(other)))
    if not same or (same == 1 and shorter > 1):
        return 0.0
    return same / shorter * (0.5 + 0.5 * same / longer)


def windows(sentences: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Token ranges of whole sentences, given as token ranges, of at most `WINDOW`; the next begins with the last."""
    parts: list[tuple[int, int]] = []
    for start, end in sentences:
        while end - start > WINDOW:
            parts.append((start, start + WINDOW))
            start += STRIDE
        parts.append((start, end))
    found, first = [], 0
    while first < len(parts):
        last = first
        while last + 1 < len(parts) and parts[last + 1][1] - parts[first][0] <= WINDOW:
            last += 1
        found.append((parts[first][0], parts[last][1]))
        if last + 1 == len(parts):
            break
        first = max(last, first + 1)
    return found


class Matches:
    """How the words of a question are met in a passage and its title."""

    def __init__(self, question: Words, passage: Words, title: Sequence[str]) -> None:
        self._question, self._passage = question, passage
        self._telling = np.array([telling(word) for word in question.bare], dtype=np.float32)
        met = np.zeros((len(question.bare), max(len(passage.bare), 1)), np.float32)
        entitled = np.zeros(len(question.bare), np.float32)
        for i, word in enumerate(question.bare):
            if self._telling[i]:
                met[i, : len(passage.bare)] = [likeness(word, other) for other in passage.bare]
                entitled[i] = max((likeness(word, other) for other in title), default=0.0)
        self._met = met
        self._anywhere = np.maximum(met.max(axis=1), entitled) if len(met) else entitled
        self._digits = np.array([any(map(str.isdigit, word)) for word in passage.bare], dtype=np.float32)

    def features(self, window: tuple[int, int]) -> tuple[Floats, Floats]:
        """Of a window's token range: question tokens (n, 3) and passage tokens (m, 3).

        A question token's word: met in the window, met in passage or title, telling. A passage token's word: met in
        the question, share of the question's telling words near it, holds a digit.
        """
        of_token = self._passage.of_token[window[0] : window[1]]
        first, last = int(of_token[0]), int(of_token[-1])
        here = self._met[:, first : last + 1].max(axis=1)
        asked = np.stack([here, self._anywhere, self._telling], axis=1)[self._question.of_token]
        count = max(float(self._telling.sum()), 1.0)
        near = [self._met[:, max(0, k - NEAR) : k + NEAR + 1].max(axis=1).sum() / count for k in range(first, last + 1)]
        places = of_token - first
        told = [self._met.max(axis=0)[of_token], np.array(near)[places], self._digits[of_token]]
        return asked.astype(np.float32), np.stack(told, axis=1).astype(np.float32)

"""Reads a question against passages: whether each holds an answer, and in which sentence."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from malmoi.embedding import Embedder
from malmoi.embedding.processors import available_processors
from malmoi.reader.network import Floats, Network, Output, Side
from malmoi.reader.words import Matches, Words, bare_words, read_words, windows

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

    from malmoi.embedding.onnx_engine import OnnxEmbedder

MODEL = "multilingual-e5-small/"
"""Beginning of the id of the encoder that the weights were trained on."""
SPAN = 20
"""Most tokens from the first to the last of an answer."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What is read: a passage's sentences in order, and its title, whose words count as known."""

    sentences: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a passage says to a question.

    Attributes:
        present: logit that the passage holds an answer.
        sentences: for each sentence, the probability that the answer starts in it if there is one.
    """

    present: float
    sentences: tuple[float, ...]

    @property
    def answerability(self) -> float:
        """Probability that the passage holds an answer, 0 to 1."""
        return 1.0 / (1.0 + math.exp(-self.present))


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as the network reads it; `sentences` are token ranges, empty where a sentence has no token."""

    inputs: Floats
    units: Floats
    words: Words
    sentences: tuple[tuple[int, int], ...]


class Reader:
    """A small network over the frozen bundled encoder. Safe to use from several threads.

    Args:
        embedder: the bundled one; see `open_reader`.
        capacity: passages whose vectors are kept.
    """

    def __init__(self, embedder: OnnxEmbedder, capacity: int = 128) -> None:
        self._embedder = embedder
        self._capacity = capacity
        self._kept: OrderedDict[tuple[str, ...], _Text] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Read each passage for an answer.

        Raises:
            EmbeddingRefused: question or passage has nothing to read.
        """
        with _blas().limit(limits=1, user_api="blas"):
            asked = self._text((question,), question=True)
            with ThreadPoolExecutor(available_processors(), thread_name_prefix="read") as pool:
                return list(pool.map(lambda passage: self._reading(asked, passage), passages))

    def _reading(self, question: _Text, read: Passage) -> Reading:
        passage = self._passage(read.sentences)
        matches = Matches(question.words, passage.words, bare_words(read.title))
        present, scores = -math.inf, np.full(len(passage.sentences), -math.inf)
        for window in windows([s for s in passage.sentences if s[1] > s[0]]):
            part = slice(*window)
            asked, told = matches.features(window)
            output = _network().run(
                Side(question.inputs, question.units, asked), Side(passage.inputs[part], passage.units[part], told)
            )
            present = max(present, output.present)
            starts = _starts(output)
            for i, (start, end) in enumerate(passage.sentences):
                here = starts[max(start - window[0], 0) : max(end - window[0], 0)]
                if len(here):
                    scores[i] = max(scores[i], output.present + math.log(max(float(here.sum()), 1e-9)))
        if not np.isfinite(present):
            return Reading(-10.0, (0.0,) * len(passage.sentences))
        raised = np.exp(scores - scores.max())
        return Reading(present, tuple((raised / raised.sum()).tolist()))

    def _passage(self, sentences: tuple[str, ...]) -> _Text:
        with self._lock:
            found = self._kept.get(sentences)
        found = found or self._text(sentences, question=False)
        with self._lock:
            self._kept[sentences] = found
            self._kept.move_to_end(sentences)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return found

    def _text(self, sentences: tuple[str, ...], *, question: bool) -> _Text:
        states = self._embedder.token_states(sentences, question=question)
        top = states.last
        units = top / np.maximum(np.linalg.norm(top, axis=1, keepdims=True), 1e-9)
        inputs = _network().project(np.concatenate([states.middle, top], axis=1))
        return _Text(inputs, units, read_words(states.text, states.offsets), states.sentences)


def open_reader(embedder: Embedder | None) -> Reader | None:
    """The reader, where the bundled embedding runs on its fast engine; None elsewhere."""
    from malmoi.embedding.onnx_engine import OnnxEmbedder

    if isinstance(embedder, OnnxEmbedder) and embedder.id.startswith(MODEL):
        return Reader(embedder)
    return None


def _starts(output: Output) -> Floats:
    """Probability of each token to start the answer, over all spans of at most `SPAN` tokens."""
    count = len(output.start)
    ends = np.full((count, SPAN), -np.inf, np.float32)
    for step in range(min(SPAN, count)):
        ends[: count - step, step] = output.end[step:]
    best = output.start + np.logaddexp.reduce(ends, axis=1)
    raised = np.exp(best - best.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


@cache
def _blas() -> ThreadpoolController:
    """Limits the threads of numpy's matrix products; with several for each of ours they mostly wait for each other."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@cache
def _network() -> Network:
    content = (files("malmoi.reader") / "weights.npz").read_bytes()
    with np.load(BytesIO(content), allow_pickle=False) as stored:
        return Network(dict(stored))

"""Any ONNX text encoder from a folder: `model.onnx`, `tokenizer.json`, and how to use them in `embedding.json`."""

from __future__ import annotations

import hashlib
import json
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from malmoi.embedding.batches import checked, clean, clean_all
from malmoi.embedding.onnx_encoder import Encoder, Recipe
from malmoi.embedding.onnx_outputs import with_result
from malmoi.embedding.processors import available_processors
from malmoi.embedding.protocol import OnProgress, Vectors
from malmoi.embedding.tokens import Numbers, Tokens, Window
from malmoi.errors import EmbeddingUnavailable

BATCH_TOKENS = 512
"""Tokens of a background batch: below a tenth of a second on one processor, after which a question may go first."""
MAX_PADDING = 0.05
_SLAB = 4096


_MIDDLE_LAYER = 8
"""After so many layers the middle states are taken; each layer normalises twice, the embeddings once before."""


@dataclass(frozen=True, slots=True)
class TokenStates:
    """The tokens of a text without prefix and marks.

    Attributes:
        text: as the tokenizer read it, the sentences joined by a space.
        offsets: of each token in `text`.
        sentences: range of tokens of each sentence; empty where it has none.
        middle, last: what a middle layer and the last one say of each token, (tokens, dimension).
    """

    text: str
    offsets: tuple[tuple[int, int], ...]
    sentences: tuple[tuple[int, int], ...]
    middle: Vectors
    last: Vectors


class Turns:
    """Lets questions go ahead: background work waits while one is computed, at most `patience_s` seconds a batch."""

    def __init__(self, patience_s: float = 1.0) -> None:
        self._patience_s = patience_s
        self._questions = 0
        self._changed = threading.Condition()

    @contextmanager
    def question(self) -> Iterator[None]:
        """While a question is computed."""
        with self._changed:
            self._questions += 1
        try:
            yield
        finally:
            with self._changed:
                self._questions -= 1
                self._changed.notify_all()

    def background(self) -> None:
        """Returns when background work may go on."""
        with self._changed:
            self._changed.wait_for(lambda: self._questions == 0, timeout=self._patience_s)


class OnnxEmbedder:
    """An encoder from a folder. See `Embedder`.

    Args:
        folder: with `tokenizer.json`, and `model.onnx` there or in `onnx/`.
        recipe: None reads it from the folder.
        threads: batches computed at the same time; None takes the processors that are available.

    Raises:
        EmbeddingUnavailable: something in the folder is missing or unusable.
    """

    note = ""

    def __init__(self, folder: Path, recipe: Recipe | None = None, *, threads: int | None = None) -> None:
        model = next((path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.is_file()), None)
        if model is None:
            raise EmbeddingUnavailable(f"There is no model.onnx in {folder}", "Check MALMOI_EMBEDDING__PATH")
        self._recipe = recipe or Recipe.read(folder)
        self._tokens = Tokens(
            folder / "tokenizer.json",
            window=self._recipe.window,
            characters=self._recipe.characters,
            unknown_apart=self._recipe.unknown_apart,
        )
        self._model = model
        self._encoder = Encoder(model)
        self._widening = threading.Lock()
        self._turns = Turns()
        self._threads = threads or available_processors()
        self._places = threading.BoundedSemaphore(self._threads)
        self.dimension: int = self._pooled(self._tokens.windows("a"))[0].size
        self.id = self._recipe.id or _identity(folder, model, self._recipe)

    def embed_question(self, text: str) -> Vectors:
        """See `Embedder.embed_question`."""
        with self._turns.question():
            windows = self._tokens.windows(self._recipe.query_prefix + clean_all([text])[0])
            total = sum(max(1, window.content) * self._pooled([window])[0] for window in windows)
        vector: Vectors = self._checked(np.asarray(total)[None], 1)[0]
        return vector

    def embed_passages(self, texts: Sequence[str], progress: OnProgress | None = None) -> Vectors:
        """See `Embedder.embed_passages`."""
        cleaned = clean_all(texts)
        vectors = np.zeros((len(cleaned), self.dimension), dtype=np.float32)
        for start in range(0, len(cleaned), _SLAB):
            slab = cleaned[start : start + _SLAB]
            told = _shifted(progress, start)
            self._embed_slab(slab, vectors[start : start + len(slab)], told)
        return self._checked(vectors, len(cleaned))

    def token_vectors(self, text: str, *, question: bool = False) -> Vectors:
        """A unit vector for each token of the text, prefix included and marks left out: shape `(tokens, dimension)`.

        Raises:
            EmbeddingRefused: the text has nothing to embed.
            EmbeddingUnavailable: the model gives out one vector for a whole text only.
        """
        prefix = self._recipe.query_prefix if question else self._recipe.passage_prefix
        rows = []
        for window in self._tokens.windows(prefix + clean_all([text])[0]):
            output = self._encoder.run([window.numbers])[0]
            if output.ndim != 3:
                raise EmbeddingUnavailable("The model gives out no token vectors")
            before = self._tokens.marks_before
            rows.append(output[0, before : before + window.content])
        every = np.concatenate(rows)
        return self._checked(every, len(every))

    def token_states(self, sentences: Sequence[str], *, question: bool = False) -> TokenStates:
        """What a middle and the last layer of the bundled model say of each token of a text, given by its sentences.

        Raises:
            EmbeddingRefused: the text has nothing to embed.
            EmbeddingUnavailable: the model has other layers than the bundled one.
        """
        self._hand_out_middle()
        prefix = self._recipe.query_prefix if question else self._recipe.passage_prefix
        parts = [self._tokens.normal(clean(sentence)).strip() for sentence in sentences]
        text = clean_all([" ".join(part for part in parts if part)])[0]
        numbers, offsets = self._tokens.placed(prefix + text)
        before, rows = self._tokens.marks_before, []
        for window in self._tokens.marked(numbers):
            last, middle = self._encoder.run([window.numbers], every=True)
            rows.append(np.concatenate([middle[0], last[0]], axis=1)[before : before + window.content])
        kept = [i for i, (_, end) in enumerate(offsets) if end > len(prefix)]
        places = tuple((max(offsets[i][0] - len(prefix), 0), offsets[i][1] - len(prefix)) for i in kept)
        ends = [end - 1 for _, end in places]
        ranges, start = [], 0
        for part in parts:
            ranges.append((bisect_right(ends, start - 1), bisect_right(ends, start + len(part) - 1)))
            start += len(part) + bool(part)
        states = np.concatenate(rows)[kept]
        return TokenStates(text, places, tuple(ranges), states[:, : self.dimension], states[:, self.dimension :])

    def _hand_out_middle(self) -> None:
        with self._widening:
            if "middle" not in self._encoder.outputs:
                model = with_result(
                    self._model.read_bytes(), "LayerNormalization", 2 * _MIDDLE_LAYER, "middle", self.dimension
                )
                self._encoder = Encoder(model)

    def _embed_slab(self, texts: list[str], vectors: Vectors, progress: OnProgress | None) -> None:
        """Adds up the vectors of the texts' windows, each weighted by its length, into `vectors`."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
            try:
                prefix = self._recipe.passage_prefix
                windows = list(pool.map(lambda text: self._tokens.windows(prefix + text), texts))
                owners = [text for text, parts in enumerate(windows) for _ in parts]
                every = [window for parts in windows for window in parts]
                missing = [len(parts) for parts in windows]
                pending = {
                    pool.submit(self._background, [every[i] for i in batch]): batch for batch in self._batches(every)
                }
                done = 0
                for future in as_completed(pending):
                    for i, vector in zip(pending[future], future.result(), strict=True):
                        vectors[owners[i]] += max(1, every[i].content) * vector
                        missing[owners[i]] -= 1
                        done += missing[owners[i]] == 0
                    if progress is not None:
                        progress(done)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _batches(self, windows: list[Window]) -> Iterator[Numbers]:
        lengths = np.array([len(window.numbers) for window in windows], dtype=np.int64)
        return batches_of(lengths, padding=0.0 if self._encoder.equal_lengths else MAX_PADDING)

    def _background(self, windows: list[Window]) -> Vectors:
        with self._places:
            self._turns.background()
            return self._pooled(windows)

    def _pooled(self, windows: Sequence[Window]) -> Vectors:
        output = self._encoder.run([window.numbers for window in windows])[0]
        if output.ndim == 2:
            return np.asarray(output, dtype=np.float32)
        if self._recipe.pooling == "cls":
            return np.asarray(output[:, 0], dtype=np.float32)
        # row by row, so that padding does not touch the sum
        means = [row[: len(window.numbers)].mean(axis=0) for row, window in zip(output, windows, strict=True)]
        return np.stack(means).astype(np.float32, copy=False)

    def _checked(self, vectors: Vectors, count: int) -> Vectors:
        return checked(vectors, count=count, dimension=self.dimension, engine=self.id)


def batches_of(lengths: Numbers, tokens: int = BATCH_TOKENS, padding: float = MAX_PADDING) -> Iterator[Numbers]:
    """Positions of `lengths` in batches, longest first, of at most `tokens`, at most `padding` of which are empty."""
    order = np.argsort(-lengths, kind="stable")
    start, filled = 0, 0
    for end, position in enumerate(order):
        longest, size = int(lengths[order[start]]), end - start + 1
        filled += int(lengths[position])
        if end > start and (longest * size > tokens or filled < (1 - padding) * longest * size):
            yield order[start:end]
            start, filled = end, int(lengths[position])
    if len(order):
        yield order[start:]


def folder_embedder(
    folder: Path, *, query_prefix: str = "", passage_prefix: str = "", pooling: str = ""
) -> OnnxEmbedder:
    """The encoder of a user's folder; what is given here beats the folder's own recipe.

    Raises:
        EmbeddingUnavailable: something in the folder is missing or unusable.
    """
    recipe = Recipe.read(folder)
    given: dict[str, Any] = {"query_prefix": query_prefix, "passage_prefix": passage_prefix, "pooling": pooling}
    given = {name: value for name, value in given.items() if value and value != getattr(recipe, name)}
    return OnnxEmbedder(folder, replace(recipe, **given, id="") if given else recipe)


def _identity(folder: Path, model: Path, recipe: Recipe) -> str:
    """Folder's name, and a digest of the model's files, the tokenizer and the recipe."""
    digest = hashlib.sha256(json.dumps(recipe.__dict__, sort_keys=True, default=str).encode())
    for path in [*sorted(model.parent.glob(f"{model.name}*")), folder / "tokenizer.json"]:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"onnx:{folder.resolve().name}/{digest.hexdigest()[:12]}"


def _shifted(progress: OnProgress | None, start: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(start + done)

"""From text to the numbers that an encoder reads, in windows that it can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malmoi.errors import EmbeddingUnavailable

Numbers = NDArray[np.int64]
UNKNOWN_PIECE = "\x00"
"""Stands for the unknown piece in a converted vocabulary, so that no text spells it."""

_SPACES = re.compile("  +")


@dataclass(frozen=True)
class Window:
    """One input of the encoder: `numbers` with the marks of start and end, `content` of them from the text."""

    numbers: Numbers
    content: int


class Tokens:
    """A `tokenizer.json`, with what the original of the bundled model does beyond it.

    Args:
        path: of the `tokenizer.json`.
        window: most tokens of one input, with its marks.
        characters: replacements of code points before the tokenizer reads, after which runs of spaces are one space.
        unknown_apart: whether each unknown character counts as a token; the library makes one of a whole run.

    Raises:
        EmbeddingUnavailable: the file cannot be used.
    """

    def __init__(
        self, path: Path, *, window: int, characters: Mapping[int, str] | None = None, unknown_apart: bool = False
    ) -> None:
        try:
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise EmbeddingUnavailable(f"{path} is not a tokenizer that can be read ({error})") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._characters = dict(characters) if characters else None
        self._unknown = self._tokenizer.token_to_id(UNKNOWN_PIECE) if unknown_apart else None
        self._before, self._after = self._marks()
        self._room = window - len(self._before) - len(self._after)

    def _marks(self) -> tuple[list[int], list[int]]:
        """What the tokenizer puts around a text."""
        bare = self._tokenizer.encode("a", add_special_tokens=False).ids
        marked = self._tokenizer.encode("a", add_special_tokens=True).ids
        for start in range(len(marked) - len(bare) + 1):
            if marked[start : start + len(bare)] == bare:
                return marked[:start], marked[start + len(bare) :]
        return [], []

    @property
    def marks_before(self) -> int:
        """Tokens that stand before the text in every window."""
        return len(self._before)

    def content(self, text: str) -> list[int]:
        """Numbers of the text alone."""
        encoding = self._tokenizer.encode(self.normal(text), add_special_tokens=False)
        numbers: list[int] = encoding.ids
        if self._unknown is None or self._unknown not in numbers:
            return numbers
        apart: list[int] = []
        for number, (start, end) in zip(numbers, encoding.offsets, strict=True):
            apart += [number] * (end - start) if number == self._unknown else [number]
        return apart

    def normal(self, text: str) -> str:
        """The text as the tokenizer reads it."""
        return text if self._characters is None else _SPACES.sub(" ", text.translate(self._characters))

    def placed(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Numbers of a normal text, and each one's place in it; a run of unknown characters is one token."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return encoding.ids, encoding.offsets

    def marked(self, numbers: list[int]) -> list[Window]:
        """Tokens of a text in windows with their marks, in order and without overlap."""
        parts = [numbers[i : i + self._room] for i in range(0, len(numbers), self._room)] or [[]]
        return [Window(np.array([*self._before, *part, *self._after], dtype=np.int64), len(part)) for part in parts]

    def windows(self, text: str) -> list[Window]:
        """The text's inputs, in order and without overlap; one for a short text."""
        return self.marked(self.content(text))

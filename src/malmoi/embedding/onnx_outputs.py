"""Hands out an inner result of an ONNX model: the file is read field by field, without the `onnx` package."""

from __future__ import annotations

from collections.abc import Iterator

from malmoi.embedding.onnx_writer import appended_output
from malmoi.errors import EmbeddingUnavailable

_GRAPH, _NODE = 7, 1
_NODE_OUTPUT, _NODE_OPERATOR = 2, 4


def with_result(model: bytes, operator: str, place: int, name: str, width: int) -> bytes:
    """The model with one more output, (batch, length, `width`): what its `place`-th `operator`, from 0, gives.

    A message that stands twice in such a file is merged, so that the output is appended as a second graph.

    Raises:
        EmbeddingUnavailable: there is no such operator.
    """
    found = 0
    view = memoryview(model)
    for field, graph in _fields(view):
        if field != _GRAPH:
            continue
        for part, node in _fields(graph):
            if part != _NODE:
                continue
            fields = [(number, bytes(value)) for number, value in _fields(node)]
            if (_NODE_OPERATOR, operator.encode()) not in fields:
                continue
            if found == place:
                inner = next(value for number, value in fields if number == _NODE_OUTPUT).decode()
                return model + appended_output(inner, name, ("batch", "length", width))
            found += 1
    raise EmbeddingUnavailable(f"The model has no {operator} number {place}")


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and content of each field of a message that holds bytes; other fields are passed over."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        kind = key & 7
        if kind == 2:
            size, position = _varint(message, position)
            yield key >> 3, message[position : position + size]
            position += size
        elif kind == 0:
            _, position = _varint(message, position)
        else:
            position += 4 if kind == 5 else 8


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[position]
        position += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, position

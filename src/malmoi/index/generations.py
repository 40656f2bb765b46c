"""Generations: immutable snapshots of all vectors, each in its own folder `chroma/<n>/`.

A generation holds `ids.npy` and `vectors.npy`, which are memory-mapped for exact search, and a Chroma collection
of the chunks that an ordinary question searches. It is built, closed, forced to disk and checked before the file
`CURRENT` is renamed to point at it; after that nobody writes to it. (Chroma itself adds a row to a bookkeeping table
of its SQLite file whenever it opens one.)
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malmoi.errors import IndexDamaged

IDS = "ids.npy"
VECTORS = "vectors.npy"
_CHROMA_FILE = "chroma.sqlite3"
_CURRENT = "CURRENT"
_BOOKKEEPING = "acquire_write"
"""The one table of Chroma's that changes when a collection is opened."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is; the content of `CURRENT`.

    Attributes:
        rows: vectors in it; those of `chroma_rows` come first and are in Chroma as well.
        max_chunk_id: the highest chunk id in it.
        files: size in bytes and SHA-256 of each file, by path below the generation's folder. Of Chroma's SQLite
            file it is the least size, and a digest of its tables.
    """

    generation: int
    model: str
    rows: int
    chroma_rows: int
    dimension: int
    max_chunk_id: int
    files: dict[str, tuple[int, str]]


def home(index_dir: Path) -> Path:
    """The folder of all generations."""
    return index_dir / "chroma"


def folder_of(index_dir: Path, manifest: Manifest) -> Path:
    """The folder of one generation."""
    return home(index_dir) / str(manifest.generation)


def stamp(index_dir: Path) -> tuple[int, int] | None:
    """Changes whenever another generation is published; None without one."""
    try:
        status = (home(index_dir) / _CURRENT).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def current(index_dir: Path) -> Manifest | None:
    """The published generation's manifest.

    Raises:
        IndexDamaged: `CURRENT` cannot be understood.
    """
    path = home(index_dir) / _CURRENT
    try:
        told = json.loads(path.read_bytes())
        files = {name: (int(size), str(digest)) for name, (size, digest) in told.pop("files").items()}
        return Manifest(files=files, **told)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexDamaged(f"{path} cannot be read ({error})", "Run `malmoi index rebuild`") from error


def wrong_sizes(index_dir: Path, manifest: Manifest) -> list[str]:
    """Files that are missing or have another size; cheap."""
    wrong = []
    for name, (size, _) in manifest.files.items():
        try:
            found = (folder_of(index_dir, manifest) / name).stat().st_size
        except OSError:
            wrong.append(name)
            continue
        if found != size and not (name == _CHROMA_FILE and found > size):
            wrong.append(name)
    return wrong


def wrong_content(index_dir: Path, manifest: Manifest) -> list[str]:
    """Files whose content is not what was published; reads all of them."""
    wrong = []
    for name, (_, digest) in manifest.files.items():
        try:
            if _digest(folder_of(index_dir, manifest) / name) != digest:
                wrong.append(name)
        except (OSError, sqlite3.DatabaseError):
            wrong.append(name)
    return wrong


def load(index_dir: Path, manifest: Manifest) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Ids, and memory-mapped vectors of shape (rows, dimension).

    Raises:
        IndexDamaged: a file is missing, or is not what was published.
    """
    remedy = "Run `malmoi index rebuild`"
    wrong = wrong_sizes(index_dir, manifest)
    if wrong:
        raise IndexDamaged(f"Generation {manifest.generation} is damaged: {', '.join(wrong)}", remedy)
    folder = folder_of(index_dir, manifest)
    try:
        ids = np.load(folder / IDS)
        rows = np.load(folder / VECTORS, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"Generation {manifest.generation} cannot be read ({error})", remedy) from error
    if (
        ids.shape != (manifest.rows,)
        or ids.dtype != np.int64
        or rows.shape != (manifest.rows, manifest.dimension)
        or rows.dtype != np.float32
    ):
        raise IndexDamaged(f"Generation {manifest.generation} holds other vectors than it should", remedy)
    return ids, rows


def seal(folder: Path, draft: Manifest) -> Manifest:
    """Shrink Chroma's file to its content, force everything to disk, and note sizes and digests."""
    chroma_file = folder / _CHROMA_FILE
    if chroma_file.exists():
        database = sqlite3.connect(chroma_file, isolation_level=None)
        try:
            database.execute("VACUUM")
        finally:
            database.close()
    files = {}
    for path in sorted(folder.rglob("*")):
        _force(path)
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = (path.stat().st_size, _digest(path))
    _force(folder)
    return replace(draft, files=files)


def publish(index_dir: Path, manifest: Manifest) -> None:
    """Make a sealed generation the current one, for all processes at once."""
    path = home(index_dir) / _CURRENT
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(manifest), ensure_ascii=False), encoding="utf-8")
    _force(draft)
    os.replace(draft, path)
    _force(path.parent)


def withdraw(index_dir: Path) -> None:
    """Leave the collection without a generation."""
    (home(index_dir) / _CURRENT).unlink(missing_ok=True)


def sweep(index_dir: Path) -> None:
    """Delete all generations but the current one; for the writer only.

    A reader that has one open goes on reading it where the system allows that, and elsewhere keeps it from being
    deleted until the next time.
    """
    try:
        manifest = current(index_dir)
    except IndexDamaged:
        manifest = None
    keep = {_CURRENT, str(manifest.generation)} if manifest else {_CURRENT}
    for path in _entries(home(index_dir)):
        if path.name not in keep:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _entries(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from folder.iterdir()


def _force(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    if path.name == _CHROMA_FILE:
        return _digest_tables(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_tables(path: Path) -> str:
    digest = hashlib.sha256()
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        schema: list[tuple[Any, ...]] = database.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ).fetchall()
        for name, sql in schema:
            digest.update(repr((name, sql)).encode())
            if name != _BOOKKEEPING and not str(sql).upper().startswith("CREATE VIRTUAL"):
                for row in database.execute(f'SELECT * FROM "{name}"'):
                    digest.update(repr(row).encode())
    finally:
        database.close()
    return digest.hexdigest()

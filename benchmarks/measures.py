"""What the benchmarks share: data sets as collections, times, tables, and results as JSON."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import malmoi
from malmoi.engine import Malmoi
from malmoi.types import FileStatus

OUT = Path(__file__).resolve().parent / "out"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=Path, help="folder of data sets: SET/documents.jsonl, SET/questions.jsonl")
    parser.add_argument("--limit", type=int, help="ask only so many questions of each set, spread over it")
    parser.add_argument("--documents", type=int, help="keep only so many documents: for trying a benchmark out")
    parser.add_argument("--engine", default="bundled", help="embedding engine; none searches by words alone")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for results and for indexes that are kept")
    return parser


def spread(items: Sequence[Any], limit: int | None) -> list[Any]:
    """At most `limit` items at equal distances."""
    if not limit or limit >= len(items):
        return list(items)
    return [items[i * len(items) // limit] for i in range(limit)]


def questions_of(folder: Path, limit: int | None) -> list[dict[str, Any]]:
    return spread(rows(folder / "questions.jsonl"), limit)


def collection_of(source: Path, given: argparse.Namespace, wanted: Sequence[str] = ()) -> Malmoi:
    """The collection of a folder or a `documents.jsonl`; the index is kept under `--out` and made only once.

    Args:
        wanted: ids of documents to keep first when `--documents` cuts the collection.
    """
    if given.documents and source.suffix == ".jsonl":
        source = _cut(source, given.documents, given.out / "cut", wanted)
    key = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:8]
    name = f"{source.name if source.is_dir() else source.parent.name}-{given.engine}-{key}"
    collection = malmoi.open(given.out / "indexes" / name, embedding__engine=given.engine)
    began = time.perf_counter()
    results = collection.sync(source) if source.is_dir() else collection.add([source])
    failed = [r.problem for r in results if r.status is FileStatus.FAILED]
    made = sum(r.status not in (FileStatus.UNCHANGED, FileStatus.FAILED) for r in results)
    print(f"{name}: {made} documents indexed in {time.perf_counter() - began:.0f} s", *failed, sep="\n  ", flush=True)
    collection.search("준비")  # loads what is loaded once, so that no question is timed with it
    return collection


def _cut(source: Path, count: int, out: Path, wanted: Sequence[str]) -> Path:
    every = rows(source)
    first = set(wanted)
    kept = sorted(every, key=lambda row: row["id"] not in first)[: max(count, len(first))]
    folder = out / f"{source.parent.name}-{len(kept)}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "documents.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), encoding="utf-8")
    return path


def latency(seconds: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95]) if seconds else (math.nan, math.nan)
    return {"p50_ms": float(p50), "p95_ms": float(p95)}


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    widths = [max(len(row[i]) for row in (header, *lines)) for i in range(len(header))]
    made = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *lines)]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {row} |" for row in (made[0], rule, *made[1:]))


def write(name: str, given: argparse.Namespace, collection: Malmoi | None, results: object) -> Path:
    """Write `results` with what they were measured on to `--out`/NAME.json."""
    about = {
        "malmoi": malmoi.__version__,
        "embedding": collection.embedder.id if collection and collection.embedder else "none",
        "analyser": collection.analyser.id if collection else "",
        "versions": {package: version(package) for package in ("kiwipiepy", "chromadb", "numpy")},
        "python": platform.python_version(),
        "machine": f"{platform.machine()} {platform.system()}",
        "limit": given.limit,
        "documents": given.documents,
    }
    given.out.mkdir(parents=True, exist_ok=True)
    path: Path = given.out / f"{name}.json"
    path.write_text(json.dumps({"about": about, "results": results}, ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"\n{path}")
    return path

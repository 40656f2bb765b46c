"""SQLite FTS5 against tantivy on the Korean content terms of a data set.

    python benchmarks/lexical.py ../shared/datasets/korquad [--rows 64000] [--questions 1000]

The folder holds `documents.jsonl` (`id title text`) and `questions.jsonl` (`question relevant`). The paragraphs are
analysed once. The large collection repeats them with three in ten terms drawn anew from the whole vocabulary, so that
rows differ and the vocabulary keeps its frequencies. tantivy (`pip install tantivy`) is needed here only.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from malmoi.catalog.rows import encode_term, encode_terms
from malmoi.catalog.schema import LEXICAL
from malmoi.korean import get_analyser

K = 10


class Data(NamedTuple):
    rows: list[tuple[str, ...]]
    ids: list[str]
    questions: list[tuple[tuple[str, ...], frozenset[str]]]


class Fts5:
    """As in the catalog: WAL, synchronous FULL, external content."""

    name = "FTS5"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = sqlite3.connect(folder / "lexical.sqlite", isolation_level=None)
        self.db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")
        self.db.execute("PRAGMA cache_size = -16000")
        self.db.execute("CREATE TABLE passage (id INTEGER PRIMARY KEY, terms, context_terms)")
        self.db.execute(LEXICAL["lexical"])

    def add(self, rows: Sequence[tuple[int, tuple[str, ...]]]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        encoded = [(id_, encode_terms(terms), "") for id_, terms in rows]
        self.db.executemany("INSERT INTO passage VALUES (?, ?, ?)", encoded)
        self.db.executemany("INSERT INTO lexical (rowid, terms, context_terms) VALUES (?, ?, ?)", encoded)
        self.db.execute("COMMIT")

    def delete(self, id_: int) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.db.execute(
            "INSERT INTO lexical (lexical, rowid, terms, context_terms) "
            "SELECT 'delete', id, terms, context_terms FROM passage WHERE id = ?",
            (id_,),
        )
        self.db.execute("DELETE FROM passage WHERE id = ?", (id_,))
        self.db.execute("COMMIT")

    def search(self, terms: Sequence[str], limit: int) -> list[int]:
        match = " OR ".join(f'"{encode_term(term)}"' for term in dict.fromkeys(terms))
        found = self.db.execute(
            "SELECT rowid FROM lexical WHERE lexical MATCH ? ORDER BY rank LIMIT ?", (match, limit)
        ).fetchall()
        return [row[0] for row in found]

    def size(self) -> int:
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = self.db.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'lexical%'").fetchone()[0]
        return int(pages)


class Tantivy:
    """Terms separated by spaces, whitespace tokenizer, one writer with tantivy's default 128 MB."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        import tantivy

        self.folder = folder
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", stored=True, indexed=True)
        builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
        self.tantivy = tantivy
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=str(folder))
        self.writer = self.index.writer(128_000_000, 1)

    def add(self, rows: Sequence[tuple[int, tuple[str, ...]]]) -> None:
        for id_, terms in rows:
            document = self.tantivy.Document.from_dict({"id": id_, "terms": encode_terms(terms)}, self.schema)
            self.writer.add_document(document)
        self.writer.commit()
        self.index.reload()

    def delete(self, id_: int) -> None:
        self.writer.delete_documents_by_term("id", id_)
        self.writer.commit()
        self.index.reload()

    def search(self, terms: Sequence[str], limit: int) -> list[int]:
        query, occur = self.tantivy.Query, self.tantivy.Occur.Should
        parts = [
            (occur, query.term_query(self.schema, "terms", encode_term(term), "freq")) for term in dict.fromkeys(terms)
        ]
        searcher = self.index.searcher()
        hits = searcher.search(query.boolean_query(parts), limit, count=False).hits
        return [searcher.doc(address)["id"][0] for _, address in hits]

    def size(self) -> int:
        self.writer.wait_merging_threads()
        total = sum(path.stat().st_size for path in self.folder.iterdir())
        self.writer = self.index.writer(128_000_000, 1)
        return total


def read(folder: Path, count: int) -> Data:
    analyser = get_analyser()

    def lines(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]

    documents, questions = lines("documents.jsonl"), lines("questions.jsonl")
    step = max(1, len(questions) // count)
    return Data(
        [analyser.terms(f"{d['title']}\n{d['text']}") for d in documents],
        [d["id"] for d in documents],
        [(analyser.terms(q["question"]), frozenset(q["relevant"])) for q in questions[::step][:count]],
    )


def enlarge(rows: list[tuple[str, ...]], count: int) -> list[tuple[str, ...]]:
    draw = random.Random(7)
    pool = [term for row in rows for term in row]
    return [
        tuple(draw.choice(pool) if draw.random() < 0.3 else term for term in rows[i % len(rows)]) for i in range(count)
    ]


def quality(engine: Fts5 | Tantivy, data: Data) -> tuple[float, float]:
    gains, hits = [], []
    for terms, relevant in data.questions:
        found = [data.ids[i - 1] for i in engine.search(terms, K)]
        ideal = sum(1 / math.log2(i + 2) for i in range(min(len(relevant), K)))
        gains.append(sum(1 / math.log2(i + 2) for i, id_ in enumerate(found) if id_ in relevant) / ideal)
        hits.append(bool(found) and found[0] in relevant)
    return statistics.mean(gains), statistics.mean(hits)


def milliseconds(
    work: Callable[[Any], object], inputs: Sequence[Any], clock: Callable[[], float] = time.perf_counter
) -> tuple[float, float]:
    """Median and 95th percentile. Searches are timed by the processor, which other programs do not disturb."""
    taken = []
    for value in inputs:
        start = clock()
        work(value)
        taken.append((clock() - start) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


def queries(data: Data, length: int, count: int = 200) -> list[list[str]]:
    """Distinct terms of questions in the order in which they are asked."""
    found = [list(dict.fromkeys(terms))[:length] for terms, _ in data.questions]
    return [terms for terms in found if len(terms) == length][:count]


def measure(make: type[Fts5] | type[Tantivy], rows: list[tuple[str, ...]], data: Data) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as name:
        engine = make(Path(name))
        numbered = list(enumerate(rows, start=1))
        start = time.perf_counter()
        for at in range(0, len(numbered), 1_000):
            engine.add(numbered[at : at + 1_000])
        rate = len(rows) / (time.perf_counter() - start)
        shown = {"rows": f"{len(rows):,}", "engine": make.name, "insert rows/s": f"{rate:,.0f}"}
        shown["size MB"] = f"{engine.size() / 1e6:.1f}"
        for length in (3, 8):
            asked = queries(data, length)
            for terms in asked[:10]:
                engine.search(terms, 60)
            p50, p95 = milliseconds(lambda terms: engine.search(terms, 60), asked, time.process_time)
            shown[f"{length} terms p50/p95 ms"] = f"{p50:.1f} / {p95:.1f}"
        if rows == data.rows:
            gain, hit = quality(engine, data)
            shown["nDCG@10"], shown["hit@1"] = f"{gain:.4f}", f"{hit:.4f}"
        fresh = [(len(rows) + i, rows[i % len(rows)]) for i in range(1, 51)]
        p50, p95 = milliseconds(lambda row: engine.add([row]), fresh)
        shown["commit of one p50/p95 ms"] = f"{p50:.1f} / {p95:.1f}"
        p50, p95 = milliseconds(engine.delete, [id_ for id_, _ in fresh])
        shown["delete of one p50/p95 ms"] = f"{p50:.1f} / {p95:.1f}"
        return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=64_000)
    parser.add_argument("--questions", type=int, default=1_000)
    arguments = parser.parse_args()
    data = read(arguments.folder, arguments.questions)
    print(f"{len(data.rows)} paragraphs, {len(data.questions)} questions; SQLite {sqlite3.sqlite_version}")
    for rows in (data.rows, enlarge(data.rows, arguments.rows)):
        for make in (Fts5, Tantivy):
            for key, value in measure(make, rows, data).items():
                print(f"{key:>26}  {value}")
            print(flush=True)


if __name__ == "__main__":
    sys.exit(main())

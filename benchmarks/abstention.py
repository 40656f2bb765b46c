"""Fits the coefficients of `malmoi.answering.abstention` again, from questions with and without an answer.

    python -m benchmarks.abstention --datasets ../shared/datasets --news ../shared

Logistic regression on the signals of each question. Its negatives: questions that a set calls unanswerable, and, in
sets where all have an answer, the same questions after their documents were taken out of what was found. Each set
weighs the same for its answerable and its unanswerable questions, times its share in SHARES. The table shows, for the
coefficients at work, for those fitted to all sets, and for those fitted with the set left out, the area under the ROC
curve and both errors at several thresholds; the last lines are for `READ`, or with --without-reader for `UNREAD`.
Compare `benchmarks.answers` before and after a change there.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from benchmarks.folds import HELD_OUT, fold_of
from benchmarks.measures import arguments, collection_of, questions_of, rows, spread, table, write
from numpy.typing import NDArray

from malmoi import samples
from malmoi.answering.abstention import LEAST_CONFIDENCE, READ, UNREAD, Signals, read_signals
from malmoi.answering.evidence import Evidence
from malmoi.engine import Malmoi
from malmoi.language.question import read_question
from malmoi.reader import open_reader
from malmoi.retrieval.retriever import comments_only
from malmoi.types import Filters, Hit

Floats = NDArray[np.float64]

SHARES = {"nomiracl-ko": 1.0, "squad2-en": 0.4, "korquad": 0.7, "welfare-ko": 0.2, "news-ko": 1.0, "samples": 1.0}
"""Sets whose negatives are made or whose language is not the first count less."""
STEPS = {"welfare-ko": 5}
"""Every so many questions of the large sets, asked twice each."""
RIDGE = 3e-3
THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5)
EVERY = [field.name for field in fields(Signals)]
TRAINED_ON = ("korquad", "squad2-en")
"""Of these the reader has seen most articles; only questions on the others are asked."""
SAMPLES = Path(__file__).resolve().parents[1] / "evals" / "samples.jsonl"


class Row(NamedTuple):
    set: str
    id: str
    answerable: bool
    signals: Signals


class Reader:
    """Reads the signals of questions over one collection."""

    def __init__(self, name: str, collection: Malmoi, *, reads: bool) -> None:
        self.name = name
        self.collection = collection
        self.reads = reads
        catalog = collection.catalog
        reader = open_reader(collection.embedder) if reads else None
        vectors = collection.retriever.sentences
        self.evidence = Evidence(catalog.document_frequency, catalog.chunk_count, vectors, reader)

    def hits(self, text: str, filters: Filters, limit: int | None = None) -> list[Hit]:
        return self.collection.search(text, filters=filters, limit=limit)

    def row(self, row: dict[str, Any], hits: Sequence[Hit], answerable: bool) -> Iterator[Row]:
        """Nothing where nothing was found or read: the first is declined without a model, the second has its own."""
        text = row["question"]
        question = read_question(text, self.collection.analyser)
        question = replace(question, alternatives=self.collection.retriever.alternatives(text))
        weights = self.evidence.weights(question)
        ranked = self.evidence.candidates(question, hits, weights)
        if ranked and (self.reads is False or ranked[0].present is not None):
            yield Row(self.name, row["id"], answerable, read_signals(question, hits, ranked[0], weights))


def read_set(reader: Reader, questions: Sequence[dict[str, Any]]) -> Iterator[Row]:
    made = all(row["answerable"] and row.get("relevant") for row in questions)
    passages = reader.collection.settings.retrieval.passages
    for row in questions:
        if row.get("history"):
            continue
        if "candidates" in row:
            filters = Filters(documents=frozenset(row["candidates"]))
            yield from reader.row(row, reader.hits(row["question"], filters), row["answerable"])
            continue
        asks_comments = read_question(row["question"], reader.collection.analyser).comments
        filters = comments_only(Filters()) if asks_comments else Filters()
        found = reader.hits(row["question"], filters, 2 * passages)
        yield from reader.row(row, found[:passages], row["answerable"])
        if made:
            left = [hit for hit in found if hit.document.name not in row["relevant"]]
            yield from reader.row(row, left[:passages], False)


def read_all(given: argparse.Namespace) -> Iterator[tuple[list[Row], Malmoi]]:
    files = [("samples", samples.folder(), SAMPLES)]
    if given.news:
        files.append(("news-ko", given.news / "corpus" / "news-ko", given.news / "qa" / "news-ko.dev.jsonl"))
    for name, folder, questions in files:
        with collection_of(folder, given) as collection:
            reader = Reader(name, collection, reads=not given.without_reader)
            yield list(read_set(reader, spread(rows(questions), given.limit))), collection
    for name in given.sets if given.datasets else ():
        folder = given.datasets / name
        asked = questions_of(folder, given.limit)
        if name in TRAINED_ON:
            asked = unseen(folder, asked)
        asked = asked[:: 1 if given.limit else STEPS.get(name, 1)]
        wanted = [id_ for row in asked for id_ in row.get("relevant") or row.get("candidates", ())]
        with collection_of(folder / "documents.jsonl", given, wanted) as collection:
            yield list(read_set(Reader(name, collection, reads=not given.without_reader), asked)), collection


def unseen(folder: Path, questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions on articles that were left out when the reader was trained."""
    titles = {row["id"]: row["title"] for row in rows(folder / "documents.jsonl")}
    fold = fold_of(titles.values())
    return [row for row in questions if fold[titles[row["relevant"][0]]] == HELD_OUT]


def fit(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, float]:
    """Weighted logistic regression with a small ridge on standardised columns, by Newton's method."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([(x - mean) / deviation, np.ones((len(x), 1))])
    b, weights = np.zeros(z.shape[1]), weights / weights.sum()
    penalty = RIDGE * np.append(np.ones(len(b) - 1), 0.0)
    for _ in range(100):
        p = 1 / (1 + np.exp(-z @ b))
        gradient = z.T @ (weights * (p - y)) + penalty * b
        hessian = (z * (weights * p * (1 - p))[:, None]).T @ z + RIDGE * np.eye(len(b))
        step = np.linalg.solve(hessian, gradient)
        b -= step
        if np.abs(step).max() < 1e-9:
            break
    raw = b[:-1] / deviation
    return raw, float(b[-1] - (raw * mean).sum())


def probability(x: Floats, raw: Floats, intercept: float) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(x @ raw + intercept))), dtype=float)


def auc(p: Floats, y: Floats) -> float:
    """Area under the ROC curve: how often an answerable question is given more confidence than an unanswerable one."""
    difference = p[y == 1][:, None] - p[y == 0][None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2) if difference.size else float("nan")


def errors(p: Floats, y: Floats, threshold: float) -> tuple[float, ...]:
    """Share of unanswerable questions answered, and of answerable ones declined."""
    answered, declined = p[y == 0] >= threshold, p[y == 1] < threshold
    return tuple(float(v.mean()) if v.size else float("nan") for v in (answered, declined))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--news", type=Path, help="folder that holds corpus/news-ko and qa/news-ko.dev.jsonl")
    parser.add_argument("--sets", nargs="+", default=["nomiracl-ko", "squad2-en", "korquad", "welfare-ko"])
    parser.add_argument("--without-reader", action="store_true", help="fit the model that works without a reader")
    given = parser.parse_args()
    at_work = UNREAD if given.without_reader else READ
    signal_names = EVERY[:9] if given.without_reader else EVERY
    found: list[Row] = []
    for part, collection in read_all(given):
        found += part
        last = collection
    x = np.array([[getattr(row.signals, name) for name in signal_names] for row in found], dtype=float)
    y = np.array([float(row.answerable) for row in found])
    names = np.array([row.set for row in found])
    weights = np.zeros(len(found))
    for name in set(names):
        for kind in (0.0, 1.0):
            chosen = (names == name) & (y == kind)
            weights[chosen] = SHARES.get(name, 1.0) / max(chosen.sum(), 1)
    raw, intercept = fit(x, y, weights)
    present = np.array([at_work.coefficients.get(name, 0.0) for name in signal_names])
    lines, results = [], {}
    for name in dict.fromkeys(names):
        own = names == name
        others = fit(x[~own], y[~own], weights[~own]) if (~own).any() else (raw, intercept)
        for label, fit_ in (
            ("at work", (present, at_work.intercept)),
            ("fitted", (raw, intercept)),
            ("left out", others),
        ):
            p = probability(x[own], *fit_)
            shares = [errors(p, y[own], t) for t in THRESHOLDS]
            results[f"{name}, {label}"] = {
                "auc": auc(p, y[own]),
                **dict(zip(map(str, THRESHOLDS), shares, strict=True)),
            }
            cells = [f"{wrong:.2f} / {refused:.2f}" for wrong, refused in shares]
            lines.append([name, str(int(own.sum())), label, f"{auc(p, y[own]):.3f}", *cells])
    print("\n" + table(["set", "n", "model", "AUC", *(f"answered / declined @ {t}" for t in THRESHOLDS)], lines))
    print(f"\nthreshold at work: {LEAST_CONFIDENCE}")
    fitted = dict(zip(signal_names, raw.tolist(), strict=True))
    print("{" + ", ".join(f'"{name}": {weight:.2f}' for name, weight in fitted.items()) + "}, " + f"{intercept:.2f}")
    rows_ = [{"set": row.set, "id": row.id, "answerable": row.answerable, **asdict(row.signals)} for row in found]
    model = {"coefficients": fitted, "intercept": intercept}
    write("abstention", given, last, {"fitted": model, "errors": results, "signals": rows_})


if __name__ == "__main__":
    main()

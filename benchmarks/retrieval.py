"""How well documents are found: words alone, meaning alone, plain reciprocal ranks, and Malmoi's fusion.

    python -m benchmarks.retrieval --datasets ../shared/datasets [--sets korquad welfare-ko] [--limit 200]

"fused" is the ranking of both lists; "search" is what a question gets: the same without third copies of a passage,
which costs where the set's own documents repeat paragraphs, as KorQuAD's do.

Passages are ranked, then each document by its best passage. Times are those of one whole search with its fusion.
The result file holds the measures of each question, so that two runs can be compared question by question.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.measures import (
    arguments,
    collection_of,
    interval,
    latency,
    ndcg,
    questions_of,
    recall,
    shown,
    table,
    write,
)  # fmt: skip

from malmoi.catalog import Catalog
from malmoi.engine import Malmoi
from malmoi.retrieval.fusion import Scored, fuse
from malmoi.types import Filters

RRF_K = 60
"""The constant of reciprocal-rank fusion as first published."""
DEPTH = 60
WANTED = 30
"""Passages that a search returns here: enough for ten documents."""


def reciprocal_ranks(lists: Sequence[Scored]) -> list[tuple[int, float]]:
    scores: dict[int, float] = {}
    for found in lists:
        for place, (id_, _) in enumerate(found[:DEPTH]):
            scores[id_] = scores.get(id_, 0.0) + 1 / (RRF_K + place + 1)
    return sorted(scores.items(), key=lambda item: -item[1])


def documents_of(found: Scored, catalog: Catalog) -> list[str]:
    stored = catalog.hits([id_ for id_, _ in found[:DEPTH]])
    return list(dict.fromkeys(stored[id_][1].name for id_, _ in found[:DEPTH] if id_ in stored))


def ask(collection: Malmoi, questions: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[float]]:
    """The measures of each question by ranking, and the seconds of each search."""
    retriever = collection.retriever
    measured, seconds = [], []
    for row in questions:
        began = time.perf_counter()
        hits = retriever.search(row["question"], limit=WANTED)
        seconds.append(time.perf_counter() - began)
        lexical = retriever.lexical(row["question"], Filters())
        dense = retriever.dense(row["question"], Filters())
        rankings = {
            "search": list(dict.fromkeys(hit.document.name for hit in hits)),
            "fused": documents_of(fuse(lexical, dense, DEPTH), collection.catalog),
            "lexical": documents_of(lexical, collection.catalog),
        }
        if dense:
            rankings["dense"] = documents_of(dense, collection.catalog)
            rankings["rrf"] = documents_of(reciprocal_ranks([lexical, dense]), collection.catalog)
        measured.append(
            {
                "id": row["id"],
                **{
                    name: {
                        "ndcg@10": ndcg(ranked, row["relevant"]),
                        "hit@1": float(ranked[:1] != [] and ranked[0] in row["relevant"]),
                        "recall@5": recall(ranked, row["relevant"], 5),
                    }
                    for name, ranked in rankings.items()
                },
            }
        )
    return measured, seconds


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sets", nargs="+", default=["korquad", "welfare-ko"])
    given = parser.parse_args()
    if given.datasets is None:
        parser.error("--datasets is needed")
    results: dict[str, Any] = {}
    lines = []
    for name in given.sets:
        folder = given.datasets / name
        questions = [row for row in questions_of(folder, given.limit) if row.get("relevant")]
        wanted = [id_ for row in questions for id_ in row["relevant"]]
        with collection_of(folder / "documents.jsonl", given, wanted) as collection:
            measured, seconds = ask(collection, questions)
            rankings = [key for key in measured[0] if key != "id"]
            summary = {
                ranking: {m: interval([row[ranking][m] for row in measured]) for m in measured[0][ranking]}
                for ranking in rankings
            }
            results[name] = {"summary": summary, "search": latency(seconds), "questions": measured}
            time_of = results[name]["search"]
            for ranking in ("lexical", "dense", "rrf", "fused", "search"):
                if ranking in summary:
                    took = f"{time_of['p50_ms']:.0f} / {time_of['p95_ms']:.0f}" if ranking == "search" else ""
                    lines.append([name, ranking, *(shown(measure) for measure in summary[ranking].values()), took])
            print(f"{name}: {len(measured)} questions over {len(collection.documents())} documents", flush=True)
            last = collection
    print("\n" + table(["set", "ranking", "nDCG@10", "hit@1", "recall@5", "search p50 / p95 ms"], lines))
    write("retrieval", given, last, results)


if __name__ == "__main__":
    main()

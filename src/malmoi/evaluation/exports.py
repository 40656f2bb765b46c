"""Results in the forms of other harnesses: TREC run and qrels, ranx, and ragas' columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from malmoi.evaluation.ranking import gold_groups
from malmoi.evaluation.results import QuestionResult, Results, write_whole

RUN_NAME = "malmoi"


def trec(results: Results) -> dict[str, str]:
    """`run.trec` (`qid Q0 document rank score malmoi`) and `qrels.trec` (`qid 0 document 1`).

    Fields of these forms hold no white space: in ids and names it is written as in a URL (`%20`). Scores are
    reciprocal ranks, so that every tool sorts as Malmoi did; a document stands at its best passage.
    """
    run, qrels = _run(results), _qrels(results)
    return {
        "run.trec": "".join(
            f"{_word(q)} Q0 {_word(name)} {rank} {score:.6f} {RUN_NAME}\n"
            for q, ranked in run.items()
            for rank, (name, score) in enumerate(ranked.items(), start=1)
        ),
        "qrels.trec": "".join(f"{_word(q)} 0 {_word(name)} 1\n" for q, names in qrels.items() for name in names),
    }


def ranx(results: Results) -> dict[str, str]:
    """`run.json` and `qrels.json` as `ranx.Run.from_file` and `ranx.Qrels.from_file` read them."""
    return {
        "run.json": json.dumps(_run(results), ensure_ascii=False, indent=1) + "\n",
        "qrels.json": json.dumps(_qrels(results), ensure_ascii=False, indent=1) + "\n",
    }


def ragas(results: Results) -> dict[str, str]:
    """`ragas.jsonl` and `ragas.csv` with the columns of ragas' single-turn samples; lists in cells are JSON."""
    rows = [_sample(result) for result in results.questions if not result.error]
    table = io.StringIO()
    writer = csv.DictWriter(table, fieldnames=_RAGAS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v for k, v in row.items()})
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return {"ragas.jsonl": lines, "ragas.csv": table.getvalue()}


_RAGAS = (
    "user_input", "retrieved_contexts", "retrieved_context_ids", "reference_contexts", "reference_context_ids",
    "response", "reference",
)  # fmt: skip
FORMS: Mapping[str, Callable[[Results], dict[str, str]]] = {"trec": trec, "ranx": ranx, "ragas": ragas}


def export(results: Results, form: str, folder: Path) -> list[Path]:
    """Write the files of a form of `FORMS` into a folder, and return their paths."""
    written = []
    for name, content in FORMS[form](results).items():
        write_whole(folder / name, content.encode())
        written.append(folder / name)
    return written


def _word(text: str) -> str:
    """The text without white space; other than that and % nothing is changed."""
    return "".join(quote(c) if c.isspace() or c == "%" else c for c in text)


def _run(results: Results) -> dict[str, dict[str, float]]:
    """Of each question, its documents with the reciprocal rank of each."""
    found = {}
    for result in results.questions:
        names = result.ranked or dict.fromkeys(passage.document for passage in result.passages)
        found[result.question.id] = {name: round(1 / rank, 6) for rank, name in enumerate(names, start=1)}
    return found


def _qrels(results: Results) -> dict[str, dict[str, int]]:
    """Of each question with known documents, those with relevance 1."""
    return {
        result.question.id: {name: 1 for name in sorted(names)}
        for result in results.questions
        if (names := {name for group in gold_groups(result.question) for name in group})
    }


def _sample(result: QuestionResult) -> dict[str, Any]:
    question = result.question
    return {
        "user_input": question.question,
        "retrieved_contexts": [passage.text for passage in result.passages],
        "retrieved_context_ids": [f"{p.document}:{p.start}-{p.end}" for p in result.passages],
        "reference_contexts": list(_quotes(result)),
        "reference_context_ids": sorted({name for group in gold_groups(question) for name in group}),
        "response": result.answer["answer"],
        "reference": question.answers[0] if question.answers else "",
    }


def _quotes(result: QuestionResult) -> Iterator[str]:
    """The first alternate of each evidence group."""
    yield from (group[0].quote for group in result.question.evidence if group)

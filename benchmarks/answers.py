"""How well questions are answered without a language model.

    python -m benchmarks.answers --datasets ../shared/datasets --news ../shared

Sets: `samples` (in the package), `news-ko` (with --news: its folder holds corpus/news-ko and qa/news-ko.dev.jsonl), and
with --datasets those of --sets. A set whose questions bring their own candidates is asked within them.
Measures: evidence groups found in the first five passages and cited by the answer; contains, one of the accepted
strings in the quoted sentences; hallucination, unanswerable questions that were answered; refusal, answerable ones
that were not; faults, citations that do not resolve, cite furniture, or hide that they are comments.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measures import arguments, collection_of, interval, latency, questions_of, shown, spread, table, write
from tests.scoring import Outcome, Question, ask, citation_fault, read_questions, says
from tests.scoring import table as wrong_answers

from malmoi import samples
from malmoi.engine import Malmoi
from malmoi.types import Filters

SAMPLES = Path(__file__).resolve().parents[1] / "evals" / "samples.jsonl"


def plain(row: dict[str, Any]) -> Question:
    """A question of a data set, which names no evidence."""
    return Question(
        id=row["id"],
        type="fact" if row["answerable"] else "unanswerable",
        lang="",
        question=row["question"],
        answerable=row["answerable"],
        answers=tuple(row.get("answers", ())),
        evidence=(),
        history=(),
    )


def ask_within(collection: Malmoi, questions: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Ask each question of the passages that it brings."""
    outcomes = []
    for row in questions:
        filters = Filters(documents=frozenset(row["candidates"]))
        answer = collection.ask(row["question"], filters=filters, answerer="extractive")
        body = "\n".join(sentence.text for sentence in answer.sentences)
        said = tuple(accepted for accepted in row.get("answers", ()) if says(body, accepted))
        faults = [citation_fault(c, collection.document(c.document_id)) for c in answer.citations]
        outcomes.append(Outcome(plain(row), answer, (), (), said, tuple(fault for fault in faults if fault)))
    return outcomes


def measured(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    answerable = [o for o in outcomes if o.question.answerable]
    other = [o for o in outcomes if not o.question.answerable]
    told = [o for o in answerable if o.question.answers]
    two = [any(says("\n".join(s.text for s in o.answer.sentences[:2]), a) for a in o.question.answers) for o in told]
    citations = [c for o in outcomes for c in o.answer.citations]
    return {
        "groups found@5": interval([float(found) for o in answerable for found in o.recalled]),
        "groups cited": interval([float(cited) for o in answerable for cited in o.cited]),
        "contains": interval([float(o.contains) for o in told]),
        "in two sentences": interval([float(found) for found in two]),
        "hallucination": interval([float(o.answered) for o in other]),
        "refusal": interval([float(not o.answered) for o in answerable]),
        "sentences": interval([float(len(o.answer.sentences)) if o.answered else math.nan for o in outcomes]),
        "citations": len(citations),
        "faults": [fault for o in outcomes for fault in o.faults],
        **latency([o.answer.timings["total"] for o in outcomes]),
        "questions": [
            {
                "id": o.question.id,
                "type": o.question.type,
                "answerable": o.question.answerable,
                "verdict": o.answer.verdict.value,
                "contains": o.contains,
                "text": o.answer.text,
            }
            for o in outcomes
        ],
    }


def sets(given: argparse.Namespace) -> Iterator[tuple[str, Malmoi, list[Outcome]]]:
    files = [("samples", samples.folder(), SAMPLES)]
    if given.news:
        files.append(("news-ko", given.news / "corpus" / "news-ko", given.news / "qa" / "news-ko.dev.jsonl"))
    for name, folder, questions in files:
        with collection_of(folder, given) as collection:
            yield name, collection, ask(collection, spread(read_questions(questions), given.limit))
    for name in given.sets if given.datasets else ():
        folder = given.datasets / name
        rows = questions_of(folder, given.limit)
        wanted = [id_ for row in rows for id_ in row.get("relevant") or row.get("candidates", ())]
        with collection_of(folder / "documents.jsonl", given, wanted) as collection:
            if "candidates" in rows[0]:
                yield name, collection, ask_within(collection, rows)
            else:
                yield name, collection, ask(collection, [plain(row) for row in rows])


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--news", type=Path, help="folder that holds corpus/news-ko and qa/news-ko.dev.jsonl")
    parser.add_argument("--sets", nargs="+", default=["korquad", "squad2-en", "nomiracl-ko"])
    parser.add_argument("--wrong", action="store_true", help="show the questions of each set that went wrong")
    given = parser.parse_args()
    columns = ["groups found@5", "groups cited", "contains", "in two sentences", "hallucination", "refusal"]
    results, lines = {}, []
    for name, collection, outcomes in sets(given):
        found = results[name] = measured(outcomes)
        if given.wrong:
            print(wrong_answers(outcomes), flush=True)
        faults = f"{len(found['faults'])} of {found['citations']}"
        took = f"{found['p50_ms']:.0f} / {found['p95_ms']:.0f}"
        lines.append([name, str(len(outcomes)), *(shown(found[column]) for column in columns), faults, took])
        print(json.dumps(dict(zip(("set", "n", *columns), lines[-1], strict=False))), flush=True)
        last = collection
    print("\n" + table(["set", "n", *columns, "faults", "answer p50 / p95 ms"], lines))
    write("answers", given, last, results)


if __name__ == "__main__":
    main()

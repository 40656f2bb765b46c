"""What each piece adds: the same questions without it, compared question by question.

    python -m benchmarks.ablation --datasets ../shared/datasets --news ../shared [--sets korquad …] [--limit 400]

Settings take away what a setting can. The rest is taken away by standing in for one function or table while a variant
runs, since nobody should ever want a Malmoi that cannot read numbers.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.measures import arguments, table, write
from benchmarks.table import SETS, places

from malmoi.answering import choice
from malmoi.chunking import chunk_document
from malmoi.engine import Malmoi
from malmoi.evaluation.questions import Question, read_questions
from malmoi.evaluation.results import Results
from malmoi.evaluation.run import evaluate, open_over, spread
from malmoi.evaluation.statistics import Difference, difference
from malmoi.retrieval.fusion import Scored
from malmoi.settings import load_settings
from malmoi.types import Chunk, Document, SectionKind

MEASURES = (
    "ndcg@10", "hit@1", "evidence_recall@5", "contains", "in_two_sentences", "citation_recall", "conflict_values",
    "hallucination", "over_refusal",
)  # fmt: skip
RRF_K = 60
_READ_VALUES = (
    "malmoi.language.question",
    "malmoi.retrieval.features",
    "malmoi.answering.evidence",
    "malmoi.answering.conflicts",
    "malmoi.answering.premises",
    "malmoi.answering.citations",
    "malmoi.answering.extractive",
)
_NEIGHBOURS = {"around": 0.0, "before": 0.0, "after": 0.0, "focus_near": 0.0, "leans": 0.0}


def plain_fusion(lexical: Scored, dense: Scored, pool: int, **_: object) -> list[tuple[int, float]]:
    """Reciprocal ranks in the place of `malmoi.retrieval.fusion.fuse`."""
    scores: dict[int, float] = {}
    for found in (lexical, dense):
        for place, (id_, _score) in enumerate(found[:pool]):
            scores[id_] = scores.get(id_, 0.0) + 1 / (RRF_K + place + 1)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def without_sections(document: Document, *given: Any, **options: Any) -> list[Chunk]:
    """The chunks of a document all of whose text counts as its body."""
    flat = replace(document, sections=tuple(replace(s, kind=SectionKind.BODY) for s in document.sections))
    return list(chunk_document(flat, *given, **options))


@dataclass(frozen=True)
class Variant:
    """Malmoi without a piece.

    Attributes:
        settings: keys with dots that differ.
        stands_in: what takes the place of what, by dotted path.
        index: apart from the others', where documents are read otherwise.
    """

    name: str
    settings: dict[str, object] = field(default_factory=dict)
    stands_in: dict[str, Callable[..., object] | object] = field(default_factory=dict)
    index: str = ""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with ExitStack() as stack:
            for path, other in self.stands_in.items():
                stack.enter_context(patch(path, other))
            yield


WHOLE = Variant("as it is")
VARIANTS = (
    Variant("words alone", {"embedding.engine": "none"}),
    Variant("reciprocal ranks for fusion", stands_in={"malmoi.retrieval.retriever.fuse": plain_fusion}),
    Variant("no ranker", {"retrieval.reranker": "none"}),
    Variant("no nearest sentence", {"retrieval.sentences": 0}),
    Variant("no names", {"retrieval.names": False}),
    Variant("no numbers", stands_in={f"{module}.find_values": lambda *_, **__: [] for module in _READ_VALUES}),
    Variant("no sections", stands_in={"malmoi.ingestion.chunk_document": without_sections}, index="flat"),
    Variant(
        "no neighbours",
        stands_in={
            "malmoi.answering.choice.KOREAN": replace(choice.KOREAN, **_NEIGHBOURS),
            "malmoi.answering.choice.PLAIN": replace(choice.PLAIN, **_NEIGHBOURS),
        },
    ),
    Variant("no reader", {"answering.reader": False}),
)


def run(variant: Variant, documents: Path, questions: Sequence[Question], given: argparse.Namespace) -> Results:
    settings = load_settings(overrides=variant.settings)
    with variant.at_work():
        collection, _ = open_over(settings, documents, given.out / "ablation" / (variant.index or "whole"))
        with collection:
            return evaluate(opened(collection), questions)


def opened(collection: Malmoi) -> Malmoi:
    """The collection, after what is loaded once."""
    collection.search("준비")
    return collection


def loss(whole: Results, without: Results, measure: str) -> Difference | None:
    values = [[q.measures.get(measure) for q in results.questions] for results in (whole, without)]
    return difference(*values)


def shown(found: Difference | None) -> str:
    if found is None:
        return ""
    return f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]{' *' if found.significant else ''}"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--news", type=Path, help="folder that holds corpus/news-ko and qa/news-ko.dev.jsonl")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--without", nargs="+", choices=[v.name for v in VARIANTS], help="only these pieces")
    given = parser.parse_args()
    lines, results = [], {}
    for name, documents, file in places(given):
        questions = spread(read_questions(file), given.limit)
        whole = run(WHOLE, documents, questions, given)
        told = [m for m in MEASURES if whole.figures.get(m) is not None and whole.figures[m].mean is not None]
        lines.append([name, WHOLE.name, *(f"{whole.figures[m].mean:.3f}" if m in told else "" for m in MEASURES)])
        for variant in VARIANTS:
            if given.without and variant.name not in given.without:
                continue
            without = run(variant, documents, questions, given)
            lost = {m: loss(whole, without, m) for m in told}
            lines.append([name, variant.name, *(shown(lost.get(m)) for m in MEASURES)])
            results[f"{name}, {variant.name}"] = {m: shown(d) for m, d in lost.items()}
            print(f"{name}: {variant.name}", flush=True)
    print("\n" + table(["set", "variant", *MEASURES], lines))
    print("\nA difference is the variant's mean less the whole's, with its paired 95 % interval; * p < 0.05.")
    write("ablation", given, None, results)


if __name__ == "__main__":
    main()

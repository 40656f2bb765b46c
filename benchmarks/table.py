"""What Malmoi reaches of its targets, beside words alone, vectors alone, plain fusion and vanilla LlamaIndex.

    python -m benchmarks.table --datasets ../shared/datasets --news ../shared [--sets korquad …] [--limit 200]

Every set is one `malmoi.evaluation` run without a language model, with all baselines in it; its `results.json` and
report stay in `--out`/table/SET. The vanilla pipeline never declines, and its "answer" is the text of its two chunks.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.measures import arguments, collection_of, table
from benchmarks.vanilla import vanilla

from malmoi import samples
from malmoi.evaluation.about import file_facts
from malmoi.evaluation.baselines import own
from malmoi.evaluation.measures import LESS_IS_BETTER
from malmoi.evaluation.partial import NAME as PARTIAL
from malmoi.evaluation.questions import read_questions
from malmoi.evaluation.report import write_report
from malmoi.evaluation.results import NAME, Figure, QuestionResult, Results, write_results
from malmoi.evaluation.run import evaluate, spread
from malmoi.evaluation.statistics import RESAMPLES, SEED
from malmoi.types import Progress

SAMPLES = Path(__file__).resolve().parents[1] / "evals" / "samples.jsonl"
BASELINES = ("words", "vectors", "rrf", "vanilla")
BOTH = "hallucination + over_refusal"


@dataclass(frozen=True)
class Line:
    """A measure of a set and what it shall reach; None only reports it."""

    set: str
    measure: str
    target: float | None = None

    @property
    def less(self) -> bool:
        return self.measure in LESS_IS_BETTER or self.measure == BOTH

    def mark(self, figure: Figure) -> str:
        if self.target is None or figure.mean is None:
            return ""
        return "✓" if (figure.mean <= self.target if self.less else figure.mean >= self.target) else "✗"


LINES = (
    Line("samples", "evidence_recall@5"),
    Line("samples", "contains"),
    Line("samples", "citations_resolve", 1.0),
    Line("samples", "conflict_values", 1.0),
    Line("samples", "hallucination"),
    Line("samples", "over_refusal"),
    Line("news-ko", "evidence_recall@5", 0.97),
    Line("news-ko", "contains", 0.85),
    Line("news-ko", "citations_resolve", 1.0),
    Line("news-ko", "conflict_values", 1.0),
    Line("news-ko", "hallucination"),
    Line("news-ko", "over_refusal"),
    Line("korquad", "ndcg@10", 0.97),
    Line("korquad", "hit@1", 0.935),
    Line("korquad", "in_two_sentences", 0.88),
    Line("korquad", "contains"),
    Line("korquad", "over_refusal"),
    Line("welfare-ko", "ndcg@10", 0.89),
    Line("welfare-ko", "hit@1"),
    Line("nomiracl-ko", BOTH, 0.45),
    Line("nomiracl-ko", "hallucination"),
    Line("nomiracl-ko", "over_refusal"),
    Line("squad2-en", "ndcg@10"),
    Line("squad2-en", "hit@1"),
    Line("squad2-en", "contains"),
    Line("squad2-en", "hallucination"),
    Line("squad2-en", "over_refusal"),
    Line("ramdocs-en", "contains"),
    Line("ramdocs-en", "wrong_said"),
    Line("ramdocs-en", "over_refusal"),
)
SETS = tuple(dict.fromkeys(line.set for line in LINES))


def both(results: list[QuestionResult]) -> Figure:
    """The sum of both error rates; their questions are others, and are resampled apart."""
    rates = [[q.measures[name] for q in results if q.measures.get(name) is not None] for name in BOTH.split(" + ")]
    if not all(rates):
        return Figure(None, None, None, 0, len(results))
    generator = np.random.default_rng(SEED)
    arrays = [np.array(rate, dtype=float) for rate in rates]
    draws = sum(a[generator.integers(0, len(a), (RESAMPLES, len(a)))].mean(axis=1) for a in arrays)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(sum(float(a.mean()) for a in arrays), float(low), float(high), sum(map(len, rates)), len(results))


def places(given: argparse.Namespace) -> Iterator[tuple[str, Path, Path]]:
    """Of each set that can be asked: name, documents, questions."""
    found = {"samples": (samples.folder(), SAMPLES)}
    if given.news:
        found["news-ko"] = (given.news / "corpus" / "news-ko", given.news / "qa" / "news-ko.dev.jsonl")
    for name in SETS if given.datasets else ():
        found.setdefault(name, (given.datasets / name / "documents.jsonl", given.datasets / name / "questions.jsonl"))
    for name in given.sets:
        if name in found and found[name][1].is_file():
            yield name, *found[name]


def ask(name: str, documents: Path, questions: Path, given: argparse.Namespace) -> Results:
    chosen = spread(read_questions(questions), given.limit)
    wanted = [document for q in chosen for document in (*q.relevant, *q.candidates)]
    out = given.out / "table" / name
    with collection_of(documents, given, wanted) as collection:
        others = own(collection)
        if collection.embedder is not None:
            others.append(vanilla(collection, given.out / "vanilla"))

        def tell(step: Progress) -> None:
            if step.done % 250 == 0:
                print(f"{name}: {step.done} of {step.total}", flush=True)

        results = evaluate(
            collection, chosen, baselines=others, source=file_facts(questions), partial=out / PARTIAL, progress=tell
        )
    write_results(results, out / NAME)
    write_report(results, out / "report.html", "en")
    return results


def rows(name: str, results: Results) -> Iterator[list[str]]:
    for line in (line for line in LINES if line.set == name):
        figure = both(list(results.questions)) if line.measure == BOTH else results.figures.get(line.measure)
        if figure is None or figure.mean is None:
            continue
        wanted = "" if line.target is None else f"{'≤' if line.less else '≥'} {line.target:g} {line.mark(figure)}"
        others = [_mean(results.baselines.get(other, {}), line.measure) for other in BASELINES]
        shown = f"{figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
        yield [name, line.measure, str(figure.n), wanted, shown, *others]


def _mean(figures: Mapping[str, Figure], measure: str) -> str:
    found = figures.get(measure)
    return "" if found is None or found.mean is None else f"{found.mean:.3f}"


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--news", type=Path, help="folder that holds corpus/news-ko and qa/news-ko.dev.jsonl")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    given = parser.parse_args()
    lines = []
    for name, documents, questions in places(given):
        results = ask(name, documents, questions, given)
        lines += rows(name, results)
        took = ", ".join(f"{step} {t['p50_ms']:.0f}/{t['p95_ms']:.0f} ms" for step, t in results.timings.items())
        print(f"{name}: {len(results.questions)} questions; p50/p95 {took}", flush=True)
    header = ["set", "measure", "n", "target", "Malmoi", "words", "vectors", "RRF", "vanilla"]
    made = table(header, lines)
    print(f"\n{made}")
    (given.out / "table" / "table.md").write_text(f"{made}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

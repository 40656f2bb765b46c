"""Asks the questions of a set and measures the answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from malmoi.answer_json import answer_to_json
from malmoi.answering.support import SupportJudge
from malmoi.answering.verification.judge import RuleJudge
from malmoi.errors import AnswerError, DocumentError, MalmoiError
from malmoi.evaluation import citing, measures, ranking
from malmoi.evaluation.about import about, fingerprint, index_key
from malmoi.evaluation.baselines import Baseline
from malmoi.evaluation.citing import Gold, Place
from malmoi.evaluation.normalise import said_of
from malmoi.evaluation.partial import Partial
from malmoi.evaluation.questions import Question
from malmoi.evaluation.results import Outcome, PassageResult, QuestionResult, Results
from malmoi.evaluation.statistics import SEED
from malmoi.korean import get_analyser
from malmoi.language.question import read_question
from malmoi.retrieval.retriever import comments_only
from malmoi.types import Answer, Draft, Filters, Finished, OnProgress, Progress, SentenceDone, Verdict

if TYPE_CHECKING:
    from malmoi.engine import Malmoi
    from malmoi.settings import Settings
    from malmoi.types import FileResult

RANKED = 30
"""Passages of a ranking that is measured: enough for ten documents."""
_FORMS = "Name a folder of documents or a documents.jsonl."


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its whole answer."""

    question: Question
    answer: Answer
    result: QuestionResult


@dataclass
class Examiner:
    """Asks a collection single questions and measures its answers.

    Attributes:
        answerer: "extractive" or "llm".
        judge: of whether citations carry sentences; by default the project's own.
    """

    collection: Malmoi
    answerer: str = "extractive"
    baselines: Sequence[Baseline] = ()
    judge: SupportJudge | None = None
    gold: Gold = field(init=False)

    def __post_init__(self) -> None:
        catalog = self.collection.catalog
        self._documents = {info.id: catalog.document(info.id) for info in catalog.documents()}
        self._texts = {document.name: document.text for document in self._documents.values()}
        self.gold = Gold(self._texts)
        self.judge = self.judge or RuleJudge(self.collection.analyser)

    def is_absent(self, question: Question) -> bool:
        """Whether documents or quotes that it names are not in the collection."""
        named = {*question.relevant, *question.candidates}
        return bool(named.difference(self._texts) or self.gold.absent(question))

    def ask(self, question: Question) -> Asked:
        """Ask one question; raises what `Malmoi.ask` raises."""
        filters = Filters(documents=frozenset(question.candidates))
        answer = self._answer(question, filters)
        if read_question(answer.searched, self.collection.analyser).comments:
            filters = comments_only(filters)
        groups = self.gold.groups(question)
        ranked: list[str] = []
        if ranking.gold_groups(question):
            hits = self.collection.search(answer.searched, filters=filters, limit=RANKED)
            ranked = list(dict.fromkeys(hit.document.name for hit in hits))[: ranking.DEPTH]
        assert self.judge is not None
        measured = measures.measure(
            question,
            answer,
            ranked=ranked,
            groups=groups,
            faults=citing.faults(answer, self._documents.__getitem__),
            judge=self.judge,
            analyser=self.collection.analyser,
        )
        found = dict(measured.measures)
        if self.answerer == "llm":
            found["fallback"] = float(not answer.answerer.startswith("llm:"))
        published = answer_to_json(answer)
        del published["passages"], published["timings"]
        result = QuestionResult(
            question=question,
            verdict=answer.verdict.value,
            answer=published,
            passages=tuple(_passages(question, groups, answer)),
            measures=found,
            outcome=measured.outcome,
            baselines={b.name: self._baseline(b, question, answer.searched, filters, groups) for b in self.baselines},
            seconds={step: round(seconds, 4) for step, seconds in answer.timings.items()},
            confidence=None if answer.confidence is None else round(answer.confidence, 6),
            faults=measured.faults,
            ranked=tuple(ranked),
        )
        return Asked(question, answer, result)

    def _answer(self, question: Question, filters: Filters) -> Answer:
        began = time.perf_counter()
        first: float | None = None
        events = self.collection.stream(
            question.question, history=question.history, filters=filters, answerer=self.answerer
        )
        for event in events:
            if first is None and isinstance(event, Draft | SentenceDone):
                first = time.perf_counter() - began
            if isinstance(event, Finished):
                break
        else:
            raise AnswerError("The answer ended before it was finished")
        answer = event.answer
        if first is None or answer.verdict is Verdict.ABSTAINED:
            return answer
        return replace(answer, timings={**answer.timings, "first": first})

    def _baseline(
        self,
        baseline: Baseline,
        question: Question,
        searched: str,
        filters: Filters,
        groups: Sequence[Sequence[Place]],
    ) -> dict[str, float | None]:
        """Measures of a baseline's ranking and, where its passages count as an answer, of that."""
        found = baseline.search(searched, filters, RANKED)
        measured = ranking.measure([passage.document for passage in found], ranking.gold_groups(question))
        places = [Place(p.document, p.start, p.end) for p in found]
        if groups:
            held = [any(p.holds(q) for q in group for p in places[: measures.FIRST]) for group in groups]
            measured["evidence_recall@5"] = round(sum(held) / len(held), 6)
        if baseline.reads:
            text = "\n".join(self._texts[p.document][p.start : p.end] for p in places[: baseline.reads])
            if question.answerable:
                measured["over_refusal"] = float(not text)
            else:
                measured["hallucination"] = float(bool(text))
            if question.answers:
                measured["contains"] = float(bool(said_of(text, question.answers)))
            if question.wrong:
                measured["wrong_said"] = float(bool(said_of(text, question.wrong)))
        return {name: value for name, value in measured.items() if value is not None}


def _passages(question: Question, groups: Sequence[Sequence[Place]], answer: Answer) -> list[PassageResult]:
    return [
        PassageResult(
            document=hit.document.name,
            title=hit.document.title,
            start=hit.chunk.start,
            end=hit.chunk.end,
            text=hit.chunk.text,
            kind=hit.chunk.kind.value,
            score=round(hit.score, 6),
            lexical=None if hit.lexical is None else round(hit.lexical, 6),
            dense=None if hit.dense is None else round(hit.dense, 6),
            gold=measures.is_gold(question, groups, hit),
        )
        for hit in answer.passages
    ]


def evaluate(
    collection: Malmoi,
    questions: Sequence[Question],
    *,
    answerer: str = "extractive",
    baselines: Sequence[Baseline] = (),
    judge: SupportJudge | None = None,
    source: Mapping[str, Any] | None = None,
    partial: Path | None = None,
    keep: bool = False,
    seed: int = SEED,
    progress: OnProgress | None = None,
) -> Results:
    """Ask every question and measure the answers; one that fails is recorded and counts in no figure.

    Args:
        answerer: "extractive" or "llm".
        judge: of whether citations carry sentences; by default the project's own.
        source: what is known of the questions' file, kept in the results; `about.file_facts` makes it.
        partial: file that keeps finished questions until the run is complete; a run that finds it goes on from there.
        keep: leaves that file when the run is complete, so that the same run need not be made again.

    Raises:
        SettingsError: "llm" is asked for and none is set up.
    """
    examiner = Examiner(collection, answerer, baselines, judge)
    asked = {**(source or {}), "count": len(questions)}
    facts = about(collection, answerer=answerer, questions=asked, seed=seed)
    facts["questions"]["absent"] = [q.id for q in questions if examiner.is_absent(q)]
    facts["baselines"] = [baseline.name for baseline in baselines]
    kept = Partial(partial, fingerprint([facts, [_key(question) for question in questions]]))
    collection.warm_up()
    for number, question in enumerate(questions):
        if progress is not None:
            progress(Progress("ask", number, len(questions), question.id))
        if question.id not in kept.done:
            kept.add(_examined(examiner, question))
    results = summarise([kept.done[question.id] for question in questions], facts, seed)
    if progress is not None:
        progress(Progress("ask", len(questions), len(questions)))
    if not keep:
        kept.remove()
    return results


def _key(question: Question) -> str:
    return fingerprint(asdict(question))


def _examined(examiner: Examiner, question: Question) -> QuestionResult:
    try:
        return examiner.ask(question).result
    except MalmoiError as error:
        return QuestionResult(question, "", {}, (), {}, Outcome.FAILED, error=str(error))


def summarise(results: Sequence[QuestionResult], facts: Mapping[str, Any], seed: int) -> Results:
    """The figures of results, in all and by type."""
    kinds = dict.fromkeys(result.question.type for result in results)
    by_type = {kind: [result for result in results if result.question.type == kind] for kind in kinds}
    return Results(
        about=facts,
        figures=measures.figures(results, seed=seed),
        by_type={kind: measures.figures(some, seed=seed) for kind, some in by_type.items()},
        baselines=measures.baseline_figures(results, seed=seed),
        questions=tuple(results),
        timings=latency([result.seconds for result in results]),
    )


def latency(seconds: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """p50 and p95 in milliseconds by step; `first` is the time to the first words of an answer."""
    steps = dict.fromkeys(step for each in seconds for step in each)
    found = {step: [each[step] for each in seconds if step in each] for step in steps}
    return {
        step: {
            "p50_ms": round(float(np.percentile(taken, 50)) * 1000, 1),
            "p95_ms": round(float(np.percentile(taken, 95)) * 1000, 1),
        }
        for step, taken in found.items()
    }


def spread(questions: Sequence[Question], limit: int | None) -> list[Question]:
    """At most `limit` questions at equal distances."""
    if not limit or limit >= len(questions):
        return list(questions)
    return [questions[at * len(questions) // limit] for at in range(limit)]


def open_over(
    settings: Settings, documents: Path, folder: Path, *, progress: OnProgress | None = None
) -> tuple[Malmoi, list[FileResult]]:
    """The collection of a folder or file of documents, with what became of each, in an index of its own.

    The index is kept in `folder`, one for each way of reading, cutting and embedding, and made only once.

    Raises:
        DocumentError: there is nothing to read.
    """
    from malmoi.engine import Malmoi

    if not documents.exists():
        raise DocumentError(f"There is nothing at {documents}", _FORMS)
    key = index_key(settings, documents, get_analyser().id)
    collection = Malmoi(settings.model_copy(update={"index_dir": folder / key}))
    if documents.is_dir():
        files = collection.sync(documents, progress=progress)
    else:
        files = collection.add([documents], progress=progress)
    if not collection.documents():
        collection.close()
        raise DocumentError(f"No document could be read from {documents}", _FORMS)
    return collection, files

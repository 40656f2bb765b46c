"""From a question to the events of its answer: rewrite, search, answer, with the right answerer."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from malmoi.answering.evidence import Evidence
from malmoi.answering.extractive import ExtractiveAnswerer
from malmoi.answering.metadata import answer_about_documents
from malmoi.answering.orders import without_orders
from malmoi.answering.rewrite import rewrite_without_model
from malmoi.answering.spellings import with_spellings
from malmoi.answering.talk import answer_talk, talk_in, without_greeting
from malmoi.answering.telling import EXTRACTIVE
from malmoi.answering.verification.choose import choose_judge
from malmoi.answering.verification.quotations import CheckedQuotations
from malmoi.answering.verification.traced import traced
from malmoi.catalog import Catalog
from malmoi.embedding import Embedder
from malmoi.errors import SettingsError
from malmoi.korean import Analyser
from malmoi.language.question import Expects, Question, read_question
from malmoi.reader import open_reader
from malmoi.retrieval import Retriever
from malmoi.retrieval.retriever import checked, comments_only
from malmoi.settings import Settings
from malmoi.tracing import tracing_for
from malmoi.types import AnswerEvent, Filters, Finished, Hit, Language, Lead, Passages

if TYPE_CHECKING:
    from malmoi.answering.generative import GenerativeAnswerer


_WIDE = 20
"""Passages in which other values of a quantity are looked for."""
_INTRODUCTIONS = 2
"""So many of the first passages may lead into a list that goes on in the next one."""


class Answering:
    """Answers questions over a catalog; one for each open collection."""

    def __init__(
        self,
        catalog: Catalog,
        analyser: Analyser,
        embedder: Embedder | None,
        retriever: Retriever,
        settings: Settings,
    ) -> None:
        self._catalog = catalog
        self._analyser = analyser
        self._retriever = retriever
        self._settings = settings
        reader = open_reader(embedder) if settings.answering.reader else None
        evidence = Evidence(catalog.document_frequency, catalog.chunk_count, retriever.sentences, reader)
        same_name = self._same_name if settings.retrieval.names else None
        self._tracing = tracing_for(settings.telemetry)
        judge = choose_judge(settings, analyser, same_name)
        self._judge = traced(judge, self._tracing)
        quoting = ExtractiveAnswerer(evidence, settings.answering.max_sentences)
        self._extractive = CheckedQuotations(quoting, judge, analyser, self._tracing)
        self._generative: GenerativeAnswerer | None = None

    def _same_name(self, a: str, b: str) -> bool:
        return self._retriever.names.same_name(a, b)

    def label(self, answerer: str | None = None) -> str:
        """Which answerer is at work: "extractive", or "llm:MODEL".

        Raises:
            SettingsError: the model is asked for and not set up, or there is no such answerer.
        """
        llm = self._settings.llm
        ready = bool(llm.base_url and llm.model)
        wanted = answerer or self._settings.answering.answerer
        if wanted not in ("auto", "extractive", "llm"):
            raise SettingsError(f"There is no answerer {wanted}", "Use extractive or llm")
        if wanted == "llm" and not ready:
            raise SettingsError("No language model is set up", "Set MALMOI_LLM__BASE_URL and MALMOI_LLM__MODEL")
        return f"llm:{llm.model}" if ready and wanted != "extractive" else EXTRACTIVE

    def warm_up(self) -> None:
        """Import what the client of the language model needs, where one is set up."""
        if self.label() != EXTRACTIVE:
            self._model()
            importlib.import_module("llama_index.llms.openai_like")

    def stream(
        self,
        text: str,
        *,
        history: Sequence[str],
        filters: Filters,
        language: Language | None,
        answerer: str | None,
    ) -> Iterator[AnswerEvent]:
        """Events of the answer; see `malmoi.engine.Malmoi.stream`."""
        text = checked(text, self._settings.retrieval.max_question_chars)
        with_model = self.label(answerer) != EXTRACTIVE
        events = self._stream(text, history=history, filters=filters, language=language, with_model=with_model)
        yield from self._tracing.around("ask", "CHAIN", events, text)

    def _stream(
        self,
        text: str,
        *,
        history: Sequence[str],
        filters: Filters,
        language: Language | None,
        with_model: bool,
    ) -> Iterator[AnswerEvent]:
        began = time.perf_counter()
        talk = talk_in(text)
        searched = text if talk else self._rewrite(without_greeting(text), history, with_model=with_model)
        question = replace(read_question(searched, self._analyser), alternatives=self._retriever.alternatives(searched))
        spoken = language or ("ko" if question.language == "ko" else "en")
        about = (
            answer_talk(talk, question, self._catalog, filters, spoken)
            if talk
            else answer_about_documents(question, self._catalog, filters, spoken)
        )
        if about is not None:
            hits, events = about
        else:
            within = comments_only(filters) if question.comments else filters
            most = self._settings.retrieval.passages
            wide = _WIDE if question.value_kinds and not with_model else 0
            with self._tracing.span("retrieve", "RETRIEVER") as mark:
                mark.input(searched)
                found = self._retriever.search(searched, filters=within, limit=max(most, wide))
                mark.retrieved(found)
            hits, beyond = found[:most], found[most:]
            if question.expects is Expects.LIST:
                hits = self._with_following(hits)
            hits, beyond = without_orders(hits), without_orders(beyond)
            events = self._answer(question, hits, beyond, spoken, history, with_model=with_model)
        retrieved = time.perf_counter() - began
        yield Passages(tuple(hits), searched)
        for event in events:
            if isinstance(event, Finished):
                timings = {"retrieve": retrieved, **event.answer.timings}
                finished = replace(event.answer, searched=searched, timings=timings)
                used = self._settings.retrieval.names and about is None
                told = with_spellings(finished, self._retriever.names.of(searched)) if used else finished
                if told.lead != finished.lead:
                    yield Lead(told.lead)
                event = Finished(told)
            yield event

    def _with_following(self, hits: Sequence[Hit]) -> list[Hit]:
        """The hits with the passage after each of the first ones behind it: a list goes on past its introduction."""
        found: dict[int, Hit] = {}
        for rank, hit in enumerate(hits):
            found.setdefault(hit.chunk.id, hit)
            if rank < _INTRODUCTIONS:
                after = next(
                    (c for c in self._catalog.chunks_of(hit.document.id) if c.ordinal == hit.chunk.ordinal + 1), None
                )
                if after is not None and after.kind is hit.chunk.kind:
                    found.setdefault(after.id, Hit(after, hit.document, hit.score))
        return list(found.values())[: max(len(hits), 2)]

    def _rewrite(self, text: str, history: Sequence[str], *, with_model: bool) -> str:
        if not history:
            return text
        with self._tracing.span("rewrite", "CHAIN") as mark:
            mark.input(text)
            if with_model:
                rewritten = self._model().rewrite(text, history)
            else:
                rewritten = rewrite_without_model(text, history, self._analyser)
            mark.output(rewritten)
        return rewritten

    def _answer(
        self,
        question: Question,
        hits: Sequence[Hit],
        beyond: Sequence[Hit],
        language: Language,
        history: Sequence[str],
        *,
        with_model: bool,
    ) -> Iterator[AnswerEvent]:
        if with_model:
            events = self._model().stream(question, hits, language=language, history=history)
            return self._tracing.around("answer", "LLM", events, question.text)
        events = self._extractive.stream(question, hits, language=language, beyond=beyond)
        return self._tracing.around("answer", "CHAIN", events, question.text)

    def _model(self) -> GenerativeAnswerer:
        if self._generative is None:
            from malmoi.answering.generative import GenerativeAnswerer

            self._generative = GenerativeAnswerer(
                self._settings,
                self._analyser,
                fallback=self._extractive,
                sentences=self._retriever.sentences,
                judge=self._judge,
            )
        return self._generative

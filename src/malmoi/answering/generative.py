"""Answers by a language model: each sentence checked against the spans it cites, or else the answer without a model.

Verdict of an answer by a model:
    abstained    it says that the sources do not answer, and nothing else that cites a source
    conflicting  it says that they disagree, and cites at least two documents for what is supported
    partial      a sentence is less than supported
    answered     every sentence is supported
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from malmoi.answering.citations import SpanResolver, read_claim
from malmoi.answering.fixed_sentences import alike, declines
from malmoi.answering.llm import ChatStream, LLMClient
from malmoi.answering.markers import MarkedSentence, MarkerParser, remove_urls
from malmoi.answering.prompt_guard import PromptGuard
from malmoi.answering.prompts import CANNOT_ANSWER, SOURCES_DISAGREE, Message, Prompt, load_prompt
from malmoi.answering.render import render_text
from malmoi.answering.rewrite import rewrite_with_model
from malmoi.answering.sources import NumberedSource, describe, fit, halve, room_for_sources
from malmoi.answering.support import Cited, SupportJudge
from malmoi.answering.verification.judge import RuleJudge
from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import AnswerError, EndpointRefused, EndpointUnavailable
from malmoi.i18n import text
from malmoi.korean import Analyser
from malmoi.language.question import Question
from malmoi.settings import Settings
from malmoi.types import (
    Answer,
    AnswerEvent,
    AnswerSentence,
    Draft,
    Finished,
    Hit,
    Language,
    Lead,
    Restart,
    SectionKind,
    SentenceDone,
    Support,
    Verdict,
)

_LANGUAGES = {"ko": "Korean (한국어)", "en": "English", "ja": "Japanese (日本語)", "zh": "Chinese (中文)"}
_EARLIER = 4
_CALLS_IT_COMMENT = re.compile(r"댓글|독자|이용자|네티즌|누리꾼|comment|reader|评论|网友", re.IGNORECASE)


class Fallback(Protocol):
    """An answerer that needs no model."""

    def stream(self, question: Question, hits: Sequence[Hit], *, language: Language) -> Iterator[AnswerEvent]:
        """The events of an answer, `Finished` last."""
        ...


class GenerativeAnswerer:
    """Streams answers of a model; safe to share between threads.

    Args:
        fallback: answers when the model does not.
        sentences: finds the cited span where answer and source share no words.
        judge: decides how well a sentence is supported; `RuleJudge` unless given.
    """

    def __init__(
        self,
        settings: Settings,
        analyser: Analyser,
        *,
        fallback: Fallback,
        sentences: SentenceVectors | None = None,
        judge: SupportJudge | None = None,
    ) -> None:
        self._settings = settings
        self._analyser = analyser
        self._fallback = fallback
        self._resolver = SpanResolver(sentences)
        self._judge = judge or RuleJudge(analyser)
        self._client = LLMClient(settings.llm)

    @property
    def label(self) -> str:
        """How its answers name it, "llm:MODEL"."""
        return self._client.label

    def rewrite(self, question: str, history: Sequence[str]) -> str:
        """A follow-up question made to stand alone; one that does already is given back as it is."""
        prompt = load_prompt("rewrite", self._settings.answering.prompts_dir)
        return rewrite_with_model(question, history, self._analyser, self._client, prompt)

    def stream(
        self, question: Question, hits: Sequence[Hit], *, language: Language, history: Sequence[str] = ()
    ) -> Iterator[AnswerEvent]:
        """The events of an answer; closing the iterator hangs up on the endpoint.

        A draft is repeated while the endpoint is silent, so that there is always a moment to close. When the model
        fails or says nothing that its sources support, `Restart` tells why and the fallback answers.

        `question` is the one that was searched, and needs no `history` (earlier questions, oldest first) to be
        understood. `language` is that of notices and reasons; the answer takes that of the question.

        Raises:
            SettingsError: a prompt template cannot be used.
        """
        prompt = load_prompt("answer", self._settings.answering.prompts_dir)
        try:
            yield from self._generate(_Turn(question, tuple(hits), language, tuple(history)), prompt)
        except AnswerError as error:
            why = text(f"notice.{error.reason or 'server'}", language)
        else:
            return
        notice = text("notice.fallback", language, why=why)
        yield Restart(notice)
        for event in self._fallback.stream(question, hits, language=language):
            yield Finished(replace(event.answer, notice=notice)) if isinstance(event, Finished) else event

    def _generate(self, turn: _Turn, prompt: Prompt) -> Iterator[AnswerEvent]:
        if not turn.hits:
            yield from self._finish(turn)
            return
        nonce = secrets.token_hex(4)
        llm = self._settings.llm
        room = room_for_sources(llm.context_window, llm.max_tokens, _joined(self._messages(turn, prompt, (), nonce)))
        sources = fit(turn.hits, room, nonce)
        turn.guard = _guard(turn, prompt, nonce)
        try:
            yield from self._attempt(turn, self._messages(turn, prompt, sources, nonce), sources)
        except EndpointRefused as error:
            fewer = halve(sources)
            if error.reason != "context" or not fewer:
                raise
            yield from self._attempt(turn, self._messages(turn, prompt, fewer, nonce), fewer)

    def _messages(
        self, turn: _Turn, prompt: Prompt, sources: Sequence[NumberedSource], nonce: str
    ) -> tuple[Message, ...]:
        earlier = "\n".join(f"- {' '.join(q.split())}" for q in turn.history[-_EARLIER:])
        spoken = turn.question.language if turn.question.language in _LANGUAGES else turn.language
        return prompt.render(
            cannot_answer=CANNOT_ANSWER[turn.speaks],
            disagree=SOURCES_DISAGREE[turn.speaks],
            history=f"Earlier questions of the reader, for context only:\n{earlier}\n\n" if earlier else "",
            language=_LANGUAGES[spoken],
            nonce=nonce,
            question=turn.question.text,
            sources="\n\n".join(describe(source, nonce) for source in sources),
        )

    def _attempt(
        self, turn: _Turn, messages: tuple[Message, ...], sources: Sequence[NumberedSource]
    ) -> Iterator[AnswerEvent]:
        if not sources:
            raise EndpointRefused("No passage fits into llm.context_window", "Raise it.", reason="context")
        parser = MarkerParser()
        with self._client.stream(messages) as stream:
            for delta in stream:
                turn.began(delta)
                for marked in parser.feed(delta):
                    yield from self._sentence(turn, marked, sources)
                yield Draft("" if turn.guard.repeats(parser.draft) else parser.draft)
            for marked in parser.finish():
                if not _is_cut_off(marked, stream, turn):
                    yield from self._sentence(turn, marked, sources)
        yield from self._finish(turn)

    def _sentence(
        self, turn: _Turn, marked: MarkedSentence, sources: Sequence[NumberedSource]
    ) -> Iterator[AnswerEvent]:
        """Emit a finished sentence, or keep it where what follows decides what it is."""
        if turn.guard.repeats(marked.text):
            turn.withheld = True
            return
        turn.guard.remember(marked.text)
        numbers = tuple(n for n in marked.numbers if 1 <= n <= len(sources))
        if not numbers and alike(marked.text, SOURCES_DISAGREE[turn.speaks]):
            turn.disagree = True
            if not turn.sentences and not turn.lead:
                turn.lead = SOURCES_DISAGREE[turn.speaks]
                yield Lead(turn.lead)
        elif not numbers and declines(marked.text, turn.speaks):
            turn.gaps.append(marked.text)
        elif not numbers and marked.text.endswith((":", "：")):
            turn.introduction = marked.text
        else:
            if turn.introduction:
                introduction, turn.introduction = turn.introduction, ""
                yield from self._say(turn, introduction, numbers, sources)
            yield from self._say(turn, marked.text, numbers, sources)

    def _say(
        self, turn: _Turn, said: str, numbers: Sequence[int], sources: Sequence[NumberedSource]
    ) -> Iterator[AnswerEvent]:
        hits = [sources[n - 1].hit for n in numbers]
        said = remove_urls(said, lambda url: any(url in hit.chunk.text for hit in hits))
        if not any(c.isalnum() for c in said):
            return
        claim = read_claim(said, self._analyser)
        cited = [Cited(citation, hit) for hit in hits for citation in self._resolver.resolve(claim, hit)]
        judged = self._judge.judge(claim, cited, question=turn.question.text, language=turn.language)
        if cited and all(c.citation.kind is SectionKind.COMMENT for c in cited) and not _CALLS_IT_COMMENT.search(said):
            said = text("answer.comment", turn.language, text=said)
        citations = tuple(dict.fromkeys(c.citation for c in cited))
        sentence = AnswerSentence(said, judged.support, citations, judged.reason)
        turn.sentences.append(sentence)
        yield SentenceDone(sentence)

    def _finish(self, turn: _Turn) -> Iterator[AnswerEvent]:
        if turn.introduction:
            yield from self._say(turn, turn.introduction, (), ())
        carried = [s for s in turn.sentences if not s.support.is_failed]
        if not carried and (turn.gaps or not turn.hits):
            if turn.sentences or turn.lead or turn.withheld:
                raise EndpointUnavailable("No sentence is supported by what it cites", reason="unsupported")
            turn.lead = CANNOT_ANSWER[turn.speaks]
            yield Lead(turn.lead)
            yield Finished(self._answer(turn, Verdict.ABSTAINED))
            return
        if not turn.sentences:
            raise EndpointUnavailable("The answer is empty", reason="empty")
        if not carried:
            raise EndpointUnavailable("No sentence is supported by what it cites", reason="unsupported")
        for gap in turn.gaps:
            sentence = AnswerSentence(
                remove_urls(gap), Support.UNSUPPORTED, reason=text("answer.reason.gap", turn.language)
            )
            turn.sentences.append(sentence)
            yield SentenceDone(sentence)
        verdict = _verdict(turn)
        if verdict is not Verdict.CONFLICTING:
            turn.lead = ""
        yield Finished(self._answer(turn, verdict))

    def _answer(self, turn: _Turn, verdict: Verdict) -> Answer:
        sentences = tuple(turn.sentences)
        return Answer(
            question=turn.question.text,
            lead=turn.lead,
            sentences=sentences,
            verdict=verdict,
            text=render_text(turn.lead, sentences, turn.language, name_sources=False),
            passages=turn.hits,
            searched=turn.question.text,
            answerer=self.label,
            language=turn.language,
            notice=text("notice.withheld", turn.language) if turn.withheld else "",
            timings=turn.timings(),
        )


@dataclass(slots=True)
class _Turn:
    """One question while it is being answered."""

    question: Question
    hits: tuple[Hit, ...]
    language: Language
    history: tuple[str, ...]
    lead: str = ""
    disagree: bool = False
    sentences: list[AnswerSentence] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    introduction: str = ""
    guard: PromptGuard = field(default_factory=lambda: PromptGuard((), ()))
    withheld: bool = False
    started: float = field(default_factory=time.perf_counter)
    first: float | None = None

    @property
    def speaks(self) -> Language:
        """Of the fixed sentences: the question's language where Malmoi knows it."""
        return next((known for known in CANNOT_ANSWER if known == self.question.language), self.language)

    def began(self, delta: str) -> None:
        """Take the time of the first token."""
        if delta and self.first is None:
            self.first = time.perf_counter()

    def timings(self) -> dict[str, float]:
        """Seconds to the first token and to the end."""
        first = {} if self.first is None else {"first_token": self.first - self.started}
        return {**first, "answer": time.perf_counter() - self.started}


def _guard(turn: _Turn, prompt: Prompt, nonce: str) -> PromptGuard:
    """Knows the template and the code of this request; what question and sources say themselves may be said."""
    asked = (turn.question.text, *turn.history)
    passages = (part for hit in turn.hits for part in (hit.chunk.context, hit.chunk.text, hit.document.title))
    fixed = (*CANNOT_ANSWER.values(), *SOURCES_DISAGREE.values())
    return PromptGuard([*(part.text for part in prompt.parts), nonce], [*asked, *passages, *fixed])


def _verdict(turn: _Turn) -> Verdict:
    carried = [s for s in turn.sentences if not s.support.is_failed]
    if turn.disagree and len({c.document_id for s in carried for c in s.citations}) > 1:
        return Verdict.CONFLICTING
    return Verdict.ANSWERED if all(s.support is Support.SUPPORTED for s in turn.sentences) else Verdict.PARTIAL


def _is_cut_off(marked: MarkedSentence, stream: ChatStream, turn: _Turn) -> bool:
    """Whether the last sentence is a fragment that is left out; a stream that just stops in one broke off."""
    if marked.ended or stream.finish_reason == "stop":
        return False
    if stream.finish_reason is None:
        raise EndpointUnavailable("The stream ended in the middle of a sentence", reason="broken_off")
    return bool(turn.sentences)


def _joined(messages: Sequence[Message]) -> str:
    return "\n".join(m.text for m in messages)

"""Traces of questions for an OpenTelemetry collector, with OpenInference's names; nothing is made or sent unless set.

Spans: `ask` (CHAIN) holds `rewrite` (CHAIN), `retrieve` (RETRIEVER) and `answer` (LLM or CHAIN), which holds one
`verify` (EVALUATOR) for each sentence. Their provider is our own: no library's spans are sent along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from malmoi.errors import MalmoiError
from malmoi.types import AnswerEvent, Finished, Hit

if TYPE_CHECKING:
    from malmoi.settings import Telemetry

Kind = Literal["CHAIN", "RETRIEVER", "LLM", "EVALUATOR"]
_TRACES = "/v1/traces"


class Mark:
    """A span under way; says nothing where there is no collector.

    Args:
        span: of OpenTelemetry, None without a collector.
        content: whether texts of questions, answers and passages may be said.
    """

    def __init__(self, span: Any = None, content: bool = False) -> None:
        self._span, self._content = span, content

    def note(self, name: str, value: str | int | float | bool) -> None:
        """A fact that is no content."""
        if self._span is not None:
            self._span.set_attribute(name, value)

    def input(self, text: str) -> None:
        """What goes in."""
        if self._content:
            self.note("input.value", text)

    def output(self, text: str) -> None:
        """What comes out."""
        if self._content:
            self.note("output.value", text)

    def retrieved(self, hits: Sequence[Hit]) -> None:
        """Passages that were found, best first."""
        if self._span is None:
            return
        for rank, hit in enumerate(hits):
            place = f"retrieval.documents.{rank}.document"
            self.note(f"{place}.id", f"{hit.document.id}:{hit.chunk.start}-{hit.chunk.end}")
            self.note(f"{place}.score", float(hit.score))
            if self._content:
                self.note(f"{place}.content", hit.chunk.text)

    def finished(self, event: AnswerEvent) -> None:
        """The answer, once it is whole; other events say nothing."""
        if isinstance(event, Finished):
            answer = event.answer
            self.note("malmoi.verdict", answer.verdict.value)
            self.note("malmoi.answerer", answer.answerer)
            if answer.answerer.startswith("llm:"):
                self.note("llm.model_name", answer.answerer.removeprefix("llm:"))
            self.note("malmoi.sentences", len(answer.sentences))
            self.output(answer.text)


class Tracing:
    """Makes spans.

    Args:
        tracer: of OpenTelemetry; None makes none.
        content: see `Mark`.
    """

    def __init__(self, tracer: Any = None, *, content: bool = False, provider: Any = None) -> None:
        self._tracer, self._content, self._provider = tracer, content, provider

    @property
    def is_on(self) -> bool:
        """Whether spans are made."""
        return self._tracer is not None

    @contextmanager
    def span(self, name: str, kind: Kind) -> Iterator[Mark]:
        """A span around a block; must not be left by `yield`."""
        if self._tracer is None:
            yield Mark()
            return
        with self._started(name, kind) as span, _current(span):
            yield Mark(span, self._content)

    def around(self, name: str, kind: Kind, events: Iterable[AnswerEvent], question: str) -> Iterator[AnswerEvent]:
        """The events of a generator, each made within the span; it ends with the last, or when it is left."""
        if self._tracer is None:
            yield from events
            return
        with self._started(name, kind) as span:
            mark = Mark(span, self._content)
            mark.input(question)
            steps = iter(events)
            try:
                while True:
                    with _current(span):
                        event = next(steps, None)
                    if event is None:
                        return
                    mark.finished(event)
                    yield event
            finally:
                close = getattr(steps, "close", None)
                if close is not None:
                    with _current(span):
                        close()

    def flush(self) -> None:
        """Send what has not been sent."""
        if self._provider is not None:
            self._provider.force_flush()

    @contextmanager
    def _started(self, name: str, kind: Kind) -> Iterator[Any]:
        """A span that ends with the block; of an error, its kind is told and not its text."""
        from opentelemetry.trace import Status, StatusCode

        span = self._tracer.start_span(name, attributes={"openinference.span.kind": kind})
        try:
            yield span
        except GeneratorExit:
            span.set_attribute("malmoi.stopped", True)
            raise
        except Exception as error:
            kind_of_error = error.code if isinstance(error, MalmoiError) else type(error).__name__
            span.set_attribute("error.type", kind_of_error)
            span.set_status(Status(StatusCode.ERROR, kind_of_error))
            raise
        finally:
            span.end()


@contextmanager
def _current(span: Any) -> Iterator[None]:
    from opentelemetry.trace import use_span

    with use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
        yield


@cache
def tracing_for(telemetry: Telemetry) -> Tracing:
    """The traces that the settings ask for; one provider for all that ask for the same."""
    if not telemetry.otlp_endpoint:
        return Tracing()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    endpoint = telemetry.otlp_endpoint.rstrip("/")
    address = endpoint if endpoint.endswith(_TRACES) else endpoint + _TRACES
    provider = TracerProvider(resource=Resource({"service.name": "malmoi"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return Tracing(provider.get_tracer("malmoi"), content=telemetry.content, provider=provider)

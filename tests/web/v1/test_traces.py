"""Traces reach an operator's collector with OpenInference's names; without one nothing is sent or made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from malmoi.settings import Telemetry
from malmoi.tracing import Tracing, tracing_for
from malmoi.types import AnswerEvent, Draft
from web.v1.served import COST, keys_for, running, settings_in

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A collector's address, and the spans that it was sent."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            sent = ExportTraceServiceRequest.FromString(body)
            spans.extend(s for r in sent.resource_spans for scope in r.scope_spans for s in scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", spans
        server.shutdown()
        thread.join()


def told(span: Any) -> dict[str, Any]:
    """Attributes by name."""
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}


@pytest.mark.parametrize("content", [False, True])
def test_a_question_is_traced_from_the_request_on(
    collector: tuple[str, list[Any]], tmp_path: Path, content: bool
) -> None:
    address, spans = collector
    settings = settings_in(tmp_path, telemetry={"otlp_endpoint": address, "content": content})
    with running(settings) as url:
        secret = keys_for(settings)["reader"]
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "authorization": f"Bearer {secret}"}
        body = {"question": COST, "history": ["도서관은 어디에 있는가?"]}
        answer = httpx.post(f"{url}/api/v1/ask", json=body, headers=headers, timeout=30).json()
        tracing_for(settings.telemetry).flush()
    assert answer["verdict"] == "answered"
    by_name = {span.name: span for span in spans}
    assert by_name.keys() == {"ask", "rewrite", "retrieve", "answer", "verify"}
    kinds = {name: told(span)["openinference.span.kind"] for name, span in by_name.items()}
    assert kinds == {
        "ask": "CHAIN", "rewrite": "CHAIN", "retrieve": "RETRIEVER", "answer": "CHAIN", "verify": "EVALUATOR",
    }  # fmt: skip
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    ask, reply = by_name["ask"], by_name["answer"]
    assert ask.parent_span_id.hex() == PARENT and by_name["verify"].parent_span_id == reply.span_id
    assert {by_name[name].parent_span_id for name in ("rewrite", "retrieve", "answer")} == {ask.span_id}
    assert told(ask)["malmoi.verdict"] == "answered" and told(by_name["verify"])["malmoi.support"] == "supported"
    found = told(by_name["retrieve"])
    assert found["retrieval.documents.0.document.score"] > 0 and found["retrieval.documents.0.document.id"]
    everything = str([told(span) for span in spans])
    assert ("55억" in everything, "도서관" in everything) == (content, content)


def in_memory() -> tuple[Tracing, InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Tracing(provider.get_tracer("test")), exporter


def test_an_answer_that_is_left_or_fails_ends_its_span() -> None:
    tracing, exporter = in_memory()

    def events(fail: bool) -> Iterator[AnswerEvent]:
        yield Draft("가")
        if fail:
            raise ValueError("본문의 비밀")
        yield Draft("나")

    left = tracing.around("answer", "CHAIN", events(False), "질문")
    next(left)
    left.close()  # type: ignore[attr-defined]
    with pytest.raises(ValueError):
        list(tracing.around("answer", "CHAIN", events(True), "질문"))
    first, second = exporter.get_finished_spans()
    assert dict(first.attributes or {})["malmoi.stopped"] is True
    assert second.status.description == "ValueError" and "비밀" not in second.to_json()


def test_without_a_collector_nothing_is_made() -> None:
    tracing = tracing_for(Telemetry())
    assert not tracing.is_on
    assert list(tracing.around("ask", "CHAIN", iter([Draft("가")]), "질문")) == [Draft("가")]

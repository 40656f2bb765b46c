from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from malmoi.answering.llm import LLMClient
from malmoi.answering.prompts import Message
from malmoi.errors import AnswerError, EndpointRefused, EndpointUnavailable
from malmoi.settings import Llm, load_settings
from servers.llama_cpp import LlamaCppServer
from servers.scripted import KEY, Reply, ScriptedServer

ASK = (Message("system", "Be brief."), Message("user", "Which river is long?"))
Serve = Callable[..., ScriptedServer]


def client(server: ScriptedServer | LlamaCppServer, **more: object) -> LLMClient:
    return LLMClient(load_settings(overrides=server.settings(**more)).llm)


def read(given: LLMClient) -> str:
    with given.stream(ASK) as stream:
        return "".join(stream)


def failure(given: LLMClient) -> AnswerError:
    with pytest.raises(AnswerError) as caught:
        read(given)
    return caught.value


def test_the_request_is_what_the_settings_say(serve: Serve) -> None:
    server = serve(Reply(["강은 ", "길다."]))
    given = client(server, **{"llm.max_tokens": 77, "llm.temperature": 0.5, "llm.extra_body": {"top_k": 3}})
    with given.stream(ASK) as stream:
        assert [delta for delta in stream if delta] == ["강은 ", "길다."]
        assert stream.finish_reason == "stop"
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Which river is long?"},
    ]
    assert (request.body["model"], request.body["stream"]) == ("scripted", True)
    assert (request.body["max_tokens"], request.body["temperature"], request.body["top_k"]) == (77, 0.5, 3)


def test_another_services_key_in_the_environment_is_not_sent(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-someone-elses")
    server = serve()
    assert failure(client(server, **{"llm.api_key": ""})).reason == "key"
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(status=401, error={"message": f"bad key {KEY}"}), EndpointRefused, "key"),
        (Reply(status=403, error={"message": "no"}), EndpointRefused, "key"),
        (Reply(status=404, error={"message": "no such model"}), EndpointRefused, "model"),
        (Reply(status=400, error={"message": "long", "type": "exceed_context_size_error"}), EndpointRefused, "context"),
        (Reply(status=400, error={"message": "m", "code": "context_length_exceeded"}), EndpointRefused, "context"),
        (Reply(status=400, error={"message": f"unknown field, {KEY}"}), EndpointRefused, "request"),
        (Reply(status=429, error={"message": "slow down"}), EndpointUnavailable, "busy"),
        (Reply(status=503, error={"message": "loading"}), EndpointUnavailable, "server"),
        (Reply(["강은"], break_after=0), EndpointUnavailable, "broken_off"),
        (Reply(["강은 ", "길다"], break_after=1), EndpointUnavailable, "broken_off"),
        (Reply(raw=b"data: {not json\n\n"), EndpointUnavailable, "broken_off"),
        (Reply(raw=b'data: {"error": {"message": "out of memory"}}\n\n'), EndpointUnavailable, "broken_off"),
        (Reply(["x"], finish_reason="content_filter"), EndpointRefused, "filtered"),
    ],
)
def test_each_failure_is_told_apart_and_keeps_the_key_to_itself(
    serve: Serve, reply: Reply, kind: type[AnswerError], reason: str
) -> None:
    error = failure(client(serve(reply)))
    assert (type(error), error.reason) == (kind, reason)
    assert error.problem
    assert KEY not in str(error)


def test_an_overloaded_server_is_asked_a_second_time(serve: Serve) -> None:
    server = serve(Reply(status=503, error={"message": "loading"}), Reply(["강은 길다."]))
    assert read(client(server)) == "강은 길다."
    assert len(server.requests) == 2


def test_a_server_that_is_not_there_is_tried_no_more_than_twice() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = LLMClient(Llm(base_url=f"http://127.0.0.1:{port}/v1", model="m"))
    error = failure(given)
    assert (type(error), error.reason) == (EndpointUnavailable, "unreachable")
    assert str(port) in error.problem
    assert given.open_llm(None, 1).max_retries <= 1  # type: ignore[arg-type]


def test_a_silent_server_is_given_up_and_told_so(serve: Serve) -> None:
    server = serve(Reply(["late"], first_delay_s=300))
    assert failure(client(server, **{"llm.first_token_timeout_s": 0.3})).reason == "slow"
    assert server.requests[0].hung_up.wait(30)


def test_a_server_that_goes_silent_midway_is_given_up(serve: Serve) -> None:
    server = serve(Reply(["a", "b"], delay_s=0.6))
    assert failure(client(server, **{"llm.timeout_s": 0.9, "llm.first_token_timeout_s": 0.8})).reason == "slow"


def test_reasoning_counts_as_a_sign_of_life_but_not_as_text(serve: Serve) -> None:
    server = serve(Reply(["강은 길다."], reasoning=["hm"] * 25, delay_s=0.1))
    assert read(client(server, **{"llm.first_token_timeout_s": 2.0})) == "강은 길다."


@pytest.mark.parametrize("reply", [Reply(["x"], first_delay_s=300), Reply(["x", "y"], delay_s=300)])
def test_closing_hangs_up_before_the_first_token(serve: Serve, reply: Reply) -> None:
    server = serve(reply)
    stream = client(server, **{"llm.timeout_s": 400, "llm.first_token_timeout_s": 400}).stream(ASK)
    assert next(iter(stream)) == ""
    while not server.requests:
        time.sleep(0.01)
    stream.close()
    stream.close()
    assert server.requests[0].hung_up.wait(30)
    assert not [t for t in threading.enumerate() if t.name == "malmoi-llm" and t.is_alive()]


def test_a_stream_that_never_ends_is_cut(serve: Serve) -> None:
    server = serve(Reply(["가나다라 "] * 100_000))
    given = client(server, **{"llm.max_tokens": 10})
    with given.stream(ASK) as stream:
        assert len("".join(stream)) < 500
        assert stream.finish_reason == "length"
    assert server.requests[0].hung_up.wait(30)


def test_the_key_is_not_in_what_other_programs_may_log(serve: Serve) -> None:
    given = client(serve())
    llm = given.open_llm(None, 5)  # type: ignore[arg-type]
    assert KEY not in repr(llm)
    assert KEY not in repr(given.settings)
    assert KEY not in str(llm.to_dict())


def test_a_real_server_streams_and_says_why_it_stopped(llama_cpp: LlamaCppServer) -> None:
    with client(llama_cpp, **{"llm.max_tokens": 8}).stream(ASK) as stream:
        deltas = [delta for delta in stream if delta]
        assert len(deltas) > 1
        assert stream.finish_reason in ("length", "stop")


def test_a_real_server_refuses_a_wrong_key_and_an_endless_prompt(llama_cpp: LlamaCppServer) -> None:
    assert failure(client(llama_cpp, **{"llm.api_key": "wrong"})).reason == "key"
    with (
        pytest.raises(EndpointRefused) as caught,
        client(llama_cpp).stream([Message("user", "river " * 5000)]) as stream,
    ):
        list(stream)
    assert caught.value.reason == "context"


def test_closing_frees_a_real_servers_slot(llama_cpp: LlamaCppServer) -> None:
    grammar = {"grammar": 'root ::= "river " root'}
    given = client(llama_cpp, **{"llm.max_tokens": 1400, "llm.extra_body": grammar})
    with given.stream(ASK) as stream:
        assert any(delta for delta in stream)
        assert llama_cpp.busy_slots() == 1
    for _ in range(600):
        if llama_cpp.busy_slots() == 0:
            return
        time.sleep(0.1)
    pytest.fail("the slot is still busy")

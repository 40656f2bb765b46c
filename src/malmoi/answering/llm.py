"""Streams chat completions from any OpenAI-compatible endpoint, through LlamaIndex's `OpenAILike`.

Each request has a thread and a connection of its own. So it can be given up at any moment, before the first token
too: the socket is shut down, and the server sees that nobody listens and frees its slot.
"""

from __future__ import annotations

import contextvars
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from malmoi.answering.prompts import Message
from malmoi.errors import AnswerError, EndpointRefused, EndpointUnavailable
from malmoi.settings import Llm

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

HEARTBEAT_S = 0.25
"""How often a silent stream yields an empty delta, so that its reader can stop it."""
CONNECT_TIMEOUT_S = 5.0
_RETRIES = 1
_CHARACTERS_PER_TOKEN = 16
"""More than any tokenizer gives on average: a stream longer than `max_tokens` times this never ends by itself."""
_CONTEXT_SIGNS = (
    "exceed_context_size",
    "context_length_exceeded",
    "context length",
    "context size",
    "context window",
    "maximum context",
    "too many tokens",
    "prompt is too long",
)


class LLMClient:
    """Opens streams; cheap to make, safe to share between threads."""

    def __init__(self, settings: Llm) -> None:
        self.settings = settings
        self._verify: Any = None

    @property
    def label(self) -> str:
        """How answers name it: "llm:MODEL"."""
        return f"llm:{self.settings.model}"

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        timeout_s: float | None = None,
    ) -> ChatStream:
        """Begin a request; iterate over the result for the deltas, and close it."""
        return ChatStream(self, messages, max_tokens or self.settings.max_tokens, timeout_s)

    def complete(self, messages: Sequence[Message], *, max_tokens: int, timeout_s: float) -> str:
        """The whole text of a short reply.

        Raises:
            EndpointUnavailable, EndpointRefused: see `ChatStream`.
        """
        with self.stream(messages, max_tokens=max_tokens, timeout_s=timeout_s) as stream:
            return "".join(stream)

    def open_llm(self, http: httpx.Client, max_tokens: int) -> OpenAILike:
        """The LlamaIndex model for one request. The key is not in it: `http` adds that to the request."""
        from llama_index.llms.openai_like import OpenAILike

        given = self.settings
        return OpenAILike(
            model=given.model,
            api_base=given.base_url,
            api_key="-",
            is_chat_model=True,
            context_window=given.context_window,
            max_tokens=max_tokens,
            temperature=given.temperature,
            additional_kwargs={"extra_body": dict(given.extra_body)} if given.extra_body else {},
            max_retries=_RETRIES,
            timeout=given.timeout_s,
            http_client=http,
        )

    def verify(self) -> Any:
        """TLS trust, read from disk once."""
        if self._verify is None:
            import ssl

            self._verify = ssl.create_default_context() if self.settings.base_url.startswith("https") else False
        return self._verify


class _Connection:
    """The HTTP side of one request, which another thread may cut."""

    def __init__(self, client: LLMClient) -> None:
        import httpx

        self._key = client.settings.api_key.get_secret_value()
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._cut = False
        self.http = httpx.Client(
            verify=client.verify(),
            event_hooks={"request": [self._prepare]},
        )

    def _prepare(self, request: httpx.Request) -> None:
        del request.headers["authorization"]
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"
        request.extensions["trace"] = self._trace
        request.extensions["timeout"]["connect"] = CONNECT_TIMEOUT_S

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            opened = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._sockets.append(opened)
                cut = self._cut
            if cut:
                _shut(opened)

    def cut(self) -> None:
        """Wake whoever waits for the server, and hang up."""
        with self._lock:
            self._cut = True
            opened = list(self._sockets)
        for each in opened:
            _shut(each)
        self.http.close()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already, which is what is wanted


class ChatStream:
    """The deltas of one answer; an empty one now and then while the server is silent.

    Attributes:
        finish_reason: as the endpoint gave it ("stop", "length" …), once the deltas are read; None if it gave none.

    Iterating raises EndpointUnavailable (unreachable, slow, broken off, busy, server) and EndpointRefused (key,
    model, context, request, filtered), each with its `reason`.
    """

    def __init__(
        self, client: LLMClient, messages: Sequence[Message], max_tokens: int, timeout_s: float | None
    ) -> None:
        import llama_index.llms.openai_like  # noqa: F401 - takes seconds, which are not the endpoint's

        self.finish_reason: str | None = None
        self._client = client
        self._messages = tuple(messages)
        self._max_tokens = max_tokens
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._started = time.monotonic()
        settings = client.settings
        self._deadline = self._started + (timeout_s or settings.timeout_s)
        self._first_deadline = min(self._deadline, self._started + settings.first_token_timeout_s)
        self._connection = _Connection(client)
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._pump,), name="malmoi-llm", daemon=True)
        self._thread.start()

    def __enter__(self) -> ChatStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; safe at any time, from any thread, more than once."""
        self._connection.cut()
        self._thread.join(timeout=1.0)

    def __iter__(self) -> Iterator[str]:
        characters, alive = 0, False
        while True:
            item = self._next(alive)
            if item is None:
                yield ""
            elif isinstance(item, _End):
                if item.error is not None:
                    raise _explain(item.error, self._client.settings, begun=characters > 0) from item.error
                if self.finish_reason == "content_filter":
                    raise EndpointRefused("The endpoint withheld the answer", reason="filtered")
                return
            else:
                alive = True
                characters += len(item)
                yield item
                if characters > self._max_tokens * _CHARACTERS_PER_TOKEN:
                    self.finish_reason = "length"
                    return

    def _next(self, alive: bool) -> Any:
        """The next delta or end, or None after a silence; raises when the time is up."""
        left = (self._deadline if alive else self._first_deadline) - time.monotonic()
        if left <= 0:
            seconds = round(time.monotonic() - self._started)
            what = "not finish" if alive else "not begin to answer"
            raise EndpointUnavailable(
                f"The endpoint did {what} within {seconds} s",
                "Raise llm.timeout_s and llm.first_token_timeout_s, or use a smaller model.",
                reason="slow",
            )
        try:
            return self._queue.get(timeout=min(left, HEARTBEAT_S))
        except queue.Empty:
            return None

    def _pump(self) -> None:
        """Runs in the thread: hands over every delta, then how it ended."""
        from llama_index.core.llms import ChatMessage

        try:
            llm = self._client.open_llm(self._connection.http, self._max_tokens)
            messages = [ChatMessage(role=m.role, content=m.text) for m in self._messages]
            for response in llm.stream_chat(messages):
                choices = getattr(response.raw, "choices", None)
                if choices and choices[0].finish_reason:
                    self.finish_reason = str(choices[0].finish_reason)
                if response.delta or response.additional_kwargs.get("thinking_delta"):
                    self._queue.put(response.delta or "")
        except Exception as error:  # handed to the reader's thread, which raises it as one of ours
            self._queue.put(_End(error))
        else:
            self._queue.put(_End())


class _End:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


def _explain(error: Exception, settings: Llm, *, begun: bool) -> AnswerError:
    """What a failure of the endpoint, or of the library that speaks to it, means."""
    import openai

    key = settings.api_key.get_secret_value()
    detail = " ".join(str(error).split())[:300] or type(error).__name__
    if key:
        detail = detail.replace(key, "********")
    if isinstance(error, openai.APIStatusError):
        return _explain_status(error.status_code, detail)
    if isinstance(error, openai.APITimeoutError):
        return EndpointUnavailable("The endpoint did not answer in time", "Raise llm.timeout_s.", reason="slow")
    if isinstance(error, openai.APIConnectionError):
        return EndpointUnavailable(
            f"No connection to {settings.base_url}",
            "Check llm.base_url, and that the server runs.",
            reason="unreachable",
        )
    if isinstance(error, openai.APIError) and _is_context(detail):
        return _explain_status(400, detail)
    if isinstance(error, ValueError) and not begun and "model" in detail.lower():
        return EndpointRefused(detail, "Check llm.model.", reason="model")
    return EndpointUnavailable(f"The endpoint broke off: {detail}", "Look at the server's log.", reason="broken_off")


def _explain_status(status: int, detail: str) -> AnswerError:
    if status in (401, 403):
        return EndpointRefused(f"The endpoint refused the key ({status})", "Check llm.api_key.", reason="key")
    if status == 404:
        return EndpointRefused(
            f"The endpoint does not know the model or path: {detail}",
            "Check llm.model and llm.base_url.",
            reason="model",
        )
    if status in (400, 413, 422):
        if _is_context(detail):
            return EndpointRefused(
                f"The request is longer than the model's context: {detail}",
                "Lower llm.context_window.",
                reason="context",
            )
        return EndpointRefused(f"The endpoint refused the request: {detail}", "Check llm.extra_body.", reason="request")
    if status == 429:
        return EndpointUnavailable("The endpoint has too many requests", "Try again later.", reason="busy")
    return EndpointUnavailable(f"The endpoint failed: {detail}", "Look at the server's log.", reason="server")


def _is_context(detail: str) -> bool:
    return any(sign in detail.lower() for sign in _CONTEXT_SIGNS)

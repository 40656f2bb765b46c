"""Malmoi behind OpenAI's chat API, so that programs made for that can ask it: `/v1/chat/completions`, `/v1/models`.

A model is a collection: `malmoi` is the first that is open to the caller, `malmoi/NAME` the one of that name. What such
a program sets beyond the conversation (temperature, tools …) is accepted and changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import Route

from malmoi.answering.render import doubt
from malmoi.answering.sources import estimate_tokens
from malmoi.errors import QuestionError, UnknownCollection
from malmoi.people import Scope as Permission
from malmoi.retrieval.retriever import checked
from malmoi.text import detect_language
from malmoi.types import Language
from malmoi.web.limits import address_in
from malmoi.web.site import Site
from malmoi.web.v1.answers import Answers, UnderWay, Wish
from malmoi.web.v1.common import allowed, base_of, reader_of, room_for, unless_left
from malmoi.web.v1.router import Rest
from malmoi.web.v1.shapes import Answer, Citation, Sentence

MODEL = "malmoi"
MOST_HISTORY = 20
_HEARTBEAT = b": heartbeat\n\n"


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Part(_Loose):
    """A part of a message; only text is read."""

    type: str = "text"
    text: str = ""


class ChatMessage(_Loose):
    """A message of the conversation."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.type == "text")


class StreamOptions(_Loose):
    """How a stream is sent."""

    include_usage: bool = False


class Completion(_Loose):
    """A request for an answer."""

    model: str = Field(max_length=200)
    messages: list[ChatMessage] = Field(min_length=1, max_length=2000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None


class UnknownModel(UnknownCollection):
    """No model of this name is open to the caller."""

    code = "model_not_found"


def make_router(site: Site) -> APIRouter:
    """The routes that OpenAI's clients use."""
    router = APIRouter(prefix="/v1", include_in_schema=False)
    answers = Answers(site)

    @router.get("/models")
    async def models(request: Request) -> Response:
        """One model for each collection that is open to the caller."""
        return JSONResponse({"object": "list", "data": await asyncio.to_thread(_models, site, request)})

    @router.get("/models/{id:path}")
    async def model(request: Request, id: str) -> Response:
        """One of them."""
        found = await asyncio.to_thread(_models, site, request)
        for known in found:
            if known["id"] == id:
                return JSONResponse(known)
        raise _unknown(id)

    @router.post("/chat/completions")
    async def complete(request: Request, wanted: Completion) -> Response:
        """Answer the last message of the user."""
        under_way = await _begin(site, answers, request, wanted)
        chat = _Chat(wanted, under_way.id)
        if wanted.stream:
            events = chat.stream(under_way)
            headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            return StreamingResponse(events, media_type="text/event-stream", headers=headers)
        answer = await unless_left(request, under_way.wait())
        return JSONResponse(chat.whole(answer), headers={"Cache-Control": "no-store"})

    router.routes.append(Route("/v1/{rest:path}", Rest(list(router.routes)), include_in_schema=False))
    return router


def _models(site: Site, request: Request) -> list[dict[str, Any]]:
    names = [collection.name for collection in site.collections(allowed(request, Permission.ASK))]
    ids = [MODEL, *(f"{MODEL}/{name}" for name in names)] if names else []
    return [{"id": id, "object": "model", "created": 0, "owned_by": "malmoi"} for id in ids]


def _unknown(model: str) -> UnknownModel:
    return UnknownModel(f"There is no model {model[:200]}", "GET /v1/models lists them.")


async def _begin(site: Site, answers: Answers, request: Request, wanted: Completion) -> UnderWay:
    name, slash, collection = wanted.model.partition("/")
    if name != MODEL or (slash and not collection):
        raise _unknown(wanted.model)
    said = [message.text for message in wanted.messages if message.role == "user"]
    if not said:
        raise QuestionError("The conversation has no message of a user")
    question = checked(said[-1], site.settings.retrieval.max_question_chars)
    try:
        room = await room_for(request, site, collection)
    except UnknownCollection as error:
        raise _unknown(wanted.model) from error
    history = tuple(text for text in said[:-1] if text.strip())[-MOST_HISTORY:]
    place = site.admit(room, address_in(request.scope))
    return answers.start(room, Wish(question, history), reader_of(request, site), base_of(request, site), place)


class _Chat:
    """One reply in OpenAI's form: its text with markers, and where in the text each citation stands."""

    def __init__(self, wanted: Completion, answer_id: str) -> None:
        self._wanted = wanted
        said = next(m.text for m in reversed(wanted.messages) if m.role == "user")
        self._language: Language = "ko" if detect_language(said) == "ko" else "en"
        self._head = {"id": f"chatcmpl-{answer_id}", "created": int(time.time()), "model": wanted.model}
        self._text = ""
        self._lead = ""
        self._annotations: list[dict[str, Any]] = []

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The reply at once."""
        self._line(answer.lead)
        self._sentences(answer.sentences)
        self._line(answer.notice)
        message = {
            "role": "assistant",
            "content": self._text,
            "refusal": None,
            "annotations": self._annotations,
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(),
            "malmoi": answer.model_dump(mode="json"),
        }

    async def stream(self, answer: UnderWay) -> AsyncGenerator[bytes, None]:
        """The reply as it grows, a checked sentence at a time, since OpenAI's form cannot take words back.

        What is withdrawn all the same, when a model breaks off, stays in the text above a line that says so.
        """
        yield self._chunk({"role": "assistant", "content": ""})
        async with aclosing(answer.follow()) as events:
            async for sent in events:
                if sent is None:
                    yield _HEARTBEAT
                    continue
                data = json.loads(sent.data)
                if sent.name == "error":
                    yield _event({"error": _error(data)})
                    return
                piece = self._piece(sent.name, data)
                if piece:
                    yield self._chunk({"content": piece})
        result = answer.result()
        late = self._line(result.notice if result.notice not in self._text else "")
        delta = {"annotations": self._annotations, **({"content": late} if late else {})}
        yield self._chunk(delta, "stop", malmoi=result.model_dump(mode="json"))
        if self._wanted.stream_options and self._wanted.stream_options.include_usage:
            yield _event({**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self._usage()})
        yield b"data: [DONE]\n\n"

    def _piece(self, name: str, data: Mapping[str, Any]) -> str:
        """What an event adds to the text."""
        if name == "lead":
            added = data["text"].removeprefix(self._lead).strip()
            self._lead = data["text"]
            return self._line(added)
        if name == "sentence":
            return self._sentences([Sentence.model_validate(data)])
        if name == "restart":
            self._annotations.clear()
            self._lead = ""
            return self._line(data["notice"])
        return ""

    def _line(self, line: str) -> str:
        """Add a line, if it is not empty; what was added."""
        added = f"\n{line}" if line and self._text else line
        self._text += added
        return added

    def _sentences(self, sentences: Iterable[Sentence]) -> str:
        before = len(self._text)
        for sentence in sentences:
            self._line(f"~~{sentence.text}~~" if sentence.support.is_failed else sentence.text)
            self._text += " " if sentence.citations else ""
            for citation in sentence.citations:
                start = len(self._text)
                self._text += f"[{citation.number}]"
                self._annotations.append(_annotation(citation, start, len(self._text)))
            self._text += doubt(sentence.support, sentence.reason, self._language)
        return self._text[before:]

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _event({**self._head, "object": "chat.completion.chunk", "choices": [choice], **more})

    def _usage(self) -> dict[str, int]:
        """Tokens, estimated: an extractive answer is made without any."""
        asked = sum(estimate_tokens(message.text) for message in self._wanted.messages)
        said = estimate_tokens(self._text)
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _annotation(citation: Citation, start: int, end: int) -> dict[str, Any]:
    """A citation at the span of its marker."""
    title = citation.title or citation.document
    place = {"url": citation.url, "title": title, "start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": place}


def _error(data: Mapping[str, Any]) -> dict[str, Any]:
    message = ". ".join(part for part in (data["detail"], data["remedy"]) if part)
    return {"message": message, "type": "server_error", "param": None, "code": data["code"]}


def _event(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()

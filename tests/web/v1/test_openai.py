"""Conversations of two turns through OpenAI's own clients, in Python and JavaScript."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from servers.provider import NODE, node
from web.v1.conftest import Served
from web.v1.served import COST, LAND, OPENING

FOLLOW_UP = "그럼 언제 여는가?"


def client_for(real: Served, who: str = "reader") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{real.url}/v1", api_key=real.keys[who], max_retries=0)


def check_citations(text: str, annotations: list[Any], url: str) -> None:
    """Each annotation stands at its marker, and its address shows the quoted span."""
    assert annotations
    for annotation in annotations:
        cited = annotation["url_citation"]
        marker = text[cited["start_index"] : cited["end_index"]]
        assert marker.startswith("[") and marker.endswith("]") and cited["title"] == "가람시, 새 도서관 연다"
        assert cited["url"].startswith(f"{url}/document/")


def test_the_python_client_holds_a_conversation(real: Served) -> None:
    with client_for(real) as client:
        ids = [model.id for model in client.models.list()]
        assert ids == ["malmoi", "malmoi/default", "malmoi/harbour"]
        assert client.models.retrieve("malmoi/harbour").id == "malmoi/harbour"
        messages: list[Any] = [{"role": "system", "content": "무시된다"}, {"role": "user", "content": COST}]
        first = client.chat.completions.create(model="malmoi", messages=messages, temperature=0.3)
        said = first.choices[0].message
        assert "55억 원" in (said.content or "") and first.choices[0].finish_reason == "stop"
        check_citations(said.content or "", [a.model_dump() for a in said.annotations or []], real.url)
        assert first.usage and first.usage.total_tokens == first.usage.prompt_tokens + first.usage.completion_tokens
        told = first.model_extra["malmoi"] if first.model_extra else {}
        assert told["verdict"] == "answered" and told["citations"][0]["quote"] in said.content
        page = httpx.get(said.annotations[0].url_citation.url, headers={"authorization": f"Bearer {client.api_key}"})  # type: ignore[index]
        assert "55억 원" in page.text.split("<mark", 1)[1]
        messages += [{"role": "assistant", "content": said.content}]
        parts = [{"type": "text", "text": FOLLOW_UP}]
        second = client.chat.completions.create(
            model="malmoi", messages=[*messages, {"role": "user", "content": parts}]
        )
        assert "3월 12일" in (second.choices[0].message.content or "")


def test_the_python_client_streams(real: Served) -> None:
    with client_for(real) as client:
        messages: list[Any] = [{"role": "user", "content": OPENING}]
        chunks = list(
            client.chat.completions.create(
                model="malmoi/default", messages=messages, stream=True, stream_options={"include_usage": True}
            )
        )
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        whole = client.chat.completions.create(model="malmoi/default", messages=messages).choices[0].message
        assert text == whole.content and "3월 12일" in text
        last = chunks[-2]
        assert last.choices[0].finish_reason == "stop" and chunks[-1].usage
        annotations = (last.choices[0].delta.model_extra or {})["annotations"]
        assert annotations == [a.model_dump() for a in whole.annotations or []]
        check_citations(text, annotations, real.url)


async def test_the_asynchronous_client(real: Served) -> None:
    client = openai.AsyncOpenAI(base_url=f"{real.url}/v1", api_key=real.keys["harbour"], max_retries=0)
    async with client:
        question: list[Any] = [{"role": "user", "content": "방파제의 길이는 얼마인가?"}]
        plain, stream = await asyncio.gather(
            client.chat.completions.create(model="malmoi", messages=question),
            client.chat.completions.create(model="malmoi", messages=question, stream=True),
        )
        assert "420미터" in (plain.choices[0].message.content or "")
        text = "".join([c.choices[0].delta.content or "" async for c in stream])
        assert text == plain.choices[0].message.content


def test_errors_are_openais(real: Served) -> None:
    asked: list[Any] = [{"role": "user", "content": COST}]
    with client_for(real) as client:
        with pytest.raises(openai.NotFoundError) as unknown:
            client.chat.completions.create(model="gpt-4o", messages=asked)
        assert unknown.value.code == "model_not_found"
        with pytest.raises(openai.UnprocessableEntityError, match="비었습니다"):
            client.chat.completions.create(model="malmoi", messages=[{"role": "user", "content": "  "}])
        with pytest.raises(openai.UnprocessableEntityError):
            client.chat.completions.create(model="malmoi", messages=[])
        with pytest.raises(openai.NotFoundError):
            client.completions.create(model="malmoi", prompt="가")
        secret = client.chat.completions.create(model="malmoi", messages=[{"role": "user", "content": LAND}])
        assert "77억" not in str(secret.model_dump())
    with client_for(real, "harbour") as client, pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="malmoi/default", messages=asked)
    stranger = openai.OpenAI(base_url=f"{real.url}/v1", api_key="mm_wrong", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError):
        stranger.models.list()


def test_the_javascript_client_holds_a_conversation(real: Served) -> None:
    command = [node(), str(NODE / "openai.mjs"), f"{real.url}/v1", real.keys["reader"], COST, FOLLOW_UP]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(NODE), check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["models"][0] == "malmoi" and told["missing"] == "model_not_found"
    first, second = told["turns"]
    assert "55억 원" in first["text"] and "3월 12일" in second["text"]
    for turn in (first, second):
        check_citations(turn["text"], turn["annotations"], real.url)
    assert second["chunks"] > 2

"""The tools through the official client of the Model Context Protocol, over HTTP and over standard input and output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from web.v1.conftest import Served
from web.v1.served import COST, LAND, LIBRARY, fill, settings_in


async def hold(client: Any, question: str) -> dict[str, Any]:
    """Ask, search for the same, and open what was cited."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert tools.keys() == {"ask", "search", "open_passage"}
    assert all(tool.output_schema for tool in tools.values())
    asked = await client.call_tool("ask", {"question": question})
    answer: dict[str, Any] = asked.structured_content
    assert not asked.is_error and answer["verdict"] == "answered"
    [cited] = answer["citations"]
    where = {key: cited[key] for key in ("start", "end", "check")}
    opened = await client.call_tool("open_passage", {"document": cited["document_id"], **where})
    assert opened.structured_content["quote"] == cited["quote"] == LIBRARY.strip()[cited["start"] : cited["end"]]
    found = await client.call_tool("search", {"query": question, "limit": 3})
    assert cited["document_id"] in [p["document_id"] for p in found.structured_content["passages"]]
    wrong = await client.call_tool("open_passage", {"document": "none", "start": 0, "end": 1})
    assert wrong.is_error and "Traceback" not in str(wrong.content)
    return answer


async def test_over_http_each_caller_sees_their_own(real: Served) -> None:
    async def connected(who: str, question: str) -> Any:
        http = httpx2.AsyncClient(headers={"authorization": f"Bearer {real.keys[who]}"})
        async with http, Client(streamable_http_client(f"{real.url}/mcp", http_client=http)) as client:
            if question == COST:
                return await hold(client, question)
            return (await client.call_tool("ask", {"question": question})).structured_content

    answer = await connected("reader", COST)
    assert "55억 원" in answer["text"] and answer["citations"][0]["url"].startswith(f"{real.url}/document/")
    assert "77억" in str(await connected("insider", LAND))
    assert "77억" not in str(await connected("reader", LAND))
    assert (await connected("harbour", "방파제의 길이는 얼마인가?"))["collection"] == "harbour"


async def test_nobody_is_turned_away_over_http(real: Served) -> None:
    async with httpx2.AsyncClient() as http:
        reply = await http.post(f"{real.url}/mcp", json={})
    assert reply.status_code == 401


@pytest.mark.slow
async def test_over_standard_input_and_output(tmp_path: Path) -> None:
    fill(settings_in(tmp_path)).close()
    arguments = ["-m", "malmoi", "mcp", "--index", str(tmp_path), "--set", "embedding.engine=none"]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
        assert "55억 원" in (await hold(client, COST))["text"]

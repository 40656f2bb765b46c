"""The typed client, with and without asyncio, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from client.cutting import Cutting
from malmoi.client import ApiError, AsyncClient, Client, ConnectionLost, Draft, Finished, Found, Said, Started
from malmoi.settings import load_settings
from malmoi.types import Support
from web.small import Script, SmallMalmoi
from web.v1.conftest import Served
from web.v1.served import COST, OPENING
from web.v1.test_ask import running

FIRST, SECOND = "가람시는 새 도서관을 연다.", "건립 비용은 55억 원이다."
SLOW = "느린 질문?"


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SmallMalmoi, str]]:
    """A server whose answer takes more than a second."""
    malmoi = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path_factory.mktemp("slow") / "index"}))
    malmoi.add_bytes("도서관.txt", f"도서관\n\n{FIRST} {SECOND}".encode())
    sentences = [(text, Support.SUPPORTED, "", [text]) for text in (FIRST, SECOND)]
    malmoi.scripts[SLOW] = Script(sentences, pause=0.4, drafts=True)
    with running(malmoi) as api:
        yield malmoi, api.removesuffix("/api/v1")


def test_a_conversation_in_types(real: Served) -> None:
    with Client(real.url, key=real.keys["reader"], language="en") as malmoi:
        assert malmoi.me().name == "reader" and [c.name for c in malmoi.collections()] == ["default", "harbour"]
        first = malmoi.ask(COST, keep=True)
        assert first.verdict == "answered" and first.conversation and first.turn
        [cited] = first.citations
        assert malmoi.open_passage(cited).quote == cited.quote
        assert any(p.document_id == cited.document_id for p in malmoi.search(COST))
        *_, last = malmoi.stream("그럼 언제 여는가?", conversation=first.conversation)
        assert isinstance(last, Finished) and "3월 12일" in last.text
        malmoi.rate(first.turn, 1)
        whole = malmoi.conversation(first.conversation)
        assert [turn.answer.text for turn in whole.turns] == [first.text, last.text]
        assert malmoi.rename(whole.id, "도서관").title == "도서관"
        malmoi.delete(whole.id)
        assert whole.id not in [c.id for c in malmoi.conversations().conversations]
        with pytest.raises(ApiError) as refused:
            malmoi.add("a.txt", b"text")
        assert (refused.value.status, refused.value.code) == (403, "web.forbidden") and refused.value.request_id
    with Client(real.url, key="mm_wrong") as stranger, pytest.raises(ApiError) as unknown:
        list(stranger.stream(COST))
    assert unknown.value.status == 401


def test_documents_come_and_go(real: Served, tmp_path: Path) -> None:
    file = tmp_path / "장터.txt"
    file.write_text("장터 안내\n\n장터는 매달 5일에 열린다.", "utf-8")
    with Client(real.url, key=real.keys["editor"]) as malmoi:
        assert [r.status for r in malmoi.add(file, collection="harbour", groups=[])] == ["added"]
        [held] = malmoi.documents("장터", collection="harbour").documents
        assert [r.status for r in malmoi.remove(held.id, collection="harbour")] == ["removed"]


def test_a_stream_outlives_lost_connections(slow: tuple[SmallMalmoi, str]) -> None:
    small, url = slow
    small.closed_early.clear()
    asked = len(small.asked)
    with Cutting(url, [b"event: passages", b"event: sentence"]) as network, Client(network.url) as malmoi:
        events = list(malmoi.stream(SLOW))
    assert network.connections >= 3 and len(small.asked) == asked + 1
    kinds = [type(event) for event in events if not isinstance(event, Draft)]
    assert kinds == [Started, Found, Said, Said, Finished]
    assert [event.text for event in events if isinstance(event, Said)] == [FIRST, SECOND]
    assert not small.closed_early.is_set()


def test_a_stream_that_may_not_be_resumed_is_lost(slow: tuple[SmallMalmoi, str]) -> None:
    with (
        Cutting(slow[1], [b"event: passages"]) as network,
        Client(network.url) as malmoi,
        pytest.raises(ConnectionLost),
    ):
        list(malmoi.stream(SLOW, resume_within_s=0))


def test_leaving_a_stream_stops_the_answer(slow: tuple[SmallMalmoi, str]) -> None:
    small, url = slow
    small.closed_early.clear()
    with Client(url) as malmoi:
        stream = malmoi.stream(SLOW)
        next(event for event in stream if isinstance(event, Found))
        stream.close()
    assert small.closed_early.wait(3)


async def test_the_asynchronous_client(real: Served, slow: tuple[SmallMalmoi, str]) -> None:
    async with AsyncClient(real.url, key=real.keys["reader"]) as malmoi:
        answer = await malmoi.ask(OPENING)
        assert "3월 12일" in answer.text
        assert (await malmoi.open_passage(answer.citations[0])).quote == answer.citations[0].quote
        events = [event async for event in malmoi.stream(OPENING)]
        assert isinstance(events[-1], Finished) and events[-1].text == answer.text
    with Cutting(slow[1], [b"event: passages"]) as network:
        async with AsyncClient(network.url) as malmoi:
            events = [event async for event in malmoi.stream(SLOW)]
    assert isinstance(events[-1], Finished) and sum(isinstance(e, Said) for e in events) == 2

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from malmoi.conversation import ReplyState
from malmoi.errors import AnswerError, EndpointUnavailable
from malmoi.settings import load_settings
from malmoi.types import AnswerEvent, AnswerSentence, Draft, Lead, Restart, SentenceDone, Support, Verdict
from malmoi.web.stream import Progressing, Run
from web.small import Script, SmallMalmoi

DONE = SentenceDone(AnswerSentence("말했다.", Support.SUPPORTED))


@pytest.fixture
def malmoi(tmp_path: Path) -> SmallMalmoi:
    made = SmallMalmoi(load_settings(overrides={"index_dir": tmp_path}))
    made.add_bytes("a.txt", "제목\n\n가나다는 라마바이다. 두 번째 문장은 여기 있다.".encode())
    return made


def test_events_become_what_the_reader_sees() -> None:
    state = Progressing().after(Lead("머리")).after(Draft("말하")).after(Draft("말하는 중"))
    assert (state.reply.lead, state.draft, state.searching) == ("머리", "말하는 중", False)
    state = state.after(DONE)
    assert state.draft == "" and len(state.reply.sentences) == 1
    withdrawn = state.after(Restart("연결이 끊겼습니다"))
    assert withdrawn.reply.sentences == () and withdrawn.reply.notice == "연결이 끊겼습니다"
    assert withdrawn.reply.answerer == "extractive"


async def test_many_events_become_few_updates(malmoi: SmallMalmoi) -> None:
    text = "가나다는 라마바이다. " * 40
    malmoi.scripts["q"] = Script([(text, Support.SUPPORTED, "", ["가나다는 라마바이다."])] * 20, drafts=True)
    states = [state async for state in Run(lambda: malmoi.stream("q")).updates()]
    drafts = 20 * len(range(4, len(text), 4))
    assert drafts > 2000 and len(states) < drafts / 10
    assert states[-1].done and len(states[-1].reply.sentences) == 20
    assert states[-1].reply.verdict is Verdict.ANSWERED


async def test_stopping_keeps_whole_sentences_and_closes_the_work(malmoi: SmallMalmoi) -> None:
    malmoi.scripts["q"] = Script([("한 문장.", Support.SUPPORTED, "", ["가나다는"])] * 100, pause=0.02)
    run = Run(lambda: malmoi.stream("q"))
    async for state in run.updates():
        if state.reply.sentences:
            run.stop()
    assert state.done and state.reply.state is ReplyState.STOPPED and 0 < len(state.reply.sentences) < 100
    assert malmoi.closed_early.wait(5)


async def test_stopping_does_not_wait_for_a_silent_answerer() -> None:
    silent, ended = threading.Event(), threading.Event()

    def events() -> Iterator[AnswerEvent]:
        try:
            yield DONE
            silent.wait(30)
            yield DONE
        finally:
            ended.set()

    run = Run(events)
    async for state in run.updates():
        if not state.done:
            run.stop()
    assert state.reply.state is ReplyState.STOPPED and not ended.is_set()
    silent.set()
    assert ended.wait(5)


async def test_leaving_closes_the_work(malmoi: SmallMalmoi) -> None:
    malmoi.scripts["q"] = Script([("한 문장.", Support.SUPPORTED, "", ["가나다는"])] * 100, pause=0.02)
    updates = Run(lambda: malmoi.stream("q")).updates()
    await anext(updates)
    await updates.aclose()  # type: ignore[attr-defined]
    assert malmoi.closed_early.wait(5)


async def test_failures_arrive_as_errors_of_ours(malmoi: SmallMalmoi) -> None:
    malmoi.scripts["q"] = Script([("한 문장.", Support.SUPPORTED, "", ["가나다는"])], fails=True)
    with pytest.raises(EndpointUnavailable):
        async for _ in Run(lambda: malmoi.stream("q")).updates():
            pass

    def broken() -> Iterator[AnswerEvent]:
        raise ZeroDivisionError
        yield

    def short() -> Iterator[AnswerEvent]:
        yield DONE

    for events in (broken, short):
        with pytest.raises(AnswerError):
            async for _ in Run(events).updates():
                pass

from __future__ import annotations

from collections.abc import Callable

import pytest

from malmoi.answering.llm import LLMClient
from malmoi.answering.prompts import load_prompt
from malmoi.answering.rewrite import leans, rewrite_with_model, rewrite_without_model
from malmoi.korean import Analyser
from malmoi.settings import Llm, load_settings
from servers.scripted import Reply, ScriptedServer

Serve = Callable[..., ScriptedServer]

FOLLOW_UPS = [
    (["누리호는 언제 발사됐어?"], "그건 몇 번째 발사였어?", ["누리호"], ["그건"]),
    (
        ["김하늘 작가가 어느 잡지에 글을 실었어?"],
        "그럼 그 글은 무엇을 다뤘어?",
        ["김하늘", "잡지", "글은"],
        ["그럼", "그 글"],
    ),
    (["한강 수영장은 언제 문을 여나?"], "입장료는 얼마야?", ["한강", "수영장", "입장료"], []),
    (["한강 수영장은 언제 문을 여나?"], "이유는?", ["한강", "수영장", "이유"], []),
    (["나루등대의 높이는 얼마야?"], "수명은?", ["나루등대", "수명"], ["높이"]),
    (["가람전자의 2030년 매출은 얼마였어?"], "그럼 2031년은?", ["가람전자", "매출", "2031년"], ["2030"]),
    (["가람전자의 2030년 매출은 얼마였어?", "그럼 2031년은?"], "이유는?", ["가람전자", "이유"], []),
    (["가람전자 대표는 누구야?"], "나래전자는?", ["대표", "나래전자"], []),
    (["연차휴가는 며칠이야?"], "신청 방법은?", ["연차휴가", "신청 방법"], []),
    (["When did the Orion bridge open?"], "How much did it cost?", ["Orion", "bridge", "cost"], []),
    (["When did the Orion bridge open?"], "And the architect?", ["Orion", "bridge", "architect"], []),
    (["When did the Orion bridge open?"], "What about the Vega tunnel?", ["open", "Vega tunnel"], ["Orion"]),
]
ALONE = [
    "연차휴가는 며칠이야?",
    "광합성이 뭐야?",
    "오늘 서울 날씨 어때?",
    "가람전자 대표가 바뀐 뒤에 그는 무엇을 했어?",
    "Who founded the Lyra museum?",
    "What is photosynthesis?",
    "Who said that prices would rise?",
    "Did the Lyra museum say when it would open?",
]


@pytest.mark.parametrize(("history", "question", "holds", "lacks"), FOLLOW_UPS)
def test_a_follow_up_takes_over_the_topic(
    analyser: Analyser, history: list[str], question: str, holds: list[str], lacks: list[str]
) -> None:
    rewritten = rewrite_without_model(question, history, analyser)
    assert [part for part in holds if part not in rewritten] == []
    assert [part for part in lacks if part in rewritten] == []
    assert rewritten.endswith("?")


@pytest.mark.parametrize("question", ALONE)
def test_a_question_that_stands_alone_is_left_as_it_is(analyser: Analyser, question: str) -> None:
    assert not leans(question, analyser)
    assert rewrite_without_model(question, ["한강 수영장은 언제 문을 여나?"], analyser) == question


def test_the_first_question_is_left_as_it_is(analyser: Analyser) -> None:
    assert rewrite_without_model("그건 얼마야?", [], analyser) == "그건 얼마야?"


def test_a_word_is_not_said_twice(analyser: Analyser) -> None:
    rewritten = rewrite_without_model("그 잡지는 언제 나왔어?", ["김하늘 작가가 어느 잡지에 글을 실었어?"], analyser)
    assert rewritten.count("잡지") == 1


def client(server: ScriptedServer) -> LLMClient:
    return LLMClient(load_settings(overrides=server.settings()).llm)


HISTORY = ["누리호는 언제 발사됐어?"]


def with_model(analyser: Analyser, given: LLMClient, question: str = "그건 몇 번째 발사였어?") -> str:
    return rewrite_with_model(question, HISTORY, analyser, given, load_prompt("rewrite"))


def test_the_models_rewriting_is_used(serve: Serve, analyser: Analyser) -> None:
    server = serve(Reply(["<think>hm</think>질문: “누리호의 그 발사는 ", "몇 번째였어?”\n"]))
    assert with_model(analyser, client(server)) == "누리호의 그 발사는 몇 번째였어?"
    assert HISTORY[0] in server.requests[0].prompt
    assert "그건 몇 번째 발사였어?" in server.requests[0].prompt


@pytest.mark.parametrize(
    "reply",
    [
        Reply([]),
        Reply(["\n\n"]),
        Reply(["누리호 " * 60]),
        Reply(["How many launches were there?"]),
        Reply(["2031년 5월 누리호 발사는 몇 번째였어?"]),
        Reply(["누리호와 Falcon 9의 발사는 몇 번째였어?"]),
        Reply(status=500, error={"message": "no"}),
        Reply(["누리"], break_after=1),
    ],
)
def test_what_the_model_should_not_have_said_is_not_used(serve: Serve, analyser: Analyser, reply: Reply) -> None:
    expected = rewrite_without_model("그건 몇 번째 발사였어?", HISTORY, analyser)
    assert with_model(analyser, client(serve(reply))) == expected


def test_a_question_with_a_name_costs_no_request(serve: Serve, analyser: Analyser) -> None:
    server = serve(Reply(["다른 질문?"]))
    assert with_model(analyser, client(server), "나로호는 언제 발사됐어?") == "나로호는 언제 발사됐어?"
    assert server.requests == []


def test_without_an_endpoint_the_question_is_rewritten_all_the_same(analyser: Analyser) -> None:
    gone = LLMClient(Llm(base_url="http://127.0.0.1:9/v1", model="m"))
    assert "누리호" in with_model(analyser, gone)

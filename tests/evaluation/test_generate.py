from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from malmoi.answering.llm import LLMClient
from malmoi.evaluation.generate import DISLIKED, LIKED, cloze, from_ratings, question_line, spread
from malmoi.evaluation.generate_english import english_questions
from malmoi.evaluation.generate_korean import korean_questions
from malmoi.evaluation.generate_model import Proposer, checked, proposals
from malmoi.evaluation.questions import read_questions
from malmoi.korean import get_analyser
from malmoi.settings import load_settings
from malmoi.types import Document, Section, SectionKind
from servers.scripted import Reply, ScriptedServer


def asked(sentence: str) -> list[tuple[str, str]]:
    if re.search("[가-힣]", sentence):
        return [(a.question, a.answer) for a in korean_questions(sentence, get_analyser().morphemes(sentence))]
    return [(a.question, a.answer) for a in english_questions(sentence)]


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("가람시는 2025년 2월 11일에 푸른다리를 열었다.", "가람시는 언제 푸른다리를 열었나?", "2025년 2월 11일"),
        ("가람시는 2025년 2월 11일부터 푸른다리를 막습니다.", "가람시는 언제부터 푸른다리를 막나?", "2025년 2월 11일"),
        ("가람시는 2021년에 푸른다리를 짓기 시작했다.", "가람시는 몇 년에 푸른다리를 짓기 시작했나?", "2021년"),
        ("푸른다리 건설비는 모두 155억 원이었다.", "푸른다리 건설비는 모두 얼마였나?", "155억 원"),
        ("푸른다리 건설에는 철근이 1만 6000개가 들었다.", "푸른다리 건설에는 철근이 몇 개가 들었나?", "1만 6000개"),
        ("가람시 푸른다리의 길이는 480미터다.", "가람시 푸른다리의 길이는 몇 미터인가?", "480미터"),
        (
            "푸른다리 통행료는 승용차가 2,000원으로 가장 쌉니다.",
            "푸른다리 통행료는 승용차가 얼마로 가장 싼가?",
            "2,000원",
        ),
        ("푸른다리 이용자의 만족도는 64%이다.", "푸른다리 이용자의 만족도는 몇 %인가?", "64%"),
        (
            "푸른다리의 난간은 높이가 3미터가 넘어 매우 크다.",
            "푸른다리의 난간은 높이가 몇 미터가 넘어 매우 큰가?",
            "3미터",
        ),
        ("김다을 교수는 푸른다리 설계를 맡았다.", "누가 푸른다리 설계를 맡았나?", "김다을"),
        ("The blue bridge was opened on 3 May 2031.", "When was the blue bridge opened?", "3 May 2031"),
        ("The blue bridge cost 40 million dollars.", "How much did the blue bridge cost?", "40 million dollars"),
        ("Dr Mara Olsen designed the blue bridge.", "Who designed the blue bridge?", "Dr Mara Olsen"),
        ("12 boats were tied to the blue bridge.", "How many boats were tied to the blue bridge?", "12 boats"),
    ],
)
def test_a_value_gives_way_to_its_question_word(sentence: str, question: str, answer: str) -> None:
    assert (question, answer) in asked(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "그는 2025년 2월 11일에 다리를 열었다.",
        "이 다리의 건설비는 155억 원이었다.",
        "올해 푸른다리 통행료는 2,000원이다.",
        "푸른다리는 언제 열리나?",
        "건설비는 155억 원이다",
        "푸른다리 건설비는 155억 원이며, 길이는 480미터이다.\n다음",
        "다리가 3개 있었기 때문이다.",
        "제3호 다리는 2호차가 지났다.",
        "1. 푸른다리 통행료는 승용차가 2,000원이다.",
        "단, 푸른다리 통행료는 승용차가 2,000원이다.",
        "푸른다리는 2021년에 열렸으며, 가람시 다리의 길이는 480미터이다.",
        "푸른다리 건설에는 배 10여 척이 들었다.",
        "푸른다리 개통식은 비가 내린 9월 24일에 열렸다.",
        "푸른다리 통행료는 시민에게 30%이하로 받는다.",
        "푸른다리 통행료는 1,000원 또는 2,000원이다.",
        "It was opened on 3 May 2031.",
        "The council said that the blue bridge was opened on 3 May 2031 and closed.",
        "The Harbour Post reported the leak.",
        "Last year the blue bridge cost 40 million dollars.",
    ],
)
def test_what_leans_on_its_surroundings_gives_nothing(sentence: str) -> None:
    assert asked(sentence) == []


def test_of_two_statements_only_the_last_is_asked_for() -> None:
    questions = asked("푸른다리 건설비는 155억 원이며 가람시 다리의 길이는 480미터이다.")
    assert [answer for _, answer in questions] == ["480미터"]


def document(text: str, name: str = "bridge.txt", kind: SectionKind = SectionKind.BODY) -> Document:
    return Document(f"/{name}", name, "0" * 64, text, (Section(kind, 0, len(text)),), title="푸른다리", language="ko")


BRIDGE = (
    "가람시는 2025년 2월 11일에 푸른다리를 열었다. 푸른다리 건설비는 모두 155억 원이었다.\n\n"
    "가람시 푸른다리의 길이는 480미터다. 다리 위에는 가로등이 서 있고 밤에는 푸른빛이 난다."
)


def test_candidates_carry_the_sentence_as_evidence() -> None:
    found = list(cloze(document(BRIDGE), get_analyser()))
    assert len(found) == 3 and len({c.question.id for c in found}) == 3
    for candidate in found:
        ((quote,),) = candidate.question.evidence
        assert quote.doc == "bridge.txt" and quote.quote in BRIDGE and candidate.question.answers[0] in quote.quote
    assert [c.question.id for c in cloze(document(BRIDGE), get_analyser())] == [c.question.id for c in found]


def test_comments_and_furniture_are_not_asked_about() -> None:
    for kind in (SectionKind.COMMENT, SectionKind.FURNITURE):
        assert not list(cloze(document(BRIDGE, kind=kind), get_analyser()))


def test_documents_take_turns_and_repeated_questions_are_dropped() -> None:
    first = list(cloze(document(BRIDGE), get_analyser()))
    second = list(cloze(document(BRIDGE.replace("155억", "166억").replace("480", "490"), "other.txt"), get_analyser()))
    assert len(spread([first, second], 10)) == 3
    other = list(cloze(document(BRIDGE.replace("푸른다리", "붉은다리"), "red.txt"), get_analyser()))
    assert {c.question.evidence[0][0].doc for c in spread([first, other], 2)} == {"bridge.txt", "red.txt"}
    assert spread([first, other], 6) == spread([first, other], 6)


def rated(**more: object) -> dict[str, object]:
    line: dict[str, object] = {
        "id": "t1", "question": "푸른다리 건설비는?", "lang": "ko", "type": "rated", "answerable": True, "answers": [],
        "evidence": [], "history": [], "review": True, "rating": -1, "reason": "wrong", "comment": "155억입니다",
    }  # fmt: skip
    return {**line, **more}


def test_rated_answers_become_candidates() -> None:
    liked = rated(rating=1, answers=["155억 원"], evidence=[[{"doc": "a", "quote": "155억 원"}]], reason="", comment="")
    good, bad, declined = from_ratings([liked, rated(answerable=None), rated(answerable=False)])
    assert good.origin == LIKED and good.complete and good.question.evidence[0][0].quote == "155억 원"
    assert bad.origin == DISLIKED and not bad.complete and bad.note == "wrong 155억입니다"
    assert declined.complete and not declined.question.answerable


def test_the_line_is_read_back_as_the_same_question(tmp_path: Path) -> None:
    candidate = next(iter(cloze(document(BRIDGE), get_analyser())))
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(question_line(candidate.question), ensure_ascii=False) + "\n", "utf-8")
    assert read_questions(path) == [candidate.question]


GOOD = {
    "question": "푸른다리의 길이는 몇 미터인가?",
    "answer": "480미터",
    "quote": "가람시 푸른다리의 길이는\n480미터다.",
}


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "푸른다리의 길이는 500미터다."},
        {"answer": "155억 원"},
        {"answer": ""},
        {"question": "푸른다리는 480미터인가?"},
    ],
)
def test_what_the_passage_does_not_bear_out_is_dropped(change: dict[str, str]) -> None:
    assert checked(GOOD, BRIDGE, document(BRIDGE))
    assert checked({**GOOD, **change}, BRIDGE, document(BRIDGE)) is None


def test_objects_are_found_in_what_models_write() -> None:
    reply = f"Sure!\n```json\n[{json.dumps(GOOD)}, {{broken]\n```\n{json.dumps({'questions': [GOOD]})} done {{"
    assert list(proposals(reply)) == [GOOD, GOOD]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    wrong = {**GOOD, "quote": "어디에도 없는 문장"}
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in (GOOD, wrong))
    with ScriptedServer(Reply([lines])) as running:
        yield running


def test_a_models_questions_are_checked_against_the_passage(server: ScriptedServer) -> None:
    settings = load_settings(overrides=server.settings())
    proposer = Proposer(LLMClient(settings.llm))
    (found,) = proposer.propose(document(BRIDGE))
    assert found.question.question == GOOD["question"] and found.question.answers == ("480미터",)
    assert found.question.evidence[0][0].quote == "가람시 푸른다리의 길이는 480미터다."
    assert proposer.refused == 1
    assert "밤에는 푸른빛이 난다" in server.requests[0].prompt and "Korean" in server.requests[0].prompt

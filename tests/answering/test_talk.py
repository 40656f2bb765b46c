from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import malmoi
from malmoi.answering.talk import Talk, talk_in, without_greeting
from malmoi.engine import Malmoi
from malmoi.types import Finished, Verdict

PAGES = {
    "ferry.md": "# 여객선 이용 안내\n\n2030-11-20\n\n여객선은 하루 세 번 다닌다. 첫 배는 일곱 시에 떠난다.\n",
    "mill.md": "# The tide mill\n\nJune 1, 2031\n\nThe mill grinds barley. Visitors pay 3 dollars.\n",
}


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Malmoi]:
    folder: Path = tmp_path_factory.mktemp("pages")
    for name, text in PAGES.items():
        (folder / name).write_text(text, "utf-8")
    with malmoi.open(tmp_path_factory.mktemp("talk") / "index", embedding__engine="none") as collection:
        collection.add([folder])
        yield collection


@pytest.mark.parametrize(
    ("asked", "talk"),
    [
        ("안녕", Talk.HELLO),
        ("안녕하세요!!", Talk.HELLO),
        ("Hello there", Talk.HELLO),
        ("你好", Talk.HELLO),
        ("고마워 ㅎㅎ", Talk.THANKS),
        ("네 감사합니다", Talk.THANKS),
        ("ok, thanks", Talk.THANKS),
        ("알겠어요", Talk.THANKS),
        ("이 사이트는 뭐하는 곳이야?", Talk.ABLE),
        ("누구세요?", Talk.ABLE),
        ("네 척은 어디로 갔나?", None),
        ("알려줘서 고마워", Talk.THANKS),
        ("thanks a lot!", Talk.THANKS),
        ("고마워, 잘 있어", Talk.THANKS),
        ("잘가~", Talk.BYE),
        ("넌 뭘 할 수 있어?", Talk.ABLE),
        ("안녕! 너는 누구야?", Talk.ABLE),
        ("무엇을 물어볼 수 있나요?", Talk.ABLE),
        ("어떤 자료가 있어?", Talk.ABLE),
        ("What can you do?", Talk.ABLE),
        ("which documents do you have?", Talk.ABLE),
        ("안녕하세요, 첫 배는 언제 떠나나요?", None),
        ("안녕 여객선은 몇 번 다녀?", None),
        ("어떤 자료가 사라졌나?", None),
        ("시장은 누구야?", None),
        ("여객선은 뭘 할 수 있어?", None),
        ("helpful tide words", None),
        ("?!", None),
    ],
)
def test_talk_is_told_from_a_question(asked: str, talk: Talk | None) -> None:
    assert talk_in(asked) is talk


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        ("안녕하세요, 첫 배는 언제 떠나나요?", "첫 배는 언제 떠나나요?"),
        ("안녕하세요 첫 배는 언제 떠나나요?", "첫 배는 언제 떠나나요?"),
        ("고마워. 그럼 요금은?", "그럼 요금은?"),
        ("Hi! Thanks, when does it sail?", "when does it sail?"),
        ("안녕 여객선은 어디로 가나?", "안녕 여객선은 어디로 가나?"),
        ("‘안녕하세요’라고 말한 사람은?", "‘안녕하세요’라고 말한 사람은?"),
        ("안녕하세요.", "안녕하세요."),
    ],
)
def test_a_greeting_before_a_question_is_left_out(asked: str, question: str) -> None:
    assert without_greeting(asked) == question


def test_a_greeting_is_replied_to_with_what_the_collection_holds(harbour: Malmoi) -> None:
    korean, english = harbour.ask("안녕하세요"), harbour.ask("hello")
    assert korean.verdict is english.verdict is Verdict.ANSWERED
    assert korean.lead.startswith("안녕하세요. 문서 2건에서")
    assert english.lead.startswith("Hello. Answers here come from 2 documents")
    assert {s.text for s in korean.sentences} == {"The tide mill", "여객선 이용 안내"}
    for citation in korean.citations:
        assert harbour.document(citation.document_id).text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(("asked", "begins"), [("고마워", "도움이"), ("thank you", "Glad"), ("잘 가", "안녕히")])
def test_thanks_and_farewells_are_returned_without_documents(asked: str, begins: str, harbour: Malmoi) -> None:
    answer = harbour.ask(asked, history=["여객선은 하루 몇 번 다니나?"])
    assert answer.lead.startswith(begins)
    assert not answer.sentences and not answer.passages and answer.verdict is Verdict.ANSWERED


def test_an_empty_collection_says_that_it_is_empty(tmp_path: Path) -> None:
    with malmoi.open(tmp_path / "index", embedding__engine="none") as collection:
        answer = collection.ask("넌 뭘 할 수 있어?")
    assert answer.lead == "아직 문서가 없습니다." and answer.verdict is Verdict.ANSWERED


def test_a_greeted_question_is_answered(harbour: Malmoi) -> None:
    *_, last = harbour.stream("안녕하세요! 여객선은 하루 몇 번 다니나요?")
    assert isinstance(last, Finished)
    assert last.answer.searched == "여객선은 하루 몇 번 다니나요?"
    assert last.answer.question == "안녕하세요! 여객선은 하루 몇 번 다니나요?"
    assert "하루 세 번" in last.answer.text

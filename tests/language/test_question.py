from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.korean import Analyser
from malmoi.language.question import Expects, Question, asks_for_comments, dimensions, read_question
from malmoi.language.values import ValueKind

ASKED: dict[Expects, list[str]] = {
    Expects.MONEY: [
        "새 다리에 투입된 비용은 얼마인가?", "예산이 얼마나 들었나?", "얼마를 투자했나?", "입장료는 몇 원인가?",
        "How much did the bridge cost?", "这座桥花了多少钱?",
        "市政府投资多少?",
    ],
    Expects.COUNT: [
        "칩을 몇 개 사용하는가?", "참가자는 몇 명인가요?", "배는 하루에 몇 번 다니나?", "이용자 수는?",
        "How many chips were used?", "有多少人参加?", "탑의 높이는 얼마인가?", "얼마나 많은 사람이 왔나?", "몇 살인가?",
        "탑은 얼마나 높나?", "How heavy is the bell?", "등대는 몇 기 있나?",
        "배 갯수", "How much does the bell weigh?", "港口有几座灯塔?",
    ],
    Expects.PERCENT: [
        "점유율이 몇 퍼센트야?", "불량률은 얼마인가?", "여성 비율은?", "What percentage of voters agreed?",
        "预算占百分之多少?",
    ],
    Expects.RATIO: ["원가는 몇 분의 1로 줄었나?", "What fraction of the fish survived?"],
    Expects.DATE: [
        "언제 문을 열었나?", "개통 날짜는?", "몇 월 며칠에 시작하나?", "몇 년에 지어졌나?", "When did the bridge open?",
        "Which year was it built?", "什么时候开业?", "법률은 언제 바뀌었나?",
    ],
    Expects.DURATION: [
        "공사는 얼마나 오래 걸렸나?", "건너는 데 몇 분 걸리나?", "계약 기간은?",
        "몇 개월마다 점검하나?", "몇 년간 근무했나?",
        "How long does the crossing take?", "建设花了多久?",
    ],
    Expects.PERSON: [
        "시장은 누구인가?", "누가 설계했나?", "이 학교의 교수는 누구인가?", "확률은 누가 처음 계산했나?",
        "Who designed the bridge?", "谁设计了这座桥?",
    ],
    Expects.PLACE: ["본사는 어디에 있나?", "그 가수는 어느 나라 출신인가?", "Where is the harbour?", "在哪里举行?"],
    Expects.REASON: [
        "왜 공사가 늦어졌나?", "지연의 원인은 무엇인가?", "성공률이 높은 이유는?", "Why was the opening delayed?",
        "为什么推迟?",
    ],
    Expects.DEFINITION: ["말모이란 무엇인가?", "'물때'는 무슨 뜻인가?", "What is a tide table?"],
    Expects.LIST: ["세 가지 원칙은?", "장점을 나열해줘", "List the members.", "Name all the islands."],
    Expects.VIEWS: ["찬반 의견은 어떻게 엇갈리나?", "양측의 주장은?", "What do both sides say?"],
    Expects.CHECK: [
        "다리가 2031년에 열렸다는데 맞아?", "통행료가 무료인가?", "Is the toll free?", "Did the mayor resign?",
    ],
    Expects.ANY: ["다리에 대해 알려줘", "오늘 저녁에 뭐 먹을까?", "배는 얼마나 자주 다니나?"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), [(text, kind) for kind, texts in ASKED.items() for text in texts], ids=lambda v: str(v)
)
def test_what_kind_of_answer_is_expected(text: str, expected: Expects, analyser: Analyser) -> None:
    assert read_question(text, analyser).expects is expected


def test_the_noun_of_a_dimension_stands_for_the_adjective_that_asks_for_it() -> None:
    assert dimensions("파도가 얼마나 높으면 배가 뜨지 않나?") == {"높": (("높이",),)}
    assert dimensions("높은 파도는 어디에서 오나?") == {}
    assert dimensions("How heavy is the bell?") == {"heavi": (("weigh",), ("weight",))}


def test_a_quotation_does_not_decide_what_is_asked(analyser: Analyser) -> None:
    question = read_question("왜 사람들은 “언제 문을 여느냐”고 물었나?", analyser)
    assert question.expects is Expects.REASON
    assert question.quoted == ("언제 문을 여느냐",)


@pytest.mark.parametrize(
    ("text", "comments", "page"),
    [
        ("댓글에서는 다리를 두고 뭐라고 했나?", True, False),
        ("누리꾼 반응은?", True, False),
        ("What did commenters say about the toll?", True, False),
        ("网友怎么评论?", True, False),
        ("이 기사는 언제 게시됐나?", False, True),
        ("칼럼을 쓴 기자는 누구인가?", False, True),
        ("Who wrote the article?", False, True),
        ("When was the report published?", False, True),
        ("그 편지를 쓴 사람은?", False, True),
        ("그 표현을 쓴 사람은?", False, False),
        ("후기는 누가 올렸나?", False, True),
        ("요금은 누가 올렸나?", False, False),
        ("번역한 칼럼의 제목은?", False, True),
        ("다리는 언제 열렸나?", False, False),
        ("Who built the bridge?", False, False),
    ],
)
def test_comments_and_publication_are_noticed(text: str, comments: bool, page: bool, analyser: Analyser) -> None:
    question = read_question(text, analyser)
    assert (question.comments, question.about_page) == (comments, page)
    assert asks_for_comments(text) is comments


def test_names_weigh_more_than_doings_and_those_more_than_kinds_of_answer(analyser: Analyser) -> None:
    question = read_question("누리건설이 가온대교를 완성한 날짜는 언제인가?", analyser)
    emphasis = question.emphasis
    names = [t for t in question.terms if emphasis[t] == 1.0]
    assert any("누리" in t or t == "건설" for t in names)
    assert emphasis["날짜"] == 0.3
    assert read_question("누가 다리를 지었나?", analyser).emphasis == {"다리": 1.0, "짓": 0.6}
    assert set(emphasis) == set(question.terms)


def test_words_of_asking_are_not_looked_for(analyser: Analyser) -> None:
    question = read_question("가온대교는 누가 언제 어떻게 지었는지 알려 주세요", analyser)
    assert not {"누구", "누가", "언제", "어떻게", "알리", "주"} & set(question.terms)
    assert question.terms


def test_what_the_question_states_itself_is_known(analyser: Analyser) -> None:
    question = read_question("2031년 공사비가 80억 원이었다는데 맞나?", analyser)
    assert [value.kind for value in question.values] == [ValueKind.DATE, ValueKind.MONEY]
    assert question.value_kinds == frozenset()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("다리는 언제 열렸나?", "ko"),
        ("When did it open?", "en"),
        ("桥什么时候开通?", "zh"),
        ("GPT-4o는 무엇인가?", "ko"),
        ("???", "ko"),
    ],
)
def test_the_language_of_a_question(text: str, language: str, analyser: Analyser) -> None:
    assert read_question(text, analyser).language == language


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_read_as_a_question(text: str) -> None:
    from malmoi.korean import get_analyser

    question = read_question(text, get_analyser())
    assert isinstance(question, Question)
    assert len(set(question.terms)) == len(question.terms)
    assert all(0 < weight <= 1 for weight in question.emphasis.values())


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("등대는 몇 곳에 있나?", {"곳", "개", "개사", "개국"}),
        ("점검은 몇 차례 했나?", {"번"}),
        ("몇 사람이 탔나?", {"명"}),
        ("종의 무게는 얼마인가?", {"kg"}),
        ("등대지기의 나이는?", {"살"}),
        ("탑은 얼마나 높나?", {"m"}),
        ("How heavy is the bell?", {"kg"}),
        ("이용자 수는?", set()),
        ("종은 언제 울리나?", set()),
    ],
)
def test_in_which_units_a_count_answers(text: str, units: set[str], analyser: Analyser) -> None:
    assert read_question(text, analyser).units == units


@pytest.mark.parametrize(
    ("text", "kind", "answers"),
    [
        ("다리의 수명은 몇 년인가?", ValueKind.DURATION, True),
        ("다리는 몇 년에 지었나?", ValueKind.DURATION, False),
        ("소금을 얼마나 잃나?", ValueKind.PERCENT, True),
        ("소금 값을 얼마나 냈나?", ValueKind.PERCENT, False),
    ],
)
def test_what_else_than_the_expected_kind_answers(
    text: str, kind: ValueKind, answers: bool, analyser: Analyser
) -> None:
    assert (kind in read_question(text, analyser).value_kinds) is answers

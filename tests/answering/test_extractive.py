from __future__ import annotations

import pytest

from answering.quoting import answer_to, told
from answering.worlds import bridge, passage
from malmoi.korean import Analyser
from malmoi.types import Citation, Hit, SectionKind, Support, Verdict

STEPS = """배에 타는 차례는 다음과 같다.
1. 매표소에서 표를 산다.
2. 신분증을 보인다.
3. 구명조끼를 입는다.
4. 배에 오른다.
어린이는 표를 사지 않는다."""


def test_a_fact_is_quoted_word_for_word(analyser: Analyser) -> None:
    answer = answer_to("가온대교는 언제 문을 열었나?", bridge(analyser), analyser)
    assert answer.verdict is Verdict.ANSWERED
    assert "가온대교가 2031년 5월 3일 문을 열었다." in told(answer)
    for sentence in answer.sentences:
        (citation,) = sentence.citations
        assert sentence.text == citation.quote
        assert sentence.support is Support.SUPPORTED
    assert len(answer.sentences) <= 2


def two_papers(analyser: Analyser, one: str, other: str, dates: tuple[str | None, str | None]) -> list[Hit]:
    return [
        passage(analyser, "early", f"가온대교 공사비는 {one}이다.", date=dates[0], publisher="가온일보"),
        passage(analyser, "late", f"가온대교 공사비는 {other}이다.", date=dates[1], publisher="누리신문"),
    ]


def test_values_that_differ_are_all_told_oldest_first(analyser: Analyser) -> None:
    hits = two_papers(analyser, "80억 원", "95억 원", ("2031-06-01", "2031-05-03"))
    answer = answer_to("가온대교 공사비는 얼마인가?", hits, analyser)
    assert answer.verdict is Verdict.CONFLICTING and answer.lead
    assert [(c.date, c.source) for c in answer.citations] == [("2031-05-03", "누리신문"), ("2031-06-01", "가온일보")]
    assert "95억 원" in told(answer)[0] and "80억 원" in told(answer)[1]


def test_an_undated_source_comes_last(analyser: Analyser) -> None:
    hits = two_papers(analyser, "80억 원", "95억 원", (None, "2031-05-03"))
    answer = answer_to("가온대교 공사비는 얼마인가?", hits, analyser)
    assert [c.date for c in answer.citations] == ["2031-05-03", None]
    assert "날짜 없음" in answer.text


@pytest.mark.parametrize(("one", "other"), [("80억 원", "8,000,000,000원"), ("1만 6000달러", "16,000달러")])
def test_one_value_written_in_two_ways_is_no_conflict(one: str, other: str, analyser: Analyser) -> None:
    hits = two_papers(analyser, one, other, ("2031-06-01", "2031-05-03"))
    answer = answer_to("가온대교 공사비는 얼마인가?", hits, analyser)
    assert answer.verdict is Verdict.ANSWERED


def test_two_values_in_one_document_are_no_conflict(analyser: Analyser) -> None:
    text = "가온대교 공사비는 80억 원이다. 가온대교 공사비는 처음에 60억 원이었다."
    answer = answer_to("가온대교 공사비는 얼마인가?", [passage(analyser, "a", text)], analyser)
    assert answer.verdict is Verdict.ANSWERED


def test_values_of_other_things_are_no_conflict(analyser: Analyser) -> None:
    hits = [
        passage(analyser, "a", "가온대교 공사비는 80억 원이다.", title="가온대교"),
        passage(analyser, "b", "수요 장터의 하루 매출은 3천만 원이다. 문어가 잘 팔린다.", title="수요 장터"),
    ]
    answer = answer_to("가온대교 공사비는 얼마인가?", hits, analyser)
    assert answer.verdict is Verdict.ANSWERED
    assert {c.document for c in answer.citations} == {"a.txt"}


def test_a_list_is_quoted_with_its_introduction_and_nothing_after(analyser: Analyser) -> None:
    answer = answer_to("배에 타는 차례를 나열해줘", [passage(analyser, "a", STEPS)], analyser)
    assert told(answer) == STEPS.split("\n")[:5]


@pytest.mark.parametrize("bullet", ["- ", "• ", "* "])
def test_the_bullet_is_left_out_of_the_sentence_and_kept_in_the_quote(bullet: str, analyser: Analyser) -> None:
    items = ["기름통과 가스통", "살아 있는 벌", "젖은 폭죽"]
    text = "\n".join(["배에 가지고 타지 못하는 것은 다음과 같다.", *(bullet + item for item in items)])
    answer = answer_to("배에 가지고 타지 못하는 것을 나열해줘", [passage(analyser, "a", text)], analyser)
    assert told(answer)[1:] == items
    assert answer.citations[1].quote == f"{bullet}기름통과 가스통"


def test_views_are_taken_from_each_document(analyser: Analyser) -> None:
    hits = [
        passage(
            analyser, "for", "나루한 시장은 통행료에 찬성한다고 말했다. 통행료가 있어야 다리를 고친다.", title="통행료"
        ),
        passage(
            analyser, "against", "상인회는 통행료에 반대한다고 밝혔다. 통행료가 생기면 손님이 준다.", title="통행료"
        ),
    ]
    answer = answer_to("통행료를 둘러싼 찬반 의견은 어떻게 엇갈리나?", hits, analyser)
    assert {c.document for c in answer.citations} == {"for.txt", "against.txt"}
    assert answer.lead == "자료에 나온 서로 다른 견해입니다."


def test_sentences_of_one_document_stand_in_its_order(analyser: Analyser) -> None:
    text = "다리가 늦게 열린 이유는 여럿이다. 먼저 태풍이 왔다. 다리가 늦게 열린 또 하나의 이유는 돈이다."
    answer = answer_to("다리가 늦게 열린 이유는 무엇인가?", [passage(analyser, "a", text)], analyser)
    starts = [c.start for c in answer.citations]
    assert len(starts) > 1 and starts == sorted(starts)


def test_the_same_sentence_in_two_documents_is_said_once(analyser: Analyser) -> None:
    hits = [passage(analyser, name, "설계는 한별건축이 맡았다.") for name in ("a", "b")]
    assert told(answer_to("설계는 누가 맡았나?", hits, analyser)) == ["설계는 한별건축이 맡았다."]


def test_a_comment_is_said_to_be_one(analyser: Analyser) -> None:
    hits = [hit for hit in bridge(analyser) if hit.chunk.kind is SectionKind.COMMENT]
    answer = answer_to("댓글에서는 다리가 어떻다고 했나?", hits, analyser)
    assert answer.citations[0].kind is SectionKind.COMMENT
    assert "독자 댓글 · 강물" in answer.text


def test_nothing_found_is_declined(analyser: Analyser) -> None:
    answer = answer_to("가온대교는 언제 열렸나?", [], analyser)
    assert (answer.verdict, answer.sentences) == (Verdict.ABSTAINED, ())
    assert answer.lead == "문서에서 답을 찾지 못했습니다. 찾는 범위에 맞는 대목이 없습니다."


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        (
            "누리대교 통행료는 얼마인가?",
            "문서에서 답을 찾지 못했습니다. 가장 가까운 대목에 나오는 것: 통행료. 나오지 않는 것: 누리대교, 금액. "
            "가까운 대목을 참고로 보여 드립니다.",
        ),
        (
            "화성 탐사선은 어디에 내렸나?",
            "문서에서 답을 찾지 못했습니다. 가장 가까운 대목에도 나오지 않는 것: 화성, 탐사선. "
            "가까운 대목을 참고로 보여 드립니다.",
        ),
    ],
)
def test_a_decline_tells_what_is_known_and_what_is_not(question: str, lead: str, analyser: Analyser) -> None:
    hits = [passage(analyser, "a", "시는 통행료를 받지 않기로 했다. 배는 하루에 네 번 다닌다.")]
    assert answer_to(question, hits, analyser).lead == lead


def test_a_decline_says_nothing_about_words_of_another_language(analyser: Analyser) -> None:
    hits = [passage(analyser, "a", "시는 통행료를 받지 않기로 했다. 배는 하루에 네 번 다닌다.")]
    for question in ("How old is the lighthouse keeper?", "灯塔管理员几岁?"):
        answer = answer_to(question, hits, analyser)
        assert answer.verdict is Verdict.ABSTAINED
        assert answer.lead == "문서에서 답을 찾지 못했습니다. 가까운 대목을 참고로 보여 드립니다."


def test_a_value_elsewhere_in_the_nearest_passage_is_not_called_absent(analyser: Analyser) -> None:
    hits = [passage(analyser, "a", "등대는 항구에 있다. 입장료는 3,000원이다.")]
    answer = answer_to("누리대교 등대지기 급여는 얼마인가?", hits, analyser)
    assert answer.verdict is Verdict.ABSTAINED
    assert "금액" not in answer.lead


def test_a_caption_is_not_told_twice(analyser: Analyser) -> None:
    line = "세 마을의 대표가 새 등대 앞에서 협약서에 서명하고 있다."
    answer = answer_to("협약서에 서명한 마을 대표는?", [passage(analyser, "a", f"사진 - {line}\n{line}")], analyser)
    assert len(answer.sentences) == 1


def test_a_question_of_how_high_is_answered_by_a_height(analyser: Analyser) -> None:
    hits = [passage(analyser, "a", "등대는 섬에 있다. 등대의 높이는 28미터이다. 등대지기는 두 사람이다.")]
    assert "28미터" in answer_to("등대는 얼마나 높나?", hits, analyser).text


def test_markers_count_citations_in_order_of_first_use(analyser: Analyser) -> None:
    answer = answer_to("배에 타는 차례를 나열해줘", [passage(analyser, "a", STEPS)], analyser)
    citations: tuple[Citation, ...] = answer.citations
    for number, citation in enumerate(citations, start=1):
        line = next(line for line in answer.text.split("\n") if f"[{number}]" in line)
        assert citation.quote in line
    assert f"[{len(citations) + 1}]" not in answer.text


def test_no_more_than_the_wanted_number_of_sentences(analyser: Analyser) -> None:
    text = " ".join(f"다리가 늦어진 이유는 태풍 {name}이다." for name in ("가람", "노을", "다솜", "라온", "마루"))
    for most in (1, 2):
        answer = answer_to("다리가 늦어진 이유는?", [passage(analyser, "a", text)], analyser, most=most)
        assert 1 <= len(answer.sentences) <= most


@pytest.mark.parametrize(
    ("text", "question", "said"),
    [
        ("연차는 1년에 15일이다. 급여는 매달 25일에 준다.", "연차는 며칠이야?", "15일"),
        ("병가는 60일까지 쓸 수 있다. 급여는 매달 25일에 준다.", "병가는 며칠까지 쓸 수 있어?", "60일"),
        ("식당은 월요일에 쉰다. 급여는 매달 25일에 준다.", "식당은 언제 쉬어?", "월요일"),
        ("회사는 오전 아홉 시에 문을 연다. 급여는 매달 25일에 준다.", "회사는 몇 시에 문을 열어?", "아홉 시"),
        ("Employees get 15 days of leave a year.", "How many days of leave do employees get?", "15 days"),
        ("The probation period is three months.", "How long is the probation period?", "three months"),
    ],
)
def test_days_hours_and_numbers_in_words_count_as_said(analyser: Analyser, text: str, question: str, said: str) -> None:
    answer = answer_to(question, [passage(analyser, "guide", text)], analyser)
    assert answer.verdict is Verdict.ANSWERED
    assert said in answer.sentences[0].text


def test_of_two_runs_the_one_with_the_number_asked_for_is_the_list(analyser: Analyser) -> None:
    text = (
        "시의 요구는 다음과 같다.\n- 요구 하나는 통행료 인하다.\n- 요구 둘은 가로등이다.\n\n"
        "상인의 요구는 다음과 같다.\n① 주차장을 늘린다.\n② 통행료를 내린다.\n③ 길을 넓힌다.\n"
    )
    answer = answer_to("요구 세 가지는 무엇인가?", [passage(analyser, "demands", text)], analyser)
    assert [sentence[0] for sentence in told(answer)[1:]] == ["①", "②", "③"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("소금을 실어 나른 회사는 몇 곳인가?", "포구에서는 11개 회사가 소금을 실어 나른다."),
        ("점검은 몇 차례 했나?", "점검은 봄과 가을에 3회 했다."),
        ("물막이판의 수명은 몇 년인가?", "물막이판의 수명은 25년이다."),
        ("등대는 몇 개인가?", "가온포에는 등대가 6기 있다."),
        ("When does the tide book appear?", "The tide book appears in October."),
        ("소금기에 두께를 얼마나 잃나?", "쇠사슬은 소금기에 두께의 3%를 잃는다."),
    ],
)
def test_a_value_counted_in_another_way_answers(question: str, text: str, analyser: Analyser) -> None:
    answer = answer_to(question, [passage(analyser, "a", text)], analyser)
    assert answer.verdict is Verdict.ANSWERED and not answer.lead


def test_a_value_of_another_dimension_does_not_answer(analyser: Analyser) -> None:
    text = "등대지기 노아람 씨의 나이는 아무도 모른다. 노아람 씨는 보리차 한 잔을 마셨다."
    answer = answer_to("등대지기 노아람 씨의 나이는?", [passage(analyser, "a", text)], analyser)
    assert answer.verdict is Verdict.PARTIAL


def test_the_reason_that_stands_behind_the_best_sentence_is_quoted_with_it(analyser: Analyser) -> None:
    text = (
        "소금 생산이 목표에 못 미쳤다. 지난해보다 스무 가마가 줄었다. 어촌계는 염전 둑을 고쳤기 때문이라고 설명했다. "
        "염전에는 두루미가 산다."
    )
    answer = answer_to("소금 생산이 목표에 못 미친 까닭은?", [passage(analyser, "a", text)], analyser)
    assert "어촌계는 염전 둑을 고쳤기 때문이라고 설명했다." in told(answer)
    assert "염전에는 두루미가 산다." not in told(answer)

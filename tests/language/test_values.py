from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.language.values import Bound, Value, ValueKind, find_values, read_number

SAME = [
    ["557만 6000달러", "557만 6,000 달러", "5,576,000 dollars", "$5.576M", "$5.576 million", "557.6万美元"],
    ["1억 300만 달러", "103 million dollars", "US$103m", "1.03亿美元"],
    ["80억 원", "80억원", "8,000,000,000원", "₩80억", "8 billion won"],
    ["3조 5천억 원", "3조 5000억원", "3,500,000,000,000원"],
    ["5백만 원", "500만 원", "5,000,000원"],
    ["100만 9천원", "1,009,000원"],
    ["1만 6000개", "1만6천 개", "16,000개", "16000개"],
    ["20분의 1", "40분의 2"],
    ["60%", "60퍼센트", "60 percent", "60 per cent", "60％", "60프로"],
    ["2025.02.11", "2025년 2월 11일", "2025-02-11", "2025/2/11", "2025. 2. 11.", "'25.02.11", "2025年2月11日",
     "February 11, 2025", "11 February 2025", "Feb. 11, 2025", "Feb 11th, 2025"],
    ["2월 11일", "2月11日", "February 11"],
    ["2025년 2월", "2025年2月", "February 2025"],
    ["10년간", "10년 동안", "10 years", "10-year", "10년"],
    ["3시간 30분", "3.5시간"],
    ["2주 동안", "2주간", "2 weeks", "14일간"],
    ["세 명", "3명", "셋 명", "3인", "세 사람", "3 people", "three people", "三人", "3名"],
    ["서른두 개", "32개", "thirty-two items", "三十二个"],
    ["스무 살", "20세", "20살", "이십 세"],
    ["오백오십칠만 달러", "557만 달러", "五百五十七万美元", "$5.57M"],
    ["삼백 명", "300명", "three hundred people", "三百人"],
    ["두 배", "2배", "两倍", "twofold"],
    ["절반", "2분의 1", "이분의 일", "50%", "half of", "一半", "二分之一", "one half"],
    ["10분의 1", "10%", "a tenth", "十分之一"],
    ["百分之七", "7%", "7퍼센트", "칠 퍼센트", "seven percent"],
    ["3개월", "석 달", "세 달", "삼개월", "3个月", "3 months", "three months", "three-month", "三个月"],
    ["두 시간 반", "2시간 30분", "two and a half hours"],
    ["2년 반", "2.5년간"],
    ["사흘", "3일간", "three days", "三天"],
    ["보름", "15일간"],
    ["1.2km", "1,200m", "1.2킬로미터", "1200미터", "1.2 kilometres"],
    ["4.8메가와트", "4.8MW", "4800kW", "4.8 megawatts"],
    ["9600메가와트시", "9,600MWh", "9.6GWh"],
    ["2GB", "2,000MB", "2기가바이트"],
    ["2톤", "2,000kg", "2 tonnes"],
    ["세 차례", "3회", "three times", "3번"],
    ["약 천이백 명", "1,200명", "1200 people", "twelve hundred people"],
    ["오후 3시 반", "15:30", "3:30 p.m.", "오후 3시 30분"],
    ["월요일", "Monday", "星期一", "周一"],
    ["19세기", "19th century", "19世纪"],
    ["1990년대", "1990s", "90년대", "1990年代"],
    ["2025년 1분기", "Q1 2025", "first quarter of 2025", "2025年第一季度"],
    ["2025년 상반기", "first half of 2025"],
    ["영조 44년", "1768년", "in 1768"],
]  # fmt: skip


def only(text: str) -> Value:
    values = find_values(text)
    assert len(values) == 1, (text, values)
    return values[0]


@pytest.mark.parametrize("forms", SAME, ids=lambda forms: forms[0])
def test_ways_of_writing_one_value_are_one(forms: list[str]) -> None:
    for one, other in itertools.combinations(forms, 2):
        assert only(one).same(only(other)), (one, other)


def test_different_values_differ() -> None:
    firsts = [only(forms[0]) for forms in SAME]
    # A day of any year agrees with that day of a given one, and a year agrees with its months.
    dates = {i for i, value in enumerate(firsts) if value.kind is ValueKind.DATE}
    for (i, one), (j, other) in itertools.combinations(enumerate(firsts), 2):
        if not {i, j} <= dates:
            assert not one.same(other), (one, other)


@pytest.mark.parametrize(
    ("text", "kind", "amount", "unit"),
    [
        ("R1에 들어간 돈은 557만 6000달러로 알려졌다", ValueKind.MONEY, 5_576_000, "USD"),
        ("1억 300만 달러 규모의 계약", ValueKind.MONEY, 103_000_000, "USD"),
        ("수업료는 2만5000원이다", ValueKind.MONEY, 25_000, "KRW"),
        ("It cost 5.5 billion yuan", ValueKind.MONEY, 5.5e9, "CNY"),
        ("칩 1만 6000개를 쓴다", ValueKind.COUNT, 16_000, "개"),
        ("1,200여 명이 왔다", ValueKind.COUNT, 1_200, "명"),
        ("3만여 대", ValueKind.COUNT, 30_000, "대"),
        ("비용은 20분의 1", ValueKind.RATIO, 0.05, ""),
        ("약 1년이 걸렸고", ValueKind.DURATION, 365, ""),
        ("10년 후", ValueKind.DURATION, 3_650, ""),
        ("3일 동안 열린 장", ValueKind.DURATION, 3, ""),
        ("30분 만에 끝났다", ValueKind.DURATION, 30 / 1440, ""),
        ("지난 11일(현지시간)", ValueKind.DATE, 11, ""),
        ("1998년에 태어났다", ValueKind.DATE, 19_980_000, ""),
        ("in 1998 it closed", ValueKind.DATE, 19_980_000, ""),
        ("가격이 2.5배", ValueKind.COUNT, 2.5, "배"),
        ("3 원인", ValueKind.NUMBER, 3, ""),
        ("원인 3", ValueKind.NUMBER, 3, ""),
        ("5엔진", ValueKind.NUMBER, 5, ""),
        ("3원칙", ValueKind.NUMBER, 3, ""),
    ],
)
def test_values_are_read_within_a_sentence(text: str, kind: ValueKind, amount: float, unit: str) -> None:
    value = only(text)
    assert (value.kind, value.unit) == (kind, unit)
    assert value.amount == pytest.approx(amount)


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4o", "H100", "H800까지", "R1", "e-1042", "TR-1042호기가", "v1.5.9", "010-1234-5678", "02-123-4567",
        "042-860-1234", "ISBN 978-89-1234-567-8", "192.168.0.1", "수백만 달러", "수천 명", "두 번째 다리", "한국",
        "세계 최고", "네덜란드", "한편", "조명", "One of them said so", "the second quarterback", "일본", "사람들",
        "만나서 반가운 이", "서명", "세대", "세배를 했다", "두개골", "만세", "십대",
        "2025년 13월 40일",
    ],
)  # fmt: skip
def test_names_and_numbers_that_measure_nothing_are_not_read(text: str) -> None:
    assert find_values(text) == []


def test_articles_of_a_law_are_not_trillions() -> None:
    assert max(value.amount for value in find_values("개인정보 보호법 제3조 2항")) < 10


def test_years_and_months_side_by_side_are_both_read() -> None:
    assert [v.text for v in find_values("징역 1년6개월")] == ["1년", "6개월"]


def test_all_values_of_a_sentence_in_order() -> None:
    text = "2024년 3월 5일 시는 다리 2개에 80억 원, 전체의 12%를 3년간 쓰기로 했다."
    kinds = [value.kind for value in find_values(text)]
    assert kinds == [ValueKind.DATE, ValueKind.COUNT, ValueKind.MONEY, ValueKind.PERCENT, ValueKind.DURATION]


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("2025년", "2025년 2월 11일", True),
        ("2월 11일", "2025년 2월 11일", True),
        ("2024년", "2025년 2월 11일", False),
        ("2월 12일", "2025년 2월 11일", False),
        ("11일까지", "2025년 2월 11일", True),
        ("11일까지", "2025년", False),
        ("16000", "1만 6000개", True),
        ("16000명", "1만 6000개", False),
        ("80억 원", "80억 달러", False),
        ("5%", "20분의 1", True),
        ("60% 이상", "60% 이하", False),
        ("60% 이상", "60%", True),
        ("약 300명", "300명", True),
        ("3시", "오후 3시", True),
        ("오전 3시", "오후 3시", False),
        ("15:00", "오후 3시", True),
        ("1분기", "2025년 1분기", True),
        ("2024년 1분기", "2025년 1분기", False),
        ("3년간", "3년간", True),
    ],
)
def test_what_agrees(one: str, other: str, agree: bool) -> None:
    assert only(one).same(only(other)) is agree
    assert only(other).same(only(one)) is agree


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("지난해 11월", 20_241_100), ("지난달 17일", 20_250_217), ("어제", 20_250_301), ("오늘", 20_250_302),
        ("올해", 20_250_000), ("지난 28일", 20_250_228), ("오는 5일", 20_250_305), ("다음 달 1일", 20_250_401),
        ("last year", 20_240_000), ("in March last year", 20_240_300), ("yesterday", 20_250_301), ("去年", 20_240_000),
        ("내년 2월", 20_260_200), ("지난 1일", 20_250_301),
    ],
)  # fmt: skip
def test_days_are_counted_from_the_day_of_writing(text: str, amount: int) -> None:
    (value,) = find_values(text, "2025-03-02T10:00")
    assert (value.kind, value.amount) == (ValueKind.DATE, amount)


@pytest.mark.parametrize("written", [None, "", "soon", "2025-13-41"])
def test_without_a_day_of_writing_nothing_is_counted(written: str | None) -> None:
    assert find_values("어제 last year 지난달", written) == []


@pytest.mark.parametrize(
    ("text", "amounts", "kind"),
    [
        ("10~20%", [10, 20], ValueKind.PERCENT),
        ("2~3만 명", [20_000, 30_000], ValueKind.COUNT),
        ("300억~400억 원", [3e10, 4e10], ValueKind.MONEY),
        ("between 5 and 7 percent", [5, 7], ValueKind.PERCENT),
        ("3-5 years", [3 * 365, 5 * 365], ValueKind.DURATION),
        ("5에서 7개월", [150, 210], ValueKind.DURATION),
    ],
)
def test_both_ends_of_a_range_are_values_of_one_kind(text: str, amounts: list[float], kind: ValueKind) -> None:
    values = find_values(text)
    assert [v.kind for v in values] == [kind, kind]
    assert [v.amount for v in values] == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("60% 이상", Bound.LEAST), ("at least 60%", Bound.LEAST), ("60%를 넘", Bound.EXACT), ("60% 넘는", Bound.LEAST),
        ("최대 30명", Bound.MOST), ("30명 미만", Bound.MOST), ("up to 30 people", Bound.MOST), ("약 30명", Bound.ABOUT),
        ("about 30 people", Bound.ABOUT), ("30명쯤", Bound.ABOUT), ("계약 30명", Bound.EXACT),
    ],
)  # fmt: skip
def test_how_a_value_is_meant(text: str, bound: Bound) -> None:
    assert only(text).bound is bound


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 99), st.sampled_from(["명", "개", "살", "번"]))
def test_native_korean_numbers_are_read(number: int, counter: str) -> None:
    tens = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"]
    ones = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]
    word = "스무" if number == 20 else tens[number // 10] + ones[number % 10]
    assert only(f"{word} {counter}").same(only(f"{number}{counter}"))


@settings(max_examples=60, deadline=None)
@given(st.integers(10, 99_999_999))
def test_sino_korean_and_chinese_numbers_are_read(number: int) -> None:
    for digits, scales, large, ending in (
        ("일이삼사오육칠팔구", "십백천", "만", "원"),
        ("一二三四五六七八九", "十百千", "万", "元"),
    ):
        word = spelled(number // 10_000, digits, scales) + large if number >= 10_000 else ""
        word += spelled(number % 10_000, digits, scales)
        assert only(word + ending).amount == number


def spelled(number: int, digits: str, scales: str) -> str:
    word = ""
    for place, scale in zip((1000, 100, 10), reversed(scales), strict=True):
        if digit := number // place % 10:
            word += digits[digit - 1] + scale
    return word + (digits[number % 10 - 1] if number % 10 else "")


def test_numbers_with_scales() -> None:
    assert read_number("1억 300만") == 103_000_000
    assert read_number("2천만") == 20_000_000
    assert read_number("1,234.5") == 1234.5
    assert read_number("없음") == 0


WORDS = """
    1 23 456 7,890 0 2025 . , - / : ' $ ₩ ¥ % 만 억 조 천 백 십 세 스무 반 절반 이상 약 ~
    어제 오전 시 분기 영조 上 半年 두 half a three 三 分之 q1 to 원 달러 엔 년 월 일 주 시간 분 분의 개
    명 제 여 간 동안 p ſ ı K million billion dollars won may march st 年 月 日 万 元
    亿"""
PIECES = st.sampled_from([*WORDS.split(), " ", "9" * 400, "0" * 400])


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join)))
def test_any_text_is_read_without_overlaps(text: str) -> None:
    values = find_values(text)
    assert [text[slice(*value.span)] for value in values] == [value.text for value in values]
    assert all(a.span[1] <= b.span[0] for a, b in itertools.pairwise(values))
    assert all(value.amount >= 0 for value in values)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_korean_scales_and_digits_agree(high: int, low: int) -> None:
    assert only(f"{high}만 {low}원").same(only(f"{high * 10_000 + low:,}원"))


@settings(max_examples=100, deadline=None)
@given(st.dates())
def test_dates_agree_however_they_are_written(day: object) -> None:
    year, month, date = map(int, str(day).split("-"))
    if year < 1000:
        return
    forms = [f"{year}.{month:02}.{date:02}", f"{year}년 {month}월 {date}일", f"{year}-{month}-{date}"]
    assert {only(form).amount for form in forms} == {year * 10_000 + month * 100 + date}


@pytest.mark.parametrize("text", ["9" * 5_000 + "분의 1", "0" * 5_000 + "년", "1" * 20_000 + "x", "1만 " * 3_000])
def test_hostile_runs_of_digits_do_no_harm(text: str) -> None:
    assert all(text[slice(*value.span)] == value.text for value in find_values(text))

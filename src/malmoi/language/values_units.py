"""Currencies, counters and units of measure, and the one name under which each is compared."""

from __future__ import annotations

CURRENCY = {
    "달러": "USD", "불": "USD", "원": "KRW", "위안": "CNY", "엔": "JPY", "유로": "EUR", "파운드": "GBP",
    "dollars": "USD", "dollar": "USD", "usd": "USD", "won": "KRW", "krw": "KRW", "yuan": "CNY", "rmb": "CNY",
    "yen": "JPY", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "美元": "USD", "元": "CNY", "人民币": "CNY",
    "日元": "JPY", "欧元": "EUR", "韩元": "KRW", "英镑": "GBP", "$": "USD", "us$": "USD", "₩": "KRW", "€": "EUR",
    "£": "GBP", "¥": "JPY",
}  # fmt: skip
DAYS = {
    "년": 365.0, "개년": 365.0, "해": 365.0, "개월": 30.0, "달": 30.0, "주": 7.0, "주일": 7.0, "일": 1.0, "시간": 1 / 24,
    "분": 1 / 1440, "초": 1 / 86_400, "year": 365.0, "month": 30.0, "week": 7.0, "day": 1.0, "hour": 1 / 24,
    "minute": 1 / 1440, "second": 1 / 86_400, "decade": 3650.0, "年": 365.0, "个月": 30.0, "個月": 30.0, "周": 7.0,
    "星期": 7.0, "天": 1.0, "小时": 1 / 24, "小時": 1 / 24, "分钟": 1 / 1440, "秒": 1 / 86_400,
}  # fmt: skip
"""Length in days of the units of time."""

_MEASURES: dict[str, dict[float, str]] = {
    "m": {
        1e3: "km ㎞ 킬로미터 킬로 kilometers kilometres kilometer kilometre 公里 千米",
        1.0: "m 미터 meters metres meter metre 米",
        1e-2: "cm ㎝ 센티미터 센티 centimeters centimetres 厘米",
        1e-3: "mm ㎜ 밀리미터 millimeters millimetres 毫米",
        1609.344: "마일 miles mile",
        0.3048: "피트 feet foot",
    },
    "m2": {
        1.0: "㎡ m² 제곱미터 평방미터 平方米",
        1e6: "㎢ km² 제곱킬로미터 평방킬로미터 平方公里",
        1e4: "ha 헥타르 hectares hectare 公顷",
        3.305785: "평",
    },
    "kg": {
        1.0: "kg ㎏ 킬로그램 kilograms kilogram 公斤 千克",
        1e3: "톤 t tonnes tonne 吨",
        1e-3: "g 그램 grams gram 克",
        1e-6: "mg ㎎ 밀리그램 milligrams",
    },
    "W": {1.0: "W 와트 watts", 1e3: "kW ㎾ 킬로와트 kilowatts kilowatt 千瓦", 1e6: "MW ㎿ 메가와트 megawatts megawatt 兆瓦", 1e9: "GW 기가와트 gigawatts gigawatt 吉瓦"},
    "Wh": {1e3: "kWh 킬로와트시", 1e6: "MWh 메가와트시", 1e9: "GWh 기가와트시", 1e12: "TWh 테라와트시"},
    "B": {1e3: "KB 킬로바이트", 1e6: "MB 메가바이트", 1e9: "GB 기가바이트", 1e12: "TB 테라바이트", 1.0: "바이트 bytes"},
    "L": {1.0: "L 리터 liters litres 升", 1e-3: "mL ㎖ 밀리리터"},
    "dB": {1.0: "dB 데시벨 decibels 分贝"},
    "℃": {1.0: "℃ °C 섭씨"},
    "Hz": {1.0: "Hz 헤르츠", 1e3: "kHz", 1e6: "MHz 메가헤르츠", 1e9: "GHz 기가헤르츠"},
}  # fmt: skip
_COUNTERS = {
    "명": "명 인 사람 여명 people persons person islanders residents workers employees staff members students men women "
    "children passengers readers volunteers editors soldiers players deaths 名 人 位",
    "개": "개 여개 units items pieces chips 个 個",
    "대": "대 台 cars vehicles machines 辆",
    "척": "척 boats ships vessels 艘",
    "마리": "마리 头 只 animals",
    "번": "번 회 차례 times 次",
    "권": "권 volumes books 本",
    "살": "살 세 岁",
    "배": "배 倍",
    "가구": "가구 households 户",
    "층": "층 floors storeys stories 层",
    "부": "부 copies",
    "가지": "가지 kinds 种",
    "쪽": "쪽 페이지 pages",
    "곳": "곳 군데",
}
_PLAIN_COUNTERS = "건 채 종 편 장 병 잔 그루 기 량 세대 점 석 급 호 위 도 개국 개사 자루 벌 켤레 송이 포기 줄 표 팀 쌍 갈래 문항 학점 차선 인분"
MEASURE = {name: (unit, factor) for unit, sizes in _MEASURES.items() for factor, names in sizes.items() for name in names.split()}  # fmt: skip
"""Base unit and factor of the units of measure, as written."""
COUNTER = {name: unit for unit, names in _COUNTERS.items() for name in names.split()} | {
    name: name for name in _PLAIN_COUNTERS.split()
}
"""The counter under which each is compared: 두 차례 and 2회 are 번."""
_LOWER = {name.lower(): found for name, found in MEASURE.items()}


def measured(number: float, unit: str) -> tuple[float, str]:
    """A count in its base unit: 1.2 km is 1,200 m; 3회 is 3번."""
    found = MEASURE.get(unit) or _LOWER.get(unit.lower())
    if found is not None:
        return number * found[1], found[0]
    return number, COUNTER.get(unit.lower(), unit.lower())


def counted() -> list[str]:
    """All counters and units of measure, the longest first, so that a pattern prefers km to k."""
    return sorted({*COUNTER, *MEASURE}, key=lambda name: (-len(name), name))

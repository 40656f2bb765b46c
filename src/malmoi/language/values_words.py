"""Values whose numbers are written as words: 서른두 개, 오백만 원, 석 달, 절반; three months, a dozen; 三个月, 百分之五."""

from __future__ import annotations

import re
from collections.abc import Iterator

from malmoi.language.values_digits import COUNTERS, NOT_UNITS, fold
from malmoi.language.values_types import Readers, Reading, Value, ValueKind, read_matches
from malmoi.language.values_units import CURRENCY, DAYS, measured

_ONES = {"한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "석": 3, "네": 4, "넷": 4, "넉": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}  # fmt: skip
_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_NATIVE = rf"(?:(?:{'|'.join(_TENS)})(?:{'|'.join(_ONES)})?|{'|'.join(sorted(_ONES, key=len, reverse=True))})"
_DAY_WORDS = {"이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "아흐레": 9, "열흘": 10, "보름": 15, "열이틀": 12}  # fmt: skip
_DIGIT = {
    c: i for i, cs in enumerate("영공零〇 일一 이二两兩 삼三 사四 오五 육륙六 칠七 팔八 구九".split()) for c in cs
}
_SMALL = {"십": 10, "백": 100, "천": 1000, "十": 10, "百": 100, "千": 1000}
_LARGE = {"만": 1e4, "억": 1e8, "조": 1e12, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8, "兆": 1e12}
_SINO = r"(?:[일이삼사오육륙칠팔구][십백천만억조]|[십백천만])[영일이삼사오육륙칠팔구십백천만억조]*"
_HAN = r"(?:[零〇一二两兩三四五六七八九十百千万萬亿億]+)"
_ENGLISH = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {w: 10 * n for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_ENGLISH_SCALE = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_UNIT_WORDS = "|".join(sorted(_ENGLISH, key=len, reverse=True))
_SCALE_WORDS = "|".join(_ENGLISH_SCALE)
_PART = rf"(?:{_UNIT_WORDS})(?:-(?:{_UNIT_WORDS}))?"
_ENGLISH_NUMBER = (
    rf"(?:(?:{_PART}|an?|half a)(?: (?:{_SCALE_WORDS}))+(?: (?:and )?{_PART}(?: (?:{_SCALE_WORDS}))*)*|{_PART})"
)
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "twentieth": 20, "hundredth": 100}  # fmt: skip
_TIME = "개년|년|개월|달|주일|주|일|시간|분|초"
_PATTERNS = re.compile(
    r"(?<![A-Za-z가-힣])(?=[한하두둘세셋석서네넷넉너다여일아열스마쉰예이사나닷엿보영삼오육륙칠팔구십백천만억조절반새밤저半零〇一二两兩三四五六七八九十百千万萬亿億zotfsenhatdq])(?:"
    + "|".join(
        (
            rf"(?P<nspan>(?<![가-힣])(?P<nn>{_NATIVE})\s?(?P<nu>달|주|해|시간)(?![가-힣]{{0,1}}력)(?:\s(?P<nhalf>반)(?![가-힣]))?)(?!까지나|리)",
            rf"(?P<dayword>(?<![가-힣])(?:{'|'.join(sorted(_DAY_WORDS, key=len, reverse=True))})(?!달|날))",
            r"(?P<halfyear>(?<![가-힣])반년|(?<![가-힣])반 ?시간|\bhalf (?:a year|an hour)\b|\bhalf-(?:year|hour)\b|半年|半小时)",
            r"(?P<nclock>(?<![가-힣])(?:(?P<ch>오전|오후|새벽|밤|아침|저녁)\s)?(?P<cn>열한|열두|열|한|두|세|네|다섯|여섯|일곱|여덟|아홉)\s?시(?!간|[가-힣]{2,}|절|작|선)(?:\s(?P<chalf>반))?)",
            r"(?P<half>(?<![가-힣])절반|(?<![가-힣])반(?=으로|씩|\()|\bhalf of\b|一半)",
            r"(?P<twice>\b(?P<tw>twofold|threefold|fourfold|fivefold|tenfold)\b|\b(?:twice|double(?:d)?)(?= (?:as|the|that|its|what|from|to|in)\b))",
            rf"(?P<ncount>(?<![가-힣])(?:(?P<kn>{_NATIVE})\s(?P<ku>배|번|대|권|채|벌|쌍|잔|병|장|건|편|기|팀|표|층)|(?P<kn2>{_NATIVE})\s?(?P<ku2>명|사람|개(?!골)|살|차례|가지|마리|척|그루|송이|켤레|가구|곳|군데))(?!째|월|국|중)(?!\s?째)(?!물|표자|신)){NOT_UNITS}",
            r"(?P<kratio>(?<![가-힣])(?P<rd>[일이삼사오육칠팔구십백천만]{1,6})\s?분의\s?(?P<rn>[일이삼사오육칠팔구십]{1,3}))",
            rf"(?P<smoney>(?<![가-힣\d])(?P<sm>{_SINO})\s?(?P<sc>원|달러|위안|엔|유로|파운드)(?!인|래|하|자|칙|본|격|심|리|료|천|진|터))",
            rf"(?P<spct>(?<![가-힣\d])(?P<sp>{_SINO}|[일이삼사오육칠팔구])\s?퍼센트)",
            rf"(?P<sspan>(?<![가-힣\d])(?P<ss>{_SINO}|[일삼사오육칠팔구](?=개?년 ?(?:간|동안|만)|개월))\s?(?P<su>{_TIME}|년간)(?=\s|간|동안|만에|이|을|마다|$|[.,]))",
            rf"(?P<scount>(?<![가-힣\d])(?:(?P<sn>{_SINO})\s(?:여\s)?(?P<sk>대|번|회|세|부|배|석|병|쪽|장|층)|(?P<sn2>{_SINO})\s?(?:여\s?)?(?P<sk2>명|개|곳|마리|척|권|가구|건|톤|미터|킬로미터|킬로그램|킬로|살))(?!째|월){NOT_UNITS})",
            rf"(?P<hratio>(?P<hd>{_HAN})分之(?P<hn>{_HAN}))",
            rf"(?P<hmoney>(?P<hm>{_HAN})\s?(?P<hc>美元|人民币|欧元|日元|韩元|元))",
            rf"(?P<hspan>(?P<ht>{_HAN})(?P<hu>个月|個月|年(?!代|月)|天|小时|小時|分钟|周|星期(?![一二三四五六日天])))",
            rf"(?P<hcount>(?P<hk>{_HAN})(?P<hx>个|個|名|人|岁|次|倍|艘|台|公里|米|吨|户|本))",
            r"(?P<hbig>[一二两三四五六七八九十百千]{1,8}[万亿萬億][零一二两三四五六七八九十百千万]*)",
            rf"(?P<efraction>\b(?P<en>{_UNIT_WORDS}|an?)[- ](?P<ep>half|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twentieth|hundredth)s?\b(?! (?:century|time|floor|grade|place|of (?:{'|'.join('january february march april may june july august september october november december'.split())}))))",
            rf"(?P<espan>\b(?P<et>{_ENGLISH_NUMBER}(?: and a half)?)[- ](?P<eu>year|month|week|day|hour|minute|second|decade)s?\b)",
            rf"(?P<emoney>\b(?P<em>{_ENGLISH_NUMBER}) (?P<ec>dollars?|won|yuan|yen|euros?|pounds)\b)",
            rf"(?P<epct>\b(?P<epc>{_ENGLISH_NUMBER}) per ?cent\b)",
            rf"(?P<ecount>\b(?!one\b)(?P<ek>{_ENGLISH_NUMBER})\b(?:[ -](?P<ex>{COUNTERS}){NOT_UNITS})?)",
        )
    )
    + ")",
    re.IGNORECASE,
)


def in_words(text: str) -> Iterator[Value]:
    """Values of `text` whose number is written in words, in order, none overlapping."""
    return read_matches(_PATTERNS, _READERS, text)


def native(word: str) -> int:
    """서른두 is 32."""
    for ten, value in _TENS.items():
        if word.startswith(ten):
            return value + _ONES.get(word[len(ten) :], 0)
    return _ONES.get(word, 0)


def sino(word: str) -> float:
    """오백오십칠만 and 五百五十七万 are 5,570,000; digits without scales are read one by one (二〇二五)."""
    if all(c in _DIGIT for c in word):
        return float("".join(str(_DIGIT[c]) for c in word)) if word else 0.0
    total = section = number = 0.0
    for c in word:
        if c in _DIGIT:
            number = _DIGIT[c]
        elif c in _SMALL:
            section += (number or 1) * _SMALL[c]
            number = 0
        else:
            total += (section + number or 1) * _LARGE[c]
            section = number = 0
    return total + section + number


def english(words: str) -> float:
    """Two hundred and fifty thousand is 250,000; half a million 500,000; a dozen 12."""
    total = current = 0.0
    for word in re.split(r"[\s-]+", fold(words)):
        if word in ("a", "an"):
            current = current or 1
        elif word == "half":
            current += 0.5
        elif word == "hundred":
            current = (current or 1) * 100
        elif word in _ENGLISH_SCALE:
            total += (current or 1) * _ENGLISH_SCALE[word]
            current = 0
        else:
            current += _ENGLISH.get(word, 0)
    return total + current


def _native_span(match: re.Match[str]) -> Reading:
    unit = DAYS[match["nu"]]
    return ValueKind.DURATION, (native(match["nn"]) + (0.5 if match["nhalf"] else 0)) * unit, ""


def _half_span(match: re.Match[str]) -> Reading:
    year = any(word in fold(match.group()) for word in ("년", "year", "年"))
    return ValueKind.DURATION, DAYS["년" if year else "시간"] / 2, ""


def _clock(match: re.Match[str]) -> Reading:
    hour, half = native(match["cn"]), match["ch"]
    if half in ("오후", "저녁", "밤") and hour < 12:
        hour += 12
    return ValueKind.CLOCK, float(hour % 24 * 60 + (30 if match["chalf"] else 0)), "24" if half else ""


def _twice(match: re.Match[str]) -> Reading:
    word = fold(match["tw"] or "two")
    return ValueKind.COUNT, float(_ENGLISH.get(word.removesuffix("fold"), 2)), "배"


def _share(part: float, whole: float) -> Reading | None:
    return (ValueKind.RATIO, part / whole, "") if whole else None


def _english_fraction(match: re.Match[str]) -> Reading | None:
    ones = fold(match["en"])
    part = 1 if ones in ("a", "an") else _ENGLISH[ones]
    return _share(part, _PARTS[fold(match["ep"])]) if 0 < part < 20 else None


def _english_count(match: re.Match[str]) -> Reading:
    number = english(match["ek"])
    if unit := match["ex"]:
        return ValueKind.COUNT, *measured(number, unit)
    return ValueKind.NUMBER, number, ""


def _money(number: float, currency: str) -> Reading:
    return ValueKind.MONEY, number, CURRENCY[fold(currency)]


def _days(number: float, unit: str) -> Reading:
    return ValueKind.DURATION, number * DAYS[fold(unit).removesuffix("간") if unit == "년간" else fold(unit)], ""


_READERS: Readers = {
    "nspan": _native_span,
    "dayword": lambda m: (ValueKind.DURATION, float(_DAY_WORDS[m.group()]), ""),
    "halfyear": _half_span,
    "nclock": _clock,
    "half": lambda m: (ValueKind.RATIO, 0.5, ""),
    "twice": _twice,
    "ncount": lambda m: (ValueKind.COUNT, *measured(native(m["kn"] or m["kn2"]), m["ku"] or m["ku2"])),
    "kratio": lambda m: _share(sino(m["rn"]), sino(m["rd"])),
    "smoney": lambda m: _money(sino(m["sm"]), m["sc"]),
    "spct": lambda m: (ValueKind.PERCENT, sino(m["sp"]), ""),
    "sspan": lambda m: _days(sino(m["ss"]), m["su"]),
    "scount": lambda m: (ValueKind.COUNT, *measured(sino(m["sn"] or m["sn2"]), m["sk"] or m["sk2"])),
    "hratio": lambda m: _share(sino(m["hn"]), sino(m["hd"])),
    "hmoney": lambda m: _money(sino(m["hm"]), m["hc"]),
    "hspan": lambda m: _days(sino(m["ht"]), m["hu"]),
    "hcount": lambda m: (ValueKind.COUNT, *measured(sino(m["hk"]), m["hx"])),
    "hbig": lambda m: (ValueKind.NUMBER, sino(m.group()), ""),
    "efraction": _english_fraction,
    "espan": lambda m: _days(english(m["et"]), m["eu"]),
    "emoney": lambda m: _money(english(m["em"]), m["ec"]),
    "epct": lambda m: (ValueKind.PERCENT, english(m["epc"]), ""),
    "ecount": _english_count,
}

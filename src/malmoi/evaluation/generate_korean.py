"""Turns a Korean statement into the question that one of its values answers.

"가온시는 2025년 3월 4일에 다리를 열었다." becomes "가온시는 언제 다리를 열었나?". The value gives way to its question
word, the particle after it is fitted to that word, and the closing ending becomes an asking one. What cannot be turned
with certainty gives nothing: a sentence that leans on the one before it, or whose value is part of a longer phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from malmoi.korean import Morpheme
from malmoi.language.values import Value, ValueKind, find_values

SHORTEST, LONGEST = 14, 110
"""Characters of a sentence worth asking about."""

_LEANS = frozenset(
    """
    그 이 저 그는 그가 그의 그를 그녀는 그녀가 이는 이에 이를 이것은 그것은 이들은 그들은 여기 여기서 거기 거기서
    이곳은 그곳은 이날 당시 이번 올해 올해는 지난해 작년 내년 내년에 어제 오늘 내일 최근 현재 지금 같은 해당 다음
    앞서 이어 한편 또 또한 그러나 하지만 다만 반면 즉 따라서 그래서 그리고 그런데 그러면 이후 이때 그때
    이처럼 이렇게 그렇게 그중 이 우리 우리는 저희 저희는 나는 내가 저는 제가 전자 후자 위 아래 이밖에
    이외에
    """.split()
)
"""Words that tie a sentence to what stands before it, or to the day on which it was written."""
_OPENS = re.compile(r"(?:모두|먼저|특히|둘|단|추가로|추가적으로|\d+[.)]|\S+ (?:전|후|뒤)에?)(?=[ ,])")
"""How a sentence begins that does so."""
_TITLES = """
    대통령 총리 시장 군수 도지사 지사 장관 차관 위원장 위원 의원 대표 사장 회장 부회장 이사장 이사 국장 과장 팀장
    부장 실장 소장 원장 본부장 센터장 박사 교수 감독 기자 작가 연구원 변호사 판사 검사 선장 기관장 관장 교장 총장
    조합장 지부장 간사 씨
    """.split()
_SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위"
    "표명기반왕금옥육인맹제모봉탁국어은편용예경사부"
)
_TITLE = re.compile(rf" ?(?:{'|'.join(sorted(_TITLES, key=len, reverse=True))})(?=[은는이가])")
_UNIT_TAGS = frozenset({"NNB", "NNG", "SL", "SW"})
_CONNECTS = frozenset("며 으며 고 지만 는데 은데 ᆫ데 거나 자 면서 으면서".split())
_NO_UNIT = frozenset({"호", "차", "번째", "%p", "년대"})
_ALTERNATIVE = re.compile(r"(?:또는|혹은|이나|내지|\d\S*[와과]) $")
_NOMINAL_ENDS = frozenset({"JKB", "JKS", "JKO", "JX", "JC", "VCP"})
_PARTICLE = (
    ("이라고", "라고"), ("이라는", "라는"), ("이라며", "라며"), ("으로", "로"), ("이었", "였"), ("이며", "며"),
    ("이나", "나"), ("을", "를"), ("은", "는"), ("과", "와"), ("이 ", "가 "),
)  # fmt: skip
"""Particles after a consonant and after 얼마, which ends in a vowel."""
_NUMBER = re.compile(r"[\d.,]+(?:\s?[십백천만억조]+(?:\s?[\d.,]+)?)*\s?")


class Asked(NamedTuple):
    """A question, and the words of the sentence that answer it."""

    question: str
    answer: str
    kind: str


def korean_questions(sentence: str, morphemes: Sequence[Morpheme]) -> Iterator[Asked]:
    """The questions that a statement answers, one for each value or person that can be asked for with certainty."""
    body = sentence.rstrip().rstrip(".")
    if not SHORTEST <= len(body) <= LONGEST or re.search(r"^\W|[\"“”?!…:;|\n\[\]]", body) or body == sentence.rstrip():
        return
    ending = _asking(body, morphemes)
    if ending is None or not _stands_alone(body, morphemes):
        return
    for value in find_values(body):
        if body.count(value.text) == 1 and (span := _replaced(body, value, morphemes)):
            start, end, word = span
            if _clause_ends(end, morphemes) or _clause_began(start, morphemes) or _ALTERNATIVE.search(body[:start]):
                continue
            yield Asked(
                _joined(body, start, end, word, ending),
                body[start : max(end, value.span[1])].rstrip("에 "),
                value.kind.value,
            )
    yield from _who(body, morphemes, ending)


def _joined(body: str, start: int, end: int, word: str, ending: tuple[int, str]) -> str:
    """The sentence with `word` in place of a span, and its ending replaced by an asking one."""
    at, asking = ending
    before, rest = body[:start] + word, body[end:at] if end < at else ""
    if word.startswith("얼마"):
        rest = next((new + rest[len(old) :] for old, new in _PARTICLE if rest.startswith(old)), rest)
    question = re.sub(r"\s+", " ", f"{before}{rest}{asking}").strip()
    return f"{question}?"


def _asking(body: str, morphemes: Sequence[Morpheme]) -> tuple[int, str] | None:
    """Where the asking ending is put, and what it is; None for a sentence that does not close as a statement."""
    words = [m for m in morphemes if m.tag != "SF"]
    if len(words) < 3 or words[-1].tag != "EF":
        return None
    last, stem = words[-1], words[-2]
    if stem.tag == "EP" and last.form in ("다", "습니다"):
        return len(body) - len(last.form), "나"
    if stem.tag == "VCP" and last.form in ("다", "ᆸ니다"):
        written = re.search(r"(?:이다|입니다|다)$", body)
        return (written.start(), "인가") if written else None
    if stem.tag.startswith(("VV", "XSV", "VX", "VA", "XSA")):
        return _present(body, last.form, adjective=stem.tag.startswith(("VA", "XSA")), stem=stem.form)
    return None


def _present(body: str, form: str, *, adjective: bool, stem: str) -> tuple[int, str] | None:
    if stem in ("있", "없") and form in ("다", "습니다"):
        return len(body) - len(form), "나"
    if form == "는다" and not adjective:
        return len(body) - 2, "나"
    if form == "습니다":
        return len(body) - 3, "은가" if adjective else "나"
    if form == "다" and adjective:
        open_stem = _final(body[-2]) == 0
        return (len(body) - 2, f"{_with_final(body[-2], 4)}가") if open_stem else (len(body) - 1, "은가")
    if form in ("ᆫ다", "ᆸ니다"):
        at = len(body) - (2 if form == "ᆫ다" else 3)
        bare = _with_final(body[at], 0)
        return at, f"{_with_final(bare, 4)}가" if adjective else f"{bare}나"
    return None


def _final(syllable: str) -> int:
    return (ord(syllable) - 0xAC00) % 28 if "가" <= syllable <= "힣" else -1


def _with_final(syllable: str, final: int) -> str:
    """The syllable with another final consonant (0 none, 4 ㄴ)."""
    return chr((ord(syllable) - 0xAC00) // 28 * 28 + 0xAC00 + final) if "가" <= syllable <= "힣" else syllable


def _stands_alone(body: str, morphemes: Sequence[Morpheme]) -> bool:
    """Whether a reader who has not seen the document knows what the sentence is about."""
    words = body.replace(",", " ").split()
    if _OPENS.match(body) or _LEANS & set(words) or body.count("'") % 2:
        return False
    if any(m.tag == "NP" or (m.tag == "MM" and m.form in ("이", "그", "저", "이런", "그런")) for m in morphemes):
        return False
    topic = next((m for m in morphemes if (m.tag == "JX" and m.form in ("은", "는")) or m.tag == "JKS"), None)
    if topic is None or any(m.form in ("때문", "것", "거") and m.tag == "NNB" for m in morphemes):
        return False
    before = [m for m in morphemes if m.start < topic.start]
    if any(m.tag in ("SN", "NR") for m in before[-3:]):
        return False  # the value itself is what the sentence is about
    named = any(m.tag in ("NNP", "SL", "SH") for m in before)
    return named or sum(m.tag in ("NNG", "XR") for m in before) >= 2


def _clause_ends(position: int, morphemes: Sequence[Morpheme]) -> bool:
    """Whether another statement follows the one that holds `position`; a question would ask for both."""
    return any(m.start >= position and (m.tag == "SP" or (m.tag == "EC" and m.form in _CONNECTS)) for m in morphemes)


def _clause_began(position: int, morphemes: Sequence[Morpheme]) -> bool:
    """Whether another statement, set apart by a comma, comes before; the question would state it as known."""
    return any(
        b.end <= position and b.tag == "SP" and a.tag == "EC" and a.form in _CONNECTS for a, b in pairwise(morphemes)
    )


def _after(morphemes: Sequence[Morpheme], position: int) -> Morpheme | None:
    return next((m for m in morphemes if m.start >= position), None)


def _replaced(body: str, value: Value, morphemes: Sequence[Morpheme]) -> tuple[int, int, str] | None:
    """The span that gives way to a question word, and that word."""
    start, end = value.span
    before = [m for m in morphemes if m.end <= start]
    if (start and body[start - 1] not in " (,") or (before and before[-1].tag in ("ETM", "MM", "XPN")):
        return None  # what describes the value would be left hanging before the question word
    if value.kind is ValueKind.DATE:
        return _when(body, value, _after(morphemes, end))
    if value.kind is ValueKind.NUMBER:
        end = _unit_end(body, end, morphemes)
    following = _after(morphemes, end)
    glued = following is not None and following.start == end
    if not glued or following is None or following.tag not in _NOMINAL_ENDS | {"XSN"}:
        return None
    if value.kind is ValueKind.MONEY:
        return start, end, "얼마"
    number = _NUMBER.match(body, start, end)
    unit = body[number.end() : end].strip() if number else ""
    if (
        not unit
        or unit in _NO_UNIT
        or unit.startswith("여")
        or (value.amount <= 1 and value.kind is not ValueKind.PERCENT)
        or re.search(r"\d", unit)
    ):
        return None
    return start, end, f"몇 {unit}"


def _unit_end(body: str, end: int, morphemes: Sequence[Morpheme]) -> int:
    """Where the unit written against a number ends ("4.8메가와트")."""
    for m in morphemes:
        if m.start == end and m.tag in _UNIT_TAGS and re.fullmatch(r"[가-힣A-Za-z%]+", body[m.start : m.end]):
            end = m.end
    return end


def _when(body: str, value: Value, following: Morpheme | None) -> tuple[int, int, str] | None:
    if (
        (value.amount < 10_000 and not value.amount % 100)
        or value.amount < 100
        or following is None
        or following.start != value.span[1]
    ):
        return None
    only_year = not value.amount % 10_000
    word = "몇 년" if only_year else "언제"
    start, end = value.span
    if following.form == "에" and following.tag == "JKB" and re.match(r"에(?=[ ,]|$)", body[end:]):
        return start, end if only_year else end + 1, word
    if following.tag == "VCP" or (following.tag == "JX" and following.form in ("부터", "까지")):
        return start, end, word
    return None


def _who(body: str, morphemes: Sequence[Morpheme], ending: tuple[int, str]) -> Iterator[Asked]:
    """Asks for a person named with a title as the subject, where nothing describes that person further."""
    names = [m for m in morphemes if m.tag == "NNP" and len(m.form) == 3 and m.form[0] in _SURNAMES]
    for name in names:
        title = _TITLE.match(body, name.end)
        before = [m for m in morphemes if m.end <= name.start]
        alone = not before or (before[-1].tag in ("JKB", "EC", "SP", "JX") and body[name.start - 1] == " ")
        if not title or not alone or body.count(body[name.start : name.end]) > 1:
            continue
        rest = body[title.end() + 1 :]
        if body[title.end()] in "은는" and "고 " not in rest and before:
            continue  # a topic in the middle of a sentence is a contrast, not the subject
        yield Asked(_joined(body, name.start, title.end() + 1, "누가", ending), body[name.start : name.end], "person")

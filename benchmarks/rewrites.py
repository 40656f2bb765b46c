"""Safe rewrites of sentences, which stay true, and mutations, which do not: material for `benchmarks.verification`.

Two mutators with different logic. `Morphemes` works on the analyser's tags and on Malmoi's own reading of values;
`Strings` knows only patterns of characters and the answers that people marked in the data.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

from malmoi.korean import Analyser
from malmoi.language.values import Value, ValueKind, find_values


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a document, with what else a mutator may draw from.

    Attributes:
        before, document: the sentence before it, and the whole text.
        names: answers to questions about the document, as people marked them.
        others: the same of other documents.
        elsewhere: a text of other documents.
    """

    text: str
    language: str
    before: str
    document: str
    names: tuple[str, ...]
    others: tuple[str, ...]
    elsewhere: str


Change = tuple[str, str]
"""Kind and changed sentence."""


class Mutator(Protocol):
    """Makes false sentences of a true one."""

    name: str

    def mutations(self, sentence: Sentence, rng: random.Random) -> Iterator[Change]:
        """At most one of each kind."""


_BATCHIM = re.compile(r"[가-힣]$")


def has_final(word: str) -> bool:
    return bool(_BATCHIM.search(word)) and (ord(word[-1]) - 0xAC00) % 28 > 0


_PARTICLES = {
    "은": "는",
    "는": "은",
    "이": "가",
    "가": "이",
    "을": "를",
    "를": "을",
    "과": "와",
    "와": "과",
    "으로": "로",
    "로": "으로",
}
_WITH_FINAL = frozenset({"은", "이", "을", "과", "으로"})


def replace_word(text: str, start: int, end: int, new: str) -> str:
    """Put a word in the place of another, with the particle that it takes."""
    rest = text[end:]
    for particle in ("으로", "은", "는", "을", "를", "과", "와", "가", "로"):
        if rest.startswith(particle) and (len(rest) == len(particle) or not rest[len(particle)].isalnum()):
            if (particle in _WITH_FINAL) != has_final(new):
                rest = _PARTICLES[particle] + rest[len(particle) :]
            break
    return text[:start] + new + rest


def rewrites(sentence: Sentence, following: str, analyser: Analyser) -> Iterator[Change]:
    """True sentences that say the same, or a part of it."""
    text = sentence.text
    yield "verbatim", text
    makers: tuple[tuple[str, Callable[[], str]], ...] = (
        ("number format", lambda: _reformatted(text)),
        ("particle", lambda: _other_particle(text, analyser)),
        ("ending", lambda: _other_ending(text)),
        ("clause dropped", lambda: _without_clause(text, sentence.language)),
        ("indirect speech", lambda: _indirect(text)),
        ("merged", lambda: _merged(text, following, sentence.language)),
    )
    for kind, make in makers:
        made = make()
        if made and made != text:
            yield kind, made


def _reformatted(text: str) -> str:
    for value in find_values(text):
        start, end = value.span
        old = text[start:end].rstrip()
        if value.kind is ValueKind.DATE and re.fullmatch(r"\d{4}년 \d{1,2}월 \d{1,2}일", old):
            new = "{}.{:0>2}.{:0>2}.".format(*re.findall(r"\d+", old))
        elif value.kind in (ValueKind.COUNT, ValueKind.MONEY) and re.match(r"\d{1,3}(,\d{3})+(?!\d)", old):
            new = old.replace(",", "")
        elif value.kind in (ValueKind.COUNT, ValueKind.MONEY, ValueKind.NUMBER) and re.match(r"\d{5,}(?![\d년.])", old):
            new = re.sub(r"\d+", lambda m: f"{int(m.group()):,}", old, count=1)
        elif value.kind is ValueKind.PERCENT and old.endswith("%"):
            new = old[:-1] + ("퍼센트" if re.search("[가-힣]", text) else " percent")
        else:
            continue
        return text[:start] + new + text[start + len(old) :]
    return ""


def _other_particle(text: str, analyser: Analyser) -> str:
    """Subject's particle for the topic's, at the first noun that has one."""
    for before, m in pairwise(analyser.morphemes(text)):
        if m.tag == "JX" and text[m.start : m.end] in ("은", "는") and before.tag in ("NNP", "NNG"):
            return text[: m.start] + ("이" if text[m.start] == "은" else "가") + text[m.end :]
    return ""


def _other_ending(text: str) -> str:
    for old, new in (
        ("했다.", "했습니다."),
        ("였다.", "였습니다."),
        ("었다.", "었습니다."),
        ("이다.", "입니다."),
        ("있다.", "있습니다."),
    ):
        if text.endswith(old):
            return text.removesuffix(old) + new
    return ""


def _without_clause(text: str, language: str) -> str:
    if language == "ko":
        match = re.match(r"(.{12,}?(?:했고|였고|었고|하며|했으며|였으며|었으며|하고)),? (.{15,})$", text)
        if not match or match[2].count("”") % 2 or match[2].count('"') % 2:
            return ""
        return match[2]
    match = re.match(r"(.{25,}?), (?:and|which|while|who|where) ", text)
    return (
        match[1] + "." if match and match[1].count('"') % 2 == 0 and match[1].count("(") == match[1].count(")") else ""
    )


def _indirect(text: str) -> str:
    match = re.search(r"[\"“]([^\"“”]{8,}다)[.]?[\"”]\s?(?:라고|고) ", text)
    if not match:
        return ""
    return text[: match.start()] + match[1] + "고 " + text[match.end() :]


def _merged(text: str, following: str, language: str) -> str:
    if not following:
        return ""
    if language == "ko":
        for old, new in (("했다.", "했고,"), ("였다.", "였으며,"), ("었다.", "었고,"), ("있다.", "있고,")):
            if text.endswith(old):
                return f"{text.removesuffix(old)}{new} {following}"
        return ""
    return f"{text[:-1]}, and {following}" if text.endswith(".") else ""


class Morphemes:
    """Works on morphemes and on values as Malmoi reads them."""

    name = "morphemes"

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser

    def mutations(self, sentence: Sentence, rng: random.Random) -> Iterator[Change]:
        """See `Mutator`."""
        values = find_values(sentence.text)
        dates = [v for v in values if v.kind is ValueKind.DATE]
        numbers = [v for v in values if v.kind is not ValueKind.DATE and re.search(r"\d", v.text)]
        for kind, found in (("number", numbers), ("date", dates)):
            if found:
                value = rng.choice(found)
                yield f"{kind}, changed digit", _with_other_digit(sentence.text, value, rng)
                if same := _of_same_kind(value, values, sentence.document, rng):
                    yield f"{kind}, of the document", _put(sentence.text, value, same)
        if sentence.language == "ko":
            yield from self._korean(sentence, rng)
        else:
            yield from _english(sentence, rng)

    def _names(self, text: str) -> list[tuple[str, int, int]]:
        found: list[tuple[str, int, int]] = []
        for m in self._analyser.morphemes(text):
            if m.tag == "NNP" and len(m.form) > 1:
                if found and found[-1][2] == m.start:
                    last = found.pop()
                    found.append((last[0] + m.form, last[1], m.end))
                else:
                    found.append((m.form, m.start, m.end))
        return found

    def _korean(self, sentence: Sentence, rng: random.Random) -> Iterator[Change]:
        text = sentence.text
        names = self._names(text)
        if names:
            old, start, end = rng.choice(names)
            for source, kind in (
                (sentence.document, "name, of the document"),
                (sentence.elsewhere, "name, from elsewhere"),
            ):
                pool = sorted({n for n, _, _ in self._names(source)} - {n for n, _, _ in names})
                pool = [n for n in pool if n not in text and old not in n and n not in old]
                if pool:
                    yield kind, replace_word(text, start, end, rng.choice(pool))
        marked = [n for n in names if re.match(r"(은|는|이|가|을|를|에게) ", text[n[2] :] + " ")]
        subjects = [n for n in marked if re.match(r"(은|는|이|가) ", text[n[2] :] + " ")]
        others = [n for n in marked if re.match(r"(을|를|에게) ", text[n[2] :] + " ")]
        if subjects and others and subjects[0][0] != others[0][0]:
            yield "swapped roles", _exchange(text, subjects[0], others[0])
        if re.search(r"(말했|밝혔|주장|설명|전했|강조|지적|경고|덧붙)", text) and subjects:
            pool = [n for n, _, _ in self._names(sentence.document) if n not in text]
            if pool:
                yield "attribution", replace_word(text, subjects[0][1], subjects[0][2], rng.choice(sorted(set(pool))))
        if negated := _negate_korean(text):
            yield "negation", negated


_ENDINGS = (
    (r"하지 않았다\.$", "했다."),
    (r"없다\.$", "있다."),
    (r"없었다\.$", "있었다."),
    (r"(이|가) 아니다\.$", "이다."),
    (r"지 못했다\.$", "었다."),
    (r"했다\.$", "하지 않았다."),
    (r"하였다\.$", "하지 않았다."),
    (r"되었다\.$", "되지 않았다."),
    (r"됐다\.$", "되지 않았다."),
    (r"있다\.$", "있지 않다."),
    (r"있었다\.$", "있지 않았다."),
    (r"한다\.$", "하지 않는다."),
    (r"된다\.$", "되지 않는다."),
    (r"이다\.$", "이 아니다."),
    (r"이었다\.$", "이 아니었다."),
    (r"었다\.$", "지 않았다."),
)


def _negate_korean(text: str) -> str:
    for pattern, new in _ENDINGS:
        if re.search(pattern, text):
            return re.sub(pattern, new, text)
    return ""


def _with_other_digit(text: str, value: Value, rng: random.Random) -> str:
    start, end = value.span
    places = [i for i in range(start, end) if text[i].isdigit()]
    at = rng.choice(places)
    low = "123456789" if at == places[0] or not text[at - 1].isdigit() else "0123456789"
    return text[:at] + rng.choice([d for d in low if d != text[at]]) + text[at + 1 :]


def _of_same_kind(value: Value, present: Sequence[Value], document: str, rng: random.Random) -> Value | None:
    pool = [
        v
        for v in find_values(document)
        if v.kind is value.kind
        and v.unit == value.unit
        and not any(v.same(p) for p in present)
        and re.search(r"\d", v.text)
        and _shape(v) == _shape(value)
    ]
    return rng.choice(pool) if pool else None


def _shape(value: Value) -> str:
    return re.sub(r"[\d,.]+", "0", value.text.strip())


def _put(text: str, value: Value, new: Value) -> str:
    start, end = value.span
    old = text[start:end]
    return text[:start] + new.text.strip() + old[len(old.rstrip()) :] + text[end:]


def _exchange(text: str, a: tuple[str, int, int], b: tuple[str, int, int]) -> str:
    first, second = sorted((a, b), key=lambda n: n[1])
    made = replace_word(text, second[1], second[2], first[0])
    return replace_word(made, first[1], first[2], second[0])


_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_AUXILIARY = re.compile(r"\b(was|were|is|are|has|had|can|could|will|would|should|may|might|did|does|do)\b(?! not)")


def _english(sentence: Sentence, rng: random.Random) -> Iterator[Change]:
    text = sentence.text
    names = [(m.group(), *m.span()) for m in _CAPITAL.finditer(text)]
    if names:
        _, start, end = rng.choice(names)
        for source, kind in (
            (sentence.document, "name, of the document"),
            (sentence.elsewhere, "name, from elsewhere"),
        ):
            pool = sorted({m.group() for m in _CAPITAL.finditer(source)})
            pool = [n for n in pool if not set(n.split()) & set(re.findall(r"\w+", text))]
            if pool:
                yield kind, text[:start] + rng.choice(pool) + text[end:]
        distinct = [n for n in names if n[0] != names[0][0]]
        between = text[names[0][2] : distinct[0][1]] if distinct else ""
        if distinct and len(between.split()) > 1 and not re.search(r"\b(and|or)\b|^,[^,]*,? $", between):
            yield "swapped roles", _exchange(text, names[0], distinct[0])
    if re.search(r"\b(said|argued|claimed|stated|wrote|according to|suggested|believed)\b", text) and names:
        pool = sorted({m.group() for m in _CAPITAL.finditer(sentence.document)} - {n[0] for n in names})
        speaking = [
            n
            for n in names
            if re.match(r" (?:\w+ )?(?:said|argued|claimed|stated|wrote|suggested|believed)", text[n[2] :])
        ]
        pool = [n for n in pool if n not in text]
        if pool and speaking:
            yield "attribution", text[: speaking[0][1]] + rng.choice(pool) + text[speaking[0][2] :]
    if " not " in text:
        yield "negation", text.replace(" not ", " ", 1)
    elif match := _AUXILIARY.search(text):
        yield "negation", text[: match.end()] + " not" + text[match.end() :]


_SPEAKS = re.compile(
    r"(말했다|밝혔다|주장했다|설명했다|전했다|강조했다|지적했다|경고했다|덧붙였다|주장하였다|하였다고 한다)"
)
_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d{2})(?=년|\b)")
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})(?=월|일(?![가-힣]))")
_NUMBER = re.compile(r"(?<![\d.,A-Za-z-])\d+(?:,\d{3})*(?:\.\d+)?(?![\d년월일A-Za-z-])")


class Strings:
    """Works on characters and on marked answers."""

    name = "strings"

    def mutations(self, sentence: Sentence, rng: random.Random) -> Iterator[Change]:
        """See `Mutator`."""
        text = sentence.text
        yield from self._numbers(sentence, rng)
        marked = [n for n in sentence.names if n in text and not re.search(r"\d", n) and 2 <= len(n) <= 20]
        marked = [n for n in marked if sentence.language == "ko" or n[0].isupper()]
        if marked:
            old = rng.choice(sorted(marked))
            at = text.index(old)
            for pool, kind in ((sentence.names, "name, of the document"), (sentence.others, "name, from elsewhere")):
                fit = [n for n in pool if self._fits(n, old, sentence)]
                if fit:
                    yield kind, replace_word(text, at, at + len(old), rng.choice(sorted(fit)))
        yield from self._said(sentence, rng)
        yield from self._roles(sentence)
        if negated := self._negated(sentence):
            yield "negation", negated
        if turned := self._opposite(text):
            yield "opposite word", turned

    @staticmethod
    def _fits(new: str, old: str, sentence: Sentence) -> bool:
        """Of the same script and size, and not a word for the same."""
        if new in sentence.text or old in new or new in old or re.search(r"\d", new) or not 2 <= len(new) <= 20:
            return False
        if sentence.language == "en":
            words = set(re.findall(r"[a-z]+", sentence.text.lower()))
            return new[0].isupper() and not set(re.findall(r"[a-z]+", new.lower())) & words
        return bool(re.fullmatch("[가-힣]{3,}", new)) and bool(re.fullmatch("[가-힣]{3,}", old))

    @staticmethod
    def _numbers(sentence: Sentence, rng: random.Random) -> Iterator[Change]:
        text = sentence.text
        for pattern, kind in ((_YEAR, "date"), (_MONTH_DAY, "date"), (_NUMBER, "number")):
            found = [m for m in pattern.finditer(text) if not (kind == "number" and _YEAR.match(m.group()))]
            if not found:
                continue
            match = rng.choice(found)
            pool = sorted({m.group() for m in pattern.finditer(sentence.document)} - {m.group() for m in found})
            if pool:
                yield f"{kind}, of the document", text[: match.start()] + rng.choice(pool) + text[match.end() :]
            old = float(match.group().replace(",", ""))
            factor = (
                rng.choice((1, 2, 3, 7)) if pattern is not _NUMBER else max(1, round(old * rng.choice((0.1, 0.5, 2))))
            )
            new = int(old) + factor if old + factor < 13 or pattern is not _MONTH_DAY else max(1, int(old) - factor)
            if new != old:
                yield f"{kind}, shifted", text[: match.start()] + str(new) + text[match.end() :]

    @staticmethod
    def _said(sentence: Sentence, rng: random.Random) -> Iterator[Change]:
        if sentence.language != "ko" or not _SPEAKS.search(sentence.text):
            return
        match = re.search(r"(?:^|[.,] )([가-힣 ]{2,15}?)(은|는|이|가) ", sentence.text)
        titled = set(
            re.findall(
                r"([가-힣]{2,5} (?:대통령|총리|교수|대표|의원|장관|위원장|회장|시장|감독|연구원))", sentence.document
            )
        )
        pool = sorted(
            n for n in titled | {n for n in sentence.names if re.fullmatch("[가-힣]{2,5}", n)} if n not in sentence.text
        )
        if match and pool:
            yield "attribution", replace_word(sentence.text, match.start(1), match.end(1), rng.choice(pool))

    @staticmethod
    def _roles(sentence: Sentence) -> Iterator[Change]:
        text = sentence.text
        if sentence.language == "ko":
            match = re.search(
                r"(?:^| )([가-힣]{2,8})(?:은|는|이|가) ([가-힣]{2,8})(?:을|를|에게) "
                r"(?=[가-힣]+(?:하|했|되|시|켰|었|였|았))",
                text,
            )
            if match and match[1] != match[2]:
                yield "swapped roles", _exchange(text, (match[1], *match.span(1)), (match[2], *match.span(2)))
            return
        match = re.search(
            r"([A-Z][a-z]+(?: [A-Z][a-z]+)*) (?:\w+ed|led|won|beat|sent|gave|took|wrote)"
            r"(?: (?:to|from|of|the|in))* ([A-Z][a-z]+(?: [A-Z][a-z]+)*)",
            text,
        )
        if match and match[1] != match[2] and match[1].lower() not in ("the", "in", "they", "he", "she", "it"):
            yield "swapped roles", _exchange(text, (match[1], *match.span(1)), (match[2], *match.span(2)))

    @staticmethod
    def _negated(sentence: Sentence) -> str:
        text = sentence.text
        if sentence.language == "ko":
            if match := re.search(r"지 (?:않았|않는|않|못했|못하)", text):
                stem = text[: match.start()]
                rest = re.sub(r"^지 (?:않았|못했)", "기도 했", text[match.start() :])
                return stem + rest if rest != text[match.start() :] else ""
            for old, new in (
                ("했다.", "한 적이 없다."),
                ("였다.", "였던 것은 아니다."),
                ("었다.", "었다는 것은 사실이 아니다."),
                ("있다.", "있지 않다."),
                ("이다.", "이 아니다."),
                ("된다.", "되지 못한다."),
                ("한다.", "하는 것은 아니다."),
            ):
                if text.endswith(old):
                    return text.removesuffix(old) + new
            return ""
        for old, new in (
            (" is ", " isn't "),
            (" was ", " was never "),
            (" are ", " are not "),
            (" were ", " weren't "),
            (" has ", " has never "),
            (" have ", " have not "),
            (" can ", " cannot "),
            (" will ", " won't "),
        ):
            if old in text and "not" not in text and "never" not in text:
                return text.replace(old, new, 1)
        if match := re.search(r" (\w+?)ed ", text):
            return f"{text[: match.start()]} did not {match[1]} {text[match.end() :]}"
        return ""

    @staticmethod
    def _opposite(text: str) -> str:
        for a, b in _TURNED:
            for old, new in ((a, b), (b, a)):
                if re.search(rf"(?<![가-힣A-Za-z]){old}(?![a-z])", text):
                    return re.sub(rf"(?<![가-힣A-Za-z]){old}(?![a-z])", new, text, count=1)
        return ""


_TURNED = (
    ("증가했", "감소했"),
    ("늘어났", "줄어들었"),
    ("찬성", "반대"),
    ("허용", "금지"),
    ("승인", "거부"),
    ("성공", "실패"),
    ("승리", "패배"),
    ("이후", "이전"),
    ("높은", "낮은"),
    ("많은", "적은"),
    ("최초", "마지막"),
    ("increased", "decreased"),
    ("before", "after"),
    ("more", "less"),
    ("largest", "smallest"),
    ("high", "low"),
    ("rejected", "accepted"),
    ("won", "lost"),
    ("allowed", "banned"),
    ("began", "ended"),
    ("supported", "opposed"),
    ("north", "south"),
)


@lru_cache(maxsize=1)
def kinds() -> dict[str, Any]:
    """How the kinds of mutations are summed up."""
    return {
        "numbers": ("number, changed digit", "number, of the document", "number, shifted"),
        "dates": ("date, changed digit", "date, of the document", "date, shifted"),
        "names": ("name, of the document", "name, from elsewhere"),
        "negation": ("negation", "opposite word"),
        "swaps": ("attribution", "swapped roles"),
    }

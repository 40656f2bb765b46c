"""Names that a text gives beside each other in brackets: 딥시크(DeepSeek·深度求索), High-Flyer(하이 플라이어)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from malmoi.language.names import is_korean, probability

_BRACKET = re.compile(
    r"(?P<before>(?:[가-힣]{1,12} ){0,3}[가-힣]{2,12}|[A-Z][A-Za-z.&'’-]+(?: [A-Z][A-Za-z.&'’-]+){0,3}|"
    r"[\u4e00-\u9fff]{2,8})"
    r"['’”\"]? ?[(（] ?(?P<inside>[^()（）\n]{2,60}?) ?[)）]"
)
_PARTS = re.compile(r"\s*[,·/;:、，；]\s*")
_LATIN = re.compile(r"[A-Za-z][A-Za-z.&'’-]*(?: [A-Za-z][A-Za-z.&'’-]*){0,4}")
_HANGUL = re.compile(r"[가-힣]{1,12}(?: [가-힣]{1,12}){0,3}")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,8}")
_ADDRESS = re.compile(r"(?:https?|www)\b|[\w.-]+\.(?:com|net|org|kr|jp|cn)\b", re.IGNORECASE)
_MOST_PARTS = 3


def paired_names(text: str) -> Iterator[tuple[str, str]]:
    """Names in two scripts that a text gives beside each other, Hangul first where there is any.

    Of the Hangul before a bracket a Latin name of n words takes the last n words, an abbreviation one, a Han name the
    words that have as many syllables, or else one. A Latin name in brackets behind a Korean person's name that it does
    not sound like says where they work.
    """
    for match in _BRACKET.finditer(text):
        before = match.group("before")
        for inside in _PARTS.split(match.group("inside").strip("'’‘“”\" "))[:_MOST_PARTS]:
            yield from _pair(before, inside)


def _pair(before: str, inside: str) -> Iterator[tuple[str, str]]:
    if not _HANGUL.fullmatch(before):
        if _HANGUL.fullmatch(inside) or (_LATIN.fullmatch(inside) and _HAN.fullmatch(before)):
            yield inside, before
        elif _HAN.fullmatch(inside) and _LATIN.fullmatch(before):
            yield before, inside
        return
    words = before.split()
    if _ADDRESS.match(inside):
        return
    if _LATIN.fullmatch(inside):
        usual = 1 if inside.isupper() else len(inside.split())
        joined = "".join(inside.split())
        counts = (n for n in range(1, len(words) + 1) if _sound_alike("".join(words[-n:]), joined))
        name = " ".join(words[-next(counts, usual) :])
        if not is_korean(name) or _sound_alike(name, joined):
            yield name, inside
    elif _HAN.fullmatch(inside):
        tails = (" ".join(words[-n:]) for n in range(1, len(words) + 1))
        yield next((t for t in tails if len(t.replace(" ", "")) == len(inside)), words[-1]), inside


def aligned_words(one: str, other: str) -> Iterator[tuple[str, str]]:
    """The words that stand at one place of two spellings of several words and sound alike."""
    words, others = one.split(), other.split()
    if len(words) == len(others) > 1:
        for a, b in zip(words, others, strict=True):
            if min(len(a), len(b)) > 1 and _sound_alike(a, b):
                yield a, b


def _sound_alike(hangul: str, latin: str) -> bool:
    return probability(hangul, latin, korean=True) > _ALIKE


_ALIKE = 0.4
"""Least likeness of two names that a text itself puts side by side."""

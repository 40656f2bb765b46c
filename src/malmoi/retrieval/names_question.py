"""Where names may stand in a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_WORDS_OF_A_NAME = 4
_HANGUL_WORD = re.compile("[가-힣]+")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ](?:[A-Za-zÀ-ɏ.&'’-]*[A-Za-zÀ-ɏ])?")
_HAN = re.compile("[\u4e00-\u9fff]{2,}")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_HAN = 8
_PARTICLES = (
    "은 는 이 가 을 를 의 에 와 과 도 로 만 나 라 란 랑 께 야 이나 이라 이란 이랑 으로 에게 에서 에는 "
    "에도 에서는 에게는 한테 부터 까지 처럼 보다 마다 이다 였다 에게서 로부터 으로부터 라는 이라는 라고 "
    "이라고 라도 이라도 라면 이라면 인가 인지 이며 이고 측 씨 씨는 씨가 씨의 들 들은 들이 들의"
).split()


def stretches(question: str) -> Iterator[str]:
    """Stretches of a question that may be names, longer ones first; Hangul with and without particles."""
    for pattern in (_LATIN_WORD, _HANGUL_WORD):
        words = list(pattern.finditer(question))
        for size in range(_WORDS_OF_A_NAME, 0, -1):
            for at in range(len(words) - size + 1):
                run = words[at : at + size]
                if all(question[m.end() : n.start()].isspace() for m, n in pairwise(run)):
                    stretch = question[run[0].start() : run[-1].end()]
                    yield from stems(stretch) if pattern is _HANGUL_WORD else (stretch,)
    for match in _HAN.finditer(question):
        run_of_han = match.group()
        for size in range(min(len(run_of_han), _LONGEST_HAN), 1, -1):
            yield from (run_of_han[at : at + size] for at in range(len(run_of_han) - size + 1))


def neighbours(name: str, question: str) -> tuple[str, str]:
    """The words on both sides of a name in a question, the later one without its particle; lower case."""
    start = question.find(name)
    before = _WORD.findall(question[:start])
    rest = question[start + len(name) :]
    after = _WORD.findall(rest) if rest[:1].isspace() else []
    return (before[-1].lower() if before else ""), (min(stems(after[0]), key=len).lower() if after else "")


def stems(word: str) -> list[str]:
    """A Hangul word and what is left of it without a particle, the longest first."""
    found = [word, *(word[: -len(p)] for p in _PARTICLES if word.endswith(p) and len(word) - len(p) >= 2)]
    return sorted(dict.fromkeys(found), key=lambda s: -len(s))

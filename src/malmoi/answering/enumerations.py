"""Lists as documents write them: runs of numbered or bulleted items behind the line that leads into them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from malmoi.answering.evidence import Candidate
from malmoi.language.question import Expects, Question

BULLETS = "-•·▪◦*"
"""Signs before an item; the hyphen first, so that they can stand in a class of characters."""
_ITEM = re.compile(
    rf"\s*(?:(?P<bullet>[{BULLETS}]\s)|"
    r"(?P<circle>[①-⑳])|(?P<number>\(?\d{1,2}[.)]\s)|(?P<letter>[가-하]\.\s)|"
    r"(?P<word>(?:첫|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열)째|(?:First|Second|Third|Fourth|Fifth|Sixth|Final)(?:ly)?,|"
    r"第?[一二三四五六七八九十][,、]))"
)
_NUMERALS = {"두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10}
_MOST_ITEMS = 12
_LIST_GAP = 10.0
"""How far the best item may stand behind the best sentence, in log-odds."""
_BEARS = 0.3
"""Least share of the question around an item or its introduction, beside that around the best sentence."""
_COUNTED = 3.0
"""Of a run with as many items as the question asks for."""


def find_items(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """A numbered or bulleted run that the question asks for, with the line that leads into it."""
    if question.expects is not Expects.LIST:
        return []
    floor = ranked[0].score - _LIST_GAP
    runs = [run for document in dict.fromkeys(c.hit.document.id for c in ranked) for run in _runs(ranked, document)]
    wanted = next((n for word, n in _NUMERALS.items() if re.search(f"{word} ?가지", question.text)), 0)
    best = max(runs, key=lambda run: max(c.score for c in run) + _COUNTED * (len(run) - 1 == wanted), default=[])
    if not best or max(c.score for c in best) < floor or max(c.reach for c in best) < _BEARS * ranked[0].reach:
        return []
    return best[: _MOST_ITEMS + 1]


def _runs(ranked: Sequence[Candidate], document: str) -> Iterator[list[Candidate]]:
    """Runs of two items or more of one style under one heading, each behind the sentence before it.

    Bullets and numbers begin a line; 첫째, 둘째 … may stand within one. A sentence between two items belongs to the
    first and is passed over.
    """
    ordered = sorted((c for c in ranked if c.hit.document.id == document), key=lambda c: c.sentence.start)
    run: list[Candidate] = []
    style, gap = "", 0
    for before, candidate in zip([None, *ordered], ordered, strict=False):
        found = _style(candidate)
        if found and found == style and candidate.hit.chunk.heading == run[-1].hit.chunk.heading:
            run.append(candidate)
            gap = 0
        elif found or gap or not run:
            if len(run) > 2:
                yield run
            run = [before or candidate, candidate] if found else []
            style, gap = found, 0
        else:
            gap = 0 if not _begins_line(candidate) else 1
    if len(run) > 2:
        yield run


def _style(candidate: Candidate) -> str:
    """What kind of item the sentence is: "word", "circle", "number", "bullet" …; empty for none and for headings."""
    match = _ITEM.match(candidate.text)
    if match is None or candidate.text.strip() in candidate.hit.chunk.heading:
        return ""
    style = match.lastgroup or ""
    return style if style == "word" or _begins_line(candidate) else ""


def _begins_line(candidate: Candidate) -> bool:
    chunk = candidate.hit.chunk
    at = candidate.sentence.start - chunk.start
    return at == 0 or chunk.text[:at].rstrip(" \t").endswith("\n")

"""Recognises the sentences that a model is told to say word for word, and other ways of declining."""

from __future__ import annotations

import re

from malmoi.answering.prompts import CANNOT_ANSWER
from malmoi.types import Language

_DECLINES = re.compile(
    r"(?:찾을|알|확인할|답할|답변할) 수 없|(?:나와|언급되어|언급돼|포함되어|포함돼|명시되어|적혀|밝혀져) 있지 않|"
    r"언급(?:이|은|하지)? ?(?:없|않)|정보(?:가|는) 없|나오지 않|"
    r"\b(?:do|does|did|is|are|was|were|can|could)(?: not|n't|not) .{0,40}"
    r"(?:answer|contain|mention|say|state|provide|include|specif|find|determine|give)|"
    r"\b(?:cannot|unable to|no information)\b",
    re.IGNORECASE,
)
_LIKE_ENOUGH = 0.75


def declines(said: str, language: Language) -> bool:
    """Whether a sentence says that the sources do not hold something."""
    return alike(said, CANNOT_ANSWER[language]) or bool(_DECLINES.search(said))


def alike(said: str, fixed: str) -> bool:
    """Whether a sentence is the fixed one, but for a few characters (Dice of character pairs)."""
    a, b = ({s[i : i + 2] for i in range(len(s) - 1)} for s in (_letters(said), _letters(fixed)))
    return bool(a) and 2 * len(a & b) / (len(a) + len(b)) >= _LIKE_ENOUGH


def _letters(given: str) -> str:
    return "".join(c for c in given.lower() if c.isalnum())

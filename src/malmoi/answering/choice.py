"""What makes a sentence the one that answers, and how much each trait counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

_LEANS = re.compile(
    r"(?:그는|그녀는|이는|이것|이후|이 |그의|이때|이에|이로|(?:He|She|It|They|This|These|His|Her|Its) )"
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What is measured of a sentence; shares are weighted by how telling each term is, from 0 to 1.

    Attributes:
        coverage: share of the question in the sentence.
        pairs: share of the question's syllable pairs in it; `coverage` where the question has no Hangul.
        around: what its neighbours, headings and title add to `coverage`.
        before, after: share in the sentence before and after it, as far as it lacks the question itself.
        closeness: how near its passage is to the best one.
        first: 1 in the best passage.
        typed: 1 where it states a value of the kind asked for.
        bare: 1 where it says next to nothing that the question does not say itself.
        focus: 1 where it has the word for what is asked (어떤 도시, 이름은?); `focus_near`: 1 where a neighbour has it.
        doing: share of the question's verbs and adjectives in it.
        leans: 1 where it begins with a pronoun, and so goes on about the sentence before it.
        quoted: how many of the question's quotations it holds.
        head, head_asked: 1 in a title or dateline; 1 there for a question about the publication.
        heading: 1 where it is one of its passage's headings.
    """

    coverage: float
    pairs: float
    around: float
    before: float
    after: float
    closeness: float
    first: float
    typed: float
    bare: float
    focus: float
    focus_near: float
    doing: float
    leans: float
    quoted: float
    head: float
    head_asked: float
    heading: float


_NAMES = tuple(field.name for field in fields(Traits))
PLAIN = Traits(
    coverage=3.0,
    pairs=3.0,
    around=1.05,
    before=0.0,
    after=0.0,
    closeness=3.0,
    first=0.0,
    typed=1.2,
    bare=0.0,
    focus=0.0,
    focus_near=0.0,
    doing=0.0,
    leans=0.0,
    quoted=3.0,
    head=-0.75,
    head_asked=2.25,
    heading=-1.8,
)
"""For all languages but Korean: learning from English questions did not choose better on documents held out."""
KOREAN = Traits(
    coverage=5.7,
    pairs=2.0,
    around=3.2,
    before=-0.2,
    after=-0.7,
    closeness=3.9,
    first=1.3,
    typed=2.4,
    bare=-0.7,
    focus=1.3,
    focus_near=-0.8,
    doing=0.8,
    leans=0.3,
    quoted=3.0,
    head=-1.0,
    head_asked=4.0,
    heading=-1.8,
)
"""Learned by `benchmarks/choice.py`, as a softmax over the sentences of a question's passages."""
_FOREIGN_WORDS = 0.3
"""Across languages the few words that are shared, mostly names, say little about which sentence answers."""


def weigh(traits: Traits, *, korean: bool, foreign: bool) -> float:
    """The score by which sentences are ordered, in log-odds: a difference of 1 is a factor of e.

    Args:
        korean: question and document are Korean.
        foreign: the document is in another language than the question.
    """
    weights = KOREAN if korean else PLAIN
    products = [float(getattr(weights, n) * getattr(traits, n)) for n in _NAMES]
    return sum(products[3:]) + sum(products[:3]) * (_FOREIGN_WORDS if foreign else 1.0)


def leans_back(text: str) -> bool:
    """Whether a text begins with a word that stands for something said before."""
    return bool(_LEANS.match(text))

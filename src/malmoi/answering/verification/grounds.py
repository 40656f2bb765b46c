"""What a claim is checked against: the cited sentences beside it, and what else is known of their documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from malmoi.answering.citations import Claim
from malmoi.answering.evidence import squeeze
from malmoi.answering.verification.alignment import Aligned, Relation, SameName, same_word, weight
from malmoi.answering.verification.tokens import COUNTED, Reading, Token
from malmoi.language.values import Value


class Fault(StrEnum):
    """What is wrong with a claim."""

    DIFFERS = "differs"
    """The source has another value or name in that place."""
    VALUE = "value"
    NAME = "name"
    NEGATED = "negated"
    SWAPPED = "swapped"
    SPEAKER = "speaker"
    QUOTED = "quoted"
    ALLEGED = "alleged"
    WORD = "word"
    """A noun of the claim is not in the passage, which has another in its place."""


CONTRADICTING = frozenset({Fault.DIFFERS, Fault.NEGATED, Fault.SWAPPED, Fault.SPEAKER})
"""Faults by which a claim says something else than its source, rather than more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: the claim's words, and the source's where they differ."""

    fault: Fault
    what: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Grounds:
    """A claim beside its sources.

    Attributes:
        aligned: the cited sentences, the one that shares most first.
        stated: values of the cited spans, with those of their titles and dates.
        dates: values of the whole passages, which complete a date.
        spans: letters and digits of the cited spans.
        known: letters and digits of all that is known: passages, titles, authors, the question.
        foreign: no source is in the language of the claim.
    """

    claim: Claim
    reading: Reading
    aligned: Sequence[Aligned]
    stated: Sequence[Value]
    dates: Sequence[Value]
    spans: str
    known: str
    foreign: bool
    same_name: SameName | None = None


SURE = 1.2
"""Context by which two words stand in one place; see `Aligned.context`."""
_VERBATIM = 0.72
"""Share of a claim's other words, by weight, that the source has in their places."""
_LEAST_HELD = 3
"""Fewest of those words."""
_PARTICLE = re.compile(r"(?<=[^\s])(?:으로|에서|에게|까지|부터|보다|[은는이가을를의에도로와과])$")
_MARKS = ".,!?\"'“”‘’()[]《》〈〉「」"
CLEARER = 0.9
"""By how much one place must be surer than another."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token of a claim stands in a source sentence."""

    aligned: Aligned
    index: int
    context: float

    @property
    def token(self) -> Token:
        """The source's word in this place."""
        return self.aligned.source.tokens[self.aligned.at[self.index]]


def place(grounds: Grounds, index: int, *relations: Relation) -> Place | None:
    """The surest place of a token among those of the given relations."""
    found = [
        Place(a, index, a.context[index] + 0.5 * a.share)
        for a in grounds.aligned
        if a.at[index] >= 0 and a.relations[index] in relations
    ]
    return max(found, key=lambda p: p.context, default=None)


def replaced(grounds: Grounds, index: int) -> Place | None:
    """The place in which the source surely has another word than this token of the claim."""
    other = place(grounds, index, Relation.OTHER)
    if other is None or other.context < SURE:
        return None
    token = grounds.reading.tokens[index]
    moved = any(_alike(token, t) for t in other.aligned.source.tokens)
    if moved:
        changed = exchanged(grounds.reading, other.aligned)
        least = 1 if index in changed else _LEAST_HELD
        if not is_nearly_verbatim(other.aligned, grounds.reading, index, *changed, least=least):
            return None
    same = place(grounds, index, Relation.SAME)
    return other if same is None or other.context - same.context >= CLEARER else None


def exchanged(reading: Reading, aligned: Aligned) -> list[int]:
    """Positions in the claim of words that stand where the source has another word of the claim, and are there too."""
    sources = aligned.source.tokens
    return [
        i
        for i, (token, j) in enumerate(zip(reading.tokens, aligned.at, strict=True))
        if aligned.relations[i] is Relation.OTHER
        and any(_alike(token, t) for k, t in enumerate(sources) if k != j)
        and any(_alike(sources[j], t) for k, t in enumerate(reading.tokens) if k != i)
    ]


def _alike(a: Token, b: Token) -> bool:
    """Whether two words are the same, or one is a part of the other that the analyser cut off."""
    if a.kind in COUNTED or b.kind in COUNTED:
        return same_word(a, b)
    short, long = sorted((a.form, b.form), key=len)
    return short == long or (len(short) > 1 and long.startswith(short) and not short.isascii())


def is_nearly_verbatim(aligned: Aligned, reading: Reading, *indexes: int, least: int = _LEAST_HELD) -> bool:
    """Whether a claim is the source's sentence, or a piece of it, but for the words of some tokens."""
    apart = {i for index in indexes for i in range(word_of(reading, index)[0], word_of(reading, index)[1] + 1)}
    weights = [weight(t) for t in reading.tokens]
    held = [i for i, r in enumerate(aligned.relations) if r is Relation.SAME and i not in apart]
    total = sum(w for i, w in enumerate(weights) if i not in apart)
    return len(held) >= least and sum(weights[i] for i in held) >= _VERBATIM * total


def word_of(reading: Reading, index: int) -> tuple[int, int]:
    """Positions of the first and last token that are written together with a token."""
    tokens, first, last = reading.tokens, index, index
    while first and tokens[first - 1].span[1] == tokens[first].span[0]:
        first -= 1
    while last + 1 < len(tokens) and tokens[last].span[1] == tokens[last + 1].span[0]:
        last += 1
    return first, last


def is_written(grounds: Grounds, index: int) -> bool:
    """Whether the passages have a token's written word, which the analyser may cut differently there."""
    reading = grounds.reading
    first, last = word_of(reading, index)
    run = squeeze(reading.text[reading.tokens[first].span[0] : reading.tokens[last].span[1]])
    if len(run) > 1 and run in grounds.known:
        return True
    start, end = reading.tokens[index].span
    while start and not reading.text[start - 1].isspace():
        start -= 1
    while end < len(reading.text) and not reading.text[end].isspace():
        end += 1
    return squeeze(_PARTICLE.sub("", reading.text[start:end].strip(_MARKS))) in grounds.known


def excerpt(reading: Reading, index: int, reach: int = 4) -> str:
    """The words of a sentence around one of its tokens."""
    first, last = max(index - reach, 0), min(index + reach, len(reading.tokens) - 1)
    start = reading.tokens[first].span[0] if first else 0
    end = reading.tokens[last].span[1]
    text = reading.text
    while end < len(text) and not text[end].isspace():
        end += 1
    return ("…" if first else "") + text[start:end].strip() + ("…" if text[end:].strip() else "")

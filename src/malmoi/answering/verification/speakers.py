"""Who said it: the speaker that a claim names beside the one that its source names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from malmoi.answering.verification.alignment import Aligned, Relation
from malmoi.answering.verification.grounds import Fault, Finding, Grounds
from malmoi.answering.verification.lexicon import ALLEGING, GENERIC, SPEECH_EN, SPEECH_KO
from malmoi.answering.verification.tokens import Kind, Reading, Token

_SAID = 0.4
"""Share of the claim's words that its source must have for their speakers to be compared."""


_TOLD = 3
"""Words besides the speaker by which a claim tells of a further sentence too."""


def check_speakers(grounds: Grounds) -> Iterator[Finding]:
    """A claim that gives the words of one speaker to another, or states what its source reports as alleged."""
    if grounds.foreign or not grounds.aligned:
        return
    nearest = grounds.aligned[0]
    if nearest.share < _SAID:
        return
    ours, theirs = speaker(grounds.reading), speaker(nearest.source)
    if ours and theirs:
        said = {t.form for t in ours}
        if not _speaks_elsewhere(said, grounds) and not _same(ours, theirs, grounds) and _both_named(ours, theirs):
            yield Finding(Fault.SPEAKER, _text(ours, grounds.reading), _text(theirs, nearest.source))
    elif not ours and _is_alleged(nearest) and not _frames(grounds.reading):
        yield Finding(Fault.ALLEGED, nearest.source.text)


def _speaks_elsewhere(said: set[str], grounds: Grounds) -> bool:
    """Whether the claim's speaker stands in the nearest sentence, or in another one that the claim also tells of."""
    tokens = grounds.reading.tokens
    for number, aligned in enumerate(grounds.aligned):
        if said & {t.form for t in aligned.source.tokens}:
            held = [i for i, r in enumerate(aligned.relations) if r is Relation.SAME and tokens[i].form not in said]
            if number == 0 or len(held) >= _TOLD:
                return True
    return False


def speaker(reading: Reading) -> list[Token]:
    """The words that name who speaks in a sentence, the last verb of saying deciding; empty where nobody is named."""
    tokens = reading.tokens
    verbs = SPEECH_KO if reading.language == "ko" else SPEECH_EN
    for position in range(len(tokens) - 1, -1, -1):
        if tokens[position].form in verbs or tokens[position].text.casefold() in verbs:
            found = _before(tokens, position) if reading.language == "ko" else _beside(tokens, position)
            if any(t.kind is Kind.NAME for t in found):
                return found
    return []


def _before(tokens: Sequence[Token], verb: int) -> list[Token]:
    """The subject of the verb: right before it, or else the first of the sentence (`에` before 따르다)."""
    role = "at" if tokens[verb].form == "따르" else "S"
    places = [i for i in range(verb) if tokens[i].role == role]
    if not places:
        return []
    near = not any(t.predicate for t in tokens[places[-1] + 1 : verb])
    phrase = tokens[places[-1 if near else 0]].phrase
    return [t for t in tokens[:verb] if t.phrase == phrase]


def _beside(tokens: Sequence[Token], verb: int) -> list[Token]:
    """The names right before the verb, or right behind it ("said Smith", "according to Smith")."""
    before: list[Token] = []
    for token in reversed(tokens[:verb]):
        if token.kind is not Kind.NAME:
            break
        before.insert(0, token)
    if before:
        return before
    behind: list[Token] = []
    for token in tokens[verb + 1 :]:
        if token.kind is not Kind.NAME:
            break
        behind.append(token)
    return behind


def _both_named(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    return all(any(t.kind is Kind.NAME and t.form not in GENERIC for t in each) for each in (ours, theirs))


def _same(ours: Sequence[Token], theirs: Sequence[Token], grounds: Grounds) -> bool:
    for a in ours:
        for b in theirs:
            short, long = sorted((a.form, b.form), key=len)
            if len(short) > 1 and short in long:
                return True
            if grounds.same_name is not None and grounds.same_name(a.text, b.text):
                return True
    return False


def _is_alleged(nearest: Aligned) -> bool:
    """Whether the claim has only what the source puts into the mouth of somebody who alleges it."""
    tokens = nearest.source.tokens
    alleging = next((j for j in range(len(tokens) - 1, -1, -1) if tokens[j].form in ALLEGING), None)
    if alleging is None or not tokens[alleging].predicate or alleging < len(tokens) - 1:
        return False
    used = {j for j, r in zip(nearest.at, nearest.relations, strict=True) if j >= 0 and r is Relation.SAME}
    named = speaker(nearest.source)
    return bool(named) and not used & {j for j, t in enumerate(tokens) if any(t is n for n in named)}


def _frames(reading: Reading) -> bool:
    verbs = SPEECH_KO | SPEECH_EN
    return any(t.form in verbs or t.text.casefold() in verbs for t in reading.tokens)


def _text(tokens: Sequence[Token], reading: Reading) -> str:
    return reading.text[tokens[0].span[0] : tokens[-1].span[1]]

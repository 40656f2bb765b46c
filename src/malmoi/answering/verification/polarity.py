"""Whether a claim says yes where its source says no: negations and opposites, at the words that correspond."""

from __future__ import annotations

from collections.abc import Iterator

from malmoi.answering.verification.alignment import Aligned, Relation
from malmoi.answering.verification.grounds import Fault, Finding, Grounds, excerpt
from malmoi.answering.verification.lexicon import exclusive
from malmoi.answering.verification.tokens import Token

_SURE = 1.0
_NEAR = 2
_HELD = frozenset({Relation.SAME, Relation.OPPOSITE})
_LEAST_SHARE = 0.3


def check_polarity(grounds: Grounds) -> Iterator[Finding]:
    """Words that the claim negates and the source does not, the other way round, and opposites in one place."""
    if grounds.foreign or not grounds.aligned:
        return
    for aligned in grounds.aligned:
        if aligned.share >= _LEAST_SHARE:
            owned = [_owns(grounds, aligned, i) for i in range(len(grounds.reading.tokens))]
            position = _reversed(grounds, aligned, owned)
            if position is not None:
                index, there = position
                word = grounds.reading.tokens[index].text
                yield Finding(Fault.NEGATED, word, excerpt(aligned.source, there))
                return


def _owns(grounds: Grounds, aligned: Aligned, index: int) -> bool:
    """Whether this source sentence is the one in which a token of the claim most surely stands."""
    here = aligned.context[index] + 0.5 * aligned.share
    return aligned.at[index] >= 0 and all(
        here >= other.context[index] + 0.5 * other.share for other in grounds.aligned if other.at[index] >= 0
    )


def _reversed(grounds: Grounds, aligned: Aligned, owned: list[bool]) -> tuple[int, int] | None:
    """Positions in claim and source of the first word that is reversed."""
    at, relations = aligned.at, aligned.relations
    tokens, sources = grounds.reading.tokens, aligned.source.tokens
    ours, theirs = _unmatched(grounds, aligned)
    for i, relation in enumerate(relations):
        if not owned[i] or aligned.context[i] < _SURE:
            continue
        if relation is Relation.OPPOSITE:
            if not tokens[i].predicate and not _framed(i, aligned):
                continue
            mine = [n for n in ours if i in n]
            yours = [n for n in theirs if at[i] in n]
            if bool(mine) == bool(yours):
                return i, at[i]
            ours = [n for n in ours if n not in mine]
            theirs = [n for n in theirs if n not in yours]
        elif relation is Relation.OTHER and exclusive(tokens[i].form, sources[at[i]].form):
            return i, at[i]
    where = {j: i for i, j in enumerate(at) if j >= 0 and relations[i] in _HELD}
    for reach in ours:
        held = [i for i in reach if owned[i] and relations[i] in _HELD and _told_alike(tokens[i], sources[at[i]])]
        if held and aligned.context[held[0]] >= _SURE:
            return held[0], at[held[0]]
    for reach in theirs:
        met = [j for j in reach if j in where and owned[where[j]] and _told_alike(tokens[where[j]], sources[j])]
        if met and aligned.context[where[met[0]]] >= _SURE:
            return where[met[0]], met[0]
    return None


def _framed(index: int, aligned: Aligned) -> bool:
    """Whether the words on both sides are those of the source, or there are none on that side in either."""
    at, here = aligned.at, aligned.at[index]
    for side in (-1, 1):
        k, beside = index + side, here + side
        if 0 <= k < len(at):
            if aligned.relations[k] is not Relation.SAME or abs(at[k] - beside) > 1:
                return False
        elif 0 <= beside < len(aligned.source.tokens) and side < 0:
            return False
    return True


def _told_alike(a: Token, b: Token) -> bool:
    """Whether both words are what their clauses tell, so that negating one contradicts the other."""
    if a.text.isascii():
        return True
    return (a.predicate and b.predicate) or (a.copula and b.copula)


def _unmatched(grounds: Grounds, aligned: Aligned) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Negations of the claim and of the source that have none beside them in the other."""
    at = aligned.at
    theirs = list(aligned.source.negations)
    ours: list[tuple[int, ...]] = []
    later: list[tuple[int, ...]] = []
    for reach in grounds.reading.negations:
        there = {at[i] for i in reach if at[i] >= 0}
        twin = next((n for n in theirs if there & set(n)), None)
        if twin is not None:
            theirs.remove(twin)
        else:
            later.append(reach)
    for reach in later:
        there = {at[i] for i in reach if at[i] >= 0}
        twin = next((n for n in theirs if any(abs(j - k) <= _NEAR for j in there for k in n)), None)
        if twin is not None:
            theirs.remove(twin)
        else:
            ours.append(reach)
    return ours, theirs

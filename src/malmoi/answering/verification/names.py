"""Names of a claim: each must be known, stand where the source has it, and do what it does there."""

from __future__ import annotations

from collections.abc import Iterator

from malmoi.answering.evidence import squeeze
from malmoi.answering.verification.alignment import Aligned, Relation, weight
from malmoi.answering.verification.grounds import (
    Fault,
    Finding,
    Grounds,
    Place,
    exchanged,
    is_nearly_verbatim,
    is_written,
    place,
    replaced,
    word_of,
)
from malmoi.answering.verification.lexicon import GENERIC, SPEECH_EN, synonymous
from malmoi.answering.verification.tokens import COUNTED, NOMINAL, Kind, Token

_EXCHANGED = 0.6
"""Share of the claim's words in place from which words that changed places change what is said."""
_MOST = 0.8
"""Share of the source's other words that an English claim has, before a name on another side of them counts."""
_HOLE = 3
"""Most words of the source that one word of a claim takes the place of."""
_ROLES = frozenset({"S", "O", "D", "F", "than"})


def check_names(grounds: Grounds) -> Iterator[Finding]:
    """Names that no source knows, and names or nouns put where the source has others."""
    if grounds.foreign:
        yield from _unknown_identifiers(grounds)
        return
    found = list(_word_by_word(grounds))
    yield from found
    if not found:
        yield from _exchanged(grounds)


def _word_by_word(grounds: Grounds) -> Iterator[Finding]:
    for index, token in enumerate(grounds.reading.tokens):
        if token.kind not in NOMINAL or token.kind is Kind.PRONOUN:
            wordy = token.kind in COUNTED and not any(c.isdigit() for c in token.text)
            if wordy and (strange := _strange(grounds, index)):
                yield strange
            continue
        other = replaced(grounds, index)
        finding = None
        if other is not None and not _one_in_other(token, other.token, grounds, index):
            finding = _replacing(token, other, grounds)
        if finding is None and token.kind is Kind.NAME and not _is_known(token, index, grounds):
            finding = Finding(Fault.NAME, token.text)
        if finding is None:
            finding = _strange(grounds, index)
        if finding is not None:
            yield finding


def _strange(grounds: Grounds, index: int) -> Finding | None:
    """A word that the passage does not have, in a sentence that else is the source's, where that has another."""
    token = grounds.reading.tokens[index]
    if not grounds.aligned or token.predicate or (token.kind not in COUNTED and is_written(grounds, index)):
        return None
    nearest = max(grounds.aligned, key=lambda a: a.share)
    if nearest.relations[index] is Relation.SAME or not is_nearly_verbatim(nearest, grounds.reading, index):
        return None
    if place(grounds, index, Relation.SAME) is not None:
        return None
    passed = _passed_over(nearest, grounds, index)
    if token.kind in COUNTED and is_written(grounds, index) and any(t.kind is not Kind.NAME for t in passed):
        return None
    if not passed or any(_is_generic(t) or synonymous(t.form, token.form) for t in passed):
        return None
    same = grounds.same_name
    if same is not None and any(same(token.text, t.text) for t in passed):
        return None
    first, last = word_of(grounds.reading, index)
    tokens, source = grounds.reading.tokens, nearest.source
    said = grounds.reading.text[tokens[first].span[0] : tokens[last].span[1]]
    return Finding(Fault.WORD, said, source.text[passed[0].span[0] : passed[-1].span[1]])


def _passed_over(aligned: Aligned, grounds: Grounds, index: int) -> list[Token]:
    """The source's words between those that stand beside the claim's word."""
    first, last, relations = index, index, aligned.relations
    while first and relations[first - 1] is not Relation.SAME:
        first -= 1
    while last + 1 < len(relations) and relations[last + 1] is not Relation.SAME:
        last += 1
    at, tokens = aligned.at, aligned.source.tokens
    before = at[first - 1] if first else -1
    after = at[last + 1] if last + 1 < len(at) else len(tokens)
    if after - before > _HOLE + 1:
        return []
    return [t for t in tokens[before + 1 : after] if t.kind in NOMINAL or t.kind in COUNTED]


def _unknown_identifiers(grounds: Grounds) -> Iterator[Finding]:
    """Of a source in another language only names with digits, and those known as the same, can be compared."""
    for token in grounds.reading.tokens:
        digits = token.kind is Kind.NAME and any(c.isdigit() for c in token.text)
        if digits and squeeze(token.text) not in grounds.known:
            yield Finding(Fault.NAME, token.text)


def _one_in_other(a: Token, b: Token, grounds: Grounds, index: int) -> bool:
    """Whether the claim's word is a short form of the source's, or one with a suffix, or another spelling."""
    if grounds.same_name is not None and grounds.same_name(a.text, b.text):
        return True
    if len(a.form) > 1 and (b.form.startswith(a.form) or b.form.endswith(a.form)):
        return True
    longer = len(b.form) > 1 and (a.form.startswith(b.form) or a.form.endswith(b.form))
    return longer and (len(a.form) - len(b.form) == 1 or is_written(grounds, index))


def _replacing(token: Token, other: Place, grounds: Grounds) -> Finding | None:
    """The fault of a noun that stands where the source has another, if it is one."""
    source, aligned = other.token, other.aligned
    if source.kind not in NOMINAL:
        for_time = token.kind is Kind.NAME and source.kind is Kind.TIME
        return Finding(Fault.DIFFERS, token.text, source.text) if for_time else None
    if other.index in exchanged(grounds.reading, aligned) and not token.copula:
        return None if _voice_differs(grounds, aligned) else Finding(Fault.SWAPPED, token.text, aligned.source.text)
    if _is_generic(token) or _is_generic(source):
        return None
    if squeeze(token.text) in squeeze(aligned.source.text) and not (token.kind is Kind.NAME and _is_whole(aligned)):
        return None
    if len(source.form) == 1 and is_written(grounds, other.index):
        return None
    known = squeeze(token.text) in grounds.known
    named = (token.kind, source.kind).count(Kind.NAME)
    if named == 2 or (named and not known):
        return Finding(Fault.DIFFERS, token.text, source.text)
    verbatim = not token.predicate and is_nearly_verbatim(aligned, grounds.reading, other.index)
    if verbatim and known and (named or len(token.form) > 1):
        return Finding(Fault.DIFFERS, token.text, source.text)
    return None


def _is_whole(aligned: Aligned) -> bool:
    """Whether a claim has most of its source sentence, and not only a piece of it told in another order."""
    weights = [weight(t) for t in aligned.source.tokens]
    held = sum(weights[j] for j, r in zip(aligned.at, aligned.relations, strict=True) if r is Relation.SAME)
    return held >= _EXCHANGED * sum(weights)


def _is_generic(token: Token) -> bool:
    if token.kind is Kind.PRONOUN:
        return True
    capital = token.text[0].isupper() and not token.first
    return token.form in GENERIC and not capital


def _voice_differs(grounds: Grounds, aligned: Aligned) -> bool:
    """Whether one of the sentences is passive and the other is not, so that their nouns stand in other places."""
    return _is_passive(grounds.reading.tokens) != _is_passive(aligned.source.tokens)


def _is_passive(tokens: list[Token]) -> bool:
    return any(t.passive or (t.role == "by" and t.kind is Kind.NAME and t.text.isascii()) for t in tokens)


def _is_known(token: Token, index: int, grounds: Grounds) -> bool:
    if place(grounds, index, Relation.SAME) is not None:
        return True
    squeezed = squeeze(token.text)
    if squeezed in grounds.known or len(token.text) < 2:
        return True
    same = grounds.same_name
    if same is not None and any(
        same(token.text, t.text) for a in grounds.aligned for t in a.source.tokens if t.kind in NOMINAL
    ):
        return True
    if token.first:  # a capital at the beginning of an English sentence makes no name
        tokens = grounds.reading.tokens
        return not (index + 1 < len(tokens) and tokens[index + 1].kind is Kind.NAME)
    return is_written(grounds, index)


def _exchanged(grounds: Grounds) -> Iterator[Finding]:
    """Two nouns that the source has too with each other's particles, or an English name on another side of the verb."""
    for aligned in grounds.aligned[:1]:
        if aligned.share < _EXCHANGED or _voice_differs(grounds, aligned):
            return
        moved = _moved(grounds, aligned)
        if any(
            a.role == there.role and b.role == here.role and a.form < b.form
            for a, here in moved
            for b, there in moved
            if {a.role, b.role} <= _ROLES
        ):
            yield Finding(Fault.SWAPPED, ", ".join(a.text for a, _ in moved), aligned.source.text)
        elif grounds.reading.language == "en":
            yield from _crossed(grounds, aligned)


def _moved(grounds: Grounds, aligned: Aligned) -> list[tuple[Token, Token]]:
    """Nouns of the claim that stand once in the source, in another role."""
    return [
        (token, aligned.source.tokens[j])
        for token in grounds.reading.tokens
        if token.kind in NOMINAL and not token.copula
        for j in [_only(token.form, aligned)]
        if j >= 0 and aligned.source.tokens[j].role != token.role
    ]


def _crossed(grounds: Grounds, aligned: Aligned) -> Iterator[Finding]:
    """English names that stand before a word in the claim and behind it in the source, or the other way round."""
    tokens, at = grounds.reading.tokens, aligned.at
    anchors = [(i, j) for i, t in enumerate(tokens) if t.kind is Kind.OTHER for j in [_only(t.form, aligned)] if j >= 0]
    others = sum(t.kind is Kind.OTHER for t in aligned.source.tokens)
    if len(anchors) < max(2, _MOST * others):
        return
    for index, token in enumerate(tokens):
        j = _only(token.form, aligned)
        once = sum(t.form == token.form for t in tokens) == 1
        if token.kind is not Kind.NAME or not once or j < 0 or at[index] == j:
            continue
        roles = {aligned.source.tokens[j].role, token.role}
        near = abs(index - j) <= _HOLE and "of" in roles
        if near or "by" in roles or (len(roles) == 1 and "" not in roles):
            continue
        if place(grounds, index, Relation.SAME) is not None:
            continue
        beside = [*tokens[max(index - 2, 0) : index + 3], *aligned.source.tokens[max(j - 2, 0) : j + 3]]
        if any(t.form in SPEECH_EN or t.text.casefold() in SPEECH_EN for t in beside):
            continue
        if any((i < index) != (k < j) for i, k in anchors):
            yield Finding(Fault.SWAPPED, token.text, aligned.source.text)
            return


def _only(form: str, aligned: Aligned) -> int:
    """Position of the only token of a form in the source; -1 where there is none or there are several."""
    found = [j for j, t in enumerate(aligned.source.tokens) if t.form == form]
    return found[0] if len(found) == 1 else -1

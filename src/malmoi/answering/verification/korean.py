"""Korean sentences read from their morphemes: particles give roles, endings and auxiliaries negation."""

from __future__ import annotations

from collections.abc import Sequence

from malmoi.answering.verification.lexicon import NEGATIVE_PREFIXES_KO
from malmoi.answering.verification.tokens import Kind, Reading, Token, fixed_tokens, negated_once, numeral
from malmoi.korean import Analyser, Morpheme

_ROLES = {
    "은": "S",
    "는": "S",
    "ᆫ": "S",
    "이": "S",
    "가": "S",
    "께서": "S",
    "도": "S",
    "을": "O",
    "를": "O",
    "ᆯ": "O",
    "에게": "D",
    "한테": "D",
    "께": "D",
    "더러": "D",
    "에게서": "F",
    "로부터": "F",
    "으로부터": "F",
    "한테서": "F",
    "부터": "F",
    "보다": "than",
    "의": "G",
    "에": "at",
    "에서": "in",
    "로": "by",
    "으로": "by",
    "와": "C",
    "과": "C",
    "랑": "C",
    "이랑": "C",
    "하고": "C",
    "까지": "to",
}
_LIGHT = frozenset({"하", "되", "받", "당하", "시키", "있", "이루어지", "가지", "보이", "주", "나"})
_PASSIVE = frozenset({"되", "받", "당하", "의하"})
_WHOLE = frozenset({"것", "거", "게", "사실", "적", "바", "리", "수", "일", "줄", "건"})
"""Words behind a clause through which a negation reaches the clause itself ("-한 적이 없다")."""


def read_korean(text: str, analyser: Analyser, date: str | None) -> Reading:
    """Read one sentence; see `Reading`."""
    return _Reader(text, date).read(analyser.morphemes(text))


class _Reader:
    def __init__(self, text: str, date: str | None) -> None:
        self.reading = Reading(text, "ko")
        self.tokens = self.reading.tokens
        self.fixed = fixed_tokens(text, date)
        self.negations: list[tuple[int, ...]] = []
        self.pending = 0
        self.phrase = 0
        self.prefix = self.bound = ""
        self.whole = -1
        """Position of the last token before a word of `_WHOLE`."""

    def read(self, morphemes: Sequence[Morpheme]) -> Reading:
        at = 0
        for index, morpheme in enumerate(morphemes):
            while at < len(self.fixed) and self.fixed[at].span[0] <= morpheme.start:
                self._add(self.fixed[at])
                at += 1
            if any(t.span[0] <= morpheme.start < t.span[1] for t in self.fixed[max(at - 2, 0) : at]):
                continue
            self._take(morpheme, morphemes, index)
        for token in self.fixed[at:]:
            self._add(token)
        self.reading.negations = list(negated_once(self.negations))
        return self.reading

    def _take(self, morpheme: Morpheme, morphemes: Sequence[Morpheme], index: int) -> None:
        form, tag = morpheme.form, morpheme.tag.split("-")[0]
        if tag in ("NNP", "NNG", "XR", "NR", "MM", "NP", "SL", "SH", "NNB"):
            self._noun(morpheme, tag)
        elif tag == "XPN":
            self.prefix = form
        elif tag.startswith("J"):
            self._particle(form, tag)
        elif tag in ("VCN", "VV", "VA", "VX"):
            after_adverb = index > 0 and morphemes[index - 1].tag.startswith("MAG")
            self._verb(morpheme, tag, after_adverb=after_adverb)
        elif tag in ("XSV", "XSA", "VCP"):
            self._mark(form, tag)
        elif tag == "MAG":
            self._adverb(morpheme, morphemes, index)
        elif tag in ("SF", "SP", "EC"):
            self.phrase += 1

    def _verb(self, morpheme: Morpheme, tag: str, *, after_adverb: bool) -> None:
        form = morpheme.form
        if tag == "VCN":
            self._negate_copula()
        elif form == "없":
            self._predicate(morpheme, "있")
            self._negate_being()
        elif tag == "VX":
            if form in ("않", "못하", "말", "아니하"):
                self._negate_last()
        elif form != "하" or not after_adverb:  # -지 못 하다
            self._predicate(morpheme, form)
            if form == "못하":
                self._negate_last()

    def _noun(self, morpheme: Morpheme, tag: str) -> None:
        form = morpheme.form
        amount = numeral(form) if tag in ("NR", "MM") else None
        if amount is not None:
            self._add(_token(Kind.NUMERAL, morpheme))
        elif tag == "NNB":
            self.bound = form
            if form in _WHOLE:
                self.whole = len(self.tokens) - 1
        elif tag == "MM":
            return
        elif tag == "NP":
            self._add(_token(Kind.PRONOUN, morpheme))
        elif form == "사실" and self.tokens:
            self.whole = len(self.tokens) - 1
            self._add(_token(Kind.NOUN, morpheme))
        else:
            token = _token(Kind.NAME if tag in ("NNP", "SL", "SH") else Kind.NOUN, morpheme)
            if self.prefix in NEGATIVE_PREFIXES_KO:
                token.form = self.prefix + token.form
            self._add(token)
        self.prefix = ""

    def _add(self, token: Token) -> None:
        self.bound = ""
        token.phrase = self.phrase
        self.tokens.append(token)

    def _predicate(self, morpheme: Morpheme, form: str) -> None:
        self.phrase += 1
        token = _token(Kind.PREDICATE, morpheme)
        token.form, token.predicate, token.passive = form, True, form in _PASSIVE
        self._add(token)
        self.phrase += 1
        self._spend()

    def _mark(self, form: str, tag: str) -> None:
        if self.tokens:
            self.tokens[-1].predicate = tag != "VCP" or self.tokens[-1].predicate
            self.tokens[-1].passive = form in _PASSIVE
            self.tokens[-1].copula = tag == "VCP"
            self.phrase += 1
            self._spend()

    def _spend(self) -> None:
        if self.pending:
            self.pending = 0
            self._negate_last()

    def _particle(self, form: str, tag: str) -> None:
        role = _ROLES.get(form, "" if tag == "JX" else form)
        if tag == "JKC" or tag == "JKQ":
            return
        for token in reversed(self.tokens):
            if token.phrase != self.phrase:
                break
            if not token.role:
                token.role = role
        self.phrase += 1

    def _reach(self, position: int) -> tuple[int, ...]:
        """A light verb's noun is reached with it."""
        if self.tokens[position].form in _LIGHT and position > 0:
            return (position, position - 1)
        return (position,)

    def _negate_last(self) -> None:
        position = next((i for i in range(len(self.tokens) - 1, -1, -1) if self.tokens[i].predicate), None)
        if position is not None:
            self.negations.append(self._reach(position))

    def _negate_being(self) -> None:
        """`없다`: of being itself, or of the whole clause before it ("-할 수 없다", "-한 적이 없다")."""
        last = len(self.tokens) - 1
        if self.whole == last - 1 and self.whole >= 0:
            self.tokens.pop()
            self.negations.append(self._reach(self.whole))
        else:
            self.negations.append(self._reach(last))

    def _negate_copula(self) -> None:
        """`아니다`: of the noun before it, or of the whole clause ("-한 것은 아니다", "사실이 아니다")."""
        if not self.tokens or self.bound == "뿐":
            return  # 뿐만 아니라
        last = len(self.tokens) - 1
        if self.whole == last:
            self.negations.append(self._reach(last))
        elif self.whole == last - 1 and self.tokens[last].form == "사실":
            self.tokens.pop()
            self.negations.append(self._reach(last - 1))
        else:
            self.negations.append((last,))
            self.tokens[last].copula = True

    def _adverb(self, morpheme: Morpheme, morphemes: Sequence[Morpheme], index: int) -> None:
        form = morpheme.form
        if form in ("안", "못"):
            before = next((m for m in reversed(morphemes[:index]) if not m.tag.startswith("J")), None)
            if before is not None and before.tag == "EC" and before.form.endswith("지"):
                self._negate_last()
            else:
                self.pending += 1
        elif form == "없이":
            self._predicate(morpheme, "있")
            self._negate_being()
        else:
            self._add(_token(Kind.OTHER, morpheme))
            self.phrase += 1


def _token(kind: Kind, morpheme: Morpheme) -> Token:
    return Token(kind, morpheme.form.casefold(), morpheme.form, (morpheme.start, morpheme.end))

"""English sentences read word by word: prepositions and order give roles, negators reach the next words."""

from __future__ import annotations

import re

from malmoi.answering.verification.lexicon import NEGATORS_EN
from malmoi.answering.verification.tokens import Kind, Reading, Token, fixed_tokens, negated_once, numeral, stem

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[,;:.!?()\"“”—]")
_PREPOSITIONS = frozenset(
    ("of in on at to for from by with into against between than over under as toward towards via").split()
)
_JOINS = frozenset(("and or but because that which who whom whose while although though when where if so yet").split())
_EMPTY = frozenset(
    (
        "a an the has have had having do does did done will would can could shall should may might must there "
        "then thus also just very so such even still only too it's its their his her our your my s t"
    ).split()
)
_BE = frozenset("is are was were be been being am isn't aren't wasn't weren't".split())
_PRONOUNS = frozenset("he she it they we i you him them this these those one us me".split())
_NOT_NAMES = frozenset(
    (
        "in on at the a an however although though while when where after before during since until despite "
        "because if as by for from with without within under over between among against about according also "
        "additionally furthermore moreover meanwhile therefore thus hence then there here this these those that "
        "it he she they we i you his her its their our my one some many most several few all both each every any "
        "no not other another such what which who whose how why today later earlier recently once twice finally "
        "eventually instead rather unlike like unless and or but so yet to of into upon through throughout across "
        "toward towards along around near beyond beside besides except given due following its early late modern "
        "ancient new old first second third next last more less much only even still just now never always often "
        "sometimes usually generally typically historically traditionally currently originally initially "
        "similarly likewise consequently subsequently nevertheless nonetheless indeed perhaps people there're"
    ).split()
)
_REACH = 3
_OR_NOT = re.compile(r"\bor not$", re.IGNORECASE)


def read_english(text: str, date: str | None) -> Reading:
    """Read one sentence; see `Reading`."""
    return _Reader(text, date).read()


class _Reader:
    def __init__(self, text: str, date: str | None) -> None:
        self.reading = Reading(text, "en")
        self.tokens = self.reading.tokens
        self.fixed = fixed_tokens(text, date)
        self.open: list[list[int]] = []
        self.closed: list[tuple[int, ...]] = []
        self.role, self.phrase, self.begins = "", 0, True

    def read(self) -> Reading:
        at = 0
        for match in _WORD.finditer(self.reading.text):
            while at < len(self.fixed) and self.fixed[at].span[0] <= match.start():
                self._add(self.fixed[at])
                at += 1
            if any(t.span[0] <= match.start() < t.span[1] for t in self.fixed[max(at - 2, 0) : at]):
                continue
            self._take(match)
        for token in self.fixed[at:]:
            self._add(token)
        self._close()
        self.reading.negations = list(negated_once(self.closed))
        return self.reading

    def _take(self, match: re.Match[str]) -> None:
        text = match.group()
        word = text.casefold().replace("’", "'")
        if not word[0].isalpha():
            if text not in '"“”':
                self._close(at_stop=True)
                self.role = ""
            self.phrase += 1
            self.begins = self.begins or text in '.!?:"“”'
            return
        negative = word.endswith("n't") or word in NEGATORS_EN
        if negative and not _OR_NOT.search(self.reading.text, 0, match.end()):
            self.open.append([])
        if word in _BE:
            self._add(Token(Kind.OTHER, "be", text, match.span()), reached=False)
            self.role, self.phrase = "", self.phrase + 1
        bare = word.removesuffix("'s")
        if negative and word != "without":
            self.phrase += 1
        elif word in _PREPOSITIONS or word == "without":
            self.role, self.phrase = ("than" if self.role == "than" else word), self.phrase + 1
        elif word in _JOINS:
            if word not in ("and", "or"):
                self._close()
                self.role = ""
            self.phrase += 1
        elif bare not in _EMPTY and word not in _BE:
            self._add(self._word(text.removesuffix("'s").removesuffix("’s"), bare, match))
        elif word not in ("a", "an", "the"):
            self.role, self.phrase = "", self.phrase + 1
        self.begins = False

    def _word(self, text: str, word: str, match: re.Match[str]) -> Token:
        capital = text[0].isupper()
        kind = Kind.OTHER
        if word in _PRONOUNS:
            kind = Kind.PRONOUN
        elif numeral(word) is not None:
            kind = Kind.NUMERAL
        elif (capital and not (self.begins and word in _NOT_NAMES)) or (len(text) > 1 and text.isupper()):
            kind = Kind.NAME
        form = word if kind in (Kind.NUMERAL, Kind.NAME, Kind.PRONOUN) else stem(word)
        return Token(kind, form, text, (match.start(), match.start() + len(text)), first=self.begins and capital)

    def _add(self, token: Token, *, reached: bool = True) -> None:
        token.role, token.phrase = self.role, self.phrase
        self.tokens.append(token)
        for reach in self.open if reached else ():
            reach.append(len(self.tokens) - 1)
        self.begins = False
        if any(len(reach) == _REACH for reach in self.open):
            self.closed += [tuple(reach) for reach in self.open if len(reach) == _REACH]
            self.open = [reach for reach in self.open if len(reach) < _REACH]

    def _close(self, *, at_stop: bool = False) -> None:
        """End what is open; before a join such as "that" a negator that reached nothing yet goes on."""
        self.closed += [tuple(reach) for reach in self.open if reach]
        self.open = [] if at_stop else [reach for reach in self.open if not reach]

"""The names of a collection and their spellings: 비야세노어 = 빌라세노 = Villasenor; 딥시크 = DeepSeek = 深度求索."""

from __future__ import annotations

import threading
from functools import cached_property

from malmoi.catalog import Catalog
from malmoi.korean import Analyser, foreign_terms
from malmoi.language.names import probability, sound_keys
from malmoi.language.names_phones import is_hangul
from malmoi.retrieval.names_evidence import (
    CONSIDERED,
    Reader,
    among,
    beside,
    chance,
    is_hangul_name,
    log_odds,
    may_be_one,
)
from malmoi.retrieval.names_groups import NameGroup, Overrides, fold
from malmoi.retrieval.names_learning import LEAST_LETTERS, Known, Learner
from malmoi.retrieval.names_question import neighbours, stretches

STRICT = 0.9
"""Least probability that a name of a question is one that the collection knows, by sound alone."""


class Names:
    """Spellings of names, learned from a collection and again where it changes. Safe to use from several threads."""

    def __init__(self, catalog: Catalog, analyser: Analyser, overrides: Overrides | None = None) -> None:
        self._catalog = catalog
        self._analyser = analyser
        self._overrides = overrides or Overrides()
        self._learner = Learner(catalog, analyser, self._overrides)
        self._lock = threading.Lock()
        self._known = Known()
        self._last: tuple[int, str, dict[str, tuple[str, ...]]] = (-1, "", {})

    @cached_property
    def open(self) -> Names:
        """What the documents without groups teach alone, which may be told to everyone."""
        return Names(self._catalog.seen_by(frozenset()), self._analyser, self._overrides)

    def of(self, question: str) -> dict[str, tuple[str, ...]]:
        """For names of a question, as they stand in it, all other spellings that the documents use.

        A name that the documents do not have is looked for by sound.
        """
        known = self._refreshed()
        if self._last[:2] == (known.revision, question):
            return dict(self._last[2])
        found: dict[str, tuple[str, ...]] = {}
        for name in stretches(question):
            if not any(name in longer for longer in found):
                others = self._others(name, question, known)
                if others:
                    found[name] = others
        self._last = known.revision, question, found
        return dict(found)

    def same_name(self, a: str, b: str) -> bool:
        """Whether two names are spellings of one in this collection; several words are compared word by word."""
        known = self._refreshed()
        if fold(a) == fold(b) or self._joined(a, b, known):
            return not self._overrides.parts(a, b)
        one, other = a.split(), b.split()
        if len(one) != len(other) or self._overrides.parts(a, b):
            return False
        return all(self._same_word(x, y, known) for x, y in zip(one, other, strict=True))

    def groups(self) -> tuple[NameGroup, ...]:
        """What was learned, the surest first."""
        return self._refreshed().groups

    def _others(self, name: str, question: str, known: Known) -> tuple[str, ...]:
        key = fold(name)
        others: list[str] = []
        if key in known.group_of:
            others += known.groups[known.group_of[key]].spellings
        elif " " not in name and (near := self._nearest(name, question, known)):
            at = known.group_of.get(fold(near))
            others += (near,) if at is None else known.groups[at].spellings
        if key in known.expansions:
            others.append(known.expansions[key])
        return tuple(dict.fromkeys(o for o in others if fold(o) != key and not self._overrides.parts(o, name)))

    def _nearest(self, name: str, question: str, known: Known) -> str:
        """The name of the collection that a name unknown to it sounds like most, surely enough; else empty."""
        if self._stands(name, known) or not self._may_be_name(name):
            return ""
        before, after = neighbours(name, question)
        reader = Reader(self._catalog, known.counts, known.names)
        near = {other for key in sound_keys(name) for other in known.by_key.get(key, ())}
        best, found = log_odds(STRICT), ""
        for other in sorted(near):
            sound = probability(name, other)
            if sound >= CONSIDERED and may_be_one(name, other):
                total = among(sound, len(known.names)) + beside(reader.surroundings(other), before, after)
                if total > best and (written := other if is_hangul(other) else reader.written(other)):
                    best, found = total, written
        return found

    def _may_be_name(self, name: str) -> bool:
        if is_hangul(name):
            return is_hangul_name(name, self._analyser)
        return len(name) >= LEAST_LETTERS and name.isalpha()

    def _stands(self, name: str, known: Known) -> bool:
        terms = (name,) if is_hangul(name) else tuple(term for _, term in foreign_terms(name))
        return name in known.names or all(known.counts.get(term) for term in terms)

    def _joined(self, a: str, b: str, known: Known) -> bool:
        one, other = fold(a), fold(b)
        at = known.group_of.get(one)
        expanded = fold(known.expansions.get(one, "")) == other or fold(known.expansions.get(other, "")) == one
        return expanded or (at is not None and at == known.group_of.get(other))

    def _same_word(self, a: str, b: str, known: Known) -> bool:
        if fold(a) == fold(b) or self._joined(a, b, known):
            return True
        if a in known.names and b in known.names:  # the documents have both, and did not join them
            return False
        if not may_be_one(a, b) or not may_be_one(b, a):
            return False
        return chance(among(probability(a, b), len(known.names))) >= STRICT

    def _refreshed(self) -> Known:
        with self._lock:
            revision = self._catalog.revision()
            if revision != self._known.revision:
                self._known = self._learner.learn(revision)
            return self._known

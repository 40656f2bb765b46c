"""Learns the names of a collection and their spellings from what its texts say and how the words sound."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from malmoi.catalog import Catalog
from malmoi.korean import Analyser, foreign_terms
from malmoi.language.names import probability, sound_keys
from malmoi.language.names_phones import is_hangul
from malmoi.retrieval.aliases import aligned_words, paired_names
from malmoi.retrieval.names_evidence import CONSIDERED, Reader, is_hangul_name, judge, may_be_one, splinters
from malmoi.retrieval.names_groups import Link, NameGroup, Overrides, fold, grouped
from malmoi.types import Filters, SectionKind

ACCEPTED = 0.85
"""Least probability of two spellings that are joined."""
LEAST_LETTERS = 4
"""Of a Latin word that is compared by sound."""
_CAPITALISED_WORD = re.compile(r"(?<!\w)[A-ZÀ-Þ][A-Za-zÀ-ɏ]+")


@dataclass(frozen=True, slots=True)
class Known:
    """What was learned at one revision of the catalog.

    Attributes:
        counts: in how many chunks each term stands.
        names: Hangul names and the terms that the analyser makes of each.
        by_key: the names, Latin ones too, that share a sound key.
        group_of: place in `groups` of each spelling, folded.
        expansions: what an abbreviation, folded, stands for.
    """

    revision: int = -1
    counts: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_key: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[NameGroup, ...] = ()
    group_of: Mapping[str, int] = field(default_factory=dict)
    expansions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scan:
    """What the text of a chunk holds: names in brackets, words that the analyser broke, terms of capitalised words."""

    paired: tuple[tuple[str, str], ...]
    broken: tuple[tuple[str, tuple[str, ...]], ...]
    capitalised: frozenset[str]


class Learner:
    """Reads a collection as often as it changes, and keeps what it found for the next time."""

    def __init__(self, catalog: Catalog, analyser: Analyser, overrides: Overrides) -> None:
        self._catalog = catalog
        self._analyser = analyser
        self._overrides = overrides
        self._scanned: dict[int, _Scan] = {}
        self._alike: dict[tuple[str, str], float] = {}
        self._is_name: dict[str, bool] = {}
        self._keys: dict[str, frozenset[str]] = {}
        self._judged: dict[tuple[str, str, int, int], tuple[str, float, tuple[str, ...]]] = {}

    def learn(self, revision: int) -> Known:
        """What the catalog teaches now; only what is new since the last time is read and judged."""
        counts = self._catalog.vocabulary()
        self._scan()
        names = self._names_in(counts)
        by_key = self._by_key(counts, names)
        reader = Reader(self._catalog, counts, names)
        links, expansions = self._bracketed()
        links += self._by_sound(counts, reader, len(names))
        links += [
            Link(line[0], other, "operator", 1.0, ("operator",)) for line in self._overrides.join for other in line[1:]
        ]
        groups = tuple(
            grouped([link for link in links if not self._overrides.parts(link.one, link.other)], self._overrides)
        )
        group_of = {fold(name): at for at, group in enumerate(groups) for name in group.spellings}
        return Known(revision, counts, names, by_key, groups, group_of, expansions)

    def _scan(self) -> None:
        """Read the texts of chunks that are new, and forget those that are gone; ids are never used twice."""
        present = set(self._catalog.chunk_ids(Filters(kinds=frozenset(SectionKind))))
        self._scanned = {id_: found for id_, found in self._scanned.items() if id_ in present}
        last = min(present.difference(self._scanned), default=0) - 1  # a document may have been opened to more readers
        for id_, text, terms in self._catalog.passages(last) if last >= 0 else ():
            if id_ in self._scanned:
                continue
            capitalised = " ".join(_CAPITALISED_WORD.findall(text))
            self._scanned[int(id_)] = _Scan(
                tuple(paired_names(text)),
                tuple(splinters(terms, text)),
                frozenset(term for _, term in foreign_terms(capitalised) if len(term) >= LEAST_LETTERS),
            )

    def _names_in(self, counts: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """Hangul names by their terms: of the lexical index, and those that the analyser broke."""
        words: dict[str, tuple[str, ...]] = {word: (word,) for word in counts if is_hangul(word)}
        for scan in self._scanned.values():
            for word, terms in scan.broken:
                words.setdefault(word, terms)
        self._is_name = {
            w: self._is_name[w] if w in self._is_name else is_hangul_name(w, self._analyser) for w in words
        }
        return {word: terms for word, terms in words.items() if self._is_name[word]}

    def _by_key(self, counts: Mapping[str, int], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        capitalised = frozenset[str]().union(*(scan.capitalised for scan in self._scanned.values()))
        latin = (w for w in counts if w in capitalised and w.isalpha() and not is_hangul(w))
        every = [*names, *latin]
        new = {name for name in every if name not in self._keys}
        self._keys = {name: self._keys[name] if name in self._keys else sound_keys(name) for name in every}
        found: dict[str, list[str]] = defaultdict(list)
        for name, keys in self._keys.items():
            for key in keys:
                found[key].append(name)
        by_key = {key: tuple(sorted(members)) for key, members in found.items()}
        kept = {pair: sound for pair, sound in self._alike.items() if pair[0] in self._keys and pair[1] in self._keys}
        self._alike = {**kept, **_pairs_alike(set(names), by_key, new)}
        return by_key

    def _bracketed(self) -> tuple[list[Link], dict[str, str]]:
        """Links of names in brackets, and what abbreviations stand for."""
        counted = Counter(pair for scan in self._scanned.values() for pair in scan.paired)
        best: dict[str, tuple[int, str]] = {}
        for (one, other), n in sorted(counted.items()):
            for name, partner in ((one, other), (other, one)):
                if n > best.get(name, (0, ""))[0]:
                    best[name] = n, partner
        links, expansions = list[Link](), dict[str, str]()
        for (one, other), n in sorted(counted.items()):
            if other != best[one][1] and one != best[other][1]:
                continue
            sounds = probability(one.replace(" ", ""), other.replace(" ", "")) > CONSIDERED
            words = list(aligned_words(one, other))
            if other.isupper() and not sounds:
                if len(other) > 1 and self._is_term(best[other][1]):
                    expansions[fold(other)] = best[other][1]
                continue
            if other[0].isascii() and not sounds and not words and not self._is_term(one):
                continue
            evidence = ("brackets", "sound") if sounds or words else ("brackets",)
            links.append(Link(one, other, "brackets", 0.99 if len(evidence) > 1 else 1 - 0.2 / n, evidence))
            links += [Link(a, b, "brackets", 0.97, ("brackets", "sound")) for a, b in words]
        return links, expansions

    def _is_term(self, name: str) -> bool:
        """Whether Hangul may be what a Latin name translates: nouns only, and more than a word of the language."""
        found = self._analyser.morphemes(name)
        whole = len(found) > 1 or found[0].unknown or found[0].tag == "NNP"
        return whole and all(m.tag.startswith(("N", "XSN", "XPN", "XR")) for m in found)

    def _by_sound(self, counts: Mapping[str, int], reader: Reader, names: int) -> list[Link]:
        judged: dict[tuple[str, str, int, int], tuple[str, float, tuple[str, ...]]] = {}
        for (a, b), sound in self._alike.items():
            key = a, b, counts.get(a, 0), counts.get(b, 0)
            judged[key] = self._judged[key] if key in self._judged else self._judge(a, b, sound, reader, names)
        self._judged = judged
        accepted = [(a, b, *found) for (a, b, *_), found in judged.items() if found[1] >= ACCEPTED]
        best: dict[str, float] = {}
        for _, b, _, score, _ in accepted:
            best[b] = max(score, best.get(b, 0.0))
        return [
            Link(a, written, "sound", score, evidence)
            for a, b, written, score, evidence in accepted
            if is_hangul(b) or score >= best[b] - _TIED
        ]

    def _judge(self, a: str, b: str, sound: float, reader: Reader, names: int) -> tuple[str, float, tuple[str, ...]]:
        written = b if is_hangul(b) else reader.written(b)
        if not written:
            return "", 0.0, ()
        return written, *judge(a, b, sound, reader, names, self._in_dictionary)

    def _in_dictionary(self, name: str) -> bool:
        return not any(m.unknown for m in self._analyser.morphemes(name))


_TIED = 0.02
"""A Latin name joins the Hangul names that sound most like it and those that are as good."""


def _pairs_alike(
    hangul: Set[str], by_key: Mapping[str, tuple[str, ...]], new: Set[str]
) -> dict[tuple[str, str], float]:
    """Pairs, one of them new, that share a sound key and sound alike, with the probability of that; Hangul first."""
    found: dict[tuple[str, str], float] = {}
    for members in by_key.values():
        if new.isdisjoint(members):
            continue
        names, others = [m for m in members if m in hangul], [m for m in members if m not in hangul]
        for i, a in enumerate(names):
            for b in (*names[i + 1 :], *others):
                if (a in new or b in new) and (a, b) not in found and may_be_one(a, b):
                    found[a, b] = probability(a, b)
    return {pair: sound for pair, sound in found.items() if sound >= CONSIDERED}

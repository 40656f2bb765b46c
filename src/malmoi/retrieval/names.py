"""The names of a collection and their spellings: 비야세노어 = 빌라세노 = Villasenor; 딥시크 = DeepSeek = 深度求索."""

from __future__ import annotations

import re
import threading
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from malmoi.catalog import Catalog
from malmoi.errors import SettingsError
from malmoi.korean import Analyser, foreign_terms
from malmoi.language.names import is_korean, likeness, probability, sound_keys
from malmoi.language.names_phones import is_hangul
from malmoi.retrieval.aliases import aligned_words, paired_names
from malmoi.retrieval.names_learning import (
    Link,
    Reader,
    among,
    beside,
    chance,
    is_hangul_name,
    judge,
    log_odds,
    may_be_one,
    splinters,
    vocabulary,
)
from malmoi.types import Filters, SectionKind

ACCEPTED = 0.85
"""Least probability of two spellings that are joined."""
STRICT = 0.9
"""The same for a name of a question that the collection does not know, by sound alone."""
_CONSIDERED = 0.3
"""Least probability by sound of a pair that is looked into."""
_LEAST_LETTERS = 4
_WORDS_OF_A_NAME = 4
_HANGUL_WORD = re.compile("[가-힣]+")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ](?:[A-Za-zÀ-ɏ.&'’-]*[A-Za-zÀ-ɏ])?")
_HAN = re.compile("[\u4e00-\u9fff]{2,}")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALISED_WORD = re.compile(r"(?<!\w)[A-ZÀ-Þ][A-Za-zÀ-ɏ]+")
_LONGEST_HAN = 8
_PARTICLES = (
    "은 는 이 가 을 를 의 에 와 과 도 로 만 나 라 란 랑 께 야 이나 이라 이란 이랑 으로 에게 에서 에는 "
    "에도 에서는 에게는 한테 부터 까지 처럼 보다 마다 이다 였다 에게서 로부터 으로부터 라는 이라는 라고 "
    "이라고 라도 이라도 라면 이라면 인가 인지 이며 이고 측 씨 씨는 씨가 씨의 들 들은 들이 들의"
).split()


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Spellings of one name, the commonest first, and what joined them."""

    spellings: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def score(self) -> float:
        """Of its weakest link, from 0 to 1."""
        return min(link.score for link in self.links)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What an operator says: names that are one, and names that are not, whatever the documents suggest."""

    join: tuple[tuple[str, ...], ...] = ()
    part: tuple[tuple[str, ...], ...] = ()

    def parts(self, a: str, b: str) -> bool:
        """Whether two spellings are kept apart."""
        folded = fold(a), fold(b)
        return any(set(folded) <= {fold(name) for name in names} for names in self.part) and folded[0] != folded[1]


def read_overrides(path: Path | None) -> Overrides:
    """Read a TOML file with `join` and `part`, lists of lists of spellings.

    Raises:
        SettingsError: it cannot be read, or holds something else.
    """
    if path is None:
        return Overrides()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = {key: tuple(tuple(map(str.strip, names)) for names in found.pop(key, ())) for key in ("join", "part")}
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(f"{path} cannot be read as a list of names ({error})", _FORM) from error
    if found or any(len(names) < 2 for lines in lists.values() for names in lines):
        raise SettingsError(f"{path} holds more than lists of at least two spellings", _FORM)
    return Overrides(**lists)


_FORM = 'Write join = [["one spelling", "another"]] and part = [["one name", "another"]]'


def fold(name: str) -> str:
    """A spelling without case, accents and repeated spaces."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return unicodedata.normalize("NFC", " ".join("".join(c for c in plain if not unicodedata.combining(c)).split()))


@dataclass(frozen=True, slots=True)
class _Known:
    """What was learned at one revision of the catalog."""

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


class Names:
    """Spellings of names, learned from a collection and again where it changes. Safe to use from several threads."""

    def __init__(self, catalog: Catalog, analyser: Analyser, overrides: Overrides | None = None) -> None:
        self._catalog = catalog
        self._analyser = analyser
        self._overrides = overrides or Overrides()
        self._lock = threading.Lock()
        self._known = _Known()
        self._last: tuple[int, str, dict[str, tuple[str, ...]]] = (-1, "", {})
        self._scanned: dict[int, _Scan] = {}
        self._alike: dict[tuple[str, str], float] = {}
        self._is_name: dict[str, bool] = {}
        self._keys: dict[str, frozenset[str]] = {}
        self._judged: dict[tuple[str, str, int, int], tuple[str, float, tuple[str, ...]]] = {}

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
        for name in _stretches(question):
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

    # asking

    def _others(self, name: str, question: str, known: _Known) -> tuple[str, ...]:
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

    def _nearest(self, name: str, question: str, known: _Known) -> str:
        """The name of the collection that a name unknown to it sounds like most, surely enough; else empty."""
        if self._stands(name, known) or not self._may_be_name(name):
            return ""
        before, after = _beside(name, question)
        reader = self._reader(known)
        near = {other for key in sound_keys(name) for other in known.by_key.get(key, ())}
        best, found = log_odds(STRICT), ""
        for other in sorted(near):
            sound = probability(name, other)
            if sound >= _CONSIDERED and may_be_one(name, other):
                total = among(sound, len(known.names)) + beside(reader.surroundings(other), before, after)
                if total > best and (written := other if is_hangul(other) else reader.written(other)):
                    best, found = total, written
        return found

    def _may_be_name(self, name: str) -> bool:
        if is_hangul(name):
            return is_hangul_name(name, self._analyser)
        return len(name) >= _LEAST_LETTERS and name.isalpha()

    def _stands(self, name: str, known: _Known) -> bool:
        terms = (name,) if is_hangul(name) else tuple(term for _, term in foreign_terms(name))
        return name in known.names or all(known.counts.get(term) for term in terms)

    def _joined(self, a: str, b: str, known: _Known) -> bool:
        one, other = fold(a), fold(b)
        at = known.group_of.get(one)
        expanded = fold(known.expansions.get(one, "")) == other or fold(known.expansions.get(other, "")) == one
        return expanded or (at is not None and at == known.group_of.get(other))

    def _same_word(self, a: str, b: str, known: _Known) -> bool:
        if fold(a) == fold(b) or self._joined(a, b, known):
            return True
        if a in known.names and b in known.names:  # the documents have both, and did not join them
            return False
        if not may_be_one(a, b) or not may_be_one(b, a):
            return False
        return chance(among(probability(a, b), len(known.names))) >= STRICT

    # learning

    def _refreshed(self) -> _Known:
        with self._lock:
            revision = self._catalog.revision()
            if revision != self._known.revision:
                self._known = self._learn(revision)
            return self._known

    def _learn(self, revision: int) -> _Known:
        counts = vocabulary(self._catalog)
        self._scan()
        names = self._names_in(counts)
        by_key = self._by_key(counts, names)
        reader = Reader(self._catalog, counts, lambda name: names.get(name, (name,)))
        links, expansions = self._bracketed()
        links += self._by_sound(counts, reader, len(names))
        links += [
            Link(line[0], other, "operator", 1.0, ("operator",)) for line in self._overrides.join for other in line[1:]
        ]
        groups = tuple(
            _grouped([link for link in links if not self._overrides.parts(link.one, link.other)], self._overrides)
        )
        group_of = {fold(name): at for at, group in enumerate(groups) for name in group.spellings}
        return _Known(revision, counts, names, by_key, groups, group_of, expansions)

    def _reader(self, known: _Known) -> Reader:
        return Reader(self._catalog, known.counts, lambda name: known.names.get(name, (name,)))

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
                frozenset(term for _, term in foreign_terms(capitalised) if len(term) >= _LEAST_LETTERS),
            )

    def _names_in(self, counts: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """Hangul names by their terms: of the lexical index, and those that the analyser broke."""
        words: dict[str, tuple[str, ...]] = {word: (word,) for word in counts if is_hangul(word)}
        broken = Counter(found for scan in self._scanned.values() for found in scan.broken)
        for word, terms in broken:
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
            if other not in (best[one][1],) and one not in (best[other][1],):
                continue
            sounds = probability(one.replace(" ", ""), other.replace(" ", "")) > _CONSIDERED
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
    return {pair: sound for pair, sound in found.items() if sound >= _CONSIDERED}


def _grouped(links: Iterable[Link], overrides: Overrides) -> list[NameGroup]:
    """Groups of linked spellings; a link that would put two names together that cannot be one is left out."""
    group: dict[str, set[str]] = {}
    used: list[Link] = []
    for link in sorted(links, key=lambda link: (link.kind != "operator", -link.score, link.one, link.other)):
        one, other = group.get(link.one, {link.one}), group.get(link.other, {link.other})
        if one is not other:
            crossed = ((a, b) for a in one for b in other if {a, b} != {link.one, link.other})
            if link.kind != "operator" and any(_apart(a, b, overrides) for a, b in crossed):
                continue
            union = one | other
            group.update(dict.fromkeys(union, union))
        used.append(link)
    found = {id(members): members for members in group.values()}.values()
    groups = [
        NameGroup(tuple(sorted(members, key=lambda n: (not is_hangul(n.replace(" ", "")), n))), tuple(mine))
        for members in found
        for mine in ([link for link in used if link.one in members],)
    ]
    return sorted(groups, key=lambda g: (-g.score, g.spellings))


def _apart(a: str, b: str, overrides: Overrides) -> bool:
    """Whether two spellings may not come into one group through others."""
    if overrides.parts(a, b):
        return True
    if is_hangul(a) and is_hangul(b):
        like = likeness(a, b)
        return (is_korean(a) and is_korean(b)) or like is None or like.probability < _CONSIDERED
    return False


def _stretches(question: str) -> Iterator[str]:
    """Stretches of a question that may be names, longer ones first; Hangul with and without particles."""
    for pattern in (_LATIN_WORD, _HANGUL_WORD):
        words = list(pattern.finditer(question))
        for size in range(_WORDS_OF_A_NAME, 0, -1):
            for at in range(len(words) - size + 1):
                run = words[at : at + size]
                if all(question[m.end() : n.start()].isspace() for m, n in pairwise(run)):
                    stretch = question[run[0].start() : run[-1].end()]
                    yield from stems(stretch) if pattern is _HANGUL_WORD else (stretch,)
    for match in _HAN.finditer(question):
        run_of_han = match.group()
        for size in range(min(len(run_of_han), _LONGEST_HAN), 1, -1):
            yield from (run_of_han[at : at + size] for at in range(len(run_of_han) - size + 1))


def _beside(name: str, question: str) -> tuple[str, str]:
    """The words on both sides of a name in a question, the later one without its particle; lower case."""
    start = question.find(name)
    before = _WORD.findall(question[:start])
    rest = question[start + len(name) :]
    after = _WORD.findall(rest) if rest[:1].isspace() else []
    return (before[-1].lower() if before else ""), (min(stems(after[0]), key=len).lower() if after else "")


def stems(word: str) -> list[str]:
    """A Hangul word and what is left of it without a particle, the longest first."""
    found = [word, *(word[: -len(p)] for p in _PARTICLES if word.endswith(p) and len(word) - len(p) >= 2)]
    return sorted(dict.fromkeys(found), key=lambda s: -len(s))

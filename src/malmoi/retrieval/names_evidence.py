"""Which words may be names, and what speaks for two of them being spellings of one.

A pair of names that sound alike is judged by its sound, by how many names there are to be mistaken for, and by where
both stand: beside the same given name or title, among the same words, or together in one sentence, as two people do.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from malmoi.catalog import Catalog
from malmoi.korean import Analyser, foreign_terms
from malmoi.language.names import is_korean, is_sino, probability
from malmoi.language.names_phones import is_hangul

CONSIDERED = 0.3
"""Least probability by sound of a pair that is looked into."""
NAMES_OF_REFERENCE = 250
"""How many names the pairs were drawn from that the coefficients of likeness were fitted on."""
_LEAST_NAMES = 100
"""A collection of fewer counts as this many."""
_LEAST_SYLLABLES = 3
"""Two Hangul spellings of two syllables differ in too little."""
_LOOKED_AT = 40
"""Chunks of each spelling that are read for its surroundings."""
_CAPITALISED = 0.8
_NAME_TAG = "NNP"
_WORD = re.compile(r"[A-Za-zÀ-ɏ]+")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a spelling stands.

    Attributes:
        chunks: ids of chunks, some of them where there are many.
        words: of its sentences, by how often.
        before, after: the terms next to it.
    """

    chunks: frozenset[int]
    words: Counter[str]
    before: frozenset[str]
    after: frozenset[str]


def is_hangul_name(word: str, analyser: Analyser) -> bool:
    """Whether a Hangul word may be a foreign name: one piece, a proper noun or unknown, and no Korean person's."""
    if not is_hangul(word) or len(word) < 2 or is_korean(word) or (is_sino(word) and len(word) < _LONG_SINO):
        return False
    found = analyser.morphemes(word)
    if len(found) != 1:
        return False
    unknown = found[0].unknown and found[0].tag.startswith("N")
    return unknown or (found[0].tag == _NAME_TAG and not is_sino(word))


_LONG_SINO = 4
"""Unknown words of so many syllables are rarely Korean, whatever their syllables."""


def may_be_one(a: str, b: str) -> bool:
    """Whether two words that sound alike may be spellings of one, by how they differ.

    Not a word and itself with a suffix (그리스, 그리스어), nor two Sino-Korean compounds (민자당, 민주당).
    """
    if not is_hangul(b):
        return True
    if min(len(a), len(b)) < _LEAST_SYLLABLES:
        return False
    start = _common(a, b)
    ends = a[start:], b[start:]
    if all(not end or (len(end) <= 2 and end[0] in _SUFFIXES) for end in ends):
        return False
    tail = _common(ends[0][::-1], ends[1][::-1])
    changed = "".join(end[: len(end) - tail] for end in ends)
    return not (is_sino(changed) and sum(map(is_sino, a)) >= _MOSTLY * len(a))


def _common(a: str, b: str) -> int:
    """Length of the common beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


_SUFFIXES = frozenset("의에로은는이가을를과와도만어족시주군현령섬강산인식교당제파계")
_MOSTLY = 0.75


def log_odds(probability: float) -> float:
    """Natural logarithm of the odds."""
    return math.log(max(probability, 1e-9) / max(1 - probability, 1e-9))


def chance(log_odds: float) -> float:
    """The probability behind log odds."""
    return 1 / (1 + math.exp(-log_odds))


class Reader:
    """Reads where names stand, each once.

    Args:
        counts: in how many chunks each term stands.
        names: their terms; one that the analyser broke has several, next to each other, any other but itself.
    """

    def __init__(self, catalog: Catalog, counts: Mapping[str, int], names: Mapping[str, tuple[str, ...]]) -> None:
        self._catalog = catalog
        self._counts = counts
        self._most = max(counts.values(), default=1)
        self._names = names
        self._known: dict[str, Surroundings] = {}

    def surroundings(self, name: str) -> Surroundings:
        """Of a name."""
        if name not in self._known:
            self._known[name] = self._read(self._names.get(name, (name,)))
        return self._known[name]

    def _read(self, name: tuple[str, ...]) -> Surroundings:
        ids = self._catalog.chunks_with(name, _LOOKED_AT)
        words: Counter[str] = Counter()
        before, after = set[str](), set[str]()
        size = len(name)
        for chunk in self._catalog.chunks(ids):
            for terms in (s.terms for s in chunk.sentences if name[0] in s.terms):
                places = [i for i in range(len(terms)) if terms[i : i + size] == name]
                if places:
                    words.update(set(terms).difference(name))
                for at in places:
                    before.update(terms[at - 1 : at] if at else ())
                    after.update(terms[at + size : at + size + 1])
        return Surroundings(frozenset(ids), words, frozenset(before), frozenset(after))

    def written(self, stem: str) -> str:
        """The Latin word behind a stem as texts mostly write it; empty where it is mostly not a name."""
        forms: Counter[str] = Counter()
        for chunk in self._catalog.chunks(sorted(self.surroundings(stem).chunks)):
            for word in _WORD.findall(chunk.embedding_text):
                if word[0].lower() == stem[0] and any(term == stem for _, term in foreign_terms(word)):
                    forms[word] += 1
        names = Counter({form: n for form, n in forms.items() if form[0].isupper()})
        if sum(names.values()) < _CAPITALISED * sum(forms.values()) or not names:
            return ""
        return names.most_common(1)[0][0]

    def rarity(self, term: str) -> float:
        """How telling a term is, from 0 for one that stands everywhere."""
        return math.log((self._most + 1) / (self._counts.get(term, 0) + 1))


_GIVEN_NAME, _TITLE, _CONTEXT, _IN_ONE_SENTENCE, _IN_ONE_CHUNK, _BOTH_KNOWN = 3.0, 1.0, 5.0, -2.5, 1.5, -3.5
"""Log odds that each piece of evidence adds; the context's times a cosine. Set by judgement on few collections."""


def judge(
    a: str, b: str, sound: float, reader: Reader, names: int, known: Callable[[str], bool]
) -> tuple[float, tuple[str, ...]]:
    """Probability that two names that sound alike are one in this collection, and what spoke for it.

    Args:
        names: how many names the collection has.
        known: whether a Hangul name stands in the analyser's dictionary, where two entries are mostly two names.
    """
    one, other = reader.surroundings(a), reader.surroundings(b)
    total = among(sound, names)
    evidence = ["sound"]
    if any(_same_word(x, y) for x in one.before for y in other.before):
        total += _GIVEN_NAME
        evidence.append("given_name")
    if any(len(x) > 1 for x in one.after & other.after):
        total += _TITLE
        evidence.append("title")
    if is_hangul(b):
        alike = _cosine(one.words, other.words, reader.rarity)
        total += _CONTEXT * alike
        if alike > _NOTABLE:
            evidence.append("context")
        total += _IN_ONE_SENTENCE if b in one.words else 0.0
        total += _BOTH_KNOWN if known(a) and known(b) else 0.0
    elif one.chunks & other.chunks:
        total += _IN_ONE_CHUNK
        evidence.append("together")
    return chance(total), tuple(evidence)


def beside(candidate: Surroundings, before: str, after: str) -> float:
    """Log odds that the words on both sides of a name in a question add, where the candidate has them beside it too."""
    total = _GIVEN_NAME if before and any(before == x or _same_word(before, x) for x in candidate.before) else 0.0
    return total + (_TITLE if len(after) > 1 and after in candidate.after else 0.0)


def _same_word(a: str, b: str) -> bool:
    return len(a) > 1 and not a.isdigit() and (a == b or probability(a, b, korean=True) > _SURE)


_SURE, _NOTABLE = 0.8, 0.15


def among(sound: float, names: int) -> float:
    """Log odds of a likeness in a collection of so many names: the more there are, the more sound alike by chance."""
    return log_odds(sound) - math.log(max(names, _LEAST_NAMES) / NAMES_OF_REFERENCE)


def _cosine(a: Counter[str], b: Counter[str], rarity: Callable[[str], float]) -> float:
    shared = sum(min(a[t], 3) * min(b[t], 3) * rarity(t) ** 2 for t in a.keys() & b.keys())
    if not shared:
        return 0.0
    lengths = (math.sqrt(sum((min(n, 3) * rarity(t)) ** 2 for t, n in c.items())) for c in (a, b))
    return shared / math.prod(lengths)


_SPLINTERS = re.compile(r"(?<![^ ])[가-힣]{2,6}(?: [가-힣]){1,3}(?![^ ])")


def splinters(terms: str, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Words of a text that the analyser broke into a piece and single syllables, as it does with unknown names.

    Args:
        terms: of the text, separated by spaces.
    """
    for match in _SPLINTERS.finditer(terms):
        pieces = tuple(match.group().split(" "))
        word = "".join(pieces)
        if word in text:
            yield word, pieces

"""Names in two scripts, learned from the documents themselves: 딥시크(DeepSeek), High-Flyer(하이 플라이어)."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator

from malmoi.catalog import Catalog

_HANGUL_FIRST = re.compile(r"((?:[가-힣]{1,12} ){0,3}[가-힣]{2,12})['’”\"]? ?\( ?([A-Za-z][A-Za-z.&'’ -]{1,40}?) ?[),]")
_LATIN_FIRST = re.compile(
    r"([A-Z][A-Za-z.&'’-]+(?: [A-Z][A-Za-z.&'’-]+){0,3})['’”\"]? ?\( ?((?:[가-힣]{1,12} ?){1,4}) ?[),]"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z.&'’-]*[A-Za-z]")


def paired_names(text: str) -> Iterator[tuple[str, str]]:
    """(Hangul, Latin) names that a text gives beside each other in brackets.

    A Latin name of n words takes the last n words before the bracket; one in capitals, an abbreviation, takes one.
    """
    for match in _HANGUL_FIRST.finditer(text):
        hangul, latin = match.group(1).split(), match.group(2)
        count = 1 if latin.isupper() else len(latin.split())
        yield " ".join(hangul[-count:]), latin
    for match in _LATIN_FIRST.finditer(text):
        yield match.group(2).strip(), match.group(1)


class Aliases:
    """The paired names of a collection, read again when it changes."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._revision = -1
        self._names: dict[str, Counter[str]] = {}
        self._lock = threading.Lock()

    def of(self, question: str) -> dict[str, str]:
        """For names of a question, as they stand in it, the name in the other script that the collection uses more."""
        with self._lock:
            self._refresh()
            names = self._names
        lowered = question.lower()
        words = _WORD.findall(lowered)
        latin = (" ".join(words[at : at + size]) for size in (3, 2, 1) for at in range(len(words) - size + 1))
        asked = [name for name in latin if name in names]
        asked += [name for name in names if "가" <= name[0] <= "힣" and name in question]
        return {name: names[name].most_common(1)[0][0] for name in asked}

    def _refresh(self) -> None:
        revision = self._catalog.revision()
        if revision != self._revision:
            found: dict[str, Counter[str]] = defaultdict(Counter)
            for text in self._catalog.texts_like("%(%"):
                for hangul, latin in paired_names(text):
                    found[latin.lower()][hangul] += 1
                    if not latin.isupper() and latin[0].isupper():
                        found[hangul][latin] += 1
            self._names, self._revision = dict(found), revision

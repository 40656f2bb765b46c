"""Spellings that are one name: how links between two become groups, and what an operator says of them."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from malmoi.errors import SettingsError
from malmoi.language.names import is_korean, likeness
from malmoi.language.names_phones import is_hangul
from malmoi.retrieval.names_evidence import CONSIDERED


@dataclass(frozen=True, slots=True)
class Link:
    """Two spellings of one name and why they are taken for that.

    Attributes:
        kind: "brackets", "sound" or "operator".
        score: probability from 0 to 1.
        evidence: what spoke for it: "brackets", "sound", "given_name", "title", "context", "together", "operator".
    """

    one: str
    other: str
    kind: str
    score: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Spellings of one name, Hangul first, and what joined them."""

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


def grouped(links: Iterable[Link], overrides: Overrides) -> list[NameGroup]:
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
        NameGroup(
            tuple(sorted(members, key=lambda n: (not is_hangul(n.replace(" ", "")), n))),
            tuple(link for link in used if link.one in members),
        )
        for members in found
    ]
    return sorted(groups, key=lambda g: (-g.score, g.spellings))


def _apart(a: str, b: str, overrides: Overrides) -> bool:
    """Whether two spellings may not come into one group through others."""
    if overrides.parts(a, b):
        return True
    if is_hangul(a) and is_hangul(b):
        like = likeness(a, b)
        return (is_korean(a) and is_korean(b)) or like is None or like.probability < CONSIDERED
    return False

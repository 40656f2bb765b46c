"""How a name sounds: phones of Hangul by jamo, of Latin letters by the spelling rules of several languages.

Phones of Hangul are lower-case letters: consonants `g k n d t l m b p s j c h N` (N is the coda ㅇ), vowels
`a e v o u x i` (v is ㅓ, x is ㅡ) and the glides `y w`. Latin keeps what its spelling leaves open: capital vowels, `f`,
`z`, and `r`, which Hangul often drops. Jamo come from Unicode's own decomposition; no library reads Latin names as
Hangul would.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ONSETS: tuple[str, ...] = (
    "g",
    "g",
    "n",
    "d",
    "d",
    "l",
    "m",
    "b",
    "b",
    "s",
    "s",
    "",
    "j",
    "j",
    "c",
    "k",
    "t",
    "p",
    "h",
)
_VOWELS = (
    "a", "e", "ya", "ye", "v", "e", "yv", "ye", "o", "wa", "we", "we", "yo", "u", "wv", "we", "wi", "yu", "x", "xi", "i",
)  # fmt: skip
_CODAS = (
    "", "g", "g", "gs", "n", "n", "n", "d", "l", "lg", "lm", "lb", "l", "l", "lp", "l", "m", "b", "bs", "t", "t", "N",
    "t", "t", "k", "t", "p", "",
)  # fmt: skip
_FIRST, _LAST = 0xAC00, 0xD7A3
_MOST_READINGS = 24
VOWELS = frozenset("aevouxiAEIOUY")

_CLASSES = {
    **dict.fromkeys("gk", "K"), **dict.fromkeys("dt", "T"), **dict.fromkeys("bpfV", "P"), **dict.fromkeys("sjcz", "S"),
    **dict.fromkeys("nN", "N"), "m": "M",
}  # fmt: skip
"""Consonants that a transliteration keeps. Liquids, h and glides come and go, and vowels change."""

_SHORT = re.compile("t([kpgb])")

_F = "eiyéèêíæœäöü"
"""Letters before which c and g are soft."""
_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    # clusters first: the first rule that matches at a place is taken, with all its readings
    (r"tz?sch|tch", ("c",)), (r"sch", ("s", "sk")), (r"schw", ("sw", "sV")), (r"dsch", ("j",)), (r"chr", ("kr",)),
    (r"ch", ("c", "k", "s", "h")), (r"ck|cq", ("k",)), (r"cz|cs", ("c",)), (r"sz", ("s",)), (r"rz", ("rz", "z")),
    (r"zh", ("z",)), (r"sh", ("s",)), (r"th", ("t", "s")), (r"ph", ("f",)), (r"kh", ("k", "h")), (r"wh", ("w",)),
    (r"gh(?=[aeiou])", ("g",)), (r"gh", ("", "g")), (r"gn", ("n", "gn")), (r"^kn", ("n", "kn")), (r"^wr", ("r",)),
    (r"^ps", ("s", "ps")), (r"^x", ("s", "z")), (r"tz|ts", ("c", "z")), (r"ds$", ("z",)), (r"dt", ("t",)),
    (rf"sc(?=[{_F}])", ("s",)), (rf"cc(?=[{_F}])", ("ks", "c")), (rf"c(?=[{_F}])", ("s", "c", "k")),
    (rf"gg(?=[{_F}])", ("g", "z")), (rf"g(?=[{_F}])", ("g", "z", "h")), (r"dg(?=e)", ("z",)), (r"ng(?![aeiouy])", ("N",)),
    (r"ng(?=[ei])", ("N", "Ng", "nz")), (r"ng", ("N", "Ng")), (r"berg$", ("bErg", "bErI")), (r"mb$", ("m",)), (r"q(?!u)", ("c", "k")), (r"qu(?=[eiéí])", ("k", "kw")), (r"qu", ("kw", "k")),
    (r"gu(?=[eiéí])", ("g", "gw")), (r"x", ("ks", "s")), (r"lh|gli(?=[aeou])", ("ly",)), (r"nh|ñ|ń", ("ny",)),
    (r"ll(?=[aeiouyáéíóú])", ("l", "y")), (r"ll", ("l",)), (r"ł", ("l", "w")), (r"(?<=[aeou])l(?=[kmd])", ("l", "")),
    (r"ti(?=on)", ("s",)), (r"s(?=ei)", ("s", "z")), (r"ss|ß", ("s",)), (r"[śšş]", ("s",)), (r"[żźž]", ("z",)),
    (r"[ćčç]", ("c", "s")), (r"zz", ("c", "z")), (r"z", ("z", "s", "c")),
    (r"(?<=[aeiouyéèáíó])s(?=[aeiouyéèáíó])", ("s", "z")), (r"(?<=[aeioulnr])s$", ("s", "")), (r"^s(?=[aeiou])", ("s", "z")), (r"s", ("s",)), (r"f(?=u)", ("f", "h")),
    (r"j", ("z", "h", "y")), (r"w", ("w", "V")), (r"v", ("b", "f")), (r"f", ("f",)), (r"h", ("h",)),
    (r"(?<=[aeiou])[tdpx]$", ("", "=")), (r"(?<=[nr])[tdg]s?$", ("", "=")), (r"c", ("k",)),
    (r"eaux?|aux?$|ault$", ("O",)), (r"ee|ea|ie", ("I", "Ie")), (r"oe", ("U", "wE")), (r"oo|ou", ("U",)), (r"ai(?=r)", ("E",)), (r"ai|ay|ei|ey", ("E", "aI")),
    (r"aw(?![aeiou])|au", ("O", "au")), (r"eu|ew(?![aeiou])|äu", ("oI", "yu")), (r"[öøœ]", ("wE",)), (r"ü", ("wI",)), (r"[áàâãåă]", ("A",)),
    (r"[äæéèêëę]", ("E",)), (r"[íìîï]", ("I",)), (r"[óòôõ]", ("O",)), (r"[úùû]", ("U",)), (r"ą", ("oN",)),
    (r"y(?=[aeou])", ("y",)), (r"y", ("I", "aI")), (r"e$", ("", "E")), (r"er$", ("E", "v")), (r"or$", ("O", "v")),
    (r"i(?=[^aeiou]e)", ("I", "aI")), (r"a(?=[^aeiou]e)", ("A", "eI")), (r"[aeiou]", ("^",)), (r"[bdgklmnprt]", ("=",)),
)  # fmt: skip
"""(pattern, readings): `=` stands for the letter itself and `^` for its capital."""
_COMPILED = tuple((re.compile(pattern), readings) for pattern, readings in _RULES)


def is_hangul(name: str) -> bool:
    """Whether every letter of a name is a Hangul syllable."""
    return bool(name) and all(_FIRST <= ord(ch) <= _LAST for ch in name)


@lru_cache(maxsize=65_536)
def phones(name: str) -> tuple[str, ...]:
    """The ways in which a name of one word may sound, the likeliest first; empty for other scripts and for digits."""
    name = unicodedata.normalize("NFC", name).lower()
    if is_hangul(name):
        return _hangul(name)
    if name.isalpha() and all("LATIN" in unicodedata.name(ch, "") for ch in name):
        return _latin(name)
    return ()


def _hangul(name: str) -> tuple[str, ...]:
    found = ""
    for ch in name:
        onset, rest = divmod(ord(ch) - _FIRST, 588)
        vowel, coda = divmod(rest, 28)
        first = _ONSETS[onset]
        if found.endswith("t") and first and first in "sjcdt":
            found = found[:-1]
        found += first + _VOWELS[vowel] + _CODAS[coda]
    readings = [found]
    if _SHORT.search(found):  # ㅅ before another stop is often just its length: 홋카이도, 호카이도
        readings.append(_SHORT.sub(r"\1", found))
    if "쓰" in name:  # つ and German z are written 쓰 or 츠
        readings.append(_hangul(name.replace("쓰", "츠"))[0])
    return tuple(readings)


def _latin(name: str) -> tuple[str, ...]:
    readings, at = [""], 0
    while at < len(name):
        length = 1
        options: tuple[str, ...] = ("",)
        for pattern, outputs in _COMPILED:
            if match := pattern.match(name, at):
                letters = match.group()
                length = len(letters)
                options = tuple(o.replace("=", letters[0]).replace("^", letters.upper()) for o in outputs)
                break
        readings = [_joined(known, option) for option in options for known in readings][:_MOST_READINGS]
        at += length
    return tuple(dict.fromkeys(r for r in readings if r))


def _joined(known: str, more: str) -> str:
    return known + (more[1:] if more and known[-1:] == more[0] and more[0] not in VOWELS else more)


def skeleton(sound: str) -> str:
    """The consonant classes of a sound that every spelling of a name keeps; a class next to itself counts once."""
    found = ""
    for at, phone in enumerate(sound):
        kind = _CLASSES.get(phone, "")
        previous = _CLASSES.get(sound[at - 1], "") if at else ""
        if kind and kind != previous:
            found += kind
    return found

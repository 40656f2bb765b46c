"""Sentences and content terms of Korean text, and of the other scripts that stand in it.

Hangul is analysed by Kiwi: Korean glues particles and endings to its words, so that 연차휴가는 is found by
연차휴가 only after they are taken off. Latin words, numbers and Han characters are cut by pattern, since
a Korean analyser breaks `E-1042` into three and does not know English words.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from malmoi.types import Sentence, Span

if TYPE_CHECKING:
    from kiwipiepy import Kiwi

_RULES = 1
"""Grows when the terms of a text change, so that an index made with other rules is noticed."""

_CONTENT_TAGS = ("N", "V", "XR", "MA", "MM")
_EMPTY_TAGS = frozenset({"VCP", "VCN", "VX", "NP"})
_EMPTY_FORMS = frozenset("것 거 수 하 되 있 없 않 이 그 저 등 및 또 때문 대하".split())
_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_HANGUL_WORD = re.compile(r"[가-힣]+")
_LINE = re.compile(r"[^\n]+")
_HAN = r"\u3400-\u9fff\uf900-\ufaff"
_FOREIGN = re.compile(
    rf"(?P<word>[A-Za-zÀ-ɏЀ-ӿ]+\d*[A-Za-z]*|\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?[A-Za-z]*)|(?P<han>[{_HAN}]+)"
)
_HAN_SHORT = {
    "美": "미국", "中": "중국", "日": "일본", "韓": "한국", "北": "북한", "英": "영국", "佛": "프랑스", "獨": "독일",
    "露": "러시아", "印": "인도", "濠": "호주", "對中": "중국", "對美": "미국", "對日": "일본",
    "韓中": "한국", "美中": "미국",
}  # fmt: skip
"""Headline shorthand for countries, read as the word that a question uses."""
_ENGLISH_STOP = frozenset(
    "a an the of in on at to for from by with and or but if is are was were be been being it its this that these those "
    "as do does did done have has had will would can could should may might not no he she they we you i his her their "
    "our your s t than then there here so such into about over under between after before during which who whom whose "
    "what when where why how".split()
)


class Morpheme(NamedTuple):
    """A piece of analysed text: its form, Sejong part-of-speech tag, span, and whether no dictionary has it."""

    form: str
    tag: str
    start: int
    end: int
    unknown: bool = False


class Analyser(Protocol):
    """Cuts text into sentences and content terms."""

    @property
    def id(self) -> str:
        """Changes whenever the same text would give other terms."""

    def sentences(self, text: str, offset: int = 0) -> list[Sentence]:
        """Sentences in order with their terms; spans are moved by `offset`. A sentence never crosses a line."""

    def terms(self, text: str) -> tuple[str, ...]:
        """Content terms in order of appearance, with repetitions."""

    def morphemes(self, text: str) -> list[Morpheme]:
        """All morphemes with their tags."""


def foreign_terms(text: str) -> Iterator[tuple[int, str]]:
    """Terms written in Latin, Cyrillic, digits or Han, as (position, term).

    A letter run followed by a number after a hyphen gives the joined identifier as well (`GPT-4o`: gpt, gpt4o).
    Han is indexed by single shorthand or by overlapping pairs.
    """
    previous: re.Match[str] | None = None
    for match in _FOREIGN.finditer(text):
        token = match.group()
        if match.lastgroup == "han":
            if short := _HAN_SHORT.get(token):
                yield match.start(), short
            if len(token) == 1:
                yield match.start(), token
            for i in range(len(token) - 1):
                yield match.start() + i, token[i : i + 2]
        else:
            word = token.lower().replace(",", "")
            if word.isalpha():
                if word not in _ENGLISH_STOP or (token.isupper() and len(token) > 1):
                    yield match.start(), _stem(word)
            else:
                yield match.start(), word
                joined = previous is not None and text[previous.end() : match.start()] == "-"
                if joined and previous is not None and previous.group().isalpha() and word[0].isdigit():
                    yield previous.start(), previous.group().lower() + word
        previous = match


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    import Stemmer

    return str(Stemmer.Stemmer("english").stemWord(word)) if word.isascii() and len(word) > 3 else word


def hangul_pairs(text: str) -> tuple[str, ...]:
    """Overlapping pairs of Hangul syllables within each word, in order; a single syllable stands for itself.

    They find what an analyser cuts differently in a question and in a text, such as unknown names and compounds.
    """
    words = _HANGUL_WORD.findall(text)
    return tuple(word[i : i + 2] for word in words for i in range(max(len(word) - 1, 1)))


class KiwiAnalyser:
    """The default analyser; loads Kiwi on first use (1 to 3 s, about 0.5 GB)."""

    def __init__(self, workers: int = 2) -> None:
        self._workers = workers
        self._kiwi: Kiwi | None = None
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """Kiwi's version, its model's version and ours."""
        return f"kiwi-{version('kiwipiepy')}-{version('kiwipiepy-model')}-{_RULES}"

    def _load(self) -> Kiwi:
        with self._lock:
            if self._kiwi is None:
                from kiwipiepy import Kiwi

                self._kiwi = Kiwi(num_workers=self._workers)
            return self._kiwi

    def sentences(self, text: str, offset: int = 0) -> list[Sentence]:
        """See `Analyser.sentences`; lines with Hangul are split by Kiwi, the others by sentencex."""
        lines = [m.span() for m in _LINE.finditer(text)]
        korean = [(a, b) for a, b in lines if _HANGUL.search(text, a, b)]
        analysed = {}
        if korean:
            results = self._load().split_into_sents([text[a:b] for a, b in korean], return_tokens=True)
            analysed = dict(zip(korean, results, strict=True))
        found: list[Sentence] = []
        for a, b in lines:
            line = text[a:b]
            if (a, b) in analysed:
                parts = [(s.start, s.end, s.tokens) for s in analysed[a, b]]
            else:
                parts = [(*span, ()) for span in _split_foreign(line)]
            for start, end, tokens in _join_fragments(line, parts):
                terms = _merge(line[start:end], start, tokens)
                found.append(Sentence(offset + a + start, offset + a + end, terms))
        return found

    def terms(self, text: str) -> tuple[str, ...]:
        """See `Analyser.terms`."""
        text = unicodedata.normalize("NFC", text)
        tokens = self._load().tokenize(text) if _HANGUL.search(text) else ()
        return _merge(text, 0, tokens)

    def morphemes(self, text: str) -> list[Morpheme]:
        """See `Analyser.morphemes`."""
        return [Morpheme(t.form, t.tag, t.start, t.start + t.len, bool(t.oov)) for t in self._load().tokenize(text)]


def _merge(text: str, start: int, tokens: Sequence[Any]) -> tuple[str, ...]:
    """Terms of `text`, whose Kiwi `tokens` count from `start` characters before it."""
    terms = [
        (t.start - start, t.form)
        for t in tokens
        if t.tag.startswith(_CONTENT_TAGS)
        and t.tag.split("-")[0] not in _EMPTY_TAGS
        and t.form not in _EMPTY_FORMS
        and _HANGUL.match(t.form)
    ]
    terms.extend(foreign_terms(text))
    terms.sort(key=lambda item: item[0])
    return tuple(term for _, term in terms)


def _split_foreign(line: str) -> Iterator[Span]:
    import sentencex

    language = "zh" if re.search(f"[{_HAN}]", line) else "en"
    at = 0
    for piece in sentencex.segment(language, line):
        start = line.index(piece, at)
        at = start + len(piece)
        stripped = piece.strip()
        if stripped:
            begin = start + piece.index(stripped)
            yield begin, begin + len(stripped)


def _join_fragments(line: str, parts: list[tuple[int, int, Any]]) -> list[tuple[int, int, Any]]:
    """Give stray punctuation to the sentence before it, and a bullet or number to the one after it."""
    joined: list[tuple[int, int, Any]] = []
    for start, end, tokens in parts:
        if start == end:
            continue
        bare = not any(c.isalnum() for c in line[start:end])
        lone_number = bool(joined) and bool(re.fullmatch(r"[(\[]?\w{1,2}[.)\]]?", line[joined[-1][0] : joined[-1][1]]))
        if joined and (bare or lone_number):
            first = joined.pop()
            joined.append((first[0], end, [*first[2], *tokens]))
        else:
            joined.append((start, end, tokens))
    return joined


@lru_cache(maxsize=1)
def get_analyser() -> KiwiAnalyser:
    """The process-wide analyser."""
    return KiwiAnalyser()

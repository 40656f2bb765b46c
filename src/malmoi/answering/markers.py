"""Streaming citation markers: deltas of a model's answer → finished sentences with the source numbers they cite.

A pure parser: it knows nothing of sources, and the same text gives the same sentences however it was cut into
deltas. A decision is taken only when enough text has followed to take it once and for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

_OPEN, _CLOSE = r"\[【［", r"\]】］"
_LABEL = r"(?:자료|출처|문서|근거|참고|sources?|passages?|documents?|docs?|refs?)"
_MARKER = (
    rf"[{_OPEN}]{{1,2}}\s*{_LABEL}?\s*[#^]?\d+(?:\s*(?:[,，、;·&~–—-]|and|및|와|과)\s*{_LABEL}?\s*[#^]?\d+)*"
    rf"\s*(?:†[^{_OPEN}{_CLOSE}\n]{{0,30}})?[{_CLOSE}]{{1,2}}(?:\([^()\s]{{0,500}}\))?"
)
MARKER = re.compile(_MARKER, re.IGNORECASE)
_REMOVED = re.compile(
    rf" ?(?:[(（]\s*(?:{_LABEL}\s*[:：]?\s*)?{_MARKER}(?:\s*[,，]?\s*{_MARKER})*\s*[)）]|{_MARKER})", re.IGNORECASE
)
_OPENED = re.compile(rf"[{_OPEN}][^{_CLOSE}\n]{{0,40}}$|[{_CLOSE}]\([^()\s]{{0,500}}$")
"""A marker, or a link's address, that has begun at the end of the text and may still be completed."""
_BEGUN = re.compile(rf"(?:\s*[{_OPEN}]\s*\d*)+$")
_RANGE = re.compile(r"(\d+)(?:\s*[~–—-]\s*[#^]?(\d+))?")
_LONGEST_RANGE = 20

_END = re.compile(r"""\n|[.!?。！？…]+["'”’»」』)）》〉*_`]*""")
_WIDE = "。！？"
_LOOKAHEAD = 4
_LONGEST_OPEN = 600
"""Characters after which an unclosed quotation or bracket no longer holds a sentence together."""
_PAIRS = tuple(zip("“‘「『(（《〈", "”’」』)）》〉", strict=True))
_QUOTED_ON = ("라고", "라며", "라는", "라면", "이라", "하고", "하며", "고 ", "며 ", "는 ")
_ABBREVIATION = re.compile(
    r"(?:[a-z]\.)*[a-z]|mrs?|ms|dr|prof|st|sr|jr|vs|etc|inc|corp|co|ltd|approx|est|dept|gen|gov|sen|rep|rev|cf|al|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(r"nos?|fig|vol|pp?|art|sec|ch|eq", re.IGNORECASE)
_DATE = re.compile(r"\d{4}\.\s*\d{1,2}\.\s*\d{1,2}$")

_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)?")
_LINK = re.compile(r"\[([^\[\]\n]*)\]\([^)\n]*\)")
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_EMPHASIS = re.compile(r"\*\*|__|`+|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)")
_BULLET = re.compile(r"^\s*(?:[-*•▪◦‣–>]\s+|#{1,6}\s+|\(?\d{1,3}[.)]\s+)+")
URL = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\b(?:[\w-]+\.)+[a-z]{2,}/)[^\s<>\"'\[\]()（）【】]*", re.IGNORECASE
)
_PARTICLE = re.compile(r"(?:에서|에는|에도|에|의|은|는|이|가|과|와|을|를|도|만)(?=[\s,])")
_SAYS_SOURCE = re.compile(rf"{_LABEL}\s*$", re.IGNORECASE)
_PREPOSITION = re.compile(r"\b(?:according to|in|from|by|per)$", re.IGNORECASE)
_REFERENCES = re.compile(
    r"\W*(?:출처|참고\s?자료|참고\s?문헌|sources?|references?|citations?)(?:\s?목록)?\s*(?:[:：]|\W*$)",
    re.IGNORECASE,
)
_THINKING = re.compile(r"\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_THINK_OPENERS = ("<think>", "<thinking>")


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A finished sentence without markers or markup, and the source numbers it cited, in order, each once.

    Attributes:
        ended: it closed with a full stop or a line break, rather than with the end of the text.
    """

    text: str
    numbers: tuple[int, ...] = ()
    ended: bool = True


class MarkerParser:
    """Takes the deltas of one answer."""

    def __init__(self) -> None:
        self._raw = ""
        self._begun = False
        self._in_references = False
        self._carried: tuple[int, ...] = ()
        self._held: MarkedSentence | None = None

    @property
    def draft(self) -> str:
        """The sentence under way, fit to be shown: no markers, markup or addresses, complete or begun."""
        if not self._begun or self._in_references:
            return ""
        shown = _OPENED.sub("", self._raw)
        return remove_urls(clean(re.sub(r"<[^<>]*$", "", shown)))

    def feed(self, delta: str) -> list[MarkedSentence]:
        """Add text; gives the sentences that it finished."""
        self._raw += delta.replace("\r\n", "\n").replace("\r", "\n") if "\r" in delta else delta
        return self._drain(final=False)

    def finish(self) -> list[MarkedSentence]:
        """Say that the text is complete; gives what was still open."""
        done = self._drain(final=True)
        if self._held is not None:
            done.append(self._held)
            self._held = None
        return done

    def _drain(self, *, final: bool) -> list[MarkedSentence]:
        if not self._begun and not self._begin(final=final):
            return []
        done: list[MarkedSentence] = []
        while self._raw:
            end = _unit_end(self._raw, final=final)
            if end is None:
                break
            unit, self._raw = self._raw[:end], self._raw[end:]
            done.extend(self._take(unit, ended=bool(self._raw) or not final or _ends(unit)))
        return done

    def _begin(self, *, final: bool) -> bool:
        """Whether the answer proper has begun; a leading block of reasoning is skipped."""
        start = self._raw.lstrip()
        if not final and (not start or any(o.startswith(start) for o in _THINK_OPENERS)):
            return False
        if start.startswith(_THINK_OPENERS):
            if "</think" not in start and not final:
                return False
            if not final and not re.search(r"</think(?:ing)?>", start):
                return False
            self._raw = _THINKING.sub("", self._raw, count=1)
        self._begun = True
        return True

    def _take(self, unit: str, *, ended: bool) -> list[MarkedSentence]:
        """Clean a unit; a sentence without numbers is held until it is known that none follow it."""
        if self._in_references:
            return []
        numbers = tuple(dict.fromkeys((*self._carried, *marker_numbers(unit))))
        self._carried = ()
        text = clean(unit)
        listing = bool(_REFERENCES.match(text))
        if listing or not any(c.isalnum() for c in text):
            self._in_references = listing and not numbers
            if self._held is not None and numbers:
                self._held = replace(self._held, numbers=numbers)
            elif not listing:
                self._carried = numbers
            return []
        done = [self._held] if self._held is not None else []
        sentence = MarkedSentence(text, numbers, ended)
        self._held = None if numbers else sentence
        return [*done, sentence] if numbers else done


def marker_numbers(text: str) -> tuple[int, ...]:
    """The numbers of all markers in `text`, ranges written out, each once."""
    found: list[int] = []
    for marker in MARKER.finditer(text):
        inner = re.split(r"†|[\]】］]\(", marker.group())[0]
        for match in _RANGE.finditer(inner):
            if len(match[1]) > 6 or len(match[2] or "") > 6:
                continue
            first, last = int(match[1]), int(match[2] or match[1])
            found.extend(range(first, last + 1) if 0 <= last - first <= _LONGEST_RANGE else (first, last))
    return tuple(dict.fromkeys(found))


def clean(text: str) -> str:
    """Take markers, links, images, tags, emphasis and list signs out of a sentence."""
    for _ in range(20):
        before = text = " ".join(text.split())
        text = _REMOVED.sub(_stand_in, text)
        text = _LINK.sub(r"\1", _IMAGE.sub("", text))
        text = _EMPHASIS.sub("", _TAG.sub("", text))
        text = _BEGUN.sub("", _BULLET.sub("", text))
        if text.strip() == before:
            break
    else:
        text = re.sub(rf"[{_OPEN}{_CLOSE}]", "", text)
    return text.strip()


def _stand_in(match: re.Match[str]) -> str:
    """A marker that is part of the grammar ("[1]에 따르면", "according to [1]") leaves a word behind."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    apart = not before or match.group()[0].isspace() or before[-1].isspace()
    space = " " if match.group()[0].isspace() else ""
    if apart and _PARTICLE.match(after) and not _SAYS_SOURCE.search(before):
        return f"{space}자료"
    if apart and _PREPOSITION.search(before) and not after[:1].isalnum():
        return f"{space}the source"
    return space if after[:1].isalnum() else ""


def remove_urls(text: str, keep: Callable[[str], bool] = lambda url: False) -> str:
    """Take web addresses out of `text`, except those for which `keep` holds."""

    def replacement(match: re.Match[str]) -> str:
        url = match.group().rstrip(".,;:!?")
        return match.group() if keep(url) else match.group()[len(url) :]

    cleaned = URL.sub(replacement, text)
    return cleaned if cleaned == text else re.sub(r"\s+([.,;:!?)])|\(\s*\)", r"\1", " ".join(cleaned.split()))


def _ends(unit: str) -> bool:
    """Whether a last unit closes like a sentence; closing marks and markers may follow its full stop."""
    return bool(re.search(r"""[.!?。！？…:：|]["'”’»」』)）》〉*_`\s]*$""", MARKER.sub("", unit))) or unit.endswith(
        "\n"
    )


def _unit_end(raw: str, *, final: bool) -> int | None:
    """End of the first sentence in `raw` with the markers that follow it, or None while that is open."""
    for match in _END.finditer(raw):
        if match.end() == len(raw) and not final:
            return None
        if not raw[: match.start()].strip():
            continue
        end = _after_line(raw, match.end(), final) if match.group() == "\n" else _after_stop(raw, match, final)
        if end is None:
            return None
        if end:
            return end
    return len(raw) if final else None


def _after_line(raw: str, at: int, final: bool) -> int | None:
    """A line always ends a sentence; markers alone on the next line still belong to it."""
    start = at + len(raw[at:]) - len(raw[at:].lstrip())
    markers = _skip_markers(raw, start, final)
    if markers is None or (markers == len(raw) and not final):
        return None
    if markers > start:
        rest = raw[markers:].split("\n", 1)
        if not rest[0].strip():
            return markers if len(rest) == 2 or final else None
    return at


def _after_stop(raw: str, stop: re.Match[str], final: bool) -> int | None:
    """End of the sentence at a full stop; 0 where it ends nothing, None while undecided."""
    at = stop.end()
    end = _skip_markers(raw, at, final)
    if end is None or (end == len(raw) and not final):
        return None
    if end > at:
        end += len(raw[end:]) - len(raw[end:].lstrip(".。"))
        if end == len(raw) and not final:
            return None
    blanks = len(raw[end:]) - len(raw[end:].lstrip(" \t"))
    following = raw[end + blanks : end + blanks + _LOOKAHEAD]
    if len(following) < _LOOKAHEAD and "\n" not in following and not final:
        return None
    if following.startswith("\n"):
        return 0
    apart = bool(blanks) or end == len(raw) or stop.group()[0] in _WIDE
    if end > at:
        belongs_to_next = raw[at].isspace() and not blanks and following[:1].isalnum()
        end, apart = (at, True) if belongs_to_next else (end, True)
    elif not apart:
        apart = stop.group() == "." and raw[stop.start() - 1] in "다요죠까" and "가" <= following[:1] <= "힣"
    return end if apart and not _holds_on(raw[: stop.start()], stop.group(), following) else 0


def _skip_markers(raw: str, at: int, final: bool) -> int | None:
    """End of the markers that stand at `at`, blanks before each allowed; None if one may be under way."""
    end = at
    while True:
        start = end + len(raw[end:]) - len(raw[end:].lstrip(" \t"))
        marker = MARKER.match(raw, start)
        if marker is None:
            break
        end = marker.end()
    opened = _OPENED.search(raw, max(start - 1, at))
    if opened is not None and opened.start() <= start and not final:
        return None
    if start == len(raw) and not final and "\n" not in raw[end:]:
        return None
    return end


def _holds_on(before: str, stop: str, following: str) -> bool:
    """Whether a full stop with blanks after it is not the end of a sentence."""
    if stop.startswith(".") and _is_abbreviation(before, following):
        return True
    if stop.startswith(("..", "…")):
        return bool(following)
    if re.search(r"""["”’」』]""", stop) and following.startswith(_QUOTED_ON):
        return True
    whole = before + stop
    if len(whole) > _LONGEST_OPEN:
        return False
    return whole.count('"') % 2 == 1 or any(whole.count(a) > whole.count(b) for a, b in _PAIRS)


def _is_abbreviation(before: str, following: str) -> bool:
    token = re.split(r"[\s(\[\"“‘]", before)[-1]
    digit_follows = following[:1].isdigit()
    if re.fullmatch(r"\s*(?:[-*•]\s+)?\(?(?:\d{1,3}|[A-Za-z가나다라마바사아자차카타파하])", before):
        return True
    if token.isdigit():
        return (len(token) <= 4 and digit_follows) or bool(_DATE.search(before))
    if _BEFORE_NUMBER.fullmatch(token):
        return digit_follows
    return bool(_ABBREVIATION.fullmatch(token))

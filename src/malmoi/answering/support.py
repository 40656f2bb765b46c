"""Whether the cited spans carry a sentence of an answer. A light check: what it passes need not be true.

It compares what can be compared without a model: values, names, and words shared at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from malmoi.answering.citations import Claim, is_stated
from malmoi.answering.evidence import squeeze
from malmoi.i18n import text
from malmoi.korean import Analyser
from malmoi.language.values import Value, find_values
from malmoi.text import detect_language
from malmoi.types import Citation, Hit, Language, Support

_LEAST_SHARE = 0.3
"""Share of a claim's terms that the spans and their passage's title must have, in the same language."""
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*")
_NAME_TAG = "NNP"


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation and the passage it was taken from."""

    citation: Citation
    hit: Hit


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well a claim is carried; `reason` is for the reader, empty when it is supported."""

    support: Support
    reason: str = ""


class SupportJudge(Protocol):
    """Judges one claim; a better judge takes the place of `LightJudge` through this seam."""

    def judge(self, claim: Claim, cited: Sequence[Cited], *, question: str, language: Language) -> Judgement:
        """Judge `claim` by what it cites.

        Names that `question` uses are not held against the claim. `language` is that of the reason.
        """
        ...


class LightJudge:
    """Values, names and shared words."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser

    def judge(self, claim: Claim, cited: Sequence[Cited], *, question: str, language: Language) -> Judgement:
        """See `SupportJudge`."""
        if not cited:
            return Judgement(Support.UNSUPPORTED, text("answer.reason.no_citation", language))
        absent = _absent_values(claim, cited)
        if absent:
            nothing_found = len(absent) == len(claim.values)
            reason = text("answer.reason.value", language, what=", ".join(dict.fromkeys(v.text for v in absent)))
            return Judgement(Support.UNSUPPORTED if nothing_found else Support.PARTIAL, reason)
        foreign = not any(detect_language(c.citation.quote) == claim.language for c in cited)
        names = [n for n in self._names(claim, foreign=foreign) if not _is_named(n, cited, question)]
        if names:
            reason = text("answer.reason.name", language, what=", ".join(dict.fromkeys(names)))
            return Judgement(Support.PARTIAL, reason)
        if not foreign:
            share = _shared(claim, cited)
            if share == 0 and not claim.values:
                return Judgement(Support.UNSUPPORTED, text("answer.reason.unrelated", language))
            if share < _LEAST_SHARE:
                return Judgement(Support.PARTIAL, text("answer.reason.little", language))
        return Judgement(Support.SUPPORTED)

    def _names(self, claim: Claim, *, foreign: bool) -> Iterator[str]:
        """Names in the claim; of a source in another language only those with digits can be compared."""
        for match in _LATIN_NAME.finditer(claim.text):
            name = match.group()
            inner = name[1:] if match.start() == 0 or claim.text[: match.start()].rstrip()[-1:] in '.!?"“' else name
            digits = any(c.isdigit() for c in name)
            if len(name) > 1 and (digits or (not foreign and any(c.isupper() for c in inner))):
                yield name
        if claim.language == "ko" and not foreign:
            for morpheme in self._analyser.morphemes(claim.text):
                if morpheme.tag == _NAME_TAG and len(morpheme.form) > 1:
                    yield morpheme.form


def _absent_values(claim: Claim, cited: Sequence[Cited]) -> list[Value]:
    stated = [v for c in cited for v in find_values(" \n ".join((c.citation.quote, c.citation.title)))]
    stated += [v for c in cited if c.citation.date for v in find_values(c.citation.date[:10])]
    return [v for v in claim.values if not is_stated(v, stated)]


def _is_named(name: str, cited: Sequence[Cited], question: str) -> bool:
    """Whether a name stands in the passages, in what is known of their documents, or in the question."""
    known = [question]
    for c in cited:
        document, chunk = c.hit.document, c.hit.chunk
        known += [chunk.text, chunk.context, document.title, document.publisher or "", document.author or ""]
        known.append(chunk.author or "")
    return any(squeeze(name) in squeeze(each) for each in known)


def _shared(claim: Claim, cited: Sequence[Cited]) -> float:
    """Share of the claim's terms in the cited sentences and the titles above them; 1 for a claim without terms."""
    if not claim.terms:
        return 1.0
    present: set[str] = set()
    around = ""
    for c in cited:
        span, chunk = c.citation, c.hit.chunk
        inside = [s for s in chunk.sentences if s.start < span.end and span.start < s.end]
        present.update(term for s in inside for term in s.terms)
        around += squeeze(" ".join([chunk.context, *(chunk.between(s.start, s.end) for s in inside)]))
    return sum(t in present or squeeze(t) in around for t in claim.terms) / len(claim.terms)

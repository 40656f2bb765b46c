"""The judge that needs no model: what can be compared word by word between a claim and what it cites."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from malmoi.answering.citations import Claim
from malmoi.answering.evidence import squeeze
from malmoi.answering.support import Cited, Judgement
from malmoi.answering.verification.alignment import Aligned, Relation, SameName, align
from malmoi.answering.verification.english import read_english
from malmoi.answering.verification.grounds import CONTRADICTING, Fault, Finding, Grounds
from malmoi.answering.verification.korean import read_korean
from malmoi.answering.verification.names import check_names
from malmoi.answering.verification.polarity import check_polarity
from malmoi.answering.verification.speakers import check_speakers
from malmoi.answering.verification.tokens import Reading, fixed_tokens
from malmoi.answering.verification.values import check_values
from malmoi.i18n import text
from malmoi.korean import Analyser
from malmoi.language.values import Value, find_values
from malmoi.text import detect_language
from malmoi.types import Language, Support

_LEAST_SHARE = 0.3
"""Share of a claim's terms that the spans and their passage's title must have, in the same language."""
_MOST_SENTENCES = 4
_KEPT = 2048
_LONGEST = 90
_QUOTED = re.compile(r"[“\"「『]([^“”\"「」『』]{6,})[”\"」』]")
_LIGHT = re.compile(r"[\s\"'“”‘’「」『』《》〈〉*_`#]+")


class RuleJudge:
    """Values, names, polarity, speakers, quotations and shared words; safe to share between threads.

    Args:
        same_name: whether two spellings name one thing.
    """

    def __init__(self, analyser: Analyser, same_name: SameName | None = None) -> None:
        self._analyser = analyser
        self._same_name = same_name
        self._kept: OrderedDict[tuple[str, str | None], Reading] = OrderedDict()
        self._lock = threading.Lock()

    def judge(self, claim: Claim, cited: Sequence[Cited], *, question: str, language: Language) -> Judgement:
        """See `SupportJudge`."""
        if not cited:
            return Judgement(Support.UNSUPPORTED, text("answer.reason.no_citation", language))
        if is_word_for_word(claim.text, cited):
            return Judgement(Support.SUPPORTED)
        grounds = self._grounds(claim, cited, question)
        findings = list(dict.fromkeys(findings_of(grounds)))
        if findings:
            return _judgement(findings, grounds, language)
        if grounds.foreign:
            return Judgement(Support.SUPPORTED)
        share = _shared(claim, cited)
        if share == 0 and not claim.values:
            return Judgement(Support.UNSUPPORTED, text("answer.reason.unrelated", language))
        if share < _LEAST_SHARE:
            return Judgement(Support.PARTIAL, text("answer.reason.little", language))
        return Judgement(Support.SUPPORTED)

    def _grounds(self, claim: Claim, cited: Sequence[Cited], question: str) -> Grounds:
        foreign = not any(detect_language(c.citation.quote) == claim.language for c in cited)
        date = next((c.citation.date for c in cited if c.citation.date), None)
        reading = self._read(claim.text, date)
        spans = [c.citation.quote for c in cited]
        aligned = [] if foreign else self._aligned(reading, claim, cited)
        titles = [c.citation.title for c in cited]
        stated = [value for s in spans for value in _values(s, date)]
        for around in (*titles, *(c.hit.chunk.context for c in cited), *(d[:10] for d in [date or ""] if d)):
            stated += find_values(around)
        dates = [value for c in cited for value in _values(c.hit.chunk.text, date)] + stated
        return Grounds(
            claim=claim,
            reading=reading,
            aligned=aligned,
            stated=stated,
            dates=dates,
            spans=squeeze(" ".join(spans)),
            known=squeeze("\n".join(_known(cited, question))),
            foreign=foreign,
            same_name=self._same_name,
        )

    def _aligned(self, reading: Reading, claim: Claim, cited: Sequence[Cited]) -> list[Aligned]:
        """The cited sentences that share most with the claim, aligned, the nearest first."""
        found: dict[str, tuple[float, str | None]] = {}
        terms = set(claim.terms)
        for c in cited:
            span, chunk = c.citation, c.hit.chunk
            inside = [s for s in chunk.sentences if s.start < span.end and span.start < s.end]
            if not inside or chunk.between(span.start, span.end) != span.quote:
                found.setdefault(span.quote, (1.0, span.date))
            for s in inside:
                sentence = chunk.between(s.start, s.end)
                shared = len(terms & set(s.terms)) + sum(v.text in sentence for v in claim.values)
                found.setdefault(sentence, (float(shared), span.date))
        best = sorted(found, key=lambda s: -found[s][0])[:_MOST_SENTENCES]
        if nearest := _nearest(terms, cited, found):
            best.append(nearest[0])
            found[nearest[0]] = nearest[1]
        aligned = [align(reading, self._read(s, found[s][1])) for s in best if found[s][0] > 0]
        return sorted(aligned, key=lambda a: -a.share)

    def _read(self, sentence: str, date: str | None) -> Reading:
        key = sentence, date[:4] if date else None
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
        made = read_sentence(sentence, self._analyser, date)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


def _nearest(
    terms: set[str], cited: Sequence[Cited], found: Mapping[str, object]
) -> tuple[str, tuple[float, str | None]] | None:
    """The sentence of the passages that shares most terms, where that is not a cited one.

    A claim with a changed value may cite the sentence that the value was taken from.
    """
    scored = [
        (len(terms & set(s.terms)), c.hit.chunk.between(s.start, s.end), c.citation.date)
        for c in cited
        for s in c.hit.chunk.sentences
    ]
    share, sentence, date = max(scored, key=lambda s: s[0], default=(0, "", None))
    return (sentence, (float(share), date)) if share and sentence not in found else None


@lru_cache(maxsize=1024)
def _values(passage: str, date: str | None) -> tuple[Value, ...]:
    return tuple(t.value for t in fixed_tokens(passage, date) if t.value)


def read_sentence(sentence: str, analyser: Analyser, date: str | None) -> Reading:
    """Read a sentence by the rules of its language; of Chinese and Japanese only values and names in Latin letters."""
    language = detect_language(sentence)
    if language == "ko":
        return read_korean(sentence, analyser, date)
    if language == "en":
        return read_english(sentence, date)
    return Reading(sentence, language, fixed_tokens(sentence, date))


def findings_of(grounds: Grounds) -> Iterator[Finding]:
    """All faults of a claim."""
    yield from chain(
        check_values(grounds),
        check_names(grounds),
        check_polarity(grounds),
        check_speakers(grounds),
        _check_quotations(grounds),
    )


def _check_quotations(grounds: Grounds) -> Iterator[Finding]:
    """Words in quotation marks that the passages do not have; a number may be written in another way."""
    if grounds.foreign:
        return
    for match in _QUOTED.finditer(grounds.reading.text):
        if squeeze(match[1]) in grounds.known:
            continue
        inside = [i for i, t in enumerate(grounds.reading.tokens) if match.start() <= t.span[0] < match.end()]
        if not inside or not any(all(a.relations[i] is Relation.SAME for i in inside) for a in grounds.aligned):
            yield Finding(Fault.QUOTED, match[1])


def is_word_for_word(said: str, cited: Sequence[Cited]) -> bool:
    """Whether a claim is one or more whole sentences of a cited span, in their order and with nothing between."""
    wanted = bare(said)
    for c in cited:
        span, chunk = c.citation, c.hit.chunk
        if wanted == bare(span.quote):
            return True
        inside = [s for s in chunk.sentences if span.start <= s.start and s.end <= span.end]
        for first in range(len(inside)):
            for last in range(first, len(inside)):
                if bare(chunk.between(inside[first].start, inside[last].end)) == wanted:
                    return True
    return False


def bare(sentence: str) -> str:
    """A sentence for comparing word for word: without spaces, quotation marks and the stop at its end."""
    return _LIGHT.sub("", unicodedata.normalize("NFKC", sentence)).rstrip(".!?。…")


def _known(cited: Sequence[Cited], question: str) -> Iterator[str]:
    yield question
    for c in cited:
        document, chunk = c.hit.document, c.hit.chunk
        yield from (chunk.text, chunk.context, document.title, document.publisher or "", document.author or "")
        yield chunk.author or ""


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


def _judgement(findings: Sequence[Finding], grounds: Grounds, language: Language) -> Judgement:
    faults = {f.fault for f in findings}
    if faults & CONTRADICTING:
        support = Support.CONTRADICTED
        findings = [f for f in findings if f.fault in CONTRADICTING]
    elif faults == {Fault.VALUE} and len(findings) == len(grounds.claim.values):
        support = Support.UNSUPPORTED
    else:
        support = Support.PARTIAL
    grouped: OrderedDict[tuple[Fault, str], list[str]] = OrderedDict()
    for finding in findings:
        key = finding.fault, finding.source
        grouped.setdefault(key, []).append(finding.what)
    reasons = [
        text(f"answer.reason.{fault.value}", language, what=_clip(", ".join(dict.fromkeys(what))), source=_clip(source))
        for (fault, source), what in grouped.items()
    ]
    return Judgement(support, " ".join(dict.fromkeys(reasons)))


def _clip(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _LONGEST else flat[:_LONGEST].rstrip() + "…"

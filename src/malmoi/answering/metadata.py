"""Questions about the documents themselves: when one was published, who wrote it, which is the oldest."""

from __future__ import annotations

import re
import time

from malmoi.answering.evidence import cite, squeeze
from malmoi.answering.telling import Told, plain, tell
from malmoi.catalog import Catalog
from malmoi.i18n import text
from malmoi.language.question import Question
from malmoi.types import (
    AnswerSentence,
    DocumentInfo,
    Filters,
    Hit,
    Language,
    SectionKind,
    Sentence,
    Support,
    Verdict,
)

_DOCUMENT = (
    r"(자료|문서|기사|글|보도|칼럼|논평|게시물|페이지|뉴스|documents?|articles?|sources?|posts?|pages?|reports?)"
)
_OLDEST = re.compile(
    rf"(가장|제일|맨) ?(오래된|오래|먼저|처음|이른|옛)[^?]{{0,12}}{_DOCUMENT}|(oldest|earliest) {_DOCUMENT}",
    re.IGNORECASE,
)
_NEWEST = re.compile(
    rf"(가장|제일) ?(최근|최신|새로운|늦)[^?]{{0,12}}{_DOCUMENT}|(newest|latest|most recent) {_DOCUMENT}", re.IGNORECASE
)
_HOW_MANY = re.compile(
    rf"{_DOCUMENT}[은는이가]? ?(모두|전부|총)? ?몇 ?(개|건|편|가지)|how many {_DOCUMENT} (are|do you|does)",
    re.IGNORECASE,
)

_SUMMARY = re.compile(
    r"어떤 내용|무슨 내용|핵심|요약|간추|줄거리|\babout\b|summar|main point|概要|总结|讲什么", re.IGNORECASE
)
_DOCUMENT_TERMS = frozenset(
    "보도 글 칼럼 논평 게시 게시물 페이지 뉴스 모음 전체 총 현재 저장 "
    "document articl sourc post page report collect do".split()
)
_SUMMARY_TERMS = frozenset("핵심 요약 요약하 간추리 줄거리 summari summar main point tell".split())
_WHOLE = re.compile(r"^(?!\W).{14,}[.!?。다요][\"'”’)]*$")
_LEADING = 3
"""Sentences of a document's beginning that stand for its gist."""


def answer_about_documents(question: Question, catalog: Catalog, filters: Filters, language: Language) -> Told | None:
    """The passages and events of an answer about the collection as a whole; None for any other question."""
    began = time.perf_counter()
    titled = _by_title(question.text, catalog, filters) if _SUMMARY.search(question.text) else None
    if titled is not None and _nothing_else(question, titled):
        beginning = _beginning(catalog, titled)
        lead = text("metadata.summary", language, title=titled.title)
        sentences = [_sentence(hit, s) for hit in beginning for s in hit.chunk.sentences]
        whole = [sentence for sentence in sentences if _WHOLE.search(sentence.text)]
        sentences = (whole or sentences)[:_LEADING]
        return beginning, tell(question, beginning, Verdict.ANSWERED, lead, sentences, language, began)
    oldest, newest = _OLDEST.search(question.text), _NEWEST.search(question.text)
    counted = _HOW_MANY.search(question.text) and _DOCUMENT_TERMS.issuperset(question.terms)
    if not (oldest or newest or counted):
        return None
    infos = catalog.documents(filters)
    dated = sorted((info for info in infos if info.date), key=lambda info: info.date or "")
    if oldest or newest:
        picked = dated[:1] if oldest else dated[-1:]
        if not picked:
            return None
        lead = text("metadata.oldest" if oldest else "metadata.newest", language, date=(picked[0].date or "")[:10])
    else:
        picked = dated[-3:]
        lead = text("metadata.count", language, count=len(infos))
    hits = [hit for info in picked for hit in _head(catalog, info)]
    sentences = [_whole(hit) for hit in hits]
    return hits, tell(question, hits, Verdict.ANSWERED, lead, sentences, language, began)


def _by_title(asked: str, catalog: Catalog, filters: Filters) -> DocumentInfo | None:
    """The document whose whole title stands in the question."""
    bare = squeeze(asked)
    named = [
        info for info in catalog.documents(filters) if len(squeeze(info.title)) > 5 and squeeze(info.title) in bare
    ]
    return max(named, key=lambda info: len(info.title), default=None)


def _nothing_else(question: Question, titled: DocumentInfo) -> bool:
    """Whether the question asks for the document as a whole, naming nothing besides its title."""
    title = squeeze(titled.title)
    return all(squeeze(term) in title or term in _SUMMARY_TERMS for term in question.terms)


def _beginning(catalog: Catalog, info: DocumentInfo) -> list[Hit]:
    body = [chunk for chunk in catalog.chunks_of(info.id) if chunk.kind is SectionKind.BODY]
    return [Hit(chunk, info, 1.0) for chunk in body[:2]]


def _sentence(hit: Hit, sentence: Sentence) -> AnswerSentence:
    citation = cite(hit, (sentence.start, sentence.end))
    return AnswerSentence(citation.quote, Support.SUPPORTED, (citation,))


def _head(catalog: Catalog, info: DocumentInfo) -> list[Hit]:
    """The document's title and dateline, or its beginning."""
    chunks = catalog.chunks_of(info.id)
    heads = [chunk for chunk in chunks if chunk.kind is SectionKind.HEAD] or chunks[:1]
    return [Hit(chunk, info, 1.0) for chunk in heads[:2]]


def _whole(hit: Hit) -> AnswerSentence:
    citation = cite(hit, (hit.chunk.start, hit.chunk.end))
    lines = (plain(line) for line in citation.quote.split("\n") if line.strip())
    return AnswerSentence(" · ".join(lines), Support.SUPPORTED, (citation,))

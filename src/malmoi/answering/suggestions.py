"""First questions for an empty conversation, drawn from what the documents say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from malmoi.catalog import Catalog
from malmoi.i18n import text
from malmoi.types import Chunk, DocumentInfo, Language, SectionKind

_DOCUMENTS = 30
"""The latest documents are looked at."""
_SPEAKER = re.compile(
    r"(?:^|\n|[.”\"] )((?:[가-힣A-Za-z]{1,8} ){1,5}?(?:교수|대표|연구원|위원장|위원|의원|장관|시장|소장|센터장|사장|회장|고문|국장|팀장|박사|감독|작가))"
    r"(?:는|은|가|이)\s.{5,200}?(?:말했|밝혔|설명했|주장했|지적했|경고했|강조했|전했|답했)"
)
_SPEAKER_EN = re.compile(r"\b((?:[A-Z][a-z]+ ){1,2}[A-Z][a-z]+),? (?:said|told|warned|argued|added|explained)\b")
_AMOUNT = re.compile(
    r"(?:^|[\s.,])((?:[가-힣A-Za-z\d]{2,10} ){0,2}[가-힣]{0,6}(?:비용|예산|사업비|공사비|투자액|매출|요금|가격|보상금|지원금))(?:은|는|이|가)\s[^.]{0,40}\d"
)


def suggest(catalog: Catalog, language: Language, limit: int) -> list[str]:
    """Up to `limit` questions, each drawn from another document; documents in the reader's language come first."""
    infos = catalog.documents()[-_DOCUMENTS:]
    infos.sort(key=lambda info: info.language != language)
    found: list[str] = []
    kinds: dict[str, int] = {}
    for info in infos:
        if len(found) >= limit:
            break
        options = [option for option in _questions(catalog, info, language) if option[1] not in found]
        if options:
            kind, question = min(options, key=lambda option: kinds.get(option[0], 0))
            kinds[kind] = kinds.get(kind, 0) + 1
            found.append(question)
    return found


def _questions(catalog: Catalog, info: DocumentInfo, language: Language) -> Iterator[tuple[str, str]]:
    """(kind, question) for a document; one of each kind."""
    body = [chunk for chunk in catalog.chunks_of(info.id) if chunk.kind is SectionKind.BODY]
    if info.language == language:
        if person := _first(_SPEAKER if language == "ko" else _SPEAKER_EN, body):
            yield "person", text("suggest.person", language, person=person)
        if language == "ko" and (amount := _first(_AMOUNT, body)):
            yield "amount", text("suggest.amount", language, what=amount)
    if info.title:
        yield "summary", text("suggest.summary", language, title=info.title.strip("“”‘’'\""))


def _first(pattern: re.Pattern[str], chunks: list[Chunk]) -> str | None:
    return next((match.group(1).strip() for chunk in chunks if (match := pattern.search(chunk.text))), None)

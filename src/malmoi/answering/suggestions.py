"""First questions for an empty conversation, drawn from the collection."""

from __future__ import annotations

from malmoi.catalog import Catalog
from malmoi.i18n import text
from malmoi.korean import Analyser
from malmoi.types import Language

_MOST_DOCUMENTS = 40


def suggest(catalog: Catalog, analyser: Analyser, language: Language, limit: int) -> list[str]:
    """Up to `limit` questions, each about another document, that its text can answer."""
    infos = catalog.documents()[-_MOST_DOCUMENTS:]
    found: list[str] = []
    for info in infos:
        if info.title and len(found) < limit * 3:
            found.append(text("suggest.summary", language, title=_shorten(info.title)))
    return found[:limit]


def _shorten(title: str, most: int = 48) -> str:
    return title if len(title) <= most else title[: most - 1].rstrip() + "…"

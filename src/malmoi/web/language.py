"""Which language and which theme a reader wants: what was chosen in the page, else what the browser says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from malmoi.i18n import LANGUAGES
from malmoi.types import Language

LANGUAGE_COOKIE = "malmoi_language"
THEME_COOKIE = "malmoi_theme"
Theme = Literal["auto", "light", "dark"]


def reader_language(cookies: Mapping[str, str], accept_language: str, setting: str = "auto") -> Language:
    """The choice made in the page, else the operator's setting, else the browser's first language that we speak."""
    for wanted in (cookies.get(LANGUAGE_COOKIE), setting):
        for language in LANGUAGES:
            if wanted == language:
                return language
    ranked: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), tag.strip().lower()[:2]))
        except ValueError:
            continue
    for _, tag in sorted(ranked, key=lambda entry: entry[0]):
        for language in LANGUAGES:
            if tag == language:
                return language
    return "en"


def reader_theme(cookies: Mapping[str, str]) -> Theme:
    """The choice made in the page; "auto" follows the system."""
    chosen = cookies.get(THEME_COOKIE)
    return "light" if chosen == "light" else "dark" if chosen == "dark" else "auto"

"""Texts that people see, in Korean and English; `locale/*.json` holds them under flat keys, "area.key"."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib import resources

from malmoi.errors import MalmoiError
from malmoi.types import FileResult, Language

LANGUAGES: tuple[Language, ...] = ("ko", "en")


@cache
def texts(language: Language) -> Mapping[str, str]:
    """All texts of a language by key."""
    content = resources.files("malmoi").joinpath("locale", f"{language}.json").read_text("utf-8")
    loaded: dict[str, str] = json.loads(content)
    return loaded


def text(key: str, language: Language, **values: object) -> str:
    """The text under `key`, with `{name}` fields filled by `str.format`.

    Raises:
        KeyError: no such text, or a field was not given; a mistake of the caller's.
    """
    return texts(language)[key].format(**values)


def resolve_language(setting: str = "auto", environ: Mapping[str, str] | None = None) -> Language:
    """Turn `settings.language` into a language.

    "auto" is Korean when the locale (first non-empty of `LC_ALL`, `LC_MESSAGES`, `LANG`) is Korean, else English.
    """
    for language in LANGUAGES:
        if setting == language:
            return language
    environ = os.environ if environ is None else environ
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "ko" if locale.lower().startswith("ko") else "en"


def describe_error(error: MalmoiError, language: Language) -> tuple[str, str]:
    """Problem and remedy for a reader; Korean has a text of its own, or the kind of failure with the detail."""
    if language == "en":
        return error.problem, error.remedy
    known = texts(language)
    if error.text:
        told = f"error.{error.text}"
        return known[told].format(**error.values), known.get(f"{told}.remedy", "").format(**error.values)
    code = _told_code(error.code, language)
    remedy = known.get(f"error.{code}.remedy", "")
    return f"{known[f'error.{code}']} ({error.problem})", " ".join(part for part in (remedy, error.remedy) if part)


def error_title(code: str, language: Language) -> str:
    """The kind of failure that a code stands for, in a few words."""
    return texts(language)[f"error.{_told_code(code, language)}"]


def _told_code(code: str, language: Language) -> str:
    """The code, or the nearest above it that has a text."""
    known = texts(language)
    while f"error.{code}" not in known and "." in code:
        code = code.rsplit(".", 1)[0]
    return code if f"error.{code}" in known else "malmoi"


def describe_result(result: FileResult, language: Language) -> tuple[str, str]:
    """Problem and remedy of a file for a reader, as `describe_error` has them; empty when nothing went wrong."""
    if not result.code:
        return result.problem, result.remedy
    error = MalmoiError(result.problem, result.remedy)
    error.code = result.code
    return describe_error(error, language)

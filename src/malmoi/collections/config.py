"""What can be set of one collection, in the file `collection.toml` of its folder."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from malmoi.catalog.access import group_names
from malmoi.errors import CollectionRefused, GroupRefused, SettingsError
from malmoi.settings import Settings
from malmoi.types import Language

FILE_NAME = "collection.toml"
OVERRIDABLE = ("answering", "llm", "retrieval")
"""Parts of the settings that a collection may set for itself."""
_VARIABLE = re.compile(r"--[a-z][a-z0-9-]{0,60}")
_STYLE = re.compile(r"[\w#%.,()/\s+*'\"-]{1,200}")
_LOADS = re.compile(r"\b(?:url|src|image|image-set|cross-fade|element|paint|attr|expression)\s*\(", re.IGNORECASE)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

Line = Annotated[str, Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Words(_Part):
    """A text in the languages in which Malmoi speaks; an empty one is taken from the other language."""

    ko: str = Field("", max_length=2000)
    en: str = Field("", max_length=2000)

    def in_language(self, language: Language) -> str:
        """The text in this language where there is one, otherwise in the other; may be empty."""
        return (self.ko or self.en) if language == "ko" else (self.en or self.ko)


class Questions(_Part):
    """Questions to begin with; where there are none they are drawn from the documents."""

    ko: tuple[Line, ...] = Field((), max_length=8)
    en: tuple[Line, ...] = Field((), max_length=8)

    def in_language(self, language: Language) -> tuple[str, ...]:
        """Those in this language; no other language stands in."""
        return self.ko if language == "ko" else self.en


class Look(_Part):
    """How the page and the widget of a collection look.

    Attributes:
        logo: a short text in place of a picture.
        theme: values of CSS variables by name (`--accent = "#0a7"`); they cannot load anything.
    """

    logo: str = Field("", max_length=12)
    theme: dict[str, str] = Field(default_factory=dict)

    @field_validator("theme")
    @classmethod
    def _harmless(cls, theme: dict[str, str]) -> dict[str, str]:
        for name, value in theme.items():
            if not _VARIABLE.fullmatch(name):
                raise ValueError(f"{name} is not the name of a CSS variable (--lower-case-words)")
            if not _STYLE.fullmatch(value) or _LOADS.search(value):
                raise ValueError(f"the value of {name} is not a plain colour, length or font")
        return theme


class CollectionConfig(_Part):
    """The settings of a collection.

    Attributes:
        groups: whose members see it; empty opens it to everyone who is signed in.
        prompts_dir: folder with prompt templates; a relative one counts from the collection's folder.
        retention_days: in place of `retention.conversation_days`; None takes that.
        settings: parts of the settings of Malmoi that differ here, those of `OVERRIDABLE`.
    """

    title: Words = Words()
    greeting: Words = Words()
    suggestions: Questions = Questions()
    groups: frozenset[str] = frozenset()
    prompts_dir: Path | None = None
    retention_days: int | None = Field(None, ge=0, le=36_500)
    look: Look = Look()
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("groups")
    @classmethod
    def _names(cls, groups: frozenset[str]) -> frozenset[str]:
        try:
            return group_names(groups)
        except GroupRefused as error:
            raise ValueError(str(error)) from None

    @field_validator("settings")
    @classmethod
    def _allowed(cls, settings: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for part in settings:
            if part not in OVERRIDABLE:
                raise ValueError(f"{part} cannot be set for one collection; {', '.join(OVERRIDABLE)} can")
        return settings


def read_config(folder: Path) -> CollectionConfig:
    """The settings in a collection's folder.

    Raises:
        CollectionRefused: the file is not there, is not TOML, or holds something wrong; who may see the collection
            is then not known.
    """
    file = folder / FILE_NAME
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CollectionRefused(f"{file} cannot be read: {error.strerror}", "Restore the file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CollectionRefused(f"{file} is not TOML: {error}", "Correct the file.") from error
    return checked_config(content, str(file))


def checked_config(content: Mapping[str, Any], origin: str) -> CollectionConfig:
    """The settings in a mapping; raises CollectionRefused, naming the first wrong key and `origin`."""
    try:
        return CollectionConfig.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        raise CollectionRefused(f"{key}: {message} (from {origin})", "Correct it; see docs/collections.md.") from None


def write_config(folder: Path, config: CollectionConfig) -> None:
    """Write the settings in place of those that were there, all or nothing; comments in the file are lost."""
    content = config.model_dump(mode="json", exclude_defaults=True)
    if config.groups:
        content["groups"] = sorted(config.groups)
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{FILE_NAME}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_toml(content))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, folder / FILE_NAME)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def settings_of(config: CollectionConfig, folder: Path, base: Settings) -> Settings:
    """The settings of Malmoi with which a collection is opened.

    A collection that names another endpoint of the language model needs its own key: the general one stays with the
    general endpoint.

    Raises:
        CollectionRefused: a key is unknown, or a value is wrong.
    """
    values = base.model_dump()
    values["index_dir"] = folder
    for part, changes in config.settings.items():
        if part == "llm" and "base_url" in changes and "api_key" not in changes:
            changes = {**changes, "api_key": ""}
        values[part] = {**values[part], **changes}
    if config.prompts_dir is not None:
        values["answering"]["prompts_dir"] = folder / config.prompts_dir.expanduser()
    try:
        return Settings.model_validate(values)
    except (ValidationError, SettingsError) as error:
        reason = error.problem if isinstance(error, SettingsError) else _first(error)
        raise CollectionRefused(f"settings.{reason} (from {folder / FILE_NAME})", "Correct the file.") from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"


def _toml(content: Mapping[str, Any]) -> str:
    """TOML of plain values and, below them, a table for each mapping at the top."""
    lines = [f"{_key(name)} = {_value(value)}" for name, value in content.items() if not isinstance(value, Mapping)]
    for name, table in content.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{_key(name)}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _string(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return _string(value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise CollectionRefused(f"{value} cannot be kept in a settings file", "Leave it out.")
    return json.dumps(value)


def _string(value: str) -> str:
    """A basic string of TOML: JSON's, but for one character that JSON leaves as it is and TOML does not."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

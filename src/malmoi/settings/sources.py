"""Reads settings from `malmoi.toml`, `MALMOI_*` variables and options, and knows where each value came from."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import EnvSettingsSource

from malmoi.errors import SettingsError
from malmoi.settings.models import PREFIX, Settings

TOML_NAME = "malmoi.toml"
TEST_VARIABLES = frozenset({"MALMOI_CRASH_KILLS", "MALMOI_REQUIRE_BROWSER"})
TEST_PREFIX = "MALMOI_TEST_"
"""Variables that steer the test run start so and are not settings."""
MASK = "********"
FOLDERS = frozenset({"index_dir", "answering.prompts_dir", "retrieval.names_file"})
"""Keys whose relative value in a file counts from the file's folder."""


def load_settings(*, toml: Path | None = None, overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the settings; options (`overrides`) beat the environment, which beats the file.

    Args:
        toml: the file; None takes `malmoi.toml` of the current folder when there is one. A relative folder
            in it counts from the file's own.
        overrides: keys with dots, or nested mappings, or `llm__model`; None values are ignored.

    Raises:
        SettingsError: unknown key, wrong value, or a file that does not parse.
    """
    return _load(toml, overrides)[0]


def explain(*, toml: Path | None = None, overrides: Mapping[str, object] | None = None) -> list[tuple[str, str, str]]:
    """List every key with its effective value, secrets masked, and its origin.

    An origin is "default", "option", the file's path, or the variable's name.
    """
    settings, origins = _load(toml, overrides)
    rows = []
    for key in known_keys():
        value: Any = settings
        for name in key.split("."):
            value = getattr(value, name)
        value = masked_value(value)
        origin = next((o for k, o in origins.items() if k == key or k.startswith(f"{key}.")), "default")
        rows.append((key, str(value), origin))
    return rows


_SECRET_NAME = re.compile(r"key|token|secret|password|authorization", re.IGNORECASE)


def masked_value(value: object) -> object:
    """The value as it may be shown; inside mappings, names that sound secret are masked as well."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, Mapping):
        return {k: MASK if v and _SECRET_NAME.search(str(k)) else masked_value(v) for k, v in value.items()}
    return value


def masked(settings: Settings) -> dict[str, object]:
    """Every key with dots and its value as it may be shown and kept, secrets masked; simple types only."""
    shown: dict[str, object] = {}
    for key in known_keys():
        value: Any = settings
        for name in key.split("."):
            value = getattr(value, name)
        value = masked_value(value)
        shown[key] = (
            value if isinstance(value, bool | int | float | str | dict) else None if value is None else str(value)
        )
    return shown


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """The secrets that are set, so that they can be kept out of logs."""
    found: list[str] = []
    for key in known_keys():
        value: Any = settings
        for name in key.split("."):
            value = getattr(value, name)
        if isinstance(value, SecretStr) and value.get_secret_value():
            found.append(value.get_secret_value())
    return tuple(found)


def known_keys() -> tuple[str, ...]:
    """All keys, with dots, in the order in which they are defined."""
    return tuple(_fields(Settings))


def default_toml() -> Path | None:
    """`malmoi.toml` of the current folder, or None."""
    path = Path(TOML_NAME)
    return path if path.is_file() else None


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _free_keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Keys whose value is a mapping with names of the user's own."""
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is dict:
            yield f"{prefix}{name}"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _free_keys(field.annotation, f"{prefix}{name}.")


def _load(toml: Path | None, overrides: Mapping[str, object] | None) -> tuple[Settings, dict[str, str]]:
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    path = toml if toml is not None else default_toml()
    layers = [_from_toml(path)] if path is not None else []
    layers += [_from_environment(), _from_overrides(overrides or {})]
    for layer in layers:
        values |= {key: value for key, (value, _) in layer.items()}
        origins |= {key: origin for key, (_, origin) in layer.items()}
    try:
        return Settings.model_validate(_nest(values)), origins
    except ValidationError as error:
        raise _refusal(error, origins) from None


def _flatten(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    free = set(_free_keys())
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, BaseModel):
            value = value.model_dump(exclude_unset=True)
        if isinstance(value, Mapping) and key not in free:
            yield from _flatten(value, f"{key}.")
        else:
            yield key, value


def _nest(values: Mapping[str, object]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in values.items():
        *path, last = key.split(".")
        part = nested
        for name in path:
            part = part.setdefault(name, {})
        part[last] = value
    return nested


def _from_toml(path: Path) -> dict[str, tuple[object, str]]:
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}", "Name a TOML file that exists.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}", "Correct the file.") from error
    layer: dict[str, tuple[object, str]] = {}
    for key, value in _flatten(content):
        _require_known(key, str(path), key)
        if key in FOLDERS and isinstance(value, str):
            value = path.parent / Path(value).expanduser()
        layer[key] = (value, str(path))
    return layer


def _from_environment() -> dict[str, tuple[object, str]]:
    keys = set(known_keys())
    free = tuple(f"{key}." for key in _free_keys())
    names: dict[str, str] = {}
    for variable, given in os.environ.items():
        if not variable.upper().startswith(PREFIX) or not given:
            continue
        if variable in TEST_VARIABLES or variable.startswith(TEST_PREFIX):
            continue
        key = variable[len(PREFIX) :].lower().replace("__", ".")
        if key not in keys and not key.startswith(free):
            nearest = _nearest(key)
            raise SettingsError(
                f"{variable} is not a setting", f"Did you mean {_variable(nearest)}?" if nearest else _REMEDY
            )
        names[key] = variable
    try:
        content = EnvSettingsSource(Settings)()
    except ValueError as error:
        raise SettingsError(f"The environment cannot be read: {error}", "Write mappings as JSON.") from error
    layer: dict[str, tuple[object, str]] = {}
    for key, value in _flatten(content):
        origin = next((v for k, v in names.items() if k == key or k.startswith(f"{key}.")), _variable(key))
        layer[key] = (value, origin)
    return layer


def _from_overrides(overrides: Mapping[str, object]) -> dict[str, tuple[object, str]]:
    layer: dict[str, tuple[object, str]] = {}
    for key, value in _flatten({name.replace("__", "."): value for name, value in overrides.items()}):
        _require_known(key, "option", key)
        if value is not None:
            layer[key] = (value, "option")
    return layer


_REMEDY = "`malmoi config show` lists all keys."


def _require_known(key: str, origin: str, shown: str) -> None:
    if key not in known_keys():
        nearest = _nearest(key)
        where = "" if origin == "option" else f" (in {origin})"
        raise SettingsError(f"{shown} is not a setting{where}", f"Did you mean {nearest}?" if nearest else _REMEDY)


def _nearest(key: str) -> str | None:
    """The known key most like `key`; a lone last part ("base_url") is compared with last parts too."""
    keys = known_keys()
    close = difflib.get_close_matches(key, keys, n=1, cutoff=0.6)
    if not close:
        by_last = {k.rsplit(".", 1)[-1]: k for k in reversed(keys)}
        close = [by_last[m] for m in difflib.get_close_matches(key.rsplit(".", 1)[-1], by_last, n=1, cutoff=0.7)]
    return close[0] if close else None


def _variable(key: str | None) -> str:
    return PREFIX + (key or "").upper().replace(".", "__")


def _refusal(error: ValidationError, origins: Mapping[str, str]) -> SettingsError:
    """One sentence about the first wrong value; the value itself may be a secret and is not repeated."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    origin = next((o for k, o in origins.items() if k == key or k.startswith(f"{key}.")), "")
    problem = f"{key}: {message}" if key else message
    if origin and origin != "option":
        problem += f" (from {origin})"
    return SettingsError(problem, "Correct the value; docs/configuration.md describes each key.")

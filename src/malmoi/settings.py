"""One frozen settings object, read from `malmoi.toml`, `MALMOI_*` variables and options, later ones winning.

Keys are written with dots (`llm.base_url`), in the environment with two underscores (`MALMOI_LLM__BASE_URL`).
A key that is not known is refused, wherever it stands, with the nearest one that is.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_origin

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from malmoi.errors import SettingsError

TOML_NAME = "malmoi.toml"
PREFIX = "MALMOI_"
TEST_VARIABLES = frozenset({"MALMOI_CRASH_KILLS", "MALMOI_REQUIRE_BROWSER"})
TEST_PREFIX = "MALMOI_TEST_"
"""Variables that steer the test run start so and are not settings."""
MASK = "********"
FOLDERS = frozenset({"index_dir", "answering.prompts_dir"})
"""Keys whose relative value in a file counts from the file's folder."""

Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class Documents(_Part):
    """Reading files."""

    max_bytes: int = Field(20_000_000, ge=1, description="Largest file that is read, in bytes.")


class Chunking(_Part):
    """Cutting documents into searchable chunks."""

    target_chars: int = Field(500, ge=50, description="Size aimed at, in characters.")
    max_chars: int = Field(900, ge=50, description="Size never exceeded, except by one longer sentence.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_chars < self.target_chars:
            raise ValueError("max_chars must not be smaller than target_chars")
        return self


class Embedding(_Part):
    """Turning text into vectors."""

    engine: Literal["bundled", "endpoint", "llama_index", "none"] = Field(
        "bundled",
        description="`bundled`: the offline model that comes with Malmoi. `endpoint`: an OpenAI-compatible "
        "`/embeddings`. `llama_index`: any LlamaIndex embedding class. `none`: lexical search only.",
    )
    base_url: Url = Field("", description="Of the endpoint, up to and with `/v1`.")
    api_key: SecretStr = Field(SecretStr(""), description="Of the endpoint.")
    model: str = Field("", description="The endpoint's name for the model.")
    class_path: str = Field("", description="Import path of the LlamaIndex class, `package.module.Class`.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments for that class.")
    batch_size: int = Field(32, ge=1, le=2048, description="Texts sent at once.")
    timeout_s: float = Field(60.0, gt=0, description="Seconds to wait for one batch.")
    query_prefix: str = Field("", description="Put before every question, when the model wants one.")
    passage_prefix: str = Field("", description="Put before every passage, when the model wants one.")


class Retrieval(_Part):
    """Finding passages."""

    passages: int = Field(8, ge=1, le=100, description="Passages an answer is made from.")
    candidates: int = Field(60, ge=1, le=1000, description="Chunks that each of the two searches hands to fusion.")
    exact_limit: int = Field(
        50_000, ge=0, description="Collections up to this many chunks are searched exactly, larger ones with Chroma."
    )
    max_question_chars: int = Field(2000, ge=1, description="Longer questions are refused.")


class Answering(_Part):
    """Making answers."""

    answerer: Literal["auto", "extractive", "llm"] = Field(
        "auto", description="`auto` is `llm` when `llm.base_url` and `llm.model` are set, otherwise `extractive`."
    )
    max_sentences: int = Field(4, ge=1, le=20, description="Most sentences that an extractive answer quotes.")
    prompts_dir: Path | None = Field(
        None, description="Folder with prompt templates that replace those of the same name that come with Malmoi."
    )


class Llm(_Part):
    """The language model, at any OpenAI-compatible endpoint."""

    base_url: Url = Field("", description="Up to and with `/v1`.")
    api_key: SecretStr = Field(SecretStr(""), description="Sent as a bearer token.")
    model: str = Field("", description="The endpoint's name for the model.")
    timeout_s: float = Field(60.0, gt=0, description="Seconds for a whole answer.")
    first_token_timeout_s: float = Field(20.0, gt=0, description="Seconds to the first word.")
    context_window: int = Field(8192, ge=512, description="Tokens that the model reads and writes in all.")
    max_tokens: int = Field(700, ge=1, description="Tokens that it may write.")
    temperature: float = Field(0.0, ge=0, le=2, description="0 gives the same answer each time.")
    extra_body: dict[str, Any] = Field(default_factory=dict, description="Added to every request as it is.")


class Server(_Part):
    """The chat page."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")


class Settings(BaseSettings):
    """Everything that can be set. Made by `load_settings`; constructed directly, it reads nothing but its arguments."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    index_dir: Path = Field(Path("index"), description="Folder of the catalog and its indexes.")
    language: Literal["auto", "ko", "en"] = Field(
        "auto", description="Of messages and of the page; `auto` is Korean under a Korean locale, otherwise English."
    )
    documents: Documents = Documents()
    chunking: Chunking = Chunking()
    embedding: Embedding = Embedding()
    retrieval: Retrieval = Retrieval()
    answering: Answering = Answering()
    llm: Llm = Llm()
    server: Server = Server()

    @field_validator("index_dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        embedding = self.embedding
        if embedding.engine == "endpoint" and not (embedding.base_url and embedding.model):
            raise ValueError("embedding.engine = endpoint needs embedding.base_url and embedding.model")
        if embedding.engine == "llama_index" and not embedding.class_path:
            raise ValueError("embedding.engine = llama_index needs embedding.class_path")
        if self.answering.answerer == "llm" and not (self.llm.base_url and self.llm.model):
            raise ValueError("answering.answerer = llm needs llm.base_url and llm.model")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments only: the other sources are merged by `load_settings`, which knows their origins."""
        return (init_settings,)


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
        value = _masked(value)
        origin = next((o for k, o in origins.items() if k == key or k.startswith(f"{key}.")), "default")
        rows.append((key, str(value), origin))
    return rows


_SECRET_NAME = re.compile(r"key|token|secret|password|authorization", re.IGNORECASE)


def _masked(value: object) -> object:
    """The value as it may be shown; inside mappings, names that sound secret are masked as well."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, Mapping):
        return {k: MASK if v and _SECRET_NAME.search(str(k)) else _masked(v) for k, v in value.items()}
    return value


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

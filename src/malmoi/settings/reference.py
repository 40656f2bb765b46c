"""docs/configuration.md, made from the settings object; `malmoi config reference` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from malmoi.settings import PREFIX, TEST_PREFIX, Settings

_HEAD = f"""# Configuration

Made from the settings object by `malmoi config reference`; do not edit by hand.

Values come from `malmoi.toml` in the current folder, then from `{PREFIX}*` variables, then from options; a later one
wins. `malmoi config show` prints the values in effect and where each came from, with secrets masked. A key that is not
known is refused with the nearest one that is, wherever it stands.

```toml
# malmoi.toml
index_dir = "index"          # counts from this file's folder

[llm]
base_url = "http://127.0.0.1:8080/v1"
model = "my-model"
```

The same in the environment: `{PREFIX}LLM__BASE_URL`, `{PREFIX}LLM__MODEL` (two underscores between the parts; mappings
as JSON). As options of any command: `--index DIR`, `--set llm.model=my-model`. In Python:
`malmoi.open("index", llm__model="my-model")`. Keep secrets in the environment: `{PREFIX}LLM__API_KEY`.

Variables starting with `{TEST_PREFIX}`, and `{PREFIX}CRASH_KILLS` and `{PREFIX}REQUIRE_BROWSER`, steer the project's
own tests and are not settings.

Messages are Korean when `language` is `ko`, or when it is `auto` and the locale (`LC_ALL`, `LC_MESSAGES` or `LANG`) is
Korean; otherwise English. Help texts follow `{PREFIX}LANGUAGE` and the locale.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *_table("General", "", Settings), *_parts()])


def _parts() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield from _table(f"`{name}`", f"{name}.", part)


def _table(title: str, prefix: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {title}\n"
    if prefix:
        yield f"{(model.__doc__ or '').strip()}\n"
    yield "| Key | Variable | Values | Default | Meaning |"
    yield "|---|---|---|---|---|"
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            continue
        key = f"{prefix}{name}"
        variable = PREFIX + key.upper().replace(".", "__")
        row = (f"`{key}`", f"`{variable}`", _values(field), _default(field), field.description or "")
        yield "| " + " | ".join(row) + " |"
    yield ""


def _values(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if annotation is SecretStr:
        return "secret"
    if get_origin(annotation) in (dict, tuple):
        return "mapping" if get_origin(annotation) is dict else "list, separated by commas"
    if get_origin(annotation) is UnionType:  # only `… | None` is used
        annotation = next(choice for choice in get_args(annotation) if choice is not NoneType)
    limits = []
    for limit in field.metadata:
        limits += [f"{sign} {getattr(limit, name):g}" for name, sign in _SIGNS.items() if hasattr(limit, name)]
    if annotation is bool:
        return "`true`, `false`"
    name = {"Path": "folder", "str": "text", "int": "integer", "float": "number"}[annotation.__name__]
    return f"{name} {', '.join(limits)}".strip()


_SIGNS = {"ge": "≥", "gt": ">", "le": "≤"}


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return f"`{value}`" if value not in ("", None, {}, ()) else ""

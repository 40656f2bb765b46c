"""Prompt templates: one Markdown file each, found in a folder of the operator's, the wheel, or the checkout.

A file has front matter (`version`, `languages`, `variables`) and the headings `## system` and `## user`. `{{name}}`
stands for a variable. What is put in is never read as a template again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from malmoi.errors import SettingsError
from malmoi.types import Language

CANNOT_ANSWER: Mapping[Language, str] = {
    "ko": "자료에서 이 질문의 답을 찾을 수 없습니다.",
    "en": "The documents do not answer this question.",
}
"""What a model is told to say, word for word, when the sources do not hold the answer."""
SOURCES_DISAGREE: Mapping[Language, str] = {
    "ko": "자료마다 다르게 적고 있습니다.",
    "en": "The sources disagree.",
}
"""What a model is told to begin with, word for word, when the sources give different answers."""

VARIABLES: Mapping[str, frozenset[str]] = {
    "answer": frozenset({"cannot_answer", "disagree", "history", "language", "nonce", "question", "sources"}),
    "judge": frozenset({"answer", "question", "reference", "sources"}),
    "rewrite": frozenset({"history", "question"}),
    "verify": frozenset({"claim", "language", "nonce", "question", "sources"}),
    "questions": frozenset({"count", "language", "nonce", "passage", "title"}),
}
"""Names of the templates and the variables that each must use."""

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_ROLE = re.compile(r"^## (system|user)[ \t]*$", re.MULTILINE)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat; `role` is "system" or "user"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A checked template."""

    name: str
    version: int
    languages: tuple[str, ...]
    parts: tuple[Message, ...]

    def render(self, **values: str) -> tuple[Message, ...]:
        """The messages with every variable replaced.

        Raises:
            KeyError: a variable was not given; a mistake of the caller's.
        """
        return tuple(Message(m.role, _VARIABLE.sub(lambda v: values[v[1]], m.text).strip()) for m in self.parts)


def load_prompt(name: str, folder: Path | None = None) -> Prompt:
    """Load `NAME.md` from `folder`, or where that has none, as it comes with Malmoi.

    Raises:
        SettingsError: the folder does not exist, or the file is not a template with just the known variables.
    """
    if folder is not None and not folder.is_dir():
        raise SettingsError(f"answering.prompts_dir is not a folder: {folder}", "Name a folder with prompt templates.")
    path = next((p for p in (*([folder] if folder else []), *_homes()) if (p / f"{name}.md").is_file()), None)
    if path is None:
        raise SettingsError(f"The prompt template {name}.md is missing", "Install Malmoi again.")
    path = path / f"{name}.md"
    return _load(name, path, path.stat().st_mtime_ns)


def _homes() -> tuple[Path, ...]:
    package = Path(__file__).resolve().parents[1]
    return package / "prompts", package.parents[1] / "prompts"


@lru_cache(maxsize=16)
def _load(name: str, path: Path, modified: int) -> Prompt:
    import yaml

    def refuse(why: str) -> SettingsError:
        return SettingsError(f"{path.name} is not a prompt template: {why}", "Start from the one that Malmoi ships.")

    try:
        found = _FRONT_MATTER.match(path.read_text("utf-8").replace("\r\n", "\n"))
        head = yaml.safe_load(found[1]) if found else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise refuse(str(error)) from error
    if found is None or not isinstance(head, dict) or not {"version", "languages", "variables"} <= head.keys():
        raise refuse("it has no front matter with version, languages and variables")
    pieces = _ROLE.split(found[2])
    if pieces[0].strip() or sorted(pieces[1::2]) != ["system", "user"]:
        raise refuse("it needs the headings ## system and ## user, once each")
    used, declared, known = set(_VARIABLE.findall(found[2])), set(map(str, head["variables"])), VARIABLES[name]
    for wrong, what in (
        (used - declared, "not declared"),
        (declared - used, "declared but not used"),
        (used - known, "not known"),
        (known - used, "missing"),
    ):
        if wrong:
            raise refuse(f"variables {what}: {', '.join(sorted(wrong))}")
    parts = (Message(role, text) for role, text in zip(pieces[1::2], pieces[2::2], strict=True))
    return Prompt(name, int(head["version"]), tuple(map(str, head["languages"])), tuple(parts))

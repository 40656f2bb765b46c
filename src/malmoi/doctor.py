"""Checks of the machine, the settings, the index and the engines, each with what to do about it.

Nothing is written, except that the analyser and the embedding engine are loaded and tried once.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from malmoi.errors import MalmoiError
from malmoi.i18n import describe_error, resolve_language, text
from malmoi.types import Language

if TYPE_CHECKING:
    from malmoi.settings import Settings

GIB = 1024**3
DISK_FAIL, DISK_WARN = 0.2 * GIB, 2 * GIB
MEMORY_WARN = 1.0 * GIB
"""Bytes. The analyser alone takes half a gigabyte."""


class State(StrEnum):
    """Outcome of a check: `warn` leaves Malmoi usable, `fail` does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One examined thing; `title`, `found` and `remedy` are for people, `name` for programs."""

    name: str
    title: str
    state: State
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """`name title state found remedy`."""
        return {
            "name": self.name,
            "title": self.title,
            "state": self.state.value,
            "found": self.found,
            "remedy": self.remedy,
        }


class _Report:
    """Makes checks in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.checks: list[Check] = []

    def add(self, name: str, state: State, found: str, /, *, remedy: str | None = None, **values: object) -> None:
        """Add a check whose texts are `doctor.NAME` (title) and `doctor.NAME.FOUND`, with `….remedy` when it exists."""
        key = f"doctor.{name}.{found}"
        if remedy is None and state is not State.OK:
            remedy = text(f"{key}.remedy", self.language, **values)
        shown = text(key, self.language, **values)
        self.checks.append(Check(name, text(f"doctor.{name}", self.language), state, shown, remedy or ""))

    def failed(self, name: str, error: MalmoiError, state: State = State.FAIL) -> None:
        """Add a check that ended in one of our errors."""
        problem, remedy = describe_error(error, self.language)
        self.checks.append(Check(name, text(f"doctor.{name}", self.language), state, problem, remedy))


def examine(overrides: Mapping[str, object], language: Language) -> list[Check]:
    """Run all checks; those that need settings are left out when the settings are wrong."""
    from malmoi.settings import load_settings

    report = _Report(language)
    _python(report)
    try:
        settings = load_settings(overrides=overrides)
    except MalmoiError as error:
        report.failed("settings", error)
        return report.checks
    report.language = resolve_language(settings.language) if settings.language != "auto" else language
    report.add("settings", State.OK, "fine")
    checks: tuple[Callable[[_Report, Settings], None], ...] = (_disk, _memory, _index, _analyser, _embedding, _llm)
    for check in checks:
        try:
            check(report, settings)
        except MalmoiError as error:
            report.failed(check.__name__.removeprefix("_"), error)
    _fonts(report)
    return report.checks


def _python(report: _Report) -> None:
    found = f"{platform.python_version()} ({sys.platform} {platform.machine()})"
    state = State.OK if sys.version_info >= (3, 11) else State.FAIL
    report.add("python", state, "found" if state is State.OK else "old", version=found)


def existing_parent(path: Path) -> Path:
    """The folder itself, or its nearest parent that exists."""
    path = path.absolute()
    return next(p for p in (path, *path.parents) if p.is_dir())


def _disk(report: _Report, settings: Settings) -> None:
    folder = existing_parent(settings.index_dir)
    free = shutil.disk_usage(folder).free
    state = State.FAIL if free < DISK_FAIL else State.WARN if free < DISK_WARN else State.OK
    report.add("disk", state, "free" if state is State.OK else "low", free=f"{free / GIB:.1f} GiB", folder=folder)


def _memory(report: _Report, settings: Settings) -> None:
    available = available_memory()
    if available is None:
        return
    state = State.WARN if available < MEMORY_WARN else State.OK
    report.add("memory", state, "free" if state is State.OK else "low", free=f"{available / GIB:.1f} GiB")


def available_memory() -> int | None:
    """Bytes that a new process could use; None where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def _index(report: _Report, settings: Settings) -> None:
    folder = settings.index_dir
    parent = existing_parent(folder)
    if not os.access(parent, os.W_OK):
        report.add("index", State.WARN, "read_only", folder=parent)
    if not (folder / "catalog.sqlite").is_file():
        report.add("index", State.WARN, "empty", folder=folder)
        return
    from malmoi.catalog import Catalog

    with Catalog(folder, read_only=True) as catalog:
        documents = catalog.documents()
    chunks, embedded = sum(d.chunks for d in documents), sum(d.embedded for d in documents)
    if not documents:
        report.add("index", State.WARN, "empty", folder=folder)
    elif settings.embedding.engine != "none" and embedded < chunks:
        report.add("index", State.WARN, "partly_embedded", n=len(documents), embedded=embedded, chunks=chunks)
    else:
        report.add("index", State.OK, "found", n=len(documents), chunks=chunks, folder=folder)


def _analyser(report: _Report, settings: Settings) -> None:
    from malmoi.korean import get_analyser

    analyser = get_analyser()
    if "연차" in "".join(analyser.terms("연차휴가는 며칠인가?")):
        report.add("analyser", State.OK, "found", id=analyser.id)
    else:
        report.add("analyser", State.FAIL, "wrong", id=analyser.id)


def _embedding(report: _Report, settings: Settings) -> None:
    from malmoi.embedding import engine_note, open_embedder

    try:
        embedder = open_embedder(settings.embedding)
        if embedder is None:
            report.add("embedding", State.WARN, "none")
            return
        embedder.embed_question("연차휴가는 며칠인가?")
    except MalmoiError as error:
        report.failed("embedding", error, State.WARN)
        return
    found = f"{embedder.id}, {embedder.dimension}"
    note = engine_note(embedder)
    report.add("embedding", State.OK, "found", id=f"{found}; {note}" if note else found)


def _llm(report: _Report, settings: Settings) -> None:
    llm = settings.llm
    if not (llm.base_url and llm.model):
        report.add("llm", State.OK, "none")
        return
    import httpx

    key = llm.api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    address = llm.base_url.rstrip("/") + "/models"
    try:
        response = httpx.get(address, headers=headers, timeout=5.0)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        report.add("llm", State.FAIL, "unreachable", url=llm.base_url, reason=str(error) or type(error).__name__)
        return
    if response.status_code in {401, 403}:
        report.add("llm", State.FAIL, "refused", url=llm.base_url, status=response.status_code)
    elif response.status_code != httpx.codes.OK:
        report.add("llm", State.WARN, "silent", url=llm.base_url, status=response.status_code)
    elif (models := _model_names(response)) and llm.model not in models:
        report.add("llm", State.WARN, "other_models", model=llm.model, models=", ".join(models[:8]))
    else:
        report.add("llm", State.OK, "found", url=llm.base_url, model=llm.model)


def _model_names(response: Any) -> list[str]:
    """Names that an OpenAI-compatible `/models` lists; empty when the answer has another form."""
    try:
        return [str(model["id"]) for model in response.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return []


def _fonts(report: _Report) -> None:
    """Korean fonts matter where a browser runs on this machine, for screenshots and browser tests."""
    command = shutil.which("fc-list")
    if command is None:
        report.add("fonts", State.OK, "unknown")
        return
    listed = subprocess.run([command, ":lang=ko", "family"], capture_output=True, text=True, timeout=30, check=False)
    families = sorted({line.split(",")[0].strip() for line in listed.stdout.splitlines() if line.strip()})
    if families:
        report.add("fonts", State.OK, "found", families=", ".join(families[:3]))
    else:
        report.add("fonts", State.WARN, "missing")

"""Files that could not be added, kept beside the catalog until they are added or forgotten."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from malmoi.types import FileResult, FileStatus

FILE_NAME = "failures.json"
MOST = 500
"""The newest that are kept."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be added; `at` is ISO 8601, UTC, the rest as in `FileResult`."""

    name: str
    at: str
    code: str
    problem: str
    remedy: str

    @property
    def result(self) -> FileResult:
        """It as a result, for `malmoi.i18n.describe_result`."""
        return FileResult(self.name, FileStatus.FAILED, problem=self.problem, remedy=self.remedy, code=self.code)


def read_failures(folder: Path) -> list[Failure]:
    """The failures of a collection, the newest first; a file that cannot be read holds none."""
    try:
        stored = json.loads((folder / FILE_NAME).read_text("utf-8"))
        return [Failure(**entry) for entry in stored]
    except (OSError, ValueError, TypeError):
        return []


def note_results(folder: Path, results: Sequence[FileResult]) -> None:
    """Keep what failed, and forget the earlier failure of what did not; call it under the writer's lock."""
    known = {failure.name: failure for failure in reversed(read_failures(folder))}
    before = dict(known)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for result in results:
        known.pop(result.name, None)
        if result.status is FileStatus.FAILED:
            known[result.name] = Failure(result.name, now, result.code, result.problem, result.remedy)
    if known != before:
        _write(folder, list(known.values())[-MOST:][::-1])


def forget_failures(folder: Path, names: Iterable[str] | None = None) -> None:
    """Forget the failures of these files, or of all."""
    gone = None if names is None else set(names)
    _write(folder, [] if gone is None else [f for f in read_failures(folder) if f.name not in gone])


def _write(folder: Path, failures: Sequence[Failure]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{FILE_NAME}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump([asdict(failure) for failure in failures], file, ensure_ascii=False)
    os.replace(name, folder / FILE_NAME)

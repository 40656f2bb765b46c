"""Who changed or read what, and when: one line of JSON each, in `audit.jsonl` of the index folder. No secrets."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from malmoi.web.identity import Caller

FILE_NAME = "audit.jsonl"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """One act.

    Attributes:
        at: ISO 8601, UTC.
        who: id of who did it, and `name` what they are called.
        act: key of its description, `admin.act.ACT`.
        target: what was acted on: a name or id.
    """

    at: str
    who: str
    name: str
    via: str
    act: str
    collection: str
    target: str


class AuditLog:
    """Appends to the log, and reads its end. Safe between threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._lock = threading.Lock()

    def note(self, caller: Caller, act: str, *, collection: str = "", target: str = "") -> None:
        """Append an act; it is on disk when this returns."""
        who = caller.principal
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(now, who.id, who.name, caller.via, act, collection, target[:_LONGEST])
        line = json.dumps(asdict(entry), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)

    def last(self, count: int = 200) -> list[Entry]:
        """The newest acts, newest first; lines that cannot be read are left out."""
        try:
            with self._path.open("rb") as file:
                lines = deque(file, maxlen=count)
        except FileNotFoundError:
            return []
        found = []
        for line in reversed(lines):
            try:
                found.append(Entry(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found

"""One writer at a time."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from malmoi.errors import IndexBusy

_FILE = "writer.lock"
_HOLDER = "writer.json"


class WriterLock:
    """Held by the process that changes a collection; the operating system lets it go when the process dies.

    Raises:
        IndexBusy: on entering, another process (or another lock of this one) holds it.
    """

    def __init__(self, index_dir: Path) -> None:
        self._dir = Path(index_dir)
        self._lock = FileLock(self._dir / _FILE, thread_local=False)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock, or raise IndexBusy at once."""
        self._dir.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise IndexBusy(
                f"Another process is changing the collection in {self._dir}{self._holder()}",
                "Wait until it is done, or end it",
            ) from error
        if self._lock.lock_counter == 1:
            # Beside the lock file: on some systems a locked file cannot be read by others.
            (self._dir / _HOLDER).write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")

    def release(self) -> None:
        """Let the lock go; once more than taken does nothing."""
        self._lock.release()

    def _holder(self) -> str:
        try:
            return f" ({(self._dir / _HOLDER).read_text(encoding='utf-8')})"
        except OSError:
            return ""

"""One writer at a time."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from malmoi.errors import IndexBusy

_FILE = "writer.lock"
_HOLDER = "writer.txt"


class WriterLock:
    """Held by the thread that changes a collection; the operating system lets it go when the process dies.

    Raises:
        IndexBusy: on entering, another process or thread holds it.
    """

    def __init__(self, index_dir: Path) -> None:
        self._dir = Path(index_dir)
        self._thread = threading.RLock()
        self._lock = FileLock(self._dir / _FILE, thread_local=False)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock, or raise IndexBusy at once. The thread that holds it may take it again."""
        if not self._thread.acquire(blocking=False):
            raise self._busy()
        try:
            self._dir.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            self._thread.release()
            raise self._busy() from error
        except BaseException:
            self._thread.release()
            raise
        if self._lock.lock_counter == 1:
            # Beside the lock file: on some systems a locked file cannot be read by others.
            (self._dir / _HOLDER).write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")

    def release(self) -> None:
        """Give back what `acquire` took; by the same thread."""
        self._lock.release()
        self._thread.release()

    def _busy(self) -> IndexBusy:
        return IndexBusy(
            f"The collection in {self._dir} is being changed{self._holder()}", "Wait until that is done, or end it"
        )

    def _holder(self) -> str:
        try:
            return f" by {(self._dir / _HOLDER).read_text(encoding='utf-8')}"
        except OSError:
            return ""

"""One SQLite connection a thread, and transactions on it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from malmoi.catalog.schema import connect
from malmoi.errors import IndexBusy, MalmoiError


class _Holder:
    """Closes its connection when its thread is gone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Connections:
    """Hands every thread its own connection to one catalog."""

    def __init__(self, index_dir: Path, *, read_only: bool) -> None:
        self.index_dir = index_dir
        self.read_only = read_only
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: WeakSet[_Holder] = WeakSet()
        self._closed = False
        self.get()

    def get(self) -> sqlite3.Connection:
        """This thread's connection."""
        holder: _Holder | None = getattr(self._local, "holder", None)
        if holder is None:
            if self._closed:
                raise MalmoiError("The catalog is closed", "Open the collection again")
            holder = _Holder(connect(self.index_dir, read_only=self.read_only))
            self._local.holder = holder
            with self._lock:
                self._open.add(holder)
        return holder.connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of it or nothing.

        Raises:
            IndexBusy: another process has been writing for too long.
        """
        if self.read_only:
            raise MalmoiError("The collection was opened for reading only", "Open it for writing")
        connection = self.get()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise IndexBusy(f"{self.index_dir} is being written to ({error})", "Try again in a moment") from error
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connections of all threads."""
        self._closed = True
        with self._lock:
            for holder in list(self._open):
                holder.connection.close()
        self._local = threading.local()

"""A small SQLite file that threads and processes share."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Database:
    """Opens, or makes, the file and its folder; safe between threads and processes.

    Args:
        schema: the statements that make it, each ended by a semicolon at a line's end; the last sets `user_version`.
        private: whether it is made readable by its owner only.
    """

    def __init__(self, path: Path, schema: str, *, private: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if private:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self.transaction() as run:
            if run("PRAGMA user_version").fetchone()[0] == 0:
                for statement in filter(str.strip, schema.split(";\n")):
                    run(statement)

    def close(self) -> None:
        """Close the file; nothing that uses it can be used afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """`execute` inside a transaction, taken back when an error leaves it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

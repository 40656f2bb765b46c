"""A proxy on loopback that cuts connections, as networks do."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Cutting:
    """Passes connections on; the first ones are cut once a mark has come through, in the direction of the client.

    Args:
        marks: one for each connection that is cut.
    """

    def __init__(self, url: str, marks: list[bytes]) -> None:
        address = urlsplit(url)
        self._target = (address.hostname or "", address.port or 0)
        self._marks = marks
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            mark = self._marks[self.connections] if self.connections < len(self._marks) else b""
            self.connections += 1
            thread = threading.Thread(target=self._pass, args=(client, mark))
            self._threads.append(thread)
            thread.start()

    def _pass(self, client: socket.socket, mark: bytes) -> None:
        with client, socket.create_connection(self._target) as server:
            back = threading.Thread(target=_copy, args=(client, server, b""))
            back.start()
            _copy(server, client, mark)
            for end in (client, server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            back.join()


def _copy(source: socket.socket, target: socket.socket, mark: bytes) -> None:
    seen = b""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
            seen = (seen + data)[-4096:]
            if mark and mark in seen:
                return
        target.shutdown(socket.SHUT_WR)

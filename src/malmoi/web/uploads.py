"""Files that a client sends."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from fastapi import Request

from malmoi.errors import TooLarge
from malmoi.types import DocumentInfo

MAX_NAME = 200


def file_name(name: str) -> str:
    """The last part of a name given by a client, without what does not belong into one."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip(" .")
    return clean[-MAX_NAME:] or "unnamed"


async def body_within(request: Request, limit: int, name: str) -> bytes:
    """The body of a request.

    Raises:
        TooLarge: it has more than `limit` bytes; the rest is not read.
    """
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > limit:
            raise TooLarge(f"{name} is larger than {limit:,} bytes", "Split the file.")
    return bytes(data)


def matching(documents: Sequence[DocumentInfo], words: str) -> list[DocumentInfo]:
    """Those whose title, name or source holds `words`, the last added first."""
    held = sorted(documents, key=lambda d: d.added, reverse=True)
    return [d for d in held if words.casefold() in f"{d.title}\n{d.name}\n{d.publisher or ''}".casefold()]

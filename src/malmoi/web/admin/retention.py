"""Deletes what is older than the operator keeps it: at start, and once a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from malmoi.errors import MalmoiError
from malmoi.web.admin import asked
from malmoi.web.site import Site

EVERY_S = 24 * 3600.0
_log = logging.getLogger(__name__)


def sweep(site: Site) -> int:
    """Delete once; gives how many conversations went. A collection that cannot be opened is left for the next time."""
    gone = 0
    site.usage.sweep(site.settings.retention.usage_days)
    for name in site.shelf.names():
        try:
            days = site.shelf.get(name).config.retention_days
            days = site.settings.retention.conversation_days if days is None else days
            if days:
                gone += asked.sweep(site.shelf.conversations(name), days)
        except MalmoiError as error:
            _log.warning("The conversations of %s were not looked through: %s", name, error)
    if gone:
        _log.info("%d conversations were older than they are kept, and are deleted", gone)
    return gone


@asynccontextmanager
async def sweeping(site: Site, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Sweep now, and every so many seconds while the context lasts."""

    async def work() -> None:
        while True:
            try:
                await asyncio.to_thread(sweep, site)
            except Exception:
                _log.exception("old conversations could not be deleted")
            await asyncio.sleep(every_s)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

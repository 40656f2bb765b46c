"""`malmoi mcp`: the collections as tools for a program that speaks the Model Context Protocol."""

from __future__ import annotations

from malmoi.cli.common import IndexOption, SetOption, read_settings


def mcp(index: IndexOption = None, assignments: SetOption = None) -> None:
    """Serve the tools over standard input and output, until the input ends."""
    import asyncio

    from malmoi.collections import Collections
    from malmoi.settings import secrets_of
    from malmoi.web.mcp import Tools
    from malmoi.web.observe import Metrics, set_up_logging
    from malmoi.web.site import Site

    settings = read_settings(index, assignments)
    set_up_logging(settings.server.log_level, settings.server.log_format, secrets_of(settings))
    with Collections(settings) as collections:
        site = Site(collections, settings, Metrics())
        try:
            asyncio.run(Tools(site, settings.server.public_url).server.run_stdio_async())
        finally:
            site.close()

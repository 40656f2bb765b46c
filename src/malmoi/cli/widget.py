"""`malmoi widget`: the chat on pages of other sites."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from malmoi.cli.common import Spoken, read_settings, say
from malmoi.i18n import resolve_language

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Commands for the widget."""


@app.command("snippet", help=say("help.widget.snippet"))
def print_snippet(
    framework: Annotated[
        Literal["fastapi", "express", "spring"], typer.Option("--framework", help=say("help.widget.framework"))
    ],
    bot: Annotated[str | None, typer.Option("--bot", metavar="URL", help=say("help.widget.bot"))] = None,
) -> None:
    """Print code for a site."""
    from malmoi.web.widget.snippet import snippet

    settings = read_settings(None)
    address = bot or settings.server.public_url or f"http://{settings.server.host}:{settings.server.port}"
    collection = "" if Spoken.collection == "default" else Spoken.collection
    language = resolve_language(settings.language)
    print(snippet(framework, settings, bot=address, language=language, collection=collection), end="")

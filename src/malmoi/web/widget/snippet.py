"""Code for a site that shows the widget: an address that mints tokens, and a page."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Literal

from malmoi.errors import SettingsError
from malmoi.settings import Settings
from malmoi.types import Language

_FOLDER = Path(__file__).parent / "snippets"
_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(?:/[\w./~-]*)?")


Framework = Literal["fastapi", "express", "spring"]
"""What a site can be made with."""


def snippet(framework: Framework, settings: Settings, *, bot: str, language: Language, collection: str = "") -> str:
    """A whole file in the framework's language; the secret is read from the environment and never printed.

    Args:
        bot: address under which readers reach Malmoi.
        language: of the page.
        collection: that the widget asks; "" for the first.

    Raises:
        SettingsError: `bot` is no address, or the tokens are signed with a private key of the site's own.
    """
    bot = bot.rstrip("/")
    if not _ADDRESS.fullmatch(bot):
        raise SettingsError(f"{bot[:80]!r} is no address", "Give one such as https://malmoi.example with --bot.")
    if settings.widget.algorithm != "HS256":
        raise SettingsError(
            f"widget.algorithm is {settings.widget.algorithm}, and the printed code signs with HS256",
            "docs/widget.md names the one line that differs.",
        )
    attribute = f' collection="{html.escape(collection)}"' if collection else ""
    return (
        (_FOLDER / f"{framework}.txt")
        .read_text("utf-8")
        .format(bot=bot, audience=settings.widget.audience, lang=language, collection=attribute)
    )

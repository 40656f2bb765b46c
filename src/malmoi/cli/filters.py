"""Options that restrict a search or a list."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from malmoi.cli.common import say
from malmoi.types import Filters, SectionKind

FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help=say("help.from"))]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help=say("help.to"))]
SourceOption = Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help=say("help.source"))]
DocumentOption = Annotated[list[str] | None, typer.Option("--document", metavar="NAME", help=say("help.document"))]
KindOption = Annotated[list[SectionKind] | None, typer.Option("--kind", help=say("help.kind"))]
LanguageOption = Annotated[list[str] | None, typer.Option("--language", metavar="CODE", help=say("help.language"))]

_DAY = re.compile(r"(\d{4})[-./]?(\d{1,2})[-./]?(\d{1,2})\.?")


def build(
    since: str | None,
    until: str | None,
    source: list[str] | None,
    document: list[str] | None,
    kind: list[SectionKind] | None,
    language: list[str] | None,
) -> Filters:
    """The filters that the options name."""
    return Filters(
        date_from=_day(since, "--from"),
        date_to=_day(until, "--to"),
        publishers=frozenset(source or ()),
        documents=frozenset(document or ()),
        languages=frozenset(code.lower() for code in language or ()),
        kinds=frozenset(kind or ()),
    )


def _day(value: str | None, option: str) -> str | None:
    """A day as `YYYY-MM-DD`; 2025.2.11 and 20250211 are read too."""
    if value is None:
        return None
    import datetime

    match = _DAY.fullmatch(value.strip())
    try:
        if match:
            return datetime.date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        pass
    raise typer.BadParameter(say("not_a_day", value=value), param_hint=option)

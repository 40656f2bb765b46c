"""Options that restrict a search or a list."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

import typer

from malmoi.cli.common import say
from malmoi.types import Filters, SectionKind


class Kind(StrEnum):
    """Kinds of sections that can be asked for: all but furniture, which is never searched."""

    HEAD = SectionKind.HEAD.value
    BODY = SectionKind.BODY.value
    COMMENT = SectionKind.COMMENT.value
    CAPTION = SectionKind.CAPTION.value
    NOTE = SectionKind.NOTE.value


FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help=say("help.from"))]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help=say("help.to"))]
SourceOption = Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help=say("help.source"))]
DocumentOption = Annotated[list[str] | None, typer.Option("--document", metavar="NAME", help=say("help.document"))]
KindOption = Annotated[list[Kind] | None, typer.Option("--kind", help=say("help.kind"))]
LanguageOption = Annotated[list[str] | None, typer.Option("--language", metavar="CODE", help=say("help.language"))]

_DAY = re.compile(r"(\d{4})[-./]?(\d{1,2})[-./]?(\d{1,2})\.?")


def build(
    since: str | None,
    until: str | None,
    source: list[str] | None,
    document: list[str] | None,
    kind: list[Kind] | None,
    language: list[str] | None,
) -> Filters:
    """The filters that the options name."""
    first, last = _day(since, "--from"), _day(until, "--to")
    if first and last and first > last:
        raise typer.BadParameter(say("days_reversed", first=first, last=last), param_hint="--from")
    return Filters(
        date_from=first,
        date_to=last,
        publishers=frozenset(source or ()),
        documents=frozenset(document or ()),
        languages=frozenset(code.lower() for code in language or ()),
        kinds=frozenset(SectionKind(k.value) for k in kind or ()),
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

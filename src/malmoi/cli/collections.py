"""`malmoi collections`: several collections in one index folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from malmoi.cli.common import IndexOption, JsonOption, has_collection, out, print_json, read_settings, say
from malmoi.errors import CollectionRefused

if TYPE_CHECKING:
    from malmoi.collections import Collection, Collections

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=say("help.collections.name"))]


@contextmanager
def _collections(index: Path | None) -> Iterator[Collections]:
    from malmoi.collections import Collections

    with Collections(read_settings(index)) as collections:
        yield collections


@app.command("list", help=say("help.collections.list"))
def list_collections(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """All collections, and whose groups see them."""
    with _collections(index) as collections:
        rows = [_row(collections, name) for name in collections.names()]
    if as_json:
        print_json(rows)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "title", "documents", "groups"):
        table.add_column(say(f"column.{column}"), overflow="fold", justify="right" if column == "documents" else "left")
    for row in rows:
        if row["problem"]:
            shown = say("collections.unusable", problem=row["problem"])
        else:
            shown = ", ".join(row["groups"]) or say("collections.everyone")
        table.add_row(row["name"], Text(row["title"]), str(row["documents"]), Text(shown))
    out().print(table)


def _row(collections: Collections, name: str) -> dict[str, Any]:
    try:
        found = collections.get(name)
        title, groups, documents = found.config.title, sorted(found.config.groups), _documents(collections, found)
    except CollectionRefused as error:
        return {"name": name, "title": "", "groups": [], "documents": 0, "problem": error.problem}
    return {"name": name, "title": title.ko or title.en, "groups": groups, "documents": documents, "problem": ""}


def _documents(collections: Collections, found: Collection) -> int:
    """How many it holds; nothing is made where nothing was added yet."""
    malmoi = collections.open(found.name)
    return len(malmoi.documents()) if has_collection(malmoi.settings) else 0


def _conversations(collections: Collections, name: str) -> int:
    store = collections.conversations(name)
    return sum(len(store.conversations(owner=owner)) for owner in store.owners())


@app.command("create", help=say("help.collections.create"))
def create(
    name: NameArgument,
    title: Annotated[str, typer.Option("--title", help=say("help.collections.title"))] = "",
    groups: Annotated[
        list[str] | None, typer.Option("--group", metavar="GROUP", help=say("help.collections.group"))
    ] = None,
    index: IndexOption = None,
) -> None:
    """Make an empty collection."""
    from malmoi.collections.config import checked_config

    config = checked_config({"title": {"ko": title}, "groups": groups or []}, "--group, --title")
    with _collections(index) as collections:
        made = collections.create(name, config)
    out().print(say("collections.created", name=made.name, folder=made.folder), markup=False)


@app.command("show", help=say("help.collections.show"))
def show(name: NameArgument, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """The settings of one collection; secrets are masked."""
    from malmoi.settings.sources import masked_value

    with _collections(index) as collections:
        found = collections.get(name)
    content = found.config.model_dump(mode="json")
    content["settings"] = {part: masked_value(changes) for part, changes in content["settings"].items()}
    content |= {"groups": sorted(found.config.groups), "name": found.name, "folder": str(found.folder)}
    if as_json:
        print_json(content)
        return
    for key, value in content.items():
        out().print(f"{key}: {value}", markup=False)


@app.command("remove", help=say("help.collections.remove"))
def remove(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help=say("help.collections.yes"))] = False,
    index: IndexOption = None,
) -> None:
    """Delete a collection with all it holds."""
    with _collections(index) as collections:
        row = _row(collections, name)
        talks = 0 if row["problem"] else _conversations(collections, name)
        question = say("collections.ask", name=name, documents=row["documents"], conversations=talks)
        if not yes and not typer.confirm(question):
            out().print(say("collections.kept"))
            return
        collections.remove(name)
    out().print(say("collections.removed", name=name), markup=False)

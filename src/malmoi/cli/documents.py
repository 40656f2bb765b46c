"""`malmoi documents`: what is set of single documents."""

from __future__ import annotations

from typing import Annotated

import typer

from malmoi.cli.common import IndexOption, JsonOption, opened, out, print_json, say

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _documents() -> None:
    """Keeps `groups` a command with a name of its own while there is no other."""


@app.command("groups", help=say("help.documents.groups"))
def groups(
    name: Annotated[str, typer.Argument(metavar="NAME", help=say("help.documents.name"))],
    wanted: Annotated[str | None, typer.Option("--set", metavar="A,B", help=say("help.documents.set"))] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show or set the groups that may see a document."""
    with opened(index, existing=True) as collection:
        if wanted is None:
            infos = collection.named(name)
        else:
            infos = collection.set_groups(name, [part for part in wanted.split(",") if part.strip()])
    if as_json:
        print_json([{"id": info.id, "name": info.name, "groups": sorted(info.groups)} for info in infos])
        return
    for info in infos:
        shown = ", ".join(sorted(info.groups)) or say("documents.of_collection")
        out().print(f"{info.name}: {shown}", markup=False)

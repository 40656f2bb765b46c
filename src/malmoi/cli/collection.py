"""`malmoi add`, `sync`, `list`, `remove`: what the collection holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from malmoi.cli import filters
from malmoi.cli.common import (
    IndexOption,
    JsonOption,
    SetOption,
    has_collection,
    opened,
    out,
    print_json,
    say,
    work_and_show,
)
from malmoi.types import DocumentInfo, FileResult, Progress


def add(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help=say("help.add.paths"))],
    index: IndexOption = None,
    embed: Annotated[bool, typer.Option("--embed/--no-embed", help=say("help.add.embed"))] = True,
    groups: Annotated[list[str] | None, typer.Option("--group", metavar="NAME", help=say("help.add.group"))] = None,
    as_json: JsonOption = False,
    assignments: SetOption = None,
) -> None:
    """Add files, folders and addresses."""
    from malmoi.documents import is_url

    urls, files = [p for p in paths if is_url(p)], [p for p in paths if not is_url(p)]
    with opened(index, assignments) as collection:

        def work(progress: Callable[[Progress], None]) -> list[FileResult]:
            given: dict[str, Any] = {"progress": progress, "embed": embed, "groups": groups or None}
            results = collection.add(files, **given) if files else []
            return results + [result for url in urls for result in collection.add_url(url, **given)]

        work_and_show(work, as_json=as_json)


def sync(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=say("help.sync.folder"))],
    index: IndexOption = None,
    as_json: JsonOption = False,
    assignments: SetOption = None,
) -> None:
    """Make the collection equal to a folder."""
    with opened(index, assignments) as collection:
        work_and_show(lambda progress: collection.sync(folder, progress=progress), as_json=as_json)


def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help=say("help.remove.names"))],
    index: IndexOption = None,
    as_json: JsonOption = False,
    assignments: SetOption = None,
) -> None:
    """Remove documents by name or id."""
    with opened(index, assignments, existing=True) as collection:
        work_and_show(lambda progress: collection.remove(names, progress=progress), as_json=as_json)


def list_documents(
    index: IndexOption = None,
    since: filters.FromOption = None,
    until: filters.ToOption = None,
    source: filters.SourceOption = None,
    document: filters.DocumentOption = None,
    kind: filters.KindOption = None,
    language: filters.LanguageOption = None,
    as_json: JsonOption = False,
    assignments: SetOption = None,
) -> None:
    """List the documents."""
    wanted = filters.build(since, until, source, document, kind, language)
    with opened(index, assignments) as collection:
        documents = collection.documents(wanted) if has_collection(collection.settings) else []
    if as_json:
        print_json([info_to_json(info) for info in documents])
    elif documents:
        _print_table(documents)
    else:
        out().print(say("filtered_out" if wanted else "empty"))


def info_to_json(info: DocumentInfo) -> dict[str, object]:
    """What `malmoi list --json` says of a document."""
    return {
        "id": info.id,
        "name": info.name,
        "title": info.title,
        "date": info.date,
        "source": info.publisher,
        "author": info.author,
        "language": info.language,
        "characters": info.characters,
        "chunks": info.chunks,
        "embedded": info.embedded,
        "kinds": [kind.value for kind in info.kinds],
        "groups": sorted(info.groups),
        "added": info.added,
        "uri": info.uri,
    }


def _print_table(documents: list[DocumentInfo]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "title", "date", "source", "chunks"):
        table.add_column(say(f"column.{column}"), overflow="fold", justify="right" if column == "chunks" else "left")
    for info in documents:
        chunks = str(info.chunks) if info.embedded >= info.chunks else f"{info.embedded}/{info.chunks}"
        table.add_row(Text(info.name), Text(info.title), info.date or "", Text(info.publisher or ""), chunks)
    console = out()
    console.print(table)
    console.print(say("documents", n=len(documents)))
    if any(info.embedded < info.chunks for info in documents):
        console.print(say("not_embedded"))

"""`malmoi index`: compare, rebuild and describe the stores."""

from __future__ import annotations

import dataclasses
from typing import Any

import typer

from malmoi.cli.common import FAILED, IndexOption, JsonOption, SetOption, opened, out, print_json, progress_bar, say

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("verify", help=say("help.index.verify"))
def verify(index: IndexOption = None, as_json: JsonOption = False, assignments: SetOption = None) -> None:
    """Compare the three stores."""
    with opened(index, assignments) as collection:
        report = collection.verify()
    sound = bool(report.ok)
    if as_json:
        print_json({"ok": sound, **_plain(report)})
    else:
        console = out()
        console.print(say("verify.sound" if sound else "verify.unsound"))
        for name, value in _plain(report).items():
            if value not in ([], "", None):
                console.print(f"  {name}: {value}", markup=False)
    if not sound:
        raise typer.Exit(FAILED)


@app.command("rebuild", help=say("help.index.rebuild"))
def rebuild(index: IndexOption = None, assignments: SetOption = None) -> None:
    """Make the derived indexes again from the catalog."""
    with opened(index, assignments) as collection:
        with progress_bar() as progress:
            collection.rebuild(progress=progress)
        out().print(say("rebuilt", n=len(collection.documents())))


@app.command("status", help=say("help.index.status"))
def status(index: IndexOption = None, as_json: JsonOption = False, assignments: SetOption = None) -> None:
    """Say what the collection holds and how far its indexes are."""
    with opened(index, assignments) as collection:
        documents = collection.documents()
        folder = collection.settings.index_dir
        facts: dict[str, object] = {
            "index": str(folder),
            "documents": len(documents),
            "characters": sum(d.characters for d in documents),
            "chunks": sum(d.chunks for d in documents),
            "embedded": sum(d.embedded for d in documents),
            "bytes": sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) if folder.is_dir() else 0,
            "answerer": collection.answerer_label(),
        }
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        out().print(f"{say(f'index.{name}')}: {shown}", markup=False)


def _plain(report: Any) -> dict[str, object]:
    return {key: value for key, value in dataclasses.asdict(report).items() if key != "ok"}

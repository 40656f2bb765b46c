"""`malmoi index`: compare, rebuild and describe the stores."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import typer

from malmoi.cli.common import (
    FAILED,
    IndexOption,
    JsonOption,
    SetOption,
    Spoken,
    opened,
    out,
    print_json,
    progress_bar,
    say,
)

if TYPE_CHECKING:
    from malmoi.index.verify import VerifyReport

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("verify", help=say("help.index.verify"))
def verify(index: IndexOption = None, as_json: JsonOption = False, assignments: SetOption = None) -> None:
    """Compare the three stores."""
    with opened(index, assignments, existing=True) as collection:
        report = collection.verify()
    if as_json:
        print_json(report_to_json(report))
    else:
        counts = {name: getattr(report, name) for name in ("documents", "chunks", "lexical", "vectors", "chroma")}
        out().print(say("verify.counts", **counts), markup=False)
        for problem in report.problems:
            out().print(f"  - {problem.message(Spoken.language)}", markup=False)
        lost = any(problem.code.startswith("catalog") for problem in report.problems)
        out().print(say("verify.sound" if report.ok else "verify.catalog" if lost else "verify.unsound"))
    if not report.ok:
        raise typer.Exit(FAILED)


def report_to_json(report: VerifyReport) -> dict[str, object]:
    """`ok`, the counts, and `problems[]` of `code count detail message`."""
    facts = dataclasses.asdict(report)
    facts["problems"] = [{**dataclasses.asdict(p), "message": p.message(Spoken.language)} for p in report.problems]
    return {"ok": report.ok, **facts}


@app.command("rebuild", help=say("help.index.rebuild"))
def rebuild(index: IndexOption = None, assignments: SetOption = None) -> None:
    """Make the derived indexes again from the catalog."""
    with opened(index, assignments, existing=True) as collection:
        with progress_bar() as progress:
            collection.rebuild(progress=progress)
        out().print(say("rebuilt", n=len(collection.documents())))


@app.command("status", help=say("help.index.status"))
def status(index: IndexOption = None, as_json: JsonOption = False, assignments: SetOption = None) -> None:
    """Say what the collection holds and how far its indexes are."""
    with opened(index, assignments, existing=True) as collection:
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

"""The command `malmoi`: one module a group of commands, heavy imports inside the commands."""

from __future__ import annotations

import sys

import typer

from malmoi.cli import (
    ask,
    collection,
    collections,
    documents,
    eval_generate,
    eval_report,
    eval_tools,
    index,
    mcp,
    names,
    people,
    serve,
    system,
    widget,
)
from malmoi.cli import eval as evaluation
from malmoi.cli.common import FAILED, Spoken, say, tell_failure
from malmoi.errors import MalmoiError

app = typer.Typer(
    name="malmoi",
    help=say("help.malmoi"),
    no_args_is_help=True,
    rich_markup_mode=None,  # importing rich for the help text alone costs more than all of the rest
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("demo", help=say("help.demo"))(serve.demo)
app.command("add", help=say("help.add"))(collection.add)
app.command("sync", help=say("help.sync"))(collection.sync)
app.command("list", help=say("help.list"))(collection.list_documents)
app.command("remove", help=say("help.remove"))(collection.remove)
app.command("names", help=say("help.names"))(names.names)
app.command("ask", help=say("help.ask"))(ask.ask)
app.command("serve", help=say("help.serve"))(serve.serve)
app.command("mcp", help=say("help.mcp"))(mcp.mcp)
app.add_typer(index.app, name="index", help=say("help.index_group"))
app.command("doctor", help=say("help.doctor"))(system.doctor)
for command in (
    eval_report.report, eval_report.compare, eval_report.gate, eval_generate.generate,
    eval_tools.export, eval_tools.judge, eval_tools.sweep,
):  # fmt: skip
    evaluation.app.command(command.__name__, help=say(f"help.eval.{command.__name__}"))(command)
app.add_typer(evaluation.app, name="eval", help=say("help.eval"))
app.add_typer(people.people_app, name="people", help=say("help.people_group"))
app.add_typer(people.keys_app, name="keys", help=say("help.keys_group"))
app.add_typer(documents.app, name="documents", help=say("help.documents_group"))
app.add_typer(collections.app, name="collections", help=say("help.collections_group"))
app.add_typer(widget.app, name="widget", help=say("help.widget_group"))
app.add_typer(system.config_app, name="config", help=say("help.config"))
app.add_typer(system.model_app, name="model", help=say("help.model"))


def _version(wanted: bool) -> None:
    if wanted:
        from malmoi import __version__

        print(f"malmoi {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help=say("help.version")),
    collection: str = typer.Option("default", "--collection", metavar="NAME", help=say("help.collection")),
) -> None:
    """Options of `malmoi` itself."""
    Spoken.collection = collection


def main() -> None:
    """Run the command; expected failures are told in two lines and end with status 1."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except MalmoiError as error:
        tell_failure(error)
        raise SystemExit(FAILED) from None
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"{say('error')}: {error.strerror or error}{where}", file=sys.stderr)
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


__all__ = ["Spoken", "app", "main"]

"""`malmoi doctor`, `config`, `model`: the machine, the settings, the embedding engine."""

from __future__ import annotations

from typing import Annotated

import typer

from malmoi.cli.common import (
    FAILED,
    IndexOption,
    JsonOption,
    SetOption,
    Spoken,
    out,
    overrides_of,
    print_json,
    progress_bar,
    read_settings,
    say,
    tell_failure,
)
from malmoi.errors import EmbeddingUnavailable

config_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
model_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def doctor(index: IndexOption = None, as_json: JsonOption = False, assignments: SetOption = None) -> None:
    """Check everything that Malmoi needs here; exits with 1 if a check fails."""
    from malmoi.doctor import State, examine

    checks = examine(overrides_of(index, assignments), Spoken.language)
    if as_json:
        print_json([check.to_json() for check in checks])
    else:
        from rich.text import Text

        styles = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red"}
        for check in checks:
            line = Text(f"{say(f'doctor.{check.state.value}'):<6}", style=styles[check.state])
            out().print(line.append(f"{check.title}: {check.found}", style="default"))
            if check.remedy:
                out().print(Text(f"      → {check.remedy}"))
    if any(check.state is State.FAIL for check in checks):
        raise typer.Exit(FAILED)


@config_app.command("show", help=say("help.config.show"))
def show(index: IndexOption = None, as_json: JsonOption = False, assignments: SetOption = None) -> None:
    """Effective values and where each came from."""
    from malmoi.settings import explain

    rows = explain(overrides=overrides_of(index, assignments))
    if as_json:
        print_json([{"key": key, "value": value, "origin": origin} for key, value, origin in rows])
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("key", "value", "origin"):
        table.add_column(say(f"column.{column}"), overflow="fold")
    for key, value, origin in rows:
        shown = say("origin.default") if origin == "default" else say("origin.option") if origin == "option" else origin
        table.add_row(key, Text(value), Text(shown, style="dim" if origin == "default" else "bold"))
    out().print(table)


@config_app.command("reference", help=say("help.config.reference"))
def reference() -> None:
    """The text of docs/configuration.md."""
    from malmoi.settings.reference import reference as render

    print(render(), end="")


@model_app.command("prepare", help=say("help.model.prepare"))
def prepare(
    index: IndexOption = None,
    again: Annotated[bool, typer.Option("--again", help=say("help.model.again"))] = False,
    assignments: SetOption = None,
) -> None:
    """Load the analyser, convert the bundled model for this machine, and embed a sentence with the engine in use."""
    from malmoi.embedding import engine_note, open_embedder
    from malmoi.korean import get_analyser

    settings = read_settings(index, assignments)
    console = out()
    console.print(say("model.analyser", id=get_analyser().id), markup=False)
    if settings.embedding.engine == "bundled" and not settings.embedding.path:
        _convert(again)
    embedder = open_embedder(settings.embedding)
    if embedder is None:
        console.print(say("model.none"))
        return
    embedder.embed_question(say("model.sample"))
    console.print(say("model.embedding", id=embedder.id, dimension=embedder.dimension), markup=False)
    if note := engine_note(embedder):
        console.print(note, markup=False)


def _convert(again: bool) -> None:
    """Convert the bundled model; where that cannot be done its original engine serves, and that is no failure."""
    from malmoi.embedding.prepare import prepare as convert

    try:
        with progress_bar() as progress:
            report = convert(progress, again=again)
    except EmbeddingUnavailable as error:
        tell_failure(error)
        return
    compared = report.comparison
    shown = say(
        "model.converted",
        folder=report.folder,
        seconds=f"{report.seconds:.0f}",
        megabytes=f"{report.bytes / 1e6:.0f}",
        cosine=f"{compared.cosine_least:.4f}",
        fast=f"{compared.tokens_per_second:,.0f}",
        slow=f"{compared.original_tokens_per_second:,.0f}",
    )
    out().print(shown, markup=False)

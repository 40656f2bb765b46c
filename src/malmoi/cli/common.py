"""What the commands share: language, settings, consoles, progress and how failures are told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from malmoi.errors import MalmoiError, SettingsError
from malmoi.i18n import describe_error, describe_result, resolve_language, text
from malmoi.types import FileResult, FileStatus, Language, Progress

if TYPE_CHECKING:
    from rich.console import Console

    from malmoi.engine import Malmoi
    from malmoi.settings import Settings

FAILED = 1
"""Exit status of a command that did not do all it was asked; 2 is a wrong command line."""

LISTED = 40
"""Longer lists of unremarkable results are summed up."""


class Spoken:
    """What holds for this run: its language (the environment's until the settings are read) and its collection."""

    language: Language = resolve_language(os.environ.get("MALMOI_LANGUAGE", "auto"))
    collection: str = "default"


def say(key: str, **values: object) -> str:
    """The text `cli.KEY` in the language of this run."""
    return text(f"cli.{key}", Spoken.language, **values)


IndexOption = Annotated[Path | None, typer.Option("--index", metavar="DIR", help=say("help.index"))]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=say("help.set"))]
JsonOption = Annotated[bool, typer.Option("--json", help=say("help.json"))]


def overrides_of(index: Path | None, assignments: Sequence[str] | None) -> dict[str, object]:
    """Options as `load_settings` takes them; `KEY=VALUE` values are JSON where they parse as such."""
    overrides: dict[str, object] = {}
    for assignment in assignments or ():
        key, equals, value = assignment.partition("=")
        if not equals:
            raise SettingsError(f"--set {assignment} has no value", "Write --set KEY=VALUE.")
        overrides[key.strip()] = json_or_text(value)
    if index is not None:
        overrides["index_dir"] = index
    return overrides


def json_or_text(value: str) -> object:
    """Mappings are parsed; anything else stays text, which the settings object converts itself."""
    if value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def read_settings(index: Path | None, assignments: Sequence[str] | None = None) -> Settings:
    """Settings of this run; from here on its messages are in their language."""
    from malmoi.settings import load_settings

    settings = load_settings(overrides=overrides_of(index, assignments))
    Spoken.language = resolve_language(settings.language)
    return settings


@contextmanager
def opened(index: Path | None, assignments: Sequence[str] | None = None, *, existing: bool = False) -> Iterator[Malmoi]:
    """The collection that the options name, closed at the end.

    Raises:
        NoCollection: `existing` is asked for, and the folder holds none; it is not made then.
    """
    from malmoi.collections import Collections

    with Collections(read_settings(index, assignments)) as collections:
        collection = collections.open(Spoken.collection)
        if existing and not has_collection(collection.settings):
            raise NoCollection(
                f"There is no collection in {collection.settings.index_dir}",
                "Add documents with `malmoi add PATH`, or name another folder with --index.",
            )
        yield collection


class NoCollection(MalmoiError):
    """The index folder holds no catalog."""

    code = "index.none"


def has_collection(settings: Settings) -> bool:
    """Whether something was ever added to the index folder."""
    return (settings.index_dir / "catalog.sqlite").is_file()


def out() -> Console:
    """The console for results."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """The console for progress and failures."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(value: object) -> None:
    """One JSON value on standard output, in UTF-8 whatever the locale."""
    line = json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def tell_failure(error: MalmoiError) -> None:
    """Problem and remedy on standard error."""
    problem, remedy = describe_error(error, Spoken.language)
    print(f"{say('error')}: {problem}", file=sys.stderr)
    if remedy:
        print(f"  {remedy}", file=sys.stderr)


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """A callback that draws one bar a step, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, TextColumn("[dim]{task.fields[item]}", markup=True), console=err(), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(step: Progress) -> None:
            from rich.markup import escape

            if step.step not in tasks:
                tasks[step.step] = bars.add_task(say(f"step.{step.step}"), total=None, item="")
            item = escape(step.name[-40:])
            bars.update(tasks[step.step], completed=step.done, total=step.total or None, item=item)

        yield show


def work_and_show(work: Callable[[Callable[[Progress], None]], list[FileResult]], *, as_json: bool) -> None:
    """Run `work` with a progress bar and show its results, also those of files that were in before it failed."""
    try:
        with progress_bar() as progress:
            results = work(progress)
    except MalmoiError as error:
        if error.results:
            _show(error.results, as_json=as_json)
        raise
    show_results(results, as_json=as_json)


def show_results(results: Sequence[FileResult], *, as_json: bool = False) -> None:
    """One row a file, or a summary when most of a long list went well; exits with 1 if any file failed."""
    _show(results, as_json=as_json)
    if any(r.status is FileStatus.FAILED for r in results):
        raise typer.Exit(FAILED)


def _show(results: Sequence[FileResult], *, as_json: bool) -> None:
    if as_json:
        print_json([result_to_json(r) for r in results])
    else:
        _print_results(results)


def result_to_json(result: FileResult) -> dict[str, object]:
    """`name status chunks problem remedy other`."""
    problem, remedy = describe_result(result, Spoken.language)
    return {
        "name": result.name,
        "status": result.status.value,
        "chunks": result.chunks,
        "problem": problem,
        "remedy": remedy,
        "other": result.other,
    }


_STYLES = {FileStatus.FAILED: "red", FileStatus.DUPLICATE: "yellow", FileStatus.UNCHANGED: "dim"}


def _print_results(results: Sequence[FileResult]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = out()
    notable = {FileStatus.FAILED, FileStatus.DUPLICATE}
    listed = results if len(results) <= LISTED else [r for r in results if r.status in notable]
    if listed:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("file", "status", "chunks", "remark"):
            table.add_column(
                say(f"column.{column}"), overflow="fold", justify="right" if column == "chunks" else "left"
            )
        for r in listed:
            remark = say("same_as", other=r.other) if r.other else _sentences(*describe_result(r, Spoken.language))
            status = Text(say(f"status.{r.status.value}"), style=_STYLES.get(r.status, "green"))
            table.add_row(Text(r.name), status, str(r.chunks or ""), Text(remark))
        console.print(table)
    counts = ((status, sum(r.status is status for r in results)) for status in FileStatus)
    summary = ", ".join(f"{say(f'status.{status.value}')} {n}" for status, n in counts if n)
    console.print(summary or say("nothing_found"))


def _sentences(problem: str, remedy: str) -> str:
    return ". ".join(part.rstrip(". ") for part in (problem, remedy) if part)

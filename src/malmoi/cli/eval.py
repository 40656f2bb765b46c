"""`malmoi eval`: fixed sets of questions, asked and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from malmoi.cli.common import (
    IndexOption,
    JsonOption,
    NoCollection,
    SetOption,
    Spoken,
    err,
    has_collection,
    out,
    print_json,
    progress_bar,
    read_settings,
    say,
)
from malmoi.i18n import texts
from malmoi.types import FileStatus

if TYPE_CHECKING:
    from rich.console import Console

    from malmoi.engine import Malmoi
    from malmoi.evaluation.results import Figure, Results
    from malmoi.settings import Settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

OUT = Path("evaluation")
"""Where results go unless `--out` names another folder."""
INDEXES = "indexes"
"""Folder below it for the indexes of `--documents`."""
_LISTED = 10
"""Questions and files that are named one by one; of more only the number is told."""

STEPS = ("first", "retrieve", "total")
TYPE_COLUMNS = (
    "ndcg@10", "hit@1", "evidence_recall@5", "contains", "citation_recall", "citations_resolve", "hallucination",
    "over_refusal",
)  # fmt: skip
"""Measures of the tables with a row for each type or baseline: all would be wider than any terminal."""

QuestionsOption = Annotated[Path, typer.Option("--questions", metavar="FILE", help=say("help.eval.questions"))]
DocumentsOption = Annotated[Path | None, typer.Option("--documents", metavar="PATH", help=say("help.eval.documents"))]
AnswererOption = Annotated[Literal["extractive", "llm"], typer.Option("--answerer", help=say("help.eval.answerer"))]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help=say("help.eval.out"))]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help=say("help.eval.limit"))]


@app.command("run", help=say("help.eval.run"))
def run(
    questions: QuestionsOption,
    documents: DocumentsOption = None,
    answerer: AnswererOption = "extractive",
    out_dir: OutOption = OUT,
    limit: LimitOption = None,
    baselines: Annotated[bool, typer.Option("--baselines", help=say("help.eval.baselines"))] = False,
    index: IndexOption = None,
    as_json: JsonOption = False,
    assignments: SetOption = None,
) -> None:
    """Ask a set of questions and write what came of it."""
    from malmoi.evaluation import baselines as rankings
    from malmoi.evaluation import partial
    from malmoi.evaluation.about import file_facts
    from malmoi.evaluation.questions import read_questions
    from malmoi.evaluation.report import write_report
    from malmoi.evaluation.results import NAME, write_results
    from malmoi.evaluation.run import evaluate, spread

    settings = read_settings(index, assignments)
    wanted = spread(read_questions(questions), limit)
    with opened_for(settings, documents, out_dir) as collection, progress_bar() as progress:
        results = evaluate(
            collection,
            wanted,
            answerer=answerer,
            baselines=rankings.own(collection) if baselines else (),
            source=file_facts(questions),
            partial=out_dir / partial.NAME,
            progress=progress,
        )
    write_results(results, out_dir / NAME)
    report = out_dir / "report.html"
    write_report(results, report, Spoken.language)
    if as_json:
        value = results.to_json()
        print_json({key: value[key] for key in ("about", "figures", "by_type", "baselines", "timings")})
        return
    print_results(results, out())
    out().print(f"\n{say('eval.written')}", markup=False)
    for path in (out_dir / NAME, report):
        out().print(f"  {path}", markup=False)


def opened_for(settings: Settings, documents: Path | None, out_dir: Path) -> Malmoi:
    """The collection of `--documents`, in an index below `out_dir`, or else that of the settings.

    Raises:
        NoCollection: no documents are named, and there is no collection.
    """
    from malmoi.engine import Malmoi
    from malmoi.evaluation.run import open_over

    if documents is None:
        if not has_collection(settings):
            raise NoCollection(
                f"There is no collection in {settings.index_dir}",
                "Name documents with --documents, or another --index.",
            )
        return Malmoi(settings)
    with progress_bar() as progress:
        collection, files = open_over(settings, documents, out_dir / INDEXES, progress=progress)
    failed = [f"{file.name}: {file.problem}" for file in files if file.status is FileStatus.FAILED]
    print_failures(say("eval.unread", n=len(failed)), failed)
    return collection


def print_results(results: Results, console: Console) -> None:
    """Figures with intervals, by type, of the baselines, times, and what did not work."""
    _print_table(console, say("eval.all"), {say("column.value"): results.figures}, by_measure=True)
    if len(results.by_type) > 1:
        _print_table(console, say("eval.by_type"), results.by_type)
    if results.baselines:
        shown = {measure for figures in results.baselines.values() for measure in figures}
        own = {measure: figure for measure, figure in results.figures.items() if measure in shown}
        named = {_known("baseline", name): figures for name, figures in results.baselines.items()}
        _print_table(console, say("eval.baselines"), {"Malmoi": own, **named})
    times = ", ".join(
        say("eval.time", step=say(f"eval.step.{step}"), **results.timings[step])
        for step in STEPS
        if step in results.timings
    )
    console.print(f"\n{times}", markup=False)
    _warn_about(results)


def _known(kind: str, name: str) -> str:
    """The name's text where it has one, else the name."""
    return texts(Spoken.language).get(f"cli.eval.{kind}.{name}", name)


def _warn_about(results: Results) -> None:
    failed = [f"{q.question.id}: {q.error}" for q in results.questions if q.error]
    print_failures(say("eval.failed", n=len(failed), total=len(results.questions)), failed)
    absent = results.about["questions"]["absent"]
    print_failures(say("eval.absent", n=len(absent)), absent)


def print_failures(message: str, items: Sequence[str]) -> None:
    """What did not work and the first items of it, on standard error; nothing without items."""
    if items:
        err().print(message, style="yellow", markup=False)
        for item in items[:_LISTED]:
            err().print(f"  {item}", markup=False)


def measure_name(measure: str) -> str:
    """What a measure is called in the language of this run."""
    return texts(Spoken.language).get(f"report.measure.{measure}", measure)


def shown(figure: Figure | None) -> str:
    """The mean with its interval, `0.912 [0.881, 0.940]`; a dash where there is none."""
    if figure is None or figure.mean is None:
        return "-"
    return f"{figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _print_table(
    console: Console, title: str, rows: Mapping[str, Mapping[str, Figure]], *, by_measure: bool = False
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left", title_style="bold")
    if by_measure:
        for column in ("measure", "mean", "n"):
            table.add_column(say(f"eval.column.{column}"), justify="right" if column == "n" else "left")
        for figures in rows.values():
            for measure, figure in figures.items():
                table.add_row(Text(measure_name(measure)), Text(shown(figure)), f"{figure.n}/{figure.total}")
    else:
        columns = [m for m in TYPE_COLUMNS if any(m in figures for figures in rows.values())]
        table.add_column("", no_wrap=True)
        for name in map(measure_name, columns):
            table.add_column(name, overflow="fold")
        for name, figures in rows.items():
            cells = (f"{f.mean:.3f} ({f.n})" if (f := figures.get(m)) and f.mean is not None else "-" for m in columns)
            table.add_row(Text(name), *cells)
    console.print(table)

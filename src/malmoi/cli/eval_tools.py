"""`malmoi eval export`, `judge` and `sweep`: what is done with results, and with many of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from malmoi.cli.common import (
    FAILED,
    JsonOption,
    SetOption,
    Spoken,
    json_or_text,
    out,
    overrides_of,
    print_json,
    progress_bar,
    read_settings,
    say,
)
from malmoi.cli.eval import (
    OUT,
    AnswererOption,
    LimitOption,
    OutOption,
    QuestionsOption,
    measure_name,
    print_failures,
    shown,
)
from malmoi.cli.eval_report import ResultsArgument
from malmoi.errors import SettingsError

if TYPE_CHECKING:
    from malmoi.evaluation.judge import Judged
    from malmoi.evaluation.sweep import Cell, Grid

_JUDGED = "judged.json"
_CACHE = ".judge"


def export(
    results: ResultsArgument,
    form: Annotated[Literal["trec", "ranx", "ragas"], typer.Option("--form", help=say("help.eval.form"))],
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help=say("help.eval.export_out"))] = OUT,
) -> None:
    """Write results in the form of another harness."""
    from malmoi.evaluation import exports
    from malmoi.evaluation.results import read_results

    for path in exports.export(read_results(results), form, out_dir):
        out().print(str(path), markup=False)


def judge(
    results: ResultsArgument,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("help.eval.dry_run"))] = False,
    labels: Annotated[Path | None, typer.Option("--labels", metavar="FILE", help=say("help.eval.labels"))] = None,
    base_url: Annotated[str | None, typer.Option("--base-url", metavar="URL", help=say("help.eval.base_url"))] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help=say("help.eval.model"))] = None,
    as_json: JsonOption = False,
    assignments: SetOption = None,
) -> None:
    """Let a language model judge the answers of a run."""
    from malmoi.evaluation import judge as judging
    from malmoi.evaluation.results import read_results, write_whole

    named = [f"llm.{key}={value}" for key, value in (("base_url", base_url), ("model", model)) if value]
    settings = read_settings(None, [*(assignments or ()), *named])
    if not (settings.llm.base_url and settings.llm.model):
        raise SettingsError("No language model is set up", "Name one with --base-url and --model.")
    found = read_results(results)
    folder = results if results.is_dir() else results.parent
    known = judging.read_labels(labels) if labels else None
    judge = judging.Judge(settings, folder / _CACHE)
    estimate = judge.estimate(found)
    if not as_json or dry_run:
        message = say(
            "eval.estimate",
            calls=estimate.calls,
            cached=estimate.cached,
            read=estimate.tokens_in,
            write=estimate.tokens_out,
        )
        out().print(message, markup=False)
    if dry_run:
        return
    with progress_bar() as progress:
        judged = judging.summarise(list(judge.judge(found, progress=progress)), judge.about, known)
    content = json.dumps(judged.to_json(), ensure_ascii=False, indent=1, allow_nan=False)
    write_whole(folder / _JUDGED, content.encode() + b"\n")
    if as_json:
        print_json(judged.to_json())
    else:
        _print_judged(judged)
        out().print(f"\n{say('eval.written')}\n  {folder / _JUDGED}", markup=False)
    if judged.failures:
        raise typer.Exit(FAILED)


def _print_judged(judged: Judged) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("measure", "mean", "n"):
        table.add_column(say(f"eval.column.{column}"))
    for name, figure in judged.figures.items():
        table.add_row(say(f"eval.judged.{name}"), shown(figure), f"{figure.n}/{figure.total}")
    out().print(table)
    if judged.agreement is not None:
        kappa = "-" if judged.agreement.kappa is None else f"{judged.agreement.kappa:.3f}"
        told = say("eval.agreement", n=judged.agreement.n, accuracy=f"{judged.agreement.accuracy:.3f}", kappa=kappa)
        out().print(told, markup=False)
    failed = [f"{j.id}: {j.error}" for j in judged.judgements if j.error]
    print_failures(say("eval.unjudged", n=len(failed)), failed)


def sweep(
    questions: QuestionsOption,
    documents: Annotated[Path, typer.Option("--documents", metavar="PATH", help=say("help.eval.documents"))],
    grid: Annotated[Path | None, typer.Option("--grid", metavar="FILE", help=say("help.eval.grid"))] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE,VALUE", help=say("help.eval.sweep_set"))
    ] = None,
    answerer: AnswererOption = "extractive",
    out_dir: OutOption = OUT,
    limit: LimitOption = None,
    measure: Annotated[str | None, typer.Option("--measure", metavar="NAME", help=say("help.eval.measure"))] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a grid over settings."""
    from malmoi.evaluation import sweep as sweeping
    from malmoi.evaluation.about import file_facts
    from malmoi.evaluation.measures import MEASURES
    from malmoi.evaluation.questions import read_questions
    from malmoi.evaluation.run import spread
    from malmoi.evaluation.sweep_page import write_page
    from malmoi.settings import load_settings

    read_settings(None)
    if measure is not None and measure not in MEASURES:
        raise SettingsError(f"There is no measure {measure}", f"Use one of {', '.join(MEASURES)}.")
    wanted = {**(sweeping.read_grid(grid) if grid else {}), **_grid_of(assignments or ())}
    if not wanted:
        raise SettingsError("There is nothing to sweep over", "Give --grid FILE or --set KEY=VALUE,VALUE.")
    asked = spread(read_questions(questions), limit)
    with progress_bar() as progress:
        cells = list(
            sweeping.sweep(
                wanted,
                lambda values: load_settings(overrides=values),
                asked,
                documents,
                out_dir,
                answerer=answerer,
                source=file_facts(questions),
                progress=progress,
            )
        )
    sweeping.write_json(cells, out_dir / "sweep.json")
    write_page(cells, out_dir / "sweep.html", Spoken.language, measure)
    if as_json:
        print_json(sweeping.to_json(cells))
        return
    _print_cells(cells)
    out().print(f"\n{say('eval.written')}", markup=False)
    for name in ("sweep.json", "sweep.html"):
        out().print(f"  {out_dir / name}", markup=False)


def _grid_of(assignments: Sequence[str]) -> Grid:
    """Values of `KEY=A,B` are parted at commas, but for mappings."""
    found: Mapping[str, object] = overrides_of(None, assignments)
    grid: dict[str, list[object]] = {}
    for key, value in found.items():
        parts = value.split(",") if isinstance(value, str) else [value]
        grid[key] = [json_or_text(part.strip()) if isinstance(part, str) else part for part in parts]
    return grid


def _print_cells(cells: Sequence[Cell]) -> None:
    from rich.table import Table

    from malmoi.cli.eval import TYPE_COLUMNS
    from malmoi.evaluation.sweep import value_text

    columns = [name for name in TYPE_COLUMNS if any(name in cell.results.figures for cell in cells)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(say("eval.settings"), no_wrap=True)
    for name in (*map(measure_name, columns), "p50 ms"):
        table.add_column(name, overflow="fold")
    for cell in cells:
        means = (cell.results.figures.get(name) for name in columns)
        told = [f"{f.mean:.3f}" if f is not None and f.mean is not None else "-" for f in means]
        table.add_row(value_text(cell.values), *told, "-" if cell.milliseconds is None else f"{cell.milliseconds:.0f}")
    out().print(table)

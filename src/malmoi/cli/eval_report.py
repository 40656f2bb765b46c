"""`malmoi eval report`, `compare` and `gate`: what is done with the results of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from malmoi.cli.common import FAILED, JsonOption, Spoken, out, print_json, say, tell_failure
from malmoi.errors import MalmoiError
from malmoi.i18n import texts

if TYPE_CHECKING:
    from malmoi.evaluation.gate import Check, Verdict

WRONG_INPUT = 2
"""Exit status of a gate that could not decide."""

ResultsArgument = Annotated[Path, typer.Argument(metavar="RESULTS", help=say("help.eval.results"))]
_Thresholds = typer.Option("--thresholds", metavar="FILE", help=say("help.eval.thresholds"))


def report(
    results: ResultsArgument,
    out_file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=say("help.eval.report.out"))] = None,
    thresholds: Annotated[Path | None, _Thresholds] = None,
) -> None:
    """Make the report of a run again."""
    from malmoi.evaluation.gate import read_thresholds
    from malmoi.evaluation.report import NAME, write_report
    from malmoi.evaluation.results import read_results

    found = read_results(results)
    targets = read_thresholds(thresholds).targets if thresholds else None
    target = out_file or (results if results.is_dir() else results.parent) / NAME
    write_report(found, target, Spoken.language, targets=targets)
    out().print(str(target), markup=False)


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help=say("help.eval.compare.a"))],
    b: Annotated[Path, typer.Argument(metavar="B", help=say("help.eval.compare.b"))],
    out_file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=say("help.eval.compare.out"))] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs question by question."""
    from malmoi.evaluation.compare import compare, compare_html, compare_text
    from malmoi.evaluation.results import read_results, write_whole

    first, second = read_results(a), read_results(b)
    compared, names = compare(first, second), (str(a), str(b))
    if out_file:
        write_whole(out_file, compare_html(compared, first, second, names, Spoken.language).encode())
    if as_json:
        print_json(compared.to_json())
    else:
        out().print(compare_text(compared, names, Spoken.language), markup=False)


def gate(
    results: Annotated[Path, typer.Option("--results", metavar="RESULTS", help=say("help.eval.results"))],
    thresholds: Annotated[Path, typer.Option("--thresholds", metavar="FILE", help=say("help.eval.thresholds"))],
    against: Annotated[
        Path | None, typer.Option("--against", metavar="BASELINE", help=say("help.eval.against"))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a run against thresholds; exits with 1 when one is missed, with 2 when that cannot be told."""
    from malmoi.evaluation.gate import judge, read_thresholds
    from malmoi.evaluation.results import read_results

    try:
        limits = read_thresholds(thresholds)
        baseline = read_results(against) if against else None
        verdict = judge(read_results(results), limits, baseline)
    except MalmoiError as error:
        tell_failure(error)
        raise typer.Exit(WRONG_INPUT) from None
    if as_json:
        print_json(verdict.to_json())
    else:
        _print_verdict(verdict)
    if not verdict.passed:
        raise typer.Exit(FAILED)


def _print_verdict(verdict: Verdict) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("check", "found", "limit", "verdict"):
        table.add_column(say(f"gate.{column}"), justify="right" if column in ("found", "limit") else "left")
    for check in verdict.checks:
        outcome = say("gate.passed" if check.passed else "gate.failed")
        table.add_row(
            Text(_subject(check)), _found(check), _limit(check), Text(outcome, "green" if check.passed else "red")
        )
    console = out()
    if (compared := verdict.comparison) and compared.left_out:
        left = {"a": compared.only_a, "b": compared.only_b, "changed": compared.changed, "common": len(compared.pairs)}
        console.print(texts(Spoken.language)["report.compare.left_out"].format(**left), style="yellow", markup=False)
    console.print(table)
    missed = sum(not check.passed for check in verdict.checks)
    summary = say("gate.all_passed", n=len(verdict.checks)) if not missed else say("gate.missed", n=missed)
    console.print(Text(summary, "green bold" if not missed else "red bold"))


def _subject(check: Check) -> str:
    if check.kind == "count":
        return say(f"gate.count.{check.subject}")
    from malmoi.evaluation.report_page import measure_name

    where = f"{check.type}: " if check.type else ""
    return f"{where}{measure_name(check.subject, Spoken.language)}, {say(f'gate.{check.kind}')}"


def _found(check: Check) -> str:
    if check.kind == "count":
        return f"{check.found:.0f}"
    if check.kind == "loss":
        return f"{check.change:+.3f}, p {check.found:.4f}"
    return say("gate.unmeasured") if check.found is None else f"{check.found:.3f}"


def _limit(check: Check) -> str:
    if check.kind == "loss":
        return say("gate.no_loss", level=f"{check.limit:g}")
    return f"{'≥' if check.at_least else '≤'} {check.limit:g}"

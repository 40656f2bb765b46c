"""Runs over sets of questions, as they lie in the folder `evals` of a collection."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from malmoi.errors import MalmoiError, ResultsError
from malmoi.evaluation.results import NAME, Results, read_results
from malmoi.web.admin.office import Office
from malmoi.web.site import Room

FOLDER = "evals"
REPORT = "report.html"
SHOWN = ("contains", "citation_recall", "ndcg@10")
"""Measures in the list, where a run has them."""
MOST = 200
_RUN = re.compile(r"[\w가-힣][\w가-힣.-]{0,99}")
_SANDBOX = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""A report is a file with scripts of its own: it gets no origin, so that it can reach nothing of ours."""


@dataclass(frozen=True, slots=True)
class Run:
    """A folder with results.

    Attributes:
        figures: measure and its mean, of `SHOWN`.
        problem: why it cannot be read; empty for one that can.
    """

    name: str
    questions: int = 0
    figures: tuple[tuple[str, float], ...] = ()
    problem: str = ""


def runs_in(folder: Path) -> list[Run]:
    """The runs of a collection, the newest first."""
    if not folder.is_dir():
        return []
    found = [p for p in folder.iterdir() if _RUN.fullmatch(p.name) and (p / NAME).is_file()]
    return [_run(p) for p in sorted(found, key=lambda p: (p / NAME).stat().st_mtime, reverse=True)[:MOST]]


def _run(path: Path) -> Run:
    try:
        results = read_results(path)
    except MalmoiError as error:
        return Run(path.name, problem=error.problem)
    return Run(path.name, len(results.questions), tuple(_figures(results)))


def _figures(results: Results) -> list[tuple[str, float]]:
    found = []
    for measure in SHOWN:
        values = [q.measures[measure] for q in results.questions if q.measures.get(measure) is not None]
        known = [value for value in values if value is not None]
        if known:
            found.append((measure, sum(known) / len(known)))
    return found


def add_to(router: APIRouter, office: Office) -> None:
    """Their routes."""

    def show(request: Request, error: MalmoiError | None = None) -> Response:
        room = office.room(request)
        folder = room.collection.folder / FOLDER
        return office.page(
            request,
            "evaluations",
            error=error,
            collection=room.collection,
            runs=runs_in(folder),
            sets=_sets(folder),
            shown=SHOWN,
        )

    @router.get("/evaluations")
    def evaluations(request: Request) -> Response:
        return show(request)

    @router.get("/evaluations/compare")
    def compare(
        request: Request, a: Annotated[str, Query(max_length=100)], b: Annotated[str, Query(max_length=100)]
    ) -> Response:
        """Two runs side by side."""
        from malmoi.evaluation.compare import compare, compare_html

        room = office.room(request)
        try:
            first, second = (read_results(_folder(room, name)) for name in (a, b))
            page = compare_html(compare(first, second), first, second, (a, b), office.language(request))
        except MalmoiError as error:
            return show(request, error)
        return _sandboxed(page)

    @router.get("/evaluations/{run}/report.html")
    def report(request: Request, run: str) -> Response:
        """The report of a run, as it lies there, or made anew."""
        from malmoi.evaluation.report import report_html

        room = office.room(request)
        try:
            folder = _folder(room, run)
            file = folder / REPORT
            if file.is_file():
                return _sandboxed(file.read_text("utf-8", errors="replace"))
            return _sandboxed(report_html(read_results(folder), office.language(request)))
        except MalmoiError as error:
            return show(request, error)


def _sandboxed(page: str) -> Response:
    return HTMLResponse(page, headers={"Content-Security-Policy": _SANDBOX, "Cache-Control": "no-store"})


def _folder(room: Room, run: str) -> Path:
    path = room.collection.folder / FOLDER / run
    if not _RUN.fullmatch(run) or not (path / NAME).is_file():
        raise ResultsError(f"There is no run {run[:100]}", "`malmoi eval run --out` puts one into the folder.")
    return path


def _sets(folder: Path) -> list[tuple[str, int]]:
    """Files of questions beside the runs, and how many they hold."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        if not path.name.endswith(".decided.jsonl"):
            lines = path.read_text("utf-8", errors="replace").splitlines()
            found.append((path.name, sum(1 for line in lines if _is_object(line))))
    return found


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False

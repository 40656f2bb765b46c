"""`evaluations`: fixed sets of questions of a collection, asked in the background, and what came of it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, StrictInt

from malmoi.people import Scope as Permission
from malmoi.web.site import Site
from malmoi.web.v1.common import CollectionName, problems, room_for
from malmoi.web.v1.exams import Exam, Exams
from malmoi.web.v1.shapes import Shape

PAGE = 50
RunId = Annotated[str, Path(max_length=64)]


class QuestionSet(Shape):
    """A file of questions in the folder `evals` of the collection."""

    name: str = Field(examples=["공지.jsonl"])
    size: int = Field(description="Bytes.")
    changed: str = Field(description="ISO 8601, UTC.")


class QuestionSets(Shape):
    """All sets of a collection."""

    sets: tuple[QuestionSet, ...]


class NewRun(Shape):
    """A set to be asked."""

    set: str = Field(max_length=200, examples=["공지.jsonl"])
    limit: StrictInt | None = Field(
        None, ge=1, le=1_000_000, description="At most so many questions, at equal distances."
    )
    answerer: Literal["extractive", "llm"] = "extractive"


class RunOut(Shape):
    """A run over a set."""

    id: str
    set: str
    answerer: str
    state: Literal["running", "finished", "failed", "interrupted"] = Field(
        description="`interrupted`: the server was stopped before its end."
    )
    started: str = Field(description="ISO 8601, UTC.")
    done: int = Field(description="Questions that were asked.")
    total: int
    problem: str = Field(description="Why it failed; otherwise empty.")


class Runs(Shape):
    """Runs, the last started first."""

    runs: tuple[RunOut, ...]


class FigureOut(Shape):
    """A mean with its bootstrap 95 % interval."""

    mean: float | None
    low: float | None
    high: float | None
    n: int = Field(description="Values that were averaged.")
    total: int = Field(description="Questions that were asked.")


class RunResults(RunOut):
    """A run with its figures; they are empty until it is finished."""

    figures: dict[str, FigureOut] = Field(description="By measure.")
    by_type: dict[str, dict[str, FigureOut]] = Field(description="The same by type of question.")
    timings: dict[str, dict[str, float]] = Field(description="p50 and p95 in milliseconds by step.")


class RunQuestions(Shape):
    """How single questions went; without those that rest on what the caller may not see."""

    questions: tuple[dict[str, Any], ...]
    total: int


def add_to(router: APIRouter, site: Site, exams: Exams) -> None:
    """The operations on sets of questions."""
    _add_sets(router, site, exams)
    _add_results(router, site, exams)


def _add_sets(router: APIRouter, site: Site, exams: Exams) -> None:
    @router.get(
        "/evaluations/sets", tags=["evaluations"], summary="List sets of questions", response_model=QuestionSets,
        responses=problems(404),
    )  # fmt: skip
    async def sets(request: Request, collection: CollectionName = "") -> QuestionSets:
        """Files in the folder `evals` of the collection."""
        room = await room_for(request, site, collection, Permission.EVALUATE)
        found = await asyncio.to_thread(exams.sets, room)
        return QuestionSets(sets=tuple(QuestionSet(name=n, size=s, changed=c) for n, s, c in found))

    @router.post(
        "/evaluations/runs", tags=["evaluations"], summary="Ask a set", status_code=202, response_model=RunOut,
        responses=problems(400, 404, 409),
    )  # fmt: skip
    async def start(request: Request, wanted: NewRun, collection: CollectionName = "") -> RunOut:
        """Begin to ask all its questions in the background, of the documents that the caller may see."""
        room = await room_for(request, site, collection, Permission.EVALUATE)
        exam = await asyncio.to_thread(exams.start, room, wanted.set, wanted.answerer, wanted.limit)
        return _out(exam)


def _add_results(router: APIRouter, site: Site, exams: Exams) -> None:
    @router.get(
        "/evaluations/runs", tags=["evaluations"], summary="List runs", response_model=Runs, responses=problems(404)
    )
    async def runs(request: Request, collection: CollectionName = "") -> Runs:
        """The caller's own; an admin's list has all."""
        room = await room_for(request, site, collection, Permission.EVALUATE)
        return Runs(runs=tuple(map(_out, await asyncio.to_thread(exams.runs, room))))

    @router.get(
        "/evaluations/runs/{id}", tags=["evaluations"], summary="A run and its figures", response_model=RunResults,
        responses=problems(404),
    )  # fmt: skip
    async def run(request: Request, id: RunId, collection: CollectionName = "") -> RunResults:
        """How far it is, and once it is finished its figures."""
        room = await room_for(request, site, collection, Permission.EVALUATE)
        exam = await asyncio.to_thread(exams.get, room, id)
        value = await asyncio.to_thread(exams.figures, room, exam)
        return RunResults.model_validate({**_out(exam).model_dump(), **value})

    @router.get(
        "/evaluations/runs/{id}/questions", tags=["evaluations"], summary="How single questions went",
        response_model=RunQuestions, responses=problems(404),
    )  # fmt: skip
    async def questions(
        request: Request,
        id: RunId,
        collection: CollectionName = "",
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = PAGE,
    ) -> RunQuestions:
        """With answers, passages and measures, as `results.json` has them; empty until the run is finished."""
        room = await room_for(request, site, collection, Permission.EVALUATE)
        exam = await asyncio.to_thread(exams.get, room, id)
        found = await asyncio.to_thread(exams.questions, room, exam)
        return RunQuestions(questions=tuple(found[offset : offset + limit]), total=len(found))


def _out(exam: Exam) -> RunOut:
    return RunOut(
        id=exam.id,
        set=exam.set,
        answerer=exam.answerer,
        state=exam.state,
        started=exam.started,
        done=exam.done,
        total=exam.total,
        problem=exam.problem,
    )

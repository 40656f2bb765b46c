"""Runs over sets of questions, in threads of the server; their results lie in the collection's folder `evals`."""

from __future__ import annotations

import json
import logging
import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from malmoi.errors import EvaluationError, MalmoiError
from malmoi.evaluation.about import file_facts
from malmoi.evaluation.questions import Question, read_questions
from malmoi.evaluation.results import NAME, read_results, write_results, write_whole
from malmoi.evaluation.run import evaluate, spread
from malmoi.types import Progress
from malmoi.web.site import Room

FOLDER = "evals"
RUNS = "runs"
SUFFIXES = frozenset({".jsonl", ".json", ".csv", ".xlsx", ".parquet"})
_RUN = "run.json"
_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_log = logging.getLogger(__name__)
State = Literal["running", "finished", "failed", "interrupted"]


class UnknownExam(EvaluationError):
    """There is no set or no run of this name."""

    code = "evaluation.results"
    status = 404


class ExamUnderWay(EvaluationError):
    """One run at a time, because each is as much work as many readers."""

    code = "evaluation"
    status = 409


@dataclass(frozen=True, slots=True)
class Exam:
    """A run over a set.

    Attributes:
        owner: who began it; its results rest on what they may see.
        done, total: questions.
    """

    id: str
    owner: str
    set: str
    answerer: str
    started: str
    state: State = "running"
    done: int = 0
    total: int = 0
    problem: str = ""


class Exams:
    """The runs of a server, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[Path, str], Exam] = {}

    def sets(self, room: Room) -> list[tuple[str, int, str]]:
        """Name, size in bytes and time of change of each set."""
        return [(p.name, p.stat().st_size, _time(p.stat().st_mtime)) for p in sorted(self._set_files(room))]

    def start(self, room: Room, set: str, answerer: str, limit: int | None) -> Exam:
        """Begin a run.

        Raises:
            UnknownExam: there is no such set.
            QuestionSetError: it cannot be read.
            SettingsError: a model is wanted, and none is set up.
            ExamUnderWay: another run is not at its end.
        """
        file = next((p for p in self._set_files(room) if p.name == set), None)
        if file is None:
            raise UnknownExam("There is no such set of questions", "GET /evaluations/sets lists them.")
        room.malmoi.answerer_label(answerer)
        questions = spread(read_questions(file), limit)
        id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        exam = Exam(id, room.owner, set, answerer, _time(), total=len(questions))
        folder = room.collection.folder / FOLDER / RUNS / id
        with self._lock:
            if self._running:
                raise ExamUnderWay("Another run is under way", "Wait until it is finished.")
            self._running[folder, id] = exam
        try:
            folder.mkdir(parents=True)
            _write(folder, replace(exam, state="interrupted"))
            worker = threading.Thread(
                target=self._work, args=(room, folder, exam, file, questions), name="malmoi-exam", daemon=True
            )
            worker.start()
        except BaseException:
            del self._running[folder, id]
            raise
        return exam

    def runs(self, room: Room) -> list[Exam]:
        """Those that the caller may see, the last started first."""
        folder = room.collection.folder / FOLDER / RUNS
        found = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
        exams = [self._read(path, path.name) for path in found if _ID.fullmatch(path.name)]
        return [exam for exam in exams if exam and _is_open(exam, room)]

    def get(self, room: Room, id: str) -> Exam:
        """One run; raises UnknownExam where there is none of this id that the caller may see."""
        exam = self._read(_folder(room, id), id) if _ID.fullmatch(id) else None
        if exam is None or not _is_open(exam, room):
            raise UnknownExam("There is no such run", "GET /evaluations/runs lists them.")
        return exam

    def figures(self, room: Room, exam: Exam) -> dict[str, Any]:
        """`figures`, `by_type` and `timings` of a run; empty until it is finished."""
        if exam.state != "finished":
            return {"figures": {}, "by_type": {}, "timings": {}}
        value = read_results(_folder(room, exam.id) / NAME).to_json()
        return {"figures": value["figures"], "by_type": value["by_type"], "timings": value["timings"]["steps"]}

    def questions(self, room: Room, exam: Exam) -> list[dict[str, Any]]:
        """Published results of the questions that rest on nothing hidden from the caller by now."""
        if exam.state != "finished":
            return []
        value = read_results(_folder(room, exam.id) / NAME).to_json()
        names = {info.name for info in room.malmoi.documents()}
        return [q for q in value["questions"] if {p["document"] for p in q["passages"]} <= names]

    def _set_files(self, room: Room) -> Iterator[Path]:
        folder = room.collection.folder / FOLDER
        return (p for p in folder.iterdir() if _is_set(p)) if folder.is_dir() else iter(())

    def _read(self, folder: Path, id: str) -> Exam | None:
        running = self._running.get((folder, id))
        if running:
            return running
        try:
            return Exam(**json.loads((folder / _RUN).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _work(self, room: Room, folder: Path, exam: Exam, file: Path, questions: list[Question]) -> None:
        key = (folder, exam.id)

        def progress(step: Progress) -> None:
            self._running[key] = replace(self._running[key], done=step.done)

        try:
            results = evaluate(
                room.malmoi, questions, answerer=exam.answerer, source=file_facts(file), progress=progress
            )
            write_results(results, folder / NAME)
            ended = replace(exam, state="finished", done=len(questions))
        except MalmoiError as error:
            ended = replace(self._running[key], state="failed", problem=str(error))
        except Exception:
            _log.exception("a run over a set of questions broke off")
            ended = replace(self._running[key], state="failed", problem="The run broke off because of a fault")
        _write(folder, ended)
        with self._lock:
            del self._running[key]


def _folder(room: Room, id: str) -> Path:
    return room.collection.folder / FOLDER / RUNS / id


def _is_open(exam: Exam, room: Room) -> bool:
    principal = room.caller.principal
    return exam.owner == principal.id or principal.sees is None


def _is_set(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _write(folder: Path, exam: Exam) -> None:
    write_whole(folder / _RUN, json.dumps(asdict(exam), ensure_ascii=False).encode())


def _time(seconds: float | None = None) -> str:
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

"""A person's review of proposed questions: accepted ones join the set at once, decided ones are not asked again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from malmoi.errors import QuestionSetError
from malmoi.evaluation.generate import Candidate, question_line
from malmoi.evaluation.questions import Question


class Decision(StrEnum):
    """What a person made of a candidate."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person changes about a candidate; None leaves it as it is."""

    question: str | None = None
    answers: tuple[str, ...] | None = None
    answerable: bool | None = None

    def of(self, question: Question) -> Question:
        """The changed question; one that is not answerable has neither answers nor evidence."""
        answerable = question.answerable if self.answerable is None else self.answerable
        asked = question.question if self.question is None else " ".join(self.question.split())
        given = question.answers if self.answers is None else self.answers
        answers = tuple(dict.fromkeys(a.strip() for a in given if a.strip()))
        return replace(
            question,
            question=asked,
            answerable=answerable,
            answers=answers if answerable else (),
            evidence=question.evidence if answerable else (),
        )


class Review:
    """The candidates that are still open, and where decisions go.

    Accepted questions are appended to `target`, a JSONL of the project's format; decisions stand beside it in
    `NAME.decided.jsonl`. Both are written before the next candidate is shown, so that a review can stop anywhere.
    """

    def __init__(self, candidates: Iterable[Candidate], target: Path) -> None:
        self.target = target
        self.journal = target.with_name(f"{target.stem}.decided.jsonl")
        decided = {*_ids(self.journal), *_ids(target)}
        self._open = {c.question.id: c for c in candidates if c.question.id not in decided}
        self.total = len(self._open)
        self.accepted = self.rejected = 0

    @property
    def open(self) -> Sequence[Candidate]:
        """Candidates without a decision, those that were put off last."""
        return tuple(self._open.values())

    def accept(self, id: str, edit: Edit | None = None) -> Question:
        """Append a candidate, as it is or changed, to the set.

        Raises:
            KeyError: it is not open.
            QuestionSetError: it has no question, or is answerable and has neither answer nor evidence.
        """
        question = (edit or Edit()).of(self._open[id].question)
        if not question.question:
            raise QuestionSetError("The question is empty", "Write one, or reject the candidate.")
        if question.answerable and not (question.answers or question.evidence):
            raise QuestionSetError(
                "It has no answer yet", "Write one, or say that the documents do not hold the answer."
            )
        _append(self.target, question_line(question))
        self._decide(id, Decision.ACCEPTED)
        self.accepted += 1
        return question

    def reject(self, id: str) -> None:
        """Leave a candidate out, now and in later reviews; KeyError when it is not open."""
        self._decide(id, Decision.REJECTED)
        self.rejected += 1

    def put_off(self, id: str) -> None:
        """Show a candidate again after the others; KeyError when it is not open."""
        self._open[id] = self._open.pop(id)

    def _decide(self, id: str, decision: Decision) -> None:
        candidate = self._open.pop(id)
        _append(self.journal, {"id": id, "decision": decision.value, "origin": candidate.origin})


def _append(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line and wait until it is on disk; a last line that was cut off by a crash is ended first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _ids(path: Path) -> set[str]:
    """The ids in a JSONL file; lines that cannot be read have none."""
    found = set()
    if path.is_file():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                value = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(value, dict) and "id" in value:
                found.add(str(value["id"]))
    return found

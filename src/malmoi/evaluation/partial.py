"""Finished questions of a run under way, so that an interrupted one goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from malmoi.evaluation.results import QuestionResult, question_from_json, question_to_json

NAME = ".partial.jsonl"


class Partial:
    """The file of finished questions: a line for the run's fingerprint, then one for each question.

    A file of another fingerprint is begun anew, and a line that was cut off is asked again.

    Args:
        path: None keeps nothing.
    """

    def __init__(self, path: Path | None, fingerprint: str) -> None:
        self._path = path
        self.done: dict[str, QuestionResult] = {}
        if path is None:
            return
        lines = self._lines(path)
        if lines and lines[0] == {"fingerprint": fingerprint}:
            for line in lines[1:]:
                self.done[line["result"]["question"]["id"]] = question_from_json(line["result"], line["seconds"])
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = [{"fingerprint": fingerprint}, *map(_line, self.done.values())]
        path.write_text("".join(f"{_dumped(line)}\n" for line in kept), encoding="utf-8")

    @staticmethod
    def _lines(path: Path) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        for line in path.read_text(encoding="utf-8").split("\n") if path.is_file() else ():
            try:
                lines.append(json.loads(line))
            except json.JSONDecodeError:
                break
        return lines

    def add(self, result: QuestionResult) -> None:
        """Keep a finished question."""
        self.done[result.question.id] = result
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{_dumped(_line(result))}\n")

    def remove(self) -> None:
        """The run is complete."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _line(result: QuestionResult) -> dict[str, Any]:
    return {"result": question_to_json(result), "seconds": dict(result.seconds)}


def _dumped(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)

"""Rows of JSONL, JSON, CSV, XLSX and Parquet files, each with the number of its line."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from malmoi.errors import QuestionSetError

Row = tuple[int, dict[str, Any]]
EXTRA = "malmoi[tables]"
"""The optional dependencies that read XLSX and Parquet."""


def rows_of(path: Path) -> Iterator[Row]:
    """(line, row) of a file by its ending; lines count from 1, with those of the heading.

    Raises:
        QuestionSetError: the file is not there, its ending is not known, or it cannot be read.
    """
    if not path.is_file():
        raise QuestionSetError(f"There is no file {path}", "Check the path.")
    readers = {".jsonl": _jsonl, ".json": _json, ".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise QuestionSetError(f"{path} has no known ending", f"Use one of {', '.join(readers)}.")
    yield from reader(path)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionSetError(
            f"{path} is not UTF-8 ({error.reason} at byte {error.start})", "Save it as UTF-8."
        ) from None


def _jsonl(path: Path) -> Iterator[Row]:
    for number, line in enumerate(_content(path).split("\n"), start=1):
        if line.strip():
            yield number, _mapping(_loaded(line, path, number), path, number)


def _json(path: Path) -> Iterator[Row]:
    """A list of objects; the line of an object is its place in the list."""
    loaded = _loaded(_content(path), path, 1)
    if not isinstance(loaded, list):
        raise QuestionSetError(f"{path} is not a list of questions", "Write a JSON list of objects.")
    for number, item in enumerate(loaded, start=1):
        yield number, _mapping(item, path, number)


def _loaded(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {line + error.lineno - 1}, column {error.colno}"
        raise QuestionSetError(f"{path}, {where}: this is not JSON ({error.msg})", "Mend the line.") from None


def _mapping(value: Any, path: Path, line: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise QuestionSetError(f"{path}, line {line}: this is not a JSON object", "Write one object a line.")
    return value


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restkey="")
        try:
            for row in reader:
                if row.get(""):
                    problem = f"{path}, line {reader.line_num}: more cells than the heading has"
                    raise QuestionSetError(problem, "Put cells with commas in quotation marks.")
                yield reader.line_num, dict(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise QuestionSetError(f"{path}, line {reader.line_num + 1}: {error}", "Save it as CSV in UTF-8.") from None


def _optional(module: str, path: Path) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        problem = f"{path} needs {module.partition('.')[0]}, which is not installed"
        raise QuestionSetError(problem, f"Install {EXTRA}, or save the questions as JSONL or CSV.") from None


def _xlsx(path: Path) -> Iterator[Row]:
    """The first sheet; its first row holds the names of the columns."""
    openpyxl = _optional("openpyxl", path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # zip, XML and key errors alike
        raise QuestionSetError(f"{path} cannot be read ({error})", "Save it as XLSX again.") from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        header = [str(name) if name is not None else "" for name in next(rows, ())]
        for number, cells in enumerate(rows, start=2):
            if any(cell is not None for cell in cells):
                yield number, {name: cell for name, cell in zip(header, cells, strict=False) if name}
    finally:
        book.close()


def _parquet(path: Path) -> Iterator[Row]:
    parquet = _optional("pyarrow.parquet", path)
    try:
        table = parquet.read_table(path)
    except Exception as error:  # a class of pyarrow's own for each fault
        raise QuestionSetError(f"{path} cannot be read ({error})", "Write the Parquet file again.") from error
    yield from enumerate(table.to_pylist(), start=1)

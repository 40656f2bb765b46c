"""Fixed sets of questions: JSONL, JSON, CSV, XLSX and Parquet, in Malmoi's columns or those of other harnesses."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malmoi.errors import QuestionSetError
from malmoi.evaluation.tables import rows_of
from malmoi.text import detect_language

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "qid", "question_id", "query_id"),
    "question": ("question", "user_input", "input", "query"),
    "lang": ("lang", "language"),
    "type": ("type", "category", "question_type", "synthesizer_name"),
    "answerable": ("answerable",),
    "impossible": ("is_impossible",),
    "answers": (
        "answers", "reference", "ground_truth", "ground_truths", "expected_output", "generation_gt", "__expected",
    ),
    "evidence": ("evidence", "reference_contexts", "context"),
    "relevant": ("relevant", "reference_context_ids", "retrieval_gt"),
    "candidates": ("candidates",),
    "history": ("history",),
    "wrong": ("wrong",),
}  # fmt: skip
"""What a field may be called; the first column that is filled counts. ragas, deepeval, AutoRAG and promptfoo are read.

What those harnesses record of a system's own answers and passages (`response`, `retrieved_contexts`, `actual_output`,
`retrieval_context`) is left alone.
"""
_TRUE, _FALSE = frozenset({"true", "yes", "1", "1.0"}), frozenset({"false", "no", "0", "0.0"})
_COMPARED = re.compile(
    r"(?:i?contains(?:-any|-all)?|equals|similar(?:\([\d.]+\))?|rouge-n(?:\([\d.]+\))?): ?", re.IGNORECASE
)
_JUDGED = re.compile(
    r"(?:not-[a-z-]+|llm-rubric|grade|python|javascript|fn|eval|file|is-json|regex|latency|cost|factuality|"
    r"answer-relevance|context-[a-z]+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document that answer a question.

    Attributes:
        doc: the document's name; empty means whichever document holds the words.
    """

    doc: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known about its answer.

    Attributes:
        lang: ISO 639-1 code.
        type: the kind of question, by which figures are broken down.
        answers: accepted strings; one of them in the answer is enough. Empty where none are known.
        evidence: groups of alternates; a perfect answer cites one of every group.
        relevant: names of the documents that answer it.
        candidates: where not empty, names of the only documents that are searched.
        history: earlier questions of the conversation, oldest first.
        wrong: answers that some of its documents give and that are not true.
    """

    id: str
    question: str
    lang: str
    type: str
    answerable: bool
    answers: tuple[str, ...] = ()
    evidence: tuple[tuple[Quote, ...], ...] = ()
    relevant: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def gold_documents(self) -> frozenset[str]:
        """Names of the documents that answer it, from `relevant` or else from the evidence."""
        return frozenset(self.relevant) or frozenset(q.doc for group in self.evidence for q in group if q.doc)


def read_questions(path: str | Path) -> list[Question]:
    """The questions of a file in its order; its form is known by its ending. See `COLUMNS` for the names of columns.

    Lists in a cell of a table are written as JSON.

    Raises:
        QuestionSetError: the file cannot be read, holds no question, or one of its rows is wrong; names file and line.
    """
    path = Path(path)
    questions: list[Question] = []
    seen: dict[str, int] = {}
    for line, row in rows_of(path):
        question = _question(row, path, line, len(questions) + 1)
        if question.id in seen:
            raise _wrong(path, line, f"the id {question.id} stands on line {seen[question.id]} too", "Give it another")
        seen[question.id] = line
        questions.append(question)
    if not questions:
        raise QuestionSetError(f"{path} holds no questions", "Write one question a line; see evals/README.md.")
    return questions


def _wrong(path: Path, line: int, problem: str, remedy: str) -> QuestionSetError:
    return QuestionSetError(f"{path}, line {line}: {problem}", f"{remedy}; evals/README.md describes the fields.")


def _question(row: Mapping[str, Any], path: Path, line: int, number: int) -> Question:
    try:
        return _read(row, number)
    except ValueError as error:
        problem, _, remedy = str(error).partition(" | ")
        raise _wrong(path, line, problem, remedy or "Mend it") from None


def _read(row: Mapping[str, Any], number: int) -> Question:
    row = _flat(row)
    asked, earlier = _asked(row)
    if not asked.strip():
        raise ValueError(f"no question in {_names(row)} | Fill one of {', '.join(COLUMNS['question'])}")
    answers = _answers(row)
    evidence = _evidence(_field(row, "evidence"))
    relevant = _strings(_field(row, "relevant"), "relevant")
    answerable = _answerable(row)
    if not answerable and (answers or evidence):
        raise ValueError("it is not answerable, but has answers or evidence | Take them out, or set answerable")
    return Question(
        id=str(_field(row, "id") or number),
        question=asked,
        lang=str(_field(row, "lang") or detect_language(asked) or ""),
        type=str(_field(row, "type") or ("fact" if answerable else "unanswerable")),
        answerable=answerable,
        answers=answers,
        evidence=evidence,
        relevant=relevant,
        candidates=_strings(_field(row, "candidates"), "candidates"),
        history=earlier,
        wrong=tuple(dict.fromkeys(_strings(_field(row, "wrong"), "wrong"))),
    )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with promptfoo's `vars`, `assert` and `metadata` on its own level."""
    flat = {str(key).strip(): value for key, value in row.items()}
    for nested in ("metadata", "vars"):
        inner = flat.get(nested)
        if isinstance(inner, Mapping):
            flat = {**inner, **{k: v for k, v in flat.items() if k != nested}}
    checks = flat.pop("assert", None)
    if isinstance(checks, Sequence) and not isinstance(checks, str):
        flat.setdefault("__expected", [f"{c.get('type')}: {_joined(c.get('value'))}" for c in checks])
    return flat


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _names(row: Mapping[str, Any]) -> str:
    return f"the columns {', '.join(row)}" if row else "an empty row"


def _field(row: Mapping[str, Any], field: str) -> Any:
    """The first filled column for a field; None where there is none."""
    return next((row[name] for name in COLUMNS[field] if not _is_empty(row.get(name))), None)


def _is_empty(value: object) -> bool:
    return value is None or value == "" or value == [] or (isinstance(value, float) and value != value)


def _asked(row: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The question and those before it; the last of a conversation's human turns is the question."""
    turns = row.get("turns") if not _is_empty(row.get("turns")) else _field(row, "question")
    turns = _parsed(turns)
    if isinstance(turns, Sequence) and not isinstance(turns, str):
        said = [_turn(turn) for turn in turns]
        human = [text for who, text in said if who in ("human", "user", "")]
        if not human:
            raise ValueError("no turn of its conversation is the user's | Give turns the role user")
        return human[-1], tuple(human[:-1])
    earlier = _parsed(_field(row, "history"))
    if isinstance(earlier, Sequence) and any(isinstance(turn, Mapping) for turn in earlier):
        return _text(turns), tuple(text for who, text in map(_turn, earlier) if who in ("human", "user"))
    return _text(turns), _strings(earlier, "history")


def _turn(turn: object) -> tuple[str, str]:
    if isinstance(turn, Mapping):
        return str(turn.get("role") or turn.get("type") or ""), _text(turn.get("content"))
    return "", _text(turn)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _parsed(value: Any) -> Any:
    """A list or mapping written in a cell, as JSON or as Python prints it; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        for read in (json.loads, ast.literal_eval):
            try:
                return read(value)
            except (ValueError, SyntaxError):
                continue
    return value


def _strings(value: Any, field: str) -> tuple[str, ...]:
    """A list of strings, nested lists laid flat; a single string is a list of one."""
    value = _parsed(value)
    if _is_empty(value):
        return ()
    if isinstance(value, Mapping):
        raise ValueError(f"{field} is not a list of strings | Write it as a JSON list")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(text for item in value if not _is_empty(item) for text in _strings(item, field))
    return (str(value),)


def _answers(row: Mapping[str, Any]) -> tuple[str, ...]:
    own = _field(row, "answers")
    expected = [v for k, v in row.items() if re.fullmatch(r"__expected\d*", k) and not _is_empty(v)]
    if not expected or all(own is not value for value in expected):
        return tuple(dict.fromkeys(_strings(own, "answers")))
    checks = [check for value in expected for check in _strings(value, "__expected")]
    return tuple(dict.fromkeys(text for check in checks for text in _accepted(check)))


def _accepted(check: str) -> tuple[str, ...]:
    """The strings that a promptfoo assertion compares with; none of one that needs a judge or a program."""
    if _JUDGED.match(check):
        return ()
    bare = _COMPARED.sub("", check, count=1)
    several = re.match(r"i?contains-a", check, re.IGNORECASE)
    return tuple(part.strip() for part in bare.split(",")) if several else (bare.strip(),)


def _answerable(row: Mapping[str, Any]) -> bool:
    impossible = _field(row, "impossible")
    if impossible is not None:
        return not _truth(impossible, "is_impossible")
    stated = _field(row, "answerable")
    return True if stated is None else _truth(stated, "answerable")


def _truth(value: object, field: str) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"{field} is {value!r} | Write true or false")


def _evidence(value: Any) -> tuple[tuple[Quote, ...], ...]:
    """Groups of quotes. A bare quote or text is a group of its own; a text names no document."""
    value = _parsed(value)
    if _is_empty(value):
        return ()
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return tuple(tuple(_quotes(item)) for item in items)


def _quotes(group: Any) -> Iterable[Quote]:
    members = group if isinstance(group, Sequence) and not isinstance(group, str) else [group]
    if not members:
        raise ValueError("a group of its evidence is empty | Take it out")
    for member in members:
        if isinstance(member, str):
            yield Quote("", member)
        elif isinstance(member, Mapping) and isinstance(member.get("quote"), str) and member["quote"]:
            yield Quote(str(member.get("doc") or ""), member["quote"])
        else:
            raise ValueError(f'{member!r} is no evidence | Write {{"doc": name, "quote": words of it}}')

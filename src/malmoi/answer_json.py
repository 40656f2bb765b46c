"""The published JSON form of an answer, which `malmoi ask --json` prints and other tools rely on."""

from __future__ import annotations

from typing import Any

from malmoi.types import Answer, Citation, Hit, SectionKind


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """One JSON object: `question searched answer lead verdict sentences passages answerer language notice timings`.

    `passages` are in rank order, each with a citation's fields (its quote is the chunk's text) and `score`.
    `timings` are seconds.
    """
    return {
        "question": answer.question,
        "searched": answer.searched,
        "answer": answer.text,
        "lead": answer.lead,
        "verdict": answer.verdict.value,
        "sentences": [sentence.to_json() for sentence in answer.sentences],
        "passages": [passage_to_json(hit) for hit in answer.passages],
        "answerer": answer.answerer,
        "language": answer.language,
        "notice": answer.notice,
        "timings": {step: round(seconds, 4) for step, seconds in answer.timings.items()},
    }


def passage_to_json(hit: Hit) -> dict[str, Any]:
    """A citation of the whole chunk, with its `score`."""
    chunk, document = hit.chunk, hit.document
    own = chunk.kind is SectionKind.COMMENT  # not written by the document's author, nor on its day
    whole = Citation(
        document_id=document.id,
        document=document.name,
        title=document.title,
        start=chunk.start,
        end=chunk.end,
        quote=chunk.text,
        kind=chunk.kind,
        date=chunk.date or (None if own else document.date),
        source=document.publisher,
        author=chunk.author or (None if own else document.author),
    )
    return {**whole.to_json(), "score": round(hit.score, 6)}

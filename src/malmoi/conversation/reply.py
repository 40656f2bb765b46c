"""An answer as it is kept and shown again, with its citations and without its chunks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from malmoi.i18n import text
from malmoi.types import Answer, AnswerSentence, Citation, Hit, Language, SectionKind, Support, Verdict


class ReplyState(StrEnum):
    """How an answer came to its end."""

    FINISHED = "finished"
    STOPPED = "stopped"
    """The reader stopped it; what was said until then is kept."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is kept and shown: `Answer` without its chunks, or as much of one as there is.

    Attributes:
        verdict: None until the answer is finished.
        passages: what was retrieved, best first, each as a citation of the whole chunk.
    """

    lead: str = ""
    sentences: tuple[AnswerSentence, ...] = ()
    verdict: Verdict | None = None
    passages: tuple[Citation, ...] = ()
    searched: str = ""
    answerer: str = ""
    notice: str = ""
    state: ReplyState = ReplyState.FINISHED

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        """What is kept of a finished answer."""
        return cls(
            lead=answer.lead,
            sentences=answer.sentences,
            verdict=answer.verdict,
            passages=tuple(passage_of(hit) for hit in answer.passages),
            searched=answer.searched,
            answerer=answer.answerer,
            notice=answer.notice,
        )

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Distinct citations in order of first use; marker `[n]` is `citations[n-1]`."""
        return tuple(dict.fromkeys(c for s in self.sentences for c in s.citations))

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "lead": self.lead,
            "sentences": [s.to_json() for s in self.sentences],
            "verdict": self.verdict.value if self.verdict else None,
            "passages": [p.to_json() for p in self.passages],
            "searched": self.searched,
            "answerer": self.answerer,
            "notice": self.notice,
            "state": self.state.value,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reply:
        """The reverse of `to_json`."""
        return cls(
            lead=stored["lead"],
            sentences=tuple(
                AnswerSentence(
                    text=s["text"],
                    support=Support(s["support"]),
                    citations=tuple(_citation(c) for c in s["citations"]),
                    reason=s["reason"],
                )
                for s in stored["sentences"]
            ),
            verdict=Verdict(stored["verdict"]) if stored["verdict"] else None,
            passages=tuple(_citation(p) for p in stored["passages"]),
            searched=stored["searched"],
            answerer=stored["answerer"],
            notice=stored["notice"],
            state=ReplyState(stored["state"]),
        )


def passage_of(hit: Hit) -> Citation:
    """The whole chunk as a citation."""
    chunk, document = hit.chunk, hit.document
    return Citation(
        document_id=document.id,
        document=document.name,
        title=document.title,
        start=chunk.start,
        end=chunk.end,
        quote=chunk.text,
        kind=chunk.kind,
        date=chunk.date or document.date,
        source=document.publisher,
        author=chunk.author or document.author,
    )


AsSeen = Callable[[Reply], Reply]
"""Takes out of a reply what its reader may not see any more; `malmoi.engine.Malmoi.as_seen` is one."""


def withhold(reply: Reply, visible: Collection[str], language: Language) -> Reply:
    """The reply without what rests on documents other than the visible ones.

    Where something is hidden, those sentences stay that visible citations support; a model may have put into the
    others what it read in a hidden passage. Each of these is replaced by a line that says so. Hidden citations and
    passages are gone, and the framing line, since it may name or compare them.

    Args:
        visible: ids of documents; one that is in the reply and not among them is hidden, or no longer there.
    """
    if all(c.document_id in visible for c in (*reply.citations, *reply.passages)):
        return reply
    sentences = tuple(
        s
        if s.support is Support.SUPPORTED and s.citations and all(c.document_id in visible for c in s.citations)
        else AnswerSentence(text("chat.withheld", language), Support.UNSUPPORTED)
        for s in reply.sentences
    )
    passages = tuple(p for p in reply.passages if p.document_id in visible)
    lead = reply.lead if sentences == reply.sentences and reply.verdict is Verdict.ABSTAINED else ""
    return replace(reply, lead=lead, sentences=sentences, passages=passages)


def _citation(stored: Mapping[str, Any]) -> Citation:
    return Citation(**{**stored, "kind": SectionKind(stored["kind"])})

"""Tells a trace of every sentence that is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from malmoi.answering.citations import Claim
from malmoi.answering.support import Cited, Judgement, SupportJudge
from malmoi.tracing import Tracing
from malmoi.types import Language


@dataclass(frozen=True, slots=True)
class TracedJudge:
    """A judge whose verdicts are told."""

    by: SupportJudge
    tracing: Tracing

    def judge(self, claim: Claim, cited: Sequence[Cited], *, question: str, language: Language) -> Judgement:
        """See `SupportJudge`."""
        with self.tracing.span("verify", "EVALUATOR") as mark:
            mark.input(claim.text)
            found = self.by.judge(claim, cited, question=question, language=language)
            mark.note("malmoi.support", found.support.value)
            mark.output(found.reason)
            return found


def traced(judge: SupportJudge, tracing: Tracing) -> SupportJudge:
    """The judge itself where there is no trace."""
    return TracedJudge(judge, tracing) if tracing.is_on else judge

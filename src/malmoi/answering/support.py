"""Whether the cited spans carry a sentence of an answer: the seam between answers and what judges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from malmoi.answering.citations import Claim
from malmoi.types import Citation, Hit, Language, Support


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation and the passage it was taken from."""

    citation: Citation
    hit: Hit


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well a claim is carried; `reason` is for the reader, empty when it is supported."""

    support: Support
    reason: str = ""


class SupportJudge(Protocol):
    """Judges one claim; by rules, by a model, or by what an operator names."""

    def judge(self, claim: Claim, cited: Sequence[Cited], *, question: str, language: Language) -> Judgement:
        """Judge `claim` by what it cites.

        Names that `question` uses are not held against the claim. `language` is that of the reason.
        """
        ...

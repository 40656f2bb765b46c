"""Reasons that stand behind the sentence that has the question's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from malmoi.answering.evidence import Candidate

_SAYS_WHY = r"때문|탓[이에으]|덕분|까닭|이유|원인|\b(?:because|due to|owing to|caused by)\b|因为|由于"
_PLAINLY = re.compile(_SAYS_WHY, re.IGNORECASE)
_GIVES_REASON = re.compile(
    rf"{_SAYS_WHY}|[아어여]서(?=[ ,])|므로|[으느]니까|(?:하|되|이)기에|위[해하]|"
    r"\b(?:since|so that|as a result of|thanks to|reasons?)\b",
    re.IGNORECASE,
)
"""Also by endings and words that have other uses."""
_BEHIND = 2
"""Sentences behind the best one among which its reason is looked for."""


def with_reason(chosen: Sequence[Candidate], ranked: Sequence[Candidate]) -> list[Candidate]:
    """The chosen sentences, and the one soon behind the best that says why, where none of them gives a reason."""
    if not chosen or any(_GIVES_REASON.search(c.text) for c in chosen):
        return list(chosen)
    best = chosen[0]
    behind = (c for c in ranked if c.hit is best.hit and 0 < c.place - best.place <= _BEHIND)
    reason = next((c for c in sorted(behind, key=lambda c: c.place) if _PLAINLY.search(c.text)), None)
    return [*chosen, reason] if reason else list(chosen)

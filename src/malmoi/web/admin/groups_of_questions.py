"""Questions that ask for the same, put together by the words they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from malmoi.web.admin.asked import Unanswered

LEAST_SHARED = 0.5
"""Jaccard similarity of the content terms from which on two questions ask for the same."""
NEAREST = 3


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions alike, the newest first.

    Attributes:
        nearest: id and title of the documents whose passages came nearest, most often named first.
    """

    questions: tuple[Unanswered, ...]
    nearest: tuple[tuple[str, str], ...]

    @property
    def newest(self) -> Unanswered:
        """The one that stands for all."""
        return self.questions[0]


def group(questions: Sequence[Unanswered], terms: Callable[[str], Iterable[str]]) -> list[QuestionGroup]:
    """Groups in the order of their newest question, which each member is like.

    Args:
        questions: newest first.
        terms: the content terms of a question.
    """
    found: list[tuple[frozenset[str], list[Unanswered]]] = []
    for question in questions:
        its = frozenset(terms(question.question)) or frozenset([question.question])
        for shared, members in found:
            if len(its & shared) >= LEAST_SHARED * len(its | shared):
                members.append(question)
                break
        else:
            found.append((its, [question]))
    return [QuestionGroup(tuple(members), _nearest(members)) for _, members in found]


def _nearest(members: Sequence[Unanswered]) -> tuple[tuple[str, str], ...]:
    count: Counter[tuple[str, str]] = Counter()
    for member in members:
        best = dict.fromkeys((p.document_id, p.title or p.document) for p in member.reply.passages)
        count.update(list(best)[:NEAREST])
    return tuple(document for document, _ in count.most_common(NEAREST))

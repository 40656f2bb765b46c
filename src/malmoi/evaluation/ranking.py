"""Measures of a ranking of documents against the groups of documents that answer a question.

A group is a set of alternates, met by the first of them; a relevant document alone is a group of one. With groups of
one all measures are the usual ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from malmoi.evaluation.questions import Question

Groups = Sequence[frozenset[str]]
DEPTH = 10
"""Documents of a ranking that are looked at."""


def gold_groups(question: Question) -> list[frozenset[str]]:
    """The relevant documents one by one or, where none are named, those of each evidence group."""
    if question.relevant:
        return [frozenset({name}) for name in dict.fromkeys(question.relevant)]
    named = (frozenset(quote.doc for quote in group if quote.doc) for group in question.evidence)
    return [group for group in named if group]


def measure(ranked: Sequence[str], groups: Groups) -> dict[str, float | None]:
    """nDCG@10, recall@1/5/10, MRR@10 and hit@1 of document names, best first; None without groups."""
    ranked = list(dict.fromkeys(ranked))
    if not groups:
        return dict.fromkeys((NDCG, "recall@1", "recall@5", "recall@10", "mrr@10", "hit@1"))
    first = next((place for place, name in enumerate(ranked[:DEPTH]) if any(name in g for g in groups)), None)
    return {
        NDCG: round(ndcg(ranked, groups), 6),
        **{f"recall@{k}": round(recall(ranked, groups, k), 6) for k in (1, 5, 10)},
        "mrr@10": 0.0 if first is None else round(1 / (first + 1), 6),
        "hit@1": float(first == 0),
    }


NDCG = "ndcg@10"


def ndcg(ranked: Sequence[str], groups: Groups, k: int = DEPTH) -> float:
    """Discounted gain over the best that is possible; each group counts once, at its first document."""
    names = {name for group in groups for name in group}
    ideal: list[str] = []
    while len(ideal) < k and (left := _unmet(ideal, groups)):
        ideal.append(max(sorted(names.difference(ideal)), key=lambda name: sum(name in group for group in left)))
    return _gain(ranked[:k], groups) / _gain(ideal, groups)


def _gain(ranked: Sequence[str], groups: Groups) -> float:
    left = list(groups)
    total = 0.0
    for place, name in enumerate(ranked):
        total += sum(name in group for group in left) / math.log2(place + 2)
        left = [group for group in left if name not in group]
    return total


def _unmet(names: Sequence[str], groups: Groups) -> list[frozenset[str]]:
    return [group for group in groups if group.isdisjoint(names)]


def recall(ranked: Sequence[str], groups: Groups, k: int) -> float:
    """Share of the groups met by the first `k` documents."""
    return 1 - len(_unmet(ranked[:k], groups)) / len(groups)

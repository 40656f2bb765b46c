"""One ranking from a lexical and a dense result list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import fmean, pstdev

Scored = Sequence[tuple[int, float]]
"""(chunk id, score), best first."""


DEPTH = 1000
"""How far down each list the search goes; a shorter list is complete."""
_LEAST = 4
"""Fewer passages of one side than this have no spread to be measured by, and count as average."""


def fuse(
    lexical: Scored, dense: Scored, pool: int, *, depth: int = DEPTH, foreign: Collection[int] = frozenset()
) -> list[tuple[int, float]]:
    """The best `pool` of each list, ordered by the sum of their standard scores within that pool.

    A search that sets its best passages far apart from the rest decides more than one that finds all alike, question
    by question, which a fixed weight or ranks alone cannot do. On KorQuAD's paragraphs nDCG@10 is 0.970 (lexical 0.967,
    dense 0.886, reciprocal ranks 0.947); on the welfare pages 0.878 (0.846, 0.839, 0.869).

    Lists longer than `pool` lend their scores to passages that only the other list ranks high; beyond that a passage
    counts as without lexical score, or as no nearer than the last dense one. A passage that a complete dense list lacks
    has no vector yet and counts as average. With one list empty the other is returned as it is.

    Args:
        foreign: ids of chunks in other languages than the question's. They share few of its words however well they
            answer it, so the lexical scores are standardised among them and among the others apart.
    """
    if not lexical or not dense:
        return list(lexical or dense)[:pool]
    lexical_scores, dense_scores = dict(lexical), dict(dense)
    ids = list(dict.fromkeys(id_ for found in (lexical[:pool], dense[:pool]) for id_, _ in found))
    known = [dense_scores[id_] for id_ in ids if id_ in dense_scores]
    unknown = min(dense_scores.values()) if len(dense) >= depth else fmean(known)
    words = [0.0] * len(ids)
    for side in (True, False):
        places = [place for place, id_ in enumerate(ids) if (id_ in foreign) is side]
        if len(places) >= (_LEAST if foreign else 1):
            scores = standard_scores([lexical_scores.get(ids[place], 0.0) for place in places])
            for place, score in zip(places, scores, strict=True):
                words[place] = score
    meaning = standard_scores([dense_scores.get(id_, unknown) for id_ in ids])
    fused = [(id_, a + b) for id_, a, b in zip(ids, words, meaning, strict=True)]
    return sorted(fused, key=lambda item: (-item[1], item[0]))


def standard_scores(values: Sequence[float]) -> list[float]:
    """Distance from the mean in standard deviations; all zero where the values are equal."""
    mean, deviation = fmean(values), pstdev(values)
    return [(value - mean) / deviation if deviation > 1e-9 else 0.0 for value in values]

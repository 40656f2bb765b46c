from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.retrieval.fusion import fuse, standard_scores


def ranked(found: dict[int, float]) -> list[tuple[int, float]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


lists = st.dictionaries(st.integers(1, 60), st.floats(0, 50), max_size=30).map(ranked)
full = st.dictionaries(st.integers(1, 60), st.floats(0, 50), min_size=1, max_size=30).map(ranked)
pools = st.integers(1, 40)


@given(lists, lists, pools)
def test_the_best_of_each_list_are_ranked_once(lexical: list, dense: list, pool: int) -> None:
    fused = fuse(lexical, dense, pool)
    ids = [id_ for id_, _ in fused]
    assert len(ids) == len(set(ids))
    assert set(ids) == {id_ for found in (lexical[:pool], dense[:pool]) for id_, _ in found}
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)


@given(full, pools)
def test_one_list_alone_is_returned_as_it_is(found: list, pool: int) -> None:
    assert fuse(found, [], pool) == found[:pool] == fuse([], found, pool)


@given(st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=30), pools)
def test_two_lists_that_agree_keep_their_order(ids: list[int], pool: int) -> None:
    words = [(id_, 30.0 - place) for place, id_ in enumerate(ids)]
    meaning = [(id_, 0.9 - place / 100) for place, id_ in enumerate(ids)]
    assert [id_ for id_, _ in fuse(words, meaning, pool)] == ids[:pool]


whole = st.dictionaries(st.integers(1, 60), st.integers(0, 1000).map(float), min_size=1, max_size=30).map(ranked)


@given(whole, whole, pools)
def test_the_unit_of_a_score_does_not_matter(lexical: list, dense: list, pool: int) -> None:
    doubled = [(id_, score * 2) for id_, score in lexical]
    same, other = dict(fuse(lexical, dense, pool)), dict(fuse(doubled, dense, pool))
    assert other == pytest.approx(same)


@given(whole, whole, pools)
def test_the_two_searches_weigh_the_same(lexical: list, dense: list, pool: int) -> None:
    # A passage that one search did not find has no lexical score, but the last dense one: found by both, they swap.
    both = {id_ for id_, _ in lexical} & {id_ for id_, _ in dense}
    lexical, dense = ([item for item in found if item[0] in both] for found in (lexical, dense))
    assert dict(fuse(lexical, dense, pool)) == pytest.approx(dict(fuse(dense, lexical, pool)))


def test_a_search_that_is_sure_outweighs_one_that_finds_all_alike() -> None:
    words = [(1, 30.0), *((id_, 8 - id_ / 10) for id_ in range(2, 11))]
    meaning = [(id_, 0.86 - place / 1000) for place, id_ in enumerate([10, 9, 8, 7, 1, 6, 5, 4, 3, 2])]
    assert fuse(words, meaning, 10)[0][0] == 1


def test_a_passage_beyond_the_pool_still_lends_its_score() -> None:
    words = [(1, 9.0), (2, 8.0), (3, 7.0)]
    meaning = [(3, 0.9), (2, 0.5), (1, 0.4)]
    with_tail = dict(fuse(words, meaning, 1))
    cut = dict(fuse(words[:1], meaning[:1], 1))
    assert set(with_tail) == set(cut) == {1, 3}
    assert with_tail[3] > cut[3]  # its lexical score is 7, not nothing


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30))
def test_standard_scores_are_centred(values: list[float]) -> None:
    scores = standard_scores(values)
    assert fmean(scores) == pytest.approx(0, abs=1e-6)
    assert sorted(range(len(values)), key=lambda i: values[i]) == sorted(
        range(len(values)), key=lambda i: (scores[i], values[i])
    )


def test_equal_values_have_no_say() -> None:
    assert standard_scores([3.0, 3.0]) == [0.0, 0.0]


def test_passages_in_another_language_are_not_held_to_the_questions_words() -> None:
    words = [(id_, 12.0 - id_) for id_ in range(1, 9)]
    meaning = ranked({**{id_: 0.80 for id_ in range(1, 9)}, **{20: 0.9, 21: 0.79, 22: 0.78, 23: 0.77}})
    plain = [id_ for id_, _ in fuse(words, meaning, 20)]
    aware = [id_ for id_, _ in fuse(words, meaning, 20, foreign={20, 21, 22, 23})]
    assert aware.index(21) < plain.index(21)
    assert [id_ for id_ in aware if id_ < 20] == [id_ for id_ in plain if id_ < 20]

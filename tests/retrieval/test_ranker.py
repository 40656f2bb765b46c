from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.korean import Analyser
from malmoi.retrieval.ranker import FILE, Ranker, Rankers, shipped
from malmoi.retrieval.reranking import LearnedReranker
from retrieval.test_features import asked, features, hit

TWO = Ranker(
    features=("a", "b"),
    start=("b", 0.5),
    columns=np.array([[0, 1], [1, 1]]),
    thresholds=np.array([[0.0, 1.0], [2.0, 3.0]]),
    leaves=np.array([[1.0, 2.0, 4.0, 8.0], [10.0, 20.0, 40.0, 80.0]]),
)


def test_the_splits_are_the_bits_of_the_leaf() -> None:
    scores = TWO.scores({"a": np.array([-1.0, 1.0, 1.0]), "b": np.array([0.0, 1.0, 4.0])})
    assert scores.tolist() == [0 + 1 + 10, 0.5 + 4 + 10, 2 + 8 + 80]


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=9))
def test_a_ranker_is_the_same_after_it_was_written(rows: list[tuple[float, float]]) -> None:
    again = Ranker.from_json(json.loads(json.dumps(TWO.to_json())))
    table = {"a": np.array([a for a, _ in rows]), "b": np.array([b for _, b in rows])}
    assert again.scores(table).tolist() == TWO.scores(table).tolist()


def test_the_card_names_the_file() -> None:
    folder = files("malmoi.retrieval")
    card = folder.joinpath("ranker.md").read_text(encoding="utf-8")
    named = re.search(r"SHA-256 `([0-9a-f]{64})`", card)
    assert named is not None
    assert named.group(1) == hashlib.sha256(folder.joinpath(FILE).read_bytes()).hexdigest()


def test_the_shipped_rankers_read_features_that_exist(analyser: Analyser) -> None:
    columns = features(analyser, "등대는 언제 세워졌나?", "등대는 1931년에 세워졌다.", "장은 수요일에 선다.")
    rankers = shipped()
    assert set(rankers.both.features) <= set(columns)
    hits = [hit(analyser, text, id_=i, dense=None) for i, text in enumerate(("등대", "장터"))]
    from malmoi.retrieval.features import read_features

    words = read_features(asked(analyser, "등대", hits), hits)
    assert set(rankers.words.features) <= set(words)
    for ranker in (rankers.both, rankers.words):
        assert ranker.columns.max() < len(ranker.features)
        assert ranker.leaves.shape == (len(ranker.columns), 2 ** ranker.columns.shape[1])


def test_without_vectors_the_ranker_for_words_decides(analyser: Analyser) -> None:
    columns = features(analyser, "등대", "등대", "장터")
    up = Ranker(("coverage",), ("coverage", 1.0), np.array([[0]]), np.array([[0.5]]), np.array([[0.0, 1.0]]))
    needs_meaning = Ranker(("meaning",), ("meaning", 0.0), np.array([[0]]), np.array([[9.0]]), np.array([[7.0, 7.0]]))
    rankers = Rankers(both=needs_meaning, words=up)
    assert rankers.scores(columns).tolist() == [7.0, 7.0]
    del columns["meaning"]
    assert rankers.scores(columns).tolist() == [2.0, 0.0]


@pytest.mark.parametrize("dense", [0.85, None])
def test_the_sentence_that_answers_comes_first(dense: float | None, analyser: Analyser) -> None:
    """Scores that say nothing: only the texts tell the passages apart."""
    texts = [
        "가온포의 등대는 바다에서 잘 보인다. 등대 앞에는 긴 길이 있다.",
        "가온포의 장은 수요일마다 선다.",
        "가온포 등대의 높이는 27미터이다. 계단은 모두 112개이다.",
        "가온포 사람들은 등대를 사랑한다. 산의 높이는 아무도 모른다.",
    ]
    hits = [hit(analyser, text, id_=i, score=1.0, dense=dense) for i, text in enumerate(texts)]
    ranked = LearnedReranker(shipped()).rerank(asked(analyser, "가온포 등대의 높이는 얼마인가?", hits), hits)
    assert ranked[0].chunk.text == texts[2]

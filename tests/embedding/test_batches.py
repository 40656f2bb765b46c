from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from malmoi.embedding.batches import MAX_CHARS, checked, clean, clean_all, embed_in_batches, similar_length
from malmoi.errors import EmbeddingRefused


@given(st.lists(st.text(max_size=30), max_size=40), st.integers(1, 7))
def test_batches_restore_the_order(texts: list[str], size: int) -> None:
    seen: list[int] = []

    def embed(batch: list[str]) -> np.ndarray:
        assert len(batch) <= size
        return np.array([[len(text), hash(text) % 1000] for text in batch], dtype=np.float32)

    vectors = embed_in_batches(texts, size, embed, 2, seen.append)
    assert vectors.tolist() == [[len(text), hash(text) % 1000] for text in texts]
    assert seen[-1:] == ([len(texts)] if texts else [])


@given(st.lists(st.integers(0, 500), max_size=60), st.integers(1, 9))
def test_every_position_is_in_exactly_one_batch_longest_first(lengths: list[int], size: int) -> None:
    batches = list(similar_length(lengths, size))
    order = [int(position) for batch in batches for position in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[position] for position in order] == sorted(lengths, reverse=True)


@given(st.text(st.characters(), max_size=60))
def test_clean_text_is_encodable_and_stable(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned
    cleaned.encode()
    assert clean(cleaned) == cleaned


def test_decomposed_hangul_and_surrogates_are_repaired_and_long_texts_cut() -> None:
    assert clean("\u1112\u1161\u11ab글 ") == "한글"
    assert clean("a\ud800b\x00c") == "abc"
    assert len(clean("가" * (MAX_CHARS + 5))) == MAX_CHARS


@pytest.mark.parametrize("empty", ["", " \n", "\x00", "\ud800"])
def test_a_text_without_content_is_refused_with_its_position(empty: str) -> None:
    with pytest.raises(EmbeddingRefused, match="Text 2 of 3"):
        clean_all(["하나", empty, "셋"])


def test_vectors_are_made_unit_length() -> None:
    vectors = checked([[3, 4], [0, 2]], count=2, dimension=2, engine="it")
    assert np.allclose(vectors, [[0.6, 0.8], [0, 1]])
    assert vectors.dtype == np.float32
    assert checked(np.empty((0, 3)), count=0, dimension=3, engine="it").shape == (0, 3)


@pytest.mark.parametrize(
    "vectors", [[[1, 2]], [[1, 2], [1, float("inf")]], [[1, 2], [0, 0]], [[1], [2]], [[1, 2], [1]], ["a", "b"], None]
)
def test_bad_vectors_are_refused(vectors: object) -> None:
    with pytest.raises(EmbeddingRefused):
        checked(vectors, count=2, dimension=2, engine="it")

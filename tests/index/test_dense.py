from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from catalog.storage import HashEmbedder, made, vectors
from malmoi.catalog import Catalog
from malmoi.index import generations
from malmoi.index.build import Indexer
from malmoi.index.dense import DenseIndex, calibrated
from malmoi.types import EVIDENCE_KINDS, Filters, SectionKind

EMBEDDER = HashEmbedder(dimension=48)
TEMPLATE_EMBEDDER = HashEmbedder()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path) as opened:
        yield opened


def add(catalog: Catalog, names: range) -> None:
    for i in names:
        kind = SectionKind.COMMENT if i % 4 == 0 else SectionKind.BODY
        catalog.put(*made(f"d{i}", f"글 {i}", (kind, f"또 {i}"), "되풀이되는 글"))
    Indexer(catalog, EMBEDDER).embed_pending()


def brute_force(catalog: Catalog, model: str, question: np.ndarray, limit: int) -> list[float]:
    ids, rows = vectors(catalog, model)
    kinds = {chunk.id: chunk.kind for chunk in catalog.chunks(ids.tolist())}
    scores = {id_: float(row @ question) for id_, row in zip(ids.tolist(), rows, strict=True)}
    return sorted((s for id_, s in scores.items() if kinds[id_] in EVIDENCE_KINDS), reverse=True)[:limit]


def agree(catalog: Catalog, index: DenseIndex, embedder: HashEmbedder = EMBEDDER) -> None:
    alive = set(catalog.chunk_ids())
    for text in ("하나", "둘", "셋"):
        question = embedder.embed_question(text)
        found = index.search(question, limit=12)
        assert {id_ for id_, _ in found} <= alive
        assert len({id_ for id_, _ in found}) == len(found)
        np.testing.assert_allclose([s for _, s in found], brute_force(catalog, embedder.id, question, 12), atol=1e-5)


def test_generations_tail_and_deletions_together_give_the_exact_answer(catalog: Catalog) -> None:
    indexes = [DenseIndex(catalog, EMBEDDER.id, exact_limit=limit) for limit in (0, 10_000)]
    indexer = Indexer(catalog, EMBEDDER)

    def both_agree() -> None:
        for index in indexes:
            agree(catalog, index)

    def nothing_is_found() -> bool:
        return all(index.search(EMBEDDER.embed_question("?"), limit=5) == [] for index in indexes)

    assert nothing_is_found()
    add(catalog, range(40))
    both_agree()  # no generation yet
    assert indexer.publish()
    both_agree()  # generation alone
    add(catalog, range(40, 50))
    both_agree()  # generation and tail
    assert not indexer.publish(), "a short tail is not worth a new generation"
    for i in random.Random(1).sample(range(50), 15):
        catalog.remove(catalog.resolve(f"d{i}"))
    both_agree()  # deleted rows in generation and tail
    add(catalog, range(30, 45))
    both_agree()  # replaced
    assert indexer.publish()
    both_agree()  # the next generation, seen by the same index
    for info in catalog.documents():
        catalog.remove(info.id)
    assert nothing_is_found()
    assert indexer.publish()
    assert generations.current(catalog.index_dir) is None
    assert nothing_is_found()
    for index in indexes:
        index.close()


def test_a_vector_that_comes_late_is_found(catalog: Catalog) -> None:
    """Its chunk is older than the generation, which was built without it."""
    catalog.put(*made("spät", "늦은 글"))
    catalog.put(*made("früh", "이른 글"))
    early = next(item for item in catalog.missing_vectors(EMBEDDER.id) if item[2] == "이른 글")
    indexer = Indexer(catalog, EMBEDDER)
    indexer.claim()
    catalog.put_vectors(EMBEDDER.id, {early[1]: EMBEDDER.embed_passages([early[2]])[0]})
    assert indexer.publish()
    index = DenseIndex(catalog, EMBEDDER.id, exact_limit=0)
    agree(catalog, index)
    indexer.embed_pending()
    agree(catalog, index)
    assert index.search(EMBEDDER.embed_question("늦은 글"), limit=1)[0] == (1, pytest.approx(1.0))
    index.close()


def test_the_exact_path_imports_no_chroma(published: Path) -> None:
    program = (
        "import sys, numpy as np\nfrom pathlib import Path\n"
        "from malmoi.catalog import Catalog\nfrom malmoi.index.dense import DenseIndex\nimport malmoi.index.build\n"
        "index = DenseIndex(Catalog(Path(sys.argv[1]), read_only=True), sys.argv[2])\n"
        "assert len(index.search(np.ones(32, 'f4'), limit=3)) == 3\n"
        "assert not {'chromadb', 'llama_index.core'} & set(sys.modules)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(published), TEMPLATE_EMBEDDER.id],
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_filters_are_exact_beside_chroma(published: Path) -> None:
    with Catalog(published) as catalog:
        index = DenseIndex(catalog, TEMPLATE_EMBEDDER.id, exact_limit=0)
        comments = Filters(kinds=frozenset({SectionKind.COMMENT}))
        question = TEMPLATE_EMBEDDER.embed_question("제목 8\n댓글 8")
        found = index.search(question, filters=comments, limit=100)
        assert len(found) == 30 and catalog.chunks([found[0][0]])[0].text == "댓글 8"
        index.close()


@pytest.mark.parametrize(
    ("pattern", "how"),
    [
        *((p, h) for p in ("*/data_level0.bin", "chroma.sqlite3", "vectors.npy") for h in ("truncated", "deleted")),
        ("*/data_level0.bin", "zeroed"),
    ],
)
def test_a_damaged_generation_costs_a_warning_and_no_answer(
    published: Path, caplog: pytest.LogCaptureFixture, pattern: str, how: str
) -> None:
    (damaged,) = (published / "chroma" / "1").glob(pattern)
    size = damaged.stat().st_size
    if how == "truncated":
        os.truncate(damaged, size // 2)
    elif how == "deleted":
        damaged.unlink()
    else:  # only the look in a child process finds this
        damaged.write_bytes(bytes(size))
    with Catalog(published) as catalog, caplog.at_level(logging.WARNING, "malmoi"):
        index = DenseIndex(catalog, TEMPLATE_EMBEDDER.id, exact_limit=0)
        agree(catalog, index, TEMPLATE_EMBEDDER)
        assert "index rebuild" in caplog.text and len(caplog.records) == 1
        if how == "zeroed":
            Indexer(catalog, TEMPLATE_EMBEDDER).rebuild()
            caplog.clear()
            agree(catalog, index, TEMPLATE_EMBEDDER)
            assert not caplog.records, "the same index uses the generation that was built anew"
        index.close()


def test_cosines_of_another_language_are_read_by_that_languages_own_spread() -> None:
    own = np.linspace(0.80, 0.86, 10, dtype=np.float32)
    other = np.linspace(0.70, 0.73, 10, dtype=np.float32)
    made = calibrated(np.concatenate([own, other]), np.array([0] * 10 + [1] * 10, dtype=np.int16), 0)
    assert np.array_equal(made[:10], own)
    assert np.allclose(made[10:], own, atol=1e-5), "the best of each stand level"


def test_few_chunks_of_a_language_are_left_as_they_are() -> None:
    scores = np.linspace(0.7, 0.9, 13, dtype=np.float32)
    few = np.array([0] * 10 + [1] * 3, dtype=np.int16)
    assert np.array_equal(calibrated(scores, few, 0), scores)
    assert np.array_equal(calibrated(scores[:5], few[8:], 0), scores[:5])
    one = np.zeros(13, dtype=np.int16)
    assert calibrated(scores, one, 0) is scores


def test_a_question_in_a_language_without_chunks_compares_with_the_most_frequent_one() -> None:
    own = np.linspace(0.80, 0.86, 12, dtype=np.float32)
    other = np.linspace(0.70, 0.73, 10, dtype=np.float32)
    made = calibrated(np.concatenate([own, other]), np.array([0] * 12 + [1] * 10, dtype=np.int16), 7)
    assert np.array_equal(made[:12], own)
    assert made[-1] > own[-2]

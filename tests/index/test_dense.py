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

from catalog.storage import HashEmbedder, made
from malmoi.catalog import Catalog
from malmoi.index import generations
from malmoi.index.build import Indexer
from malmoi.index.dense import DenseIndex
from malmoi.types import EVIDENCE_KINDS, Filters, SectionKind

EMBEDDER = HashEmbedder(dimension=48)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog(tmp_path) as opened:
        yield opened


def add(catalog: Catalog, names: range) -> None:
    for i in names:
        kind = SectionKind.COMMENT if i % 4 == 0 else SectionKind.BODY
        catalog.put(*made(f"d{i}", f"글 {i}", (kind, f"또 {i}"), "되풀이되는 글"))
    Indexer(catalog, EMBEDDER).embed_pending()


def brute_force(catalog: Catalog, question: np.ndarray, limit: int) -> list[float]:
    ids, rows = catalog.vectors(EMBEDDER.id)
    kinds = {chunk.id: chunk.kind for chunk in catalog.chunks(ids.tolist())}
    scores = [
        float(row @ question) for id_, row in zip(ids.tolist(), rows, strict=True) if kinds[id_] in EVIDENCE_KINDS
    ]
    return sorted(scores, reverse=True)[:limit]


def agree(catalog: Catalog, index: DenseIndex) -> None:
    alive = set(catalog.chunk_ids())
    for text in ("하나", "둘", "셋"):
        question = EMBEDDER.embed_question(text)
        found = index.search(question, limit=12)
        assert {id_ for id_, _ in found} <= alive
        assert len({id_ for id_, _ in found}) == len(found)
        np.testing.assert_allclose([s for _, s in found], brute_force(catalog, question, 12), atol=1e-5)


@pytest.mark.parametrize("exact_limit", [0, 10_000])
def test_generations_tail_and_deletions_together_give_the_exact_answer(catalog: Catalog, exact_limit: int) -> None:
    index = DenseIndex(catalog, EMBEDDER.id, exact_limit=exact_limit)
    indexer = Indexer(catalog, EMBEDDER)
    assert index.search(EMBEDDER.embed_question("?"), limit=5) == []
    add(catalog, range(40))
    agree(catalog, index)  # no generation yet
    assert indexer.publish()
    agree(catalog, index)  # generation alone
    add(catalog, range(40, 50))
    agree(catalog, index)  # generation and tail
    assert not indexer.publish(), "a short tail is not worth a new generation"
    chosen = random.Random(1).sample(range(50), 15)
    for i in chosen:
        catalog.remove(catalog.resolve(f"d{i}"))
    agree(catalog, index)  # deleted rows in generation and tail
    add(catalog, range(30, 45))
    agree(catalog, index)  # replaced
    assert indexer.publish()
    agree(catalog, index)  # the next generation, seen by the same index
    for info in catalog.documents():
        catalog.remove(info.id)
    assert index.search(EMBEDDER.embed_question("?"), limit=5) == []
    assert indexer.publish()
    assert generations.current(catalog.index_dir) is None
    assert index.search(EMBEDDER.embed_question("?"), limit=5) == []
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


def test_the_exact_path_imports_no_chroma(catalog: Catalog) -> None:
    add(catalog, range(10))
    Indexer(catalog, EMBEDDER).publish()
    program = (
        "import sys, numpy as np\nfrom pathlib import Path\n"
        "from malmoi.catalog import Catalog\nfrom malmoi.index.dense import DenseIndex\nimport malmoi.index.build\n"
        "found = DenseIndex(Catalog(Path(sys.argv[1]), read_only=True), sys.argv[2]).search(np.ones(48, 'f4'), limit=3)\n"
        "assert len(found) == 3\n"
        "assert not {'chromadb', 'llama_index.core'} & set(sys.modules)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(catalog.index_dir), EMBEDDER.id],
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_filters_are_exact_beside_chroma(catalog: Catalog) -> None:
    add(catalog, range(20))
    Indexer(catalog, EMBEDDER).publish()
    index = DenseIndex(catalog, EMBEDDER.id, exact_limit=0)
    comments = Filters(kinds=frozenset({SectionKind.COMMENT}))
    found = index.search(EMBEDDER.embed_question("또 8"), filters=comments, limit=100)
    assert len(found) == 5 and catalog.chunks([found[0][0]])[0].text == "또 8"
    index.close()


@pytest.mark.parametrize(
    "pattern", ["*/data_level0.bin", "*/header.bin", "*/link_lists.bin", "chroma.sqlite3", "vectors.npy"]
)
@pytest.mark.parametrize("how", ["truncated", "deleted"])
def test_a_damaged_generation_costs_a_warning_and_no_answer(
    catalog: Catalog, caplog: pytest.LogCaptureFixture, pattern: str, how: str
) -> None:
    add(catalog, range(12))
    Indexer(catalog, EMBEDDER).publish()
    (damaged,) = (catalog.index_dir / "chroma" / "1").glob(pattern)
    if how == "truncated":
        os.truncate(damaged, damaged.stat().st_size // 2)
    else:
        damaged.unlink()
    index = DenseIndex(catalog, EMBEDDER.id, exact_limit=0)
    with caplog.at_level(logging.WARNING, "malmoi"):
        agree(catalog, index)
    assert "index rebuild" in caplog.text and len(caplog.records) == 1
    index.close()


def test_a_generation_that_only_the_probe_finds_damaged(catalog: Catalog, caplog: pytest.LogCaptureFixture) -> None:
    add(catalog, range(12))
    Indexer(catalog, EMBEDDER).publish()
    (graph,) = (catalog.index_dir / "chroma" / "1").glob("*/data_level0.bin")
    graph.write_bytes(bytes(graph.stat().st_size))
    index = DenseIndex(catalog, EMBEDDER.id, exact_limit=0)
    with caplog.at_level(logging.WARNING, "malmoi"):
        agree(catalog, index)
    assert "damaged" in caplog.text
    Indexer(catalog, EMBEDDER).rebuild()
    caplog.clear()
    agree(catalog, index)
    assert not caplog.records, "the same index uses the generation that was built anew"
    index.close()

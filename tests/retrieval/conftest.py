from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from malmoi.catalog import Catalog
from malmoi.chunking import chunk_document
from malmoi.korean import Analyser
from retrieval.town import documents


@pytest.fixture(scope="session")
def town_index(tmp_path_factory: pytest.TempPathFactory, analyser: Analyser) -> Path:
    folder = tmp_path_factory.mktemp("town") / "index"
    with Catalog(folder) as catalog:
        for document in documents():
            catalog.put(document, chunk_document(document, analyser, target_chars=500, max_chars=900))
        catalog.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def town(town_index: Path, tmp_path: Path) -> Iterator[Catalog]:
    """A few documents about an invented harbour town, without vectors."""
    with Catalog(Path(shutil.copytree(town_index, tmp_path / "town"))) as catalog:
        yield catalog

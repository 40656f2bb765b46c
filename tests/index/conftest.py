from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from catalog.storage import HashEmbedder, SplitAnalyser, made
from malmoi.catalog import Catalog
from malmoi.index.build import Indexer
from malmoi.types import SectionKind


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty documents of a body and a comment, embedded and published."""
    folder = tmp_path_factory.mktemp("template") / "index"
    with Catalog(folder) as catalog:
        for i in range(30):
            catalog.put(*made(f"d{i}", f"글 {i}", (SectionKind.COMMENT, f"댓글 {i}"), title=f"제목 {i}"))
        indexer = Indexer(catalog, HashEmbedder(), analyser=SplitAnalyser())
        indexer.embed_pending()
        assert indexer.publish()
        assert indexer.verify().ok
        catalog.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def published(template: Path, tmp_path: Path) -> Path:
    """A copy of the template, to be spoilt."""
    return Path(shutil.copytree(template, tmp_path / "published"))

"""`kill -9` at random moments of adding, publishing and rebuilding.

MALMOI_CRASH_KILLS sets how often; the ordinary run kills a few times, `make hardening` sixty.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalog.storage import HashEmbedder, SplitAnalyser
from crash.victim import content
from malmoi.catalog import Catalog
from malmoi.index import generations
from malmoi.index.build import Indexer
from malmoi.index.dense import DenseIndex
from malmoi.index.lexical import LexicalIndex

KILLS = int(os.environ.get("MALMOI_CRASH_KILLS", "6"))
PENDING = {"vector.missing", "chroma.absent", "chroma.removed", "chroma.behind"}
"""Work that a killed process leaves undone; anything else is damage."""


def allowed_versions(ledger: Path) -> dict[str, set[int]]:
    """What each document may be now: the last acknowledged version, or one begun after it; 0 for removed."""
    allowed: dict[str, set[int]] = {}
    for line in ledger.read_text("utf-8").splitlines():
        word, *rest = line.split()
        if len(rest) == 2:
            name, version = rest[0], int(rest[1])
            if word in ("put", "removed"):
                allowed[name] = {version}
            else:
                allowed.setdefault(name, {0}).add(version)
    return allowed


def check(index: Path, ledger: Path) -> None:
    embedder = HashEmbedder()
    with Catalog(index) as catalog:
        found: dict[str, int] = {}
        for info in catalog.documents():
            assert info.name not in found, "a document is there twice"
            chunks = catalog.chunks_of(info.id)
            version = int(chunks[0].text.split()[2])
            assert [chunk.text for chunk in chunks] == content(info.name, version), "a document is there by half"
            found[info.name] = version
        allowed = allowed_versions(ledger)
        assert set(found) <= set(allowed)
        for name, versions in allowed.items():
            assert found.get(name, 0) in versions, f"{name} is {found.get(name, 0)}, and should be one of {versions}"

        with ledger.open("a", encoding="utf-8") as file:  # what is there now has to stay
            file.writelines(f"put {name} {found.get(name, 0)}\n" for name in allowed)

        indexer = Indexer(catalog, embedder, analyser=SplitAnalyser())
        report = indexer.verify()
        assert {problem.code for problem in report.problems} <= PENDING, report.problems
        ids = catalog.chunk_ids()
        assert sorted(id_ for id_, _ in LexicalIndex(catalog).search(["판"], limit=10_000)) == ids
        dense = DenseIndex(catalog, embedder.id)
        vectors, _ = catalog.vector_ids(embedder.id)
        assert sorted(id_ for id_, _ in dense.search(embedder.embed_question("?"), limit=10_000)) == vectors.tolist()
        dense.close()


def kill_once(index: Path, ledger: Path, seed: int) -> None:
    """Start the victim and kill it; every other time at a moment of building or publishing a generation."""
    draw = random.Random(seed)
    aimed = seed % 2 == 1
    process = subprocess.Popen(
        [sys.executable, "-m", "crash.victim", str(index), str(ledger), str(seed), "rebuild" if aimed else "mixed"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        before = generations.current(index)
        number = before.generation if before else 0
        await_line(process, ledger, seed)
        if aimed:
            target = draw.choice(["folder", "vectors.npy", "chroma.sqlite3", "data_level0.bin", "CURRENT", "swept"])
            await_build(process, index, number, target)
            time.sleep(draw.random() * 0.05)
        else:
            time.sleep(draw.random() * 4)
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
    finally:
        # The whole group: a generation's check runs in a child of the victim.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def await_line(process: subprocess.Popen[bytes], ledger: Path, seed: int) -> None:
    """Wait until the victim holds the lock and has begun."""
    want = ledger.read_text("utf-8").count("ready") if ledger.exists() else 0
    while process.poll() is None:
        if ledger.exists() and ledger.read_text("utf-8").count("ready") > want:
            return
        time.sleep(0.005)


def await_build(process: subprocess.Popen[bytes], index: Path, number: int, target: str) -> None:
    """Wait until the victim's first build has come to `target`."""
    home = generations.home(index)
    while process.poll() is None:
        folders = [p for p in home.glob("*") if p.is_dir() and p.name.isdigit() and int(p.name) > number]
        if target == "swept":
            manifest = generations.current(index)
            if manifest is not None and manifest.generation > number:
                return
        elif target == "CURRENT":
            if (home / "CURRENT.new").exists() or any((p / "chroma.sqlite3").exists() for p in folders):
                return
        elif any(target == "folder" or next(p.rglob(target), None) for p in folders):
            return
        time.sleep(0.001)


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a Unix signal")
def test_no_kill_loses_or_doubles_a_document(tmp_path: Path) -> None:
    index, ledger = tmp_path / "index", tmp_path / "ledger"
    for seed in range(KILLS):
        kill_once(index, ledger, seed)
        check(index, ledger)
    with Catalog(index) as catalog:
        indexer = Indexer(catalog, HashEmbedder(), analyser=SplitAnalyser())
        indexer.rebuild()
        report = indexer.verify()
        assert report.ok, report.problems
        assert report.documents > 0
        assert len(list((index / "chroma").iterdir())) == 2, "leftovers of killed builds"

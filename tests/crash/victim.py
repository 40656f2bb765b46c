"""A process that adds, replaces, removes and rebuilds until it is killed: `python victim.py INDEX LEDGER SEED MODE`.

Before each change it writes a line that says what it is about to do, and after the commit one that says it is done,
each forced to disk, so that the parent knows what must be there.
"""

from __future__ import annotations

import os
import random
import sys
from contextlib import suppress
from pathlib import Path

from catalog.storage import HashEmbedder, SplitAnalyser, made
from malmoi.catalog import Catalog
from malmoi.errors import UnknownDocument
from malmoi.index.build import Indexer
from malmoi.index.lock import WriterLock


def content(name: str, version: int) -> list[str]:
    """What the document says; its length depends on both."""
    return [f"{name} 판 {version} 조각 {i}" for i in range(1 + (version * 7 + len(name)) % 6)]


def main() -> None:
    index, ledger, seed, mode = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    handle = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tell(*words: object) -> None:
        os.write(handle, (" ".join(map(str, words)) + "\n").encode())
        os.fsync(handle)

    draw = random.Random(seed)
    version = seed * 100_000
    with WriterLock(index) as lock, Catalog(index) as catalog:
        indexer = Indexer(catalog, HashEmbedder(), analyser=SplitAnalyser(), lock=lock)
        indexer.claim()
        tell("ready")
        while True:
            for _ in range(draw.randint(1, 4) if mode == "mixed" else 1):
                version += 1
                name = f"d{draw.randrange(40)}"
                if draw.random() < 0.25:
                    tell("removing", name, 0)
                    with suppress(UnknownDocument):
                        catalog.remove(catalog.resolve(name))
                    tell("removed", name, 0)
                else:
                    tell("putting", name, version)
                    catalog.put(*made(name, *content(name, version), title=name))
                    tell("put", name, version)
            if mode == "rebuild" or draw.random() < 0.1:
                tell("rebuilding")
                indexer.rebuild()
            else:
                tell("publishing")
                indexer.embed_pending()
                indexer.publish()


if __name__ == "__main__":
    main()

"""Looks at a generation in a process of its own, since a damaged Chroma folder can take its process down.

`python -m malmoi.index.probe FOLDER quick|full` prints a JSON object of findings: counts by the codes
`row_missing`, `row_extra`, `vector`, `search`, `unreadable`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malmoi.index.generations import IDS, VECTORS

_TIMEOUT_S = 900
_SAMPLE = {"quick": 5, "full": 200}
_PAGE = 5_000
_CLOSE = 1e-3
"""Chroma's cosine distance of a vector to itself is off by 1e-6 in float32."""


def probe(folder: Path, rows: int, mode: str) -> dict[str, int]:
    """Findings about the Chroma collection of the first `rows` rows of a generation; empty when it is sound."""
    done = _run(folder, rows, mode)
    if done is None:
        return {"unreadable": rows}
    found: dict[str, int] = json.loads(done)
    return {code: count for code, count in found.items() if count}


def _run(folder: Path, rows: int, mode: str) -> str | None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "malmoi.index.probe", str(folder), str(rows), mode],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return lines[-1] if done.returncode == 0 and lines else None


def _look(folder: Path, rows: int, mode: str) -> dict[str, int]:
    from malmoi.index.chroma import ChromaFolder

    ids: NDArray[np.int64] = np.load(folder / IDS)[:rows]
    vectors: NDArray[np.float32] = np.load(folder / VECTORS, mmap_mode="r")[:rows]
    found = {"row_missing": 0, "row_extra": 0, "vector": 0, "search": 0}
    with ChromaFolder(folder) as chroma:
        count = chroma.count()
        if mode == "full":
            place = {str(id_): i for i, id_ in enumerate(ids.tolist())}
            for at in range(0, count, _PAGE):
                got, embeddings, _ = chroma.get(limit=_PAGE, offset=at)
                known = [i for i, id_ in enumerate(got) if id_ in place]
                found["row_extra"] += len(got) - len(known)
                expected = vectors[[place.pop(got[i]) for i in known]]
                same = np.isclose(embeddings[known], expected, atol=1e-6).all(axis=1)
                found["vector"] += int((~same).sum())
            found["row_missing"] = len(place)
        else:
            found["row_missing"], found["row_extra"] = max(0, rows - count), max(0, count - rows)
        for i in np.linspace(0, rows - 1, min(rows, _SAMPLE[mode]), dtype=int):
            best = chroma.nearest(vectors[i], 1)
            # Equal texts have equal vectors, so that the nearest may be another row; it is as near.
            found["search"] += not best or best[0][1] < 1 - _CLOSE
    return found


def _main() -> None:
    folder, rows, mode = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    sys.stdout.write("\n" + json.dumps(_look(folder, rows, mode)) + "\n")


if __name__ == "__main__":
    _main()

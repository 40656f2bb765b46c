"""The sample collection: an invented town's pages, for a first look and for tests."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """The folder that holds the sample documents, and nothing else."""
    return Path(__file__).parent / "documents"

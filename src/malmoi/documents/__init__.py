"""Files to documents: decode, clean, cut into sections, read the metadata."""

from __future__ import annotations

from malmoi.documents.load import SUFFIXES, Source, read_bytes, read_paths

__all__ = ["SUFFIXES", "Source", "read_bytes", "read_paths"]

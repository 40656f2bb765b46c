"""Files to documents: decode, clean, cut into sections, read the metadata."""

from __future__ import annotations

from malmoi.documents.load import SUFFIXES, Source, read_bytes, read_paths
from malmoi.documents.urls import fetch, is_url

__all__ = ["SUFFIXES", "Source", "fetch", "is_url", "read_bytes", "read_paths"]

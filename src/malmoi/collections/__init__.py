"""Several collections under one index folder, each with its own documents, readers, words and look."""

from malmoi.collections.collections import DEFAULT, Collection, Collections
from malmoi.collections.config import CollectionConfig, Look, Words

__all__ = ["DEFAULT", "Collection", "CollectionConfig", "Collections", "Look", "Words"]

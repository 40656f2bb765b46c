"""The only truth about a collection: documents, chunks and vectors, in one SQLite file.

The lexical index lives in the same file, so that a document can be searched from the moment it is committed.
"""

from malmoi.catalog.catalog import Catalog

__all__ = ["Catalog"]

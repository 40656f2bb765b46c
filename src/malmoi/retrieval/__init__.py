"""Question → hits: lexical and dense search together."""

from malmoi.retrieval.retriever import Retriever

__all__ = ["Retriever"]

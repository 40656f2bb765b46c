"""The pipeline that a LlamaIndex tutorial builds, over the same documents, with the same embedding and no model.

Its default `SentenceSplitter` with default sizes, its own Chroma vector store, the two nearest chunks. It has no
language model: the text of its two chunks counts as its answer, the most that any model could take from them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from malmoi.embedding import Embedder
from malmoi.engine import Malmoi
from malmoi.evaluation.about import index_fingerprint
from malmoi.evaluation.baselines import Found
from malmoi.types import Filters

TOP = 2
"""`similarity_top_k` of LlamaIndex' retriever when nothing is said."""
_BATCH = 2000


@dataclass(frozen=True)
class Vanilla:
    """`Baseline` over a finished LlamaIndex index."""

    index: Any
    name: str = "vanilla"
    reads: int = TOP

    def search(self, question: str, filters: Filters, limit: int) -> list[Found]:
        from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters

        wanted = None
        if filters.documents:
            chosen = MetadataFilter(key="document", value=sorted(filters.documents), operator=FilterOperator.IN)
            wanted = MetadataFilters(filters=[chosen])
        retriever = self.index.as_retriever(similarity_top_k=max(limit, TOP), filters=wanted)
        return [
            Found(found.metadata["document"], found.metadata["start"], found.metadata["end"], float(found.score or 0.0))
            for found in retriever.retrieve(question)
        ]


def vanilla(collection: Malmoi, folder: Path) -> Vanilla:
    """The pipeline over a collection's documents; its index is kept in `folder` and made only once."""
    _offline(folder)
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.vector_stores.chroma import ChromaVectorStore

    assert collection.embedder is not None
    path = folder / hashlib.sha256(index_fingerprint(collection).encode()).hexdigest()[:12]
    client = chromadb.PersistentClient(str(path), Settings(anonymized_telemetry=False))
    store = ChromaVectorStore(chroma_collection=client.get_or_create_collection("vanilla", embedding_function=None))
    embedding = _adapter(collection.embedder)
    index = VectorStoreIndex.from_vector_store(store, embed_model=embedding)
    done = path / "complete"
    if not done.exists():
        nodes = _nodes(collection)
        context = StorageContext.from_defaults(vector_store=store)
        for at in range(0, len(nodes), _BATCH):
            VectorStoreIndex(nodes[at : at + _BATCH], storage_context=context, embed_model=embedding)
        done.touch()
    return Vanilla(index)


def _offline(folder: Path) -> None:
    """Point at the splitter's data inside LlamaIndex, which would otherwise be downloaded.

    NLTK reads no file with several hard links, which installers make; so it gets a copy.
    """
    package = find_spec("llama_index.core")
    assert package is not None and package.origin is not None
    static = Path(package.origin).parent / "_static"
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(static / "tiktoken_cache"))
    copied = folder / "nltk"
    if not copied.is_dir():
        shutil.copytree(static / "nltk_cache", copied)
    os.environ["NLTK_DATA"] = str(copied)


def _nodes(collection: Malmoi) -> Sequence[Any]:
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter

    documents = []
    for info in collection.documents():
        hidden = ["document", "start", "end"]
        documents.append(
            Document(
                text=collection.document(info.id).text,
                metadata={"document": info.name},
                excluded_embed_metadata_keys=hidden,
                excluded_llm_metadata_keys=hidden,
            )
        )
    nodes = SentenceSplitter(include_metadata=False).get_nodes_from_documents(documents)
    names = {document.doc_id: document.metadata["document"] for document in documents}
    for node in nodes:
        start, end = node.start_char_idx, node.end_char_idx
        node.metadata = {"document": names[node.ref_doc_id], "start": start or 0, "end": end or 0}
        node.excluded_embed_metadata_keys = ["document", "start", "end"]
    return [node for node in nodes if node.get_content().strip()]


def _adapter(embedder: Embedder) -> Any:
    """The embedder as a LlamaIndex embedding."""
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from pydantic import PrivateAttr

    class Adapter(BaseEmbedding):
        _inner: Embedder = PrivateAttr()

        def __init__(self, inner: Embedder) -> None:
            super().__init__(model_name=inner.id, embed_batch_size=64)
            self._inner = inner

        def _get_query_embedding(self, query: str) -> list[float]:
            return [float(x) for x in self._inner.embed_question(query)]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [[float(x) for x in vector] for vector in self._inner.embed_passages(texts)]

    return Adapter(embedder)

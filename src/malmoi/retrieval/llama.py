"""The search as a LlamaIndex retriever, for use in anyone's LlamaIndex program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from malmoi.types import Filters, Hit

if TYPE_CHECKING:
    from malmoi.retrieval.retriever import Retriever


class MalmoiRetriever(BaseRetriever):
    """Passages of a collection as LlamaIndex nodes.

    A node's id is `DOCUMENT:START-END`; its metadata name `document title date source kind author heading`.
    """

    def __init__(self, retriever: Retriever, *, filters: Filters | None = None, limit: int | None = None) -> None:
        super().__init__()
        self._retriever = retriever
        self._filters = filters
        self._limit = limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._retriever.search(query_bundle.query_str, filters=self._filters, limit=self._limit)
        return [to_node(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def to_node(hit: Hit) -> NodeWithScore:
    """The hit's passage as a node with its score; `start_char_idx` and `end_char_idx` are the document's offsets."""
    chunk, document = hit.chunk, hit.document
    metadata = {
        "document": document.name,
        "title": document.title,
        "date": chunk.date or document.date,
        "source": document.publisher,
        "kind": chunk.kind.value,
        "author": chunk.author or document.author,
        "heading": " › ".join(chunk.heading),
    }
    node = TextNode(
        id_=f"{document.id}:{chunk.start}-{chunk.end}",
        text=chunk.text,
        start_char_idx=chunk.start,
        end_char_idx=chunk.end,
        metadata={key: value for key, value in metadata.items() if value},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document.id)},
    )
    return NodeWithScore(node=node, score=hit.score)

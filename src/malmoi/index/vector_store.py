"""Our Chroma vector store for LlamaIndex.

LlamaIndex's own keeps the old text when a node is updated, overflows Chroma's batch limit and stores each node
again as JSON. This one keeps vectors and a few scalars; the nodes stay in LlamaIndex's document store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from malmoi.index.chroma import ChromaFolder

_DOCUMENT = "document_id"
_OPERATORS: Mapping[FilterOperator, str] = {
    FilterOperator.EQ: "$eq",
    FilterOperator.NE: "$ne",
    FilterOperator.GT: "$gt",
    FilterOperator.GTE: "$gte",
    FilterOperator.LT: "$lt",
    FilterOperator.LTE: "$lte",
    FilterOperator.IN: "$in",
    FilterOperator.NIN: "$nin",
}


class ChromaStore(BasePydanticVectorStore):
    """Vectors of LlamaIndex nodes in an embedded Chroma folder.

    Only one process may write to a folder.

    Attributes:
        metadata_keys: metadata kept beside the vectors, for filters; text, numbers and truth values only. The id of
            the source document is always kept, as `document_id`.
    """

    stores_text: bool = False
    is_embedding_query: bool = True
    metadata_keys: tuple[str, ...] = ("kind",)
    _folder: ChromaFolder = PrivateAttr()

    def __init__(
        self, folder: Path | str, *, metadata_keys: Sequence[str] = ("kind",), read_only: bool = False
    ) -> None:
        super().__init__(stores_text=False, metadata_keys=tuple(metadata_keys))
        self._folder = ChromaFolder(Path(folder), rows=None if read_only else 1_000)

    @classmethod
    def class_name(cls) -> str:
        """Name under which LlamaIndex writes the store down."""
        return "MalmoiChromaStore"

    @property
    def client(self) -> Any:
        """Chroma's own client."""
        return self._folder.client

    def close(self) -> None:
        """Close the files."""
        self._folder.close()

    def count(self) -> int:
        """How many nodes there are."""
        return self._folder.count()

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """Store the vectors of nodes, each in place of an earlier one with its id; their ids."""
        if not nodes:
            return []
        rows = np.array([node.get_embedding() for node in nodes], dtype=np.float32)
        ids = [node.node_id for node in nodes]
        self._folder.upsert(ids, rows, [self._scalars(node) for node in nodes])
        return ids

    async def async_add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        """`add` in a thread."""
        return await asyncio.to_thread(self.add, nodes, **kwargs)

    def delete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """Delete the nodes of a source document."""
        self._folder.delete(where={_DOCUMENT: ref_doc_id})

    async def adelete(self, ref_doc_id: str, **delete_kwargs: Any) -> None:
        """`delete` in a thread."""
        await asyncio.to_thread(self.delete, ref_doc_id, **delete_kwargs)

    def delete_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None, **delete_kwargs: Any
    ) -> None:
        """Delete nodes by id, by metadata, or by both; without either nothing."""
        where = chroma_where(filters)
        if node_ids is not None or where is not None:
            self._folder.delete(node_ids, where)

    async def adelete_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None, **delete_kwargs: Any
    ) -> None:
        """`delete_nodes` in a thread."""
        await asyncio.to_thread(self.delete_nodes, node_ids, filters, **delete_kwargs)

    def clear(self) -> None:
        """Delete everything."""
        self._folder.clear()

    async def aclear(self) -> None:
        """`clear` in a thread."""
        await asyncio.to_thread(self.clear)

    def get_nodes(self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None) -> list[BaseNode]:
        """Nodes with their vectors and kept metadata, in the order of `node_ids`; they have no text."""
        ids, rows, scalars = self._folder.get(node_ids, chroma_where(filters))
        found = {id_: _node(id_, row.tolist(), kept) for id_, row, kept in zip(ids, rows, scalars, strict=True)}
        return [found[id_] for id_ in (ids if node_ids is None else node_ids) if id_ in found]

    async def aget_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """`get_nodes` in a thread."""
        return await asyncio.to_thread(self.get_nodes, node_ids, filters)

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """Ids and cosines of the nearest nodes, best first.

        Raises:
            ValueError: no query vector, or a mode other than DEFAULT.
        """
        if query.mode != VectorStoreQueryMode.DEFAULT or query.query_embedding is None:
            raise ValueError("this store answers queries by vector in the default mode only")
        where = [chroma_where(query.filters)]
        if query.doc_ids is not None:
            where.append({_DOCUMENT: {"$in": query.doc_ids}})
        vector = np.array(query.query_embedding, dtype=np.float32)
        if query.node_ids is not None:
            found = self._nearest_of(query.node_ids, vector, query.similarity_top_k, _all_of(where))
        else:
            found = self._folder.nearest(vector, query.similarity_top_k, _all_of(where))
        return VectorStoreQueryResult(ids=[id_ for id_, _ in found], similarities=[score for _, score in found])

    async def aquery(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        """`query` in a thread."""
        return await asyncio.to_thread(self.query, query, **kwargs)

    def _nearest_of(
        self, ids: list[str], vector: np.ndarray[Any, Any], limit: int, where: dict[str, Any] | None
    ) -> list[tuple[str, float]]:
        found, rows, _ = self._folder.get(ids, where)
        if not found:
            return []
        cosines = rows @ vector / (np.linalg.norm(rows, axis=1) * np.linalg.norm(vector) + 1e-30)
        order = np.argsort(-cosines, kind="stable")[:limit]
        return [(found[i], float(cosines[i])) for i in order]

    def _scalars(self, node: BaseNode) -> dict[str, str | int | float | bool]:
        kept = {key: node.metadata[key] for key in self.metadata_keys if node.metadata.get(key) is not None}
        return {**kept, _DOCUMENT: node.ref_doc_id or ""}


def _node(id_: str, row: list[float], scalars: Mapping[str, Any]) -> BaseNode:
    metadata = {key: value for key, value in scalars.items() if key != _DOCUMENT}
    node = TextNode(id_=id_, text="", metadata=metadata, embedding=row)
    if source := scalars.get(_DOCUMENT):
        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=str(source))
    return node


def _all_of(conditions: Sequence[dict[str, Any] | None]) -> dict[str, Any] | None:
    present = [condition for condition in conditions if condition]
    return {"$and": present} if len(present) > 1 else next(iter(present), None)


def chroma_where(filters: MetadataFilters | None) -> dict[str, Any] | None:
    """LlamaIndex's filters in Chroma's language, None for no restriction.

    Raises:
        ValueError: Chroma has no such operator.
    """
    if filters is None or not filters.filters:
        return None
    parts = [_where(part) for part in filters.filters]
    if filters.condition == FilterCondition.OR:
        return {"$or": parts} if len(parts) > 1 else parts[0]
    if filters.condition == FilterCondition.NOT:
        raise ValueError("Chroma cannot negate a group of filters; use the operators != and nin")
    return _all_of(parts)


def _where(part: MetadataFilter | MetadataFilters) -> dict[str, Any]:
    if isinstance(part, MetadataFilters):
        nested = chroma_where(part)
        if nested is None:
            raise ValueError("an empty group of filters")
        return nested
    if part.operator not in _OPERATORS:
        raise ValueError(f"Chroma cannot filter by {part.operator.value}")
    return {part.key: {_OPERATORS[part.operator]: part.value}}

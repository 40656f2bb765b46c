"""Small documents and a tiny embedder for the tests of catalog and indexes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from malmoi.catalog import Catalog
from malmoi.types import Chunk, Document, Section, SectionKind, Sentence

Part = tuple[SectionKind, str]


def made(
    name: str,
    *parts: str | Part,
    title: str = "",
    date: str | None = None,
    publisher: str | None = None,
    language: str | None = None,
    uri: str | None = None,
) -> tuple[Document, list[Chunk]]:
    """A document with a section and a chunk for each part; terms are what white space separates."""
    kinds = [(SectionKind.BODY, part) if isinstance(part, str) else part for part in parts]
    text, sections = "", []
    for kind, content in kinds:
        sections.append(Section(kind, len(text), len(text) + len(content)))
        text += content + "\n\n"
    document = Document(
        uri=uri or f"/docs/{name}",
        name=name,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        sections=tuple(sections),
        title=title,
        date=date,
        publisher=publisher,
        language=language,
        found={"title": (0, 2)} if title else {},
    )
    chunks = [
        Chunk(
            document_id=document.id,
            ordinal=i,
            kind=s.kind,
            start=s.start,
            end=s.end,
            text=text[s.start : s.end],
            sentences=(Sentence(s.start, s.end, tuple(text[s.start : s.end].split())),),
            context=title,
            context_terms=tuple(title.split()),
            heading=(title,) if title else (),
            author="민들레" if s.kind is SectionKind.COMMENT else None,
            when="어제 00:05" if s.kind is SectionKind.COMMENT else None,
        )
        for i, s in enumerate(sections)
    ]
    return document, chunks


def vectors(catalog: Catalog, model: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Ids of all chunks that have a vector of the model, ascending, and these vectors."""
    return catalog.vectors_of(model, catalog.vector_ids(model)[0].tolist())


class HashEmbedder:
    """Vectors drawn from a hash of the text: equal texts have equal vectors, others are nearly orthogonal."""

    def __init__(self, id: str = "hash-1", dimension: int = 32) -> None:
        self._id = id
        self._dimension = dimension
        self.seen: list[str] = []

    @property
    def id(self) -> str:
        return self._id

    @property
    def dimension(self) -> int:
        return self._dimension

    def _vector(self, text: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(f"{self._id}:{text}".encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).normal(size=self._dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.seen += texts
        if progress is not None:
            progress(len(texts))
        return np.stack([self._vector(text) for text in texts])

    def embed_question(self, text: str) -> NDArray[np.float32]:
        return self._vector(text)


class SplitAnalyser:
    """An analyser that splits at white space; `suffix` makes another one of it."""

    def __init__(self, suffix: str = "") -> None:
        self.suffix = suffix

    @property
    def id(self) -> str:
        return f"split{self.suffix}"

    def sentences(self, text: str, offset: int = 0) -> list[Sentence]:
        return [Sentence(offset, offset + len(text), self.terms(text))]

    def terms(self, text: str) -> tuple[str, ...]:
        return tuple(word + self.suffix for word in text.split())

    def morphemes(self, text: str) -> list[object]:
        return []

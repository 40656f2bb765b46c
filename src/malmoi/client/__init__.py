"""A client of Malmoi's HTTP API, with and without asyncio.

from malmoi.client import Client
with Client("https://malmoi.example", key="mm_…") as malmoi:
    answer = malmoi.ask("새 도서관은 언제 여는가?")
    print(answer.text, [citation.url for citation in answer.citations])
"""

from malmoi.client.asynchronous import AsyncClient
from malmoi.client.errors import ApiError, ConnectionLost
from malmoi.client.events import Draft, Event, Failed, Finished, Found, Lead, Queued, Restart, Said, Started
from malmoi.client.shapes import (
    Answer,
    Citation,
    CollectionInfo,
    Conversation,
    Document,
    FileResult,
    Filters,
    Me,
    OpenedPassage,
    Passage,
    Sentence,
    Turn,
    WholeConversation,
)
from malmoi.client.synchronous import Client

__all__ = [
    "Answer",
    "ApiError",
    "AsyncClient",
    "Citation",
    "Client",
    "CollectionInfo",
    "ConnectionLost",
    "Conversation",
    "Document",
    "Draft",
    "Event",
    "Failed",
    "FileResult",
    "Filters",
    "Finished",
    "Found",
    "Lead",
    "Me",
    "OpenedPassage",
    "Passage",
    "Queued",
    "Restart",
    "Said",
    "Sentence",
    "Started",
    "Turn",
    "WholeConversation",
]

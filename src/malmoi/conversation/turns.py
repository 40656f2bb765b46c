"""Conversations, their questions and answers, and what readers thought of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from malmoi.conversation.reply import Reply

RATING_REASONS = ("wrong", "incomplete", "evidence", "should_answer", "should_decline", "other")
"""Why an answer was rated down."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its turns; times are ISO 8601, UTC."""

    id: str
    title: str
    created: str
    updated: str


@dataclass(frozen=True, slots=True)
class Rating:
    """What a reader thought of an answer.

    Attributes:
        value: 1 or -1.
        reason: one of `RATING_REASONS`, or empty.
    """

    value: int
    reason: str = ""
    comment: str = ""
    created: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; `filters` is what the search was restricted to, as the page sent it."""

    id: str
    conversation: str
    question: str
    reply: Reply
    created: str
    filters: Mapping[str, Any]
    rating: Rating | None = None

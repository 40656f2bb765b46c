"""Conversations and ratings, kept in `conversations.sqlite` beside the catalog.

The store holds what was said and what it rested on, so that an old answer reads as it did when it was given, even
after its documents were changed or removed. Methods about conversations take an owner; what belongs to another is
unknown.
"""

from malmoi.conversation.reply import AsSeen, Reply, ReplyState, passage_of, withhold
from malmoi.conversation.store import LOCAL, ConversationStore, title_from
from malmoi.conversation.turns import RATING_REASONS, Conversation, Rating, Turn

__all__ = [
    "LOCAL",
    "RATING_REASONS",
    "AsSeen",
    "Conversation",
    "ConversationStore",
    "Rating",
    "Reply",
    "ReplyState",
    "Turn",
    "passage_of",
    "title_from",
    "withhold",
]

"""The chat on other sites' pages: a custom element there, a conversation in an iframe of ours, tokens between them."""

from malmoi.web.widget.desk import Desk
from malmoi.web.widget.routes import make_router

__all__ = ["Desk", "make_router"]

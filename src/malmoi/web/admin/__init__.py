"""The pages under `/admin`, for those who run the server."""

from malmoi.web.admin.retention import sweeping
from malmoi.web.admin.routes import make_router

__all__ = ["make_router", "sweeping"]

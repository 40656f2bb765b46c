"""The HTTP API for programs, `/api/v1`, described by its own OpenAPI document."""

from malmoi.web.v1.router import make_router

__all__ = ["make_router"]

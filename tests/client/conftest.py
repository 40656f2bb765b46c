from web.v1.conftest import real

__all__ = ["real"]

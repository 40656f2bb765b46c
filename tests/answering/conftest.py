from __future__ import annotations

from servers.fixtures import llama_cpp, serve

__all__ = ["llama_cpp", "serve"]

"""One frozen settings object, read from `malmoi.toml`, `MALMOI_*` variables and options, later ones winning.

Keys are written with dots (`llm.base_url`), in the environment with two underscores (`MALMOI_LLM__BASE_URL`).
A key that is not known is refused, wherever it stands, with the nearest one that is.
"""

from malmoi.settings.models import (
    PREFIX,
    Answering,
    Chunking,
    Documents,
    Embedding,
    Llm,
    Retrieval,
    Server,
    Settings,
    SignIn,
    Telemetry,
    Widget,
)
from malmoi.settings.sources import (
    MASK,
    TEST_PREFIX,
    default_toml,
    explain,
    known_keys,
    load_settings,
    masked,
    secrets_of,
)

__all__ = [
    "MASK",
    "PREFIX",
    "TEST_PREFIX",
    "Answering",
    "Chunking",
    "Documents",
    "Embedding",
    "Llm",
    "Retrieval",
    "Server",
    "Settings",
    "SignIn",
    "Telemetry",
    "Widget",
    "default_toml",
    "explain",
    "known_keys",
    "load_settings",
    "masked",
    "secrets_of",
]

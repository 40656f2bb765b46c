"""Malmoi answers questions from a collection of documents and shows the evidence for every sentence.

import malmoi
with malmoi.open("index") as collection:
    print(collection.ask("연차휴가는 며칠인가?").text)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from malmoi.engine import Malmoi

__version__ = "0.1.0"
__all__ = ["Malmoi", "__version__", "open"]


def open(index_dir: str | Path | None = None, **settings: object) -> Malmoi:
    """Open a collection, making its folder on the first `add`.

    Args:
        index_dir: folder of the collection; None takes it from the settings.
        settings: any setting, `llm__model="…"` or `llm={"model": "…"}`; beats file and environment.

    Raises:
        SettingsError: an unknown setting or a wrong value.
    """
    from malmoi.engine import Malmoi
    from malmoi.settings import load_settings

    overrides = dict(settings)
    if index_dir is not None:
        overrides["index_dir"] = Path(index_dir)
    return Malmoi(load_settings(overrides=overrides))


def __getattr__(name: str) -> object:
    if name == "Malmoi":
        from malmoi.engine import Malmoi

        return Malmoi
    raise AttributeError(f"module 'malmoi' has no attribute {name!r}")

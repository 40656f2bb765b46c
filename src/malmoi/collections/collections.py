"""Opens collections by name, for those who may see them."""

from __future__ import annotations

import re
import shutil
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from malmoi.collections.config import (
    FILE_NAME,
    CollectionConfig,
    read_config,
    settings_of,
    write_config,
)
from malmoi.collections.engines import SharedEngines
from malmoi.conversation import ConversationStore
from malmoi.engine import Malmoi
from malmoi.errors import CollectionRefused, MalmoiError, UnknownCollection
from malmoi.index.lock import WriterLock
from malmoi.korean import Analyser
from malmoi.settings import Settings
from malmoi.types import Language, Principal

DEFAULT = "default"
"""The collection in the index folder itself; it is always there."""
FOLDER = "collections"
"""The others have each a folder in this one, inside the index folder."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_GRACE_S = 900.0
"""An engine that was replaced stays open so long for the answers that are under way on it."""
_Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as it is set up, whether or not it is open."""

    name: str
    folder: Path
    config: CollectionConfig

    def title(self, language: Language) -> str:
        """What readers of the language see it called; its name where it has no title."""
        return self.config.title.in_language(language) or self.name

    def open_to(self, principal: Principal) -> bool:
        """Whether they may see that it is there and ask it."""
        return principal.in_any(self.config.groups)


@dataclass(slots=True)
class _Open:
    """What is open of a collection: one engine and one store of conversations."""

    settings: Settings
    malmoi: Malmoi
    store: ConversationStore | None = None


class Collections:
    """The collections of an index folder. Safe to use from several threads.

    Nothing is opened before it is asked for, and each once. A changed `collection.toml` holds from the next call on;
    while one cannot be read, its collection is closed to everyone. Analyser and embedding engine are shared.

    Args:
        settings: of Malmoi; `index_dir` is the folder of the collection `DEFAULT` and holds the others.
    """

    def __init__(self, settings: Settings, *, analyser: Analyser | None = None) -> None:
        self._base = settings
        self._analyser = analyser
        self._engines = SharedEngines()
        self._lock = threading.RLock()
        self._open: dict[str, _Open] = {}
        self._configs: dict[str, tuple[_Stamp, CollectionConfig]] = {}
        self._retired: list[tuple[float, Malmoi]] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all collections; none can be opened afterwards."""
        with self._lock:
            self._closed = True
            for name in list(self._open):
                self._shut(name)
            for _, malmoi in self._retired:
                malmoi.close()
            self._retired.clear()

    def names(self) -> list[str]:
        """Names of all collections, `DEFAULT` first, the others by name; one without settings file is none."""
        parent = self._base.index_dir / FOLDER
        found = sorted(p.name for p in parent.iterdir() if (p / FILE_NAME).is_file()) if parent.is_dir() else []
        return [DEFAULT, *(name for name in found if _NAME.fullmatch(name) and name != DEFAULT)]

    def folder(self, name: str) -> Path:
        """Where a collection of this name is, or would be; always inside the index folder.

        Raises:
            CollectionRefused: it cannot be a collection's name.
        """
        if not _NAME.fullmatch(name):
            raise CollectionRefused(
                f"{name[:80]!r} cannot be the name of a collection",
                "Use up to 63 lower-case letters a to z, digits, and hyphens between them.",
            )
        return self._base.index_dir if name == DEFAULT else self._base.index_dir / FOLDER / name

    def get(self, name: str, principal: Principal | None = None) -> Collection:
        """How a collection is set up, as of now.

        Args:
            principal: who asks; None is the operator, who may see all.

        Raises:
            UnknownCollection: there is none of this name, or it is not open to them.
            CollectionRefused: its settings cannot be used; told to the operator and to admins only.
        """
        try:
            found = Collection(name, self.folder(name), self._config(name))
        except CollectionRefused as error:
            if principal is None or principal.sees is None:
                raise
            raise _unknown(name) from error
        if principal is not None and not found.open_to(principal):
            raise _unknown(name)
        return found

    def for_principal(self, principal: Principal) -> list[Collection]:
        """The collections that are open to someone, `DEFAULT` first."""
        found = []
        for name in self.names():
            try:
                found.append(self.get(name, principal))
            except (UnknownCollection, CollectionRefused):
                continue
        return found

    def open(self, name: str = DEFAULT, principal: Principal | None = None) -> Malmoi:
        """The collection as someone sees it; for one request, since what they may see can change. Never close it.

        Args:
            principal: None for the operator, who sees everything.

        Raises:
            UnknownCollection, CollectionRefused: as for `get`.
        """
        malmoi = self._opened(self.get(name, principal)).malmoi
        return malmoi if principal is None else malmoi.seen_by(principal.sees)

    def conversations(self, name: str = DEFAULT, principal: Principal | None = None) -> ConversationStore:
        """The conversations held in a collection, everyone's: its methods take an owner. Never close it.

        Raises:
            UnknownCollection, CollectionRefused: as for `get`.
        """
        found = self.get(name, principal)
        with self._lock:
            opened = self._opened(found)
            if opened.store is None:
                opened.store = ConversationStore(found.folder)
            return opened.store

    def create(self, name: str, config: CollectionConfig | None = None) -> Collection:
        """Make an empty collection.

        Raises:
            CollectionRefused: the name cannot be used or is taken, or the settings are wrong.
        """
        config, folder = config or CollectionConfig(), self.folder(name)
        if name == DEFAULT or folder.exists():
            raise CollectionRefused(f"There is a collection {name} already", "Choose another name.")
        settings_of(config, folder, self._base)
        folder.mkdir(parents=True)
        write_config(folder, config)
        return Collection(name, folder, config)

    def configure(self, name: str, config: CollectionConfig) -> Collection:
        """Give a collection other settings; comments in its file are lost.

        Raises:
            UnknownCollection: there is none of this name.
            CollectionRefused: the settings are wrong; the old ones stay.
        """
        folder = self.folder(name)
        if name not in self.names():
            raise _unknown(name)
        settings_of(config, folder, self._base)
        folder.mkdir(parents=True, exist_ok=True)
        write_config(folder, config)
        return Collection(name, folder, config)

    def remove(self, name: str) -> None:
        """Delete a collection with its documents, conversations and settings. There is no way back.

        Raises:
            UnknownCollection: there is none of this name.
            CollectionRefused: it is `DEFAULT`, which is always there.
            IndexBusy: something is being written to it.
        """
        folder = self.folder(name)
        if name == DEFAULT:
            raise CollectionRefused(f"{DEFAULT} is always there", "Remove its documents with `malmoi remove`.")
        with self._lock:
            if not folder.is_dir():
                raise _unknown(name)
            gone = folder.with_name(f".removed-{name}-{uuid.uuid4().hex}")
            with WriterLock(folder):
                folder.rename(gone)  # from here on nobody can open half of it
            if name in self._open:
                self._shut(name)
            self._configs.pop(name, None)
            shutil.rmtree(gone)

    def _config(self, name: str) -> CollectionConfig:
        file = self.folder(name) / FILE_NAME
        try:
            status = file.stat()
            stamp: _Stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        except FileNotFoundError:
            stamp = None
        except OSError as error:
            raise CollectionRefused(f"{file} cannot be read: {error.strerror}", "Check its permissions.") from error
        if stamp is None and name != DEFAULT:
            raise _unknown(name)
        with self._lock:
            known = self._configs.get(name)
            if known is None or known[0] != stamp:
                known = (stamp, CollectionConfig() if stamp is None else read_config(file.parent))
                self._configs[name] = known
            return known[1]

    def _opened(self, collection: Collection) -> _Open:
        settings = settings_of(collection.config, collection.folder, self._base)
        with self._lock:
            if self._closed:
                raise MalmoiError("The collections are closed", "Open them again")
            opened = self._open.get(collection.name)
            if opened is None:
                opened = self._open[collection.name] = _Open(settings, self._malmoi(settings))
            elif opened.settings != settings:
                self._retired.append((time.monotonic(), opened.malmoi))
                opened.settings, opened.malmoi = settings, self._malmoi(settings)
            self._sweep()
            return opened

    def _malmoi(self, settings: Settings) -> Malmoi:
        return Malmoi(settings, analyser=self._analyser, open_embedder=self._engines.open)

    def _sweep(self) -> None:
        """Close engines that were replaced long enough ago."""
        now = time.monotonic()
        for since, malmoi in [item for item in self._retired if now - item[0] > _GRACE_S]:
            malmoi.close()
            self._retired.remove((since, malmoi))

    def _shut(self, name: str) -> None:
        opened = self._open.pop(name)
        opened.malmoi.close()
        if opened.store is not None:
            opened.store.close()


def _unknown(name: str) -> UnknownCollection:
    return UnknownCollection(f"There is no collection {name[:80]}", "`malmoi collections list` shows what there is.")

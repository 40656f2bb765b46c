"""`malmoi serve` and `malmoi demo`: the chat page."""

from __future__ import annotations

import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from malmoi.cli.common import IndexOption, SetOption, err, overrides_of, progress_bar, read_settings, say
from malmoi.errors import MalmoiError
from malmoi.types import FileStatus

if TYPE_CHECKING:
    from malmoi.collections import Collections
    from malmoi.settings import Settings

HostOption = Annotated[str | None, typer.Option("--host", help=say("help.host"))]
PortOption = Annotated[int | None, typer.Option("--port", help=say("help.port"))]
OpenOption = Annotated[bool, typer.Option("--open", help=say("help.open"))]


def serve(
    index: IndexOption = None,
    host: HostOption = None,
    port: PortOption = None,
    open_browser: OpenOption = False,
    assignments: SetOption = None,
) -> None:
    """Serve the chat page and the API over the collections."""
    from malmoi.collections import Collections

    settings = read_settings(index, [*(assignments or []), *_address(host, port)])
    with Collections(settings) as collections:
        _serve(collections, settings, open_browser)


def demo(
    index: IndexOption = None,
    host: HostOption = None,
    port: PortOption = None,
    open_browser: OpenOption = False,
    assignments: SetOption = None,
) -> None:
    """Add the sample collection to a folder of its own and serve the chat page over it."""
    from malmoi import samples
    from malmoi.collections import Collections

    folder = demo_folder(index)
    console = err()
    settings = read_settings(folder, [*(assignments or []), *_address(host, port)])
    with Collections(settings) as collections:
        collection = collections.open()
        console.print(say("demo.preparing", folder=folder), markup=False)
        with progress_bar() as progress:
            results = collection.sync(samples.folder(), progress=progress)
        failed = [r for r in results if r.status is FileStatus.FAILED]
        if failed:
            raise MalmoiError(f"{failed[0].name}: {failed[0].problem}", failed[0].remedy)
        console.print(say("demo.ready", n=len(collection.documents())))
        _serve(collections, settings, open_browser)


def demo_folder(index: Path | None) -> Path:
    """`demo` inside the index folder that was chosen; the user's cache folder when none was."""
    from malmoi.settings import explain

    _, value, origin = next(row for row in explain(overrides=overrides_of(index, None)) if row[0] == "index_dir")
    if origin != "default":
        return Path(value) / "demo"
    import platformdirs

    return platformdirs.user_cache_path("malmoi") / "demo"


def _address(host: str | None, port: int | None) -> list[str]:
    return [f"server.{key}={value}" for key, value in (("host", host), ("port", port)) if value is not None]


def _serve(collections: Collections, settings: Settings, open_browser: bool) -> None:
    from malmoi.web.app import serve as run

    def tell(address: str) -> None:
        err().print(say("serving", address=settings.server.public_url or address), markup=False)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    run(collections, settings, tell)

"""`malmoi serve` and `malmoi demo`: the chat page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from malmoi.cli.common import IndexOption, SetOption, err, overrides_of, progress_bar, read_settings, say
from malmoi.errors import MalmoiError
from malmoi.types import FileStatus

HostOption = Annotated[str | None, typer.Option("--host", help=say("help.host"))]
PortOption = Annotated[int | None, typer.Option("--port", help=say("help.port"))]


def serve(
    index: IndexOption = None, host: HostOption = None, port: PortOption = None, assignments: SetOption = None
) -> None:
    """Serve the chat page over the collection."""
    _serve(index, [*(assignments or []), *_address(host, port)])


def demo(
    index: IndexOption = None, host: HostOption = None, port: PortOption = None, assignments: SetOption = None
) -> None:
    """Add the sample collection to a folder of its own and serve the chat page over it."""
    from malmoi import samples
    from malmoi.engine import Malmoi

    folder = demo_folder(index)
    given = [*(assignments or []), *_address(host, port)]
    console = err()
    console.print(say("demo.preparing", folder=folder))
    with Malmoi(read_settings(folder, given)) as collection:
        with progress_bar() as progress:
            results = collection.sync(samples.folder(), progress=progress)
        failed = [r for r in results if r.status is FileStatus.FAILED]
        if failed:
            raise MalmoiError(f"{failed[0].name}: {failed[0].problem}", failed[0].remedy)
        console.print(say("demo.ready", n=len(collection.documents())))
    _serve(folder, given)


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


def _serve(index: Path | None, assignments: list[str]) -> None:
    settings = read_settings(index, assignments)
    from malmoi.web.app import serve as run

    err().print(say("serving"))
    run(settings)

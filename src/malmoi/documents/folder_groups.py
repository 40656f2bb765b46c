"""Who may see the files of a folder: the groups that a file `.malmoi-groups` in it names."""

from __future__ import annotations

from pathlib import Path

from malmoi.errors import DocumentError

FILE_NAME = ".malmoi-groups"
EVERYONE = "*"
"""The line that leaves a folder to its collection again, below a folder that names groups."""
_MAX_BYTES = 100_000


def folder_groups(path: Path) -> frozenset[str] | None:
    """The groups named for a file: by its folder, or else by the nearest folder above; None where none names any.

    A group stands on each line; empty lines and what follows `#` at the start of a line are left out. Of a link, its
    own folder counts first and then that of the file behind it.

    Raises:
        DocumentError: the nearest file cannot be read or names nothing; who may see the document is then unknown.
    """
    for place in (path, path.resolve()):
        for folder in place.parents:
            file = folder / FILE_NAME
            if file.exists() or file.is_symlink():
                return _read(file, path)
    return None


def _read(file: Path, path: Path) -> frozenset[str]:
    try:
        with file.open("rb") as opened:
            lines = opened.read(_MAX_BYTES).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(
            f"{path.name} is left out, since {file} cannot be read", "Correct the file; it says who may see the folder."
        ) from error
    named = frozenset(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    if not named:
        raise DocumentError(
            f"{path.name} is left out, since {file} names no group", f"Write a group on each line, or {EVERYONE}."
        )
    return frozenset() if named == {EVERYONE} else named - {EVERYONE}

"""The command line."""

from __future__ import annotations


def main() -> None:
    """Run the command `malmoi`."""
    raise SystemExit("The command line is being built.")

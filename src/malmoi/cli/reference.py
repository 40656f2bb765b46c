"""docs/cli.md, made from the help texts: `MALMOI_LANGUAGE=en python -m malmoi.cli.reference > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WIDTH = 100

_HEAD = """# Command line

Made from the help texts by `MALMOI_LANGUAGE=en python -m malmoi.cli.reference`; do not edit by hand.

Results go to standard output, progress and failures to standard error. The exit status is 0 when everything was done,
1 when something failed (for `add`: at least one file, the others are in; for `index verify` and `doctor`: something is
wrong), 2 for a wrong command line. `--json` prints one JSON value and nothing else.

`malmoi ask --json` prints one object: `question`, `searched` (after a follow-up was completed), `answer` (plain text
with `[n]`), `lead`, `verdict` (`answered`, `partial`, `conflicting`, `abstained`), `sentences[]` of `text`, `support`
(`supported`, `partial`, `unsupported`, `contradicted`), `reason` and `citations[]`, `passages[]` in rank order,
`answerer`, `language`, `notice`, `timings` (seconds). A citation has `document`, `title`, `start`, `end`, `quote`,
`kind` (`head`, `body`, `comment`, `caption`, `note`), `date`, `source`, `author`, `document_id`; a passage has the same
and `score`. Offsets count characters (code points) of the document's text; `[n]` is the n-th distinct citation.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    from typer.main import get_command

    from malmoi.cli import app

    return "\n".join([_HEAD, *_pages(get_command(app), "malmoi", None)])


def _pages(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    context.terminal_width = context.max_content_width = WIDTH
    yield f"## `{context.command_path}`\n"
    yield f"```text\n{command.get_help(context)}\n```\n"
    for child, subcommand in getattr(command, "commands", {}).items():
        yield from _pages(subcommand, child, context)


if __name__ == "__main__":
    print(reference(), end="")

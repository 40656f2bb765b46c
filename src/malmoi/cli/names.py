"""`malmoi names`: which spellings the collection takes for one name, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malmoi.cli.common import IndexOption, JsonOption, SetOption, Spoken, opened, out, print_json, say
from malmoi.i18n import text

if TYPE_CHECKING:
    from malmoi.retrieval.names_groups import NameGroup


def names(index: IndexOption = None, as_json: JsonOption = False, assignments: SetOption = None) -> None:
    """Show the learned spellings."""
    from malmoi.korean import get_analyser
    from malmoi.retrieval.names import Names
    from malmoi.retrieval.names_groups import read_overrides

    with opened(index, assignments, existing=True) as collection:
        settings = collection.settings.retrieval
        groups = Names(collection.catalog, get_analyser(), read_overrides(settings.names_file)).groups()
    if as_json:
        print_json([to_json(group) for group in groups])
        return
    console = out()
    if not settings.names:
        console.print(say("names.off"))
    if not groups:
        console.print(say("names.none"))
        return
    _print_table(groups)
    console.print(say("names.count", groups=len(groups), spellings=sum(len(g.spellings) for g in groups)))


def to_json(group: NameGroup) -> dict[str, object]:
    """What `malmoi names --json` says of a name: `spellings score links`."""
    return {
        "spellings": list(group.spellings),
        "score": round(group.score, 3),
        "links": [
            {
                "one": link.one,
                "other": link.other,
                "kind": link.kind,
                "score": round(link.score, 3),
                "evidence": list(link.evidence),
            }
            for link in group.links
        ],
    }


def _print_table(groups: tuple[NameGroup, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("spellings", "score", "evidence"):
        table.add_column(say(f"column.{column}"), overflow="fold", justify="right" if column == "score" else "left")
    for group in groups:
        evidence = dict.fromkeys(piece for link in group.links for piece in link.evidence)
        why = ", ".join(text(f"names.evidence.{piece}", Spoken.language) for piece in evidence)
        table.add_row(Text(" = ".join(group.spellings)), f"{group.score:.2f}", Text(why))
    out().print(table)

"""`malmoi people` and `malmoi keys`: who may sign in, and which programs may ask."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from malmoi.cli.common import IndexOption, JsonOption, out, print_json, read_settings, say
from malmoi.errors import PeopleError
from malmoi.types import Role

if TYPE_CHECKING:
    from pathlib import Path

    from malmoi.people.database import PeopleDatabase

people_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
keys_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=say("help.people.name"))]
RoleOption = Annotated[Role, typer.Option("--role", help=say("help.people.role"))]
GroupOption = Annotated[list[str] | None, typer.Option("--group", metavar="GROUP", help=say("help.people.group"))]
StdinOption = Annotated[bool, typer.Option("--password-stdin", help=say("help.people.stdin"))]


@contextmanager
def _database(index: Path | None) -> Iterator[PeopleDatabase]:
    from malmoi.people.database import PeopleDatabase

    database = PeopleDatabase(read_settings(index).index_dir)
    try:
        yield database
    finally:
        database.close()


def _password(from_stdin: bool) -> str:
    """One line of standard input, or what is typed twice without showing.

    Raises:
        PeopleError: there is no terminal to type it at.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise PeopleError(
            "There is no terminal to ask for the password", "Give it with --password-stdin.", text="people.terminal"
        )
    typed: str = typer.prompt(say("people.password"), hide_input=True, confirmation_prompt=say("people.again"))
    return typed


@people_app.command("add", help=say("help.people.add"))
def add(
    name: NameArgument,
    role: RoleOption = Role.READER,
    groups: GroupOption = None,
    display: Annotated[str, typer.Option("--display", help=say("help.people.display"))] = "",
    stdin: StdinOption = False,
    index: IndexOption = None,
) -> None:
    """Make a local account."""
    from malmoi.people import Accounts

    with _database(index) as database:
        account = Accounts(database).add(name, _password(stdin), role=role, groups=groups or (), display=display)
    out().print(say("people.added", name=account.name, role=account.role.value), markup=False)


@people_app.command("list", help=say("help.people.list"))
def list_people(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """All local accounts."""
    from malmoi.people import Accounts

    with _database(index) as database:
        accounts = Accounts(database).all()
    if as_json:
        print_json([{**dataclasses.asdict(a), "groups": sorted(a.groups)} for a in accounts])
        return
    rows = []
    for account in accounts:
        state = "closed" if account.disabled else "locked" if account.is_locked() else "open"
        groups = ", ".join(sorted(account.groups))
        rows.append((account.name, account.display, account.role.value, groups, say(f"people.state.{state}")))
    _print_table(("name", "display", "role", "groups", "state"), rows, say("people.none"))


@people_app.command("password", help=say("help.people.password"))
def password(name: NameArgument, stdin: StdinOption = False, index: IndexOption = None) -> None:
    """Change a password."""
    from malmoi.people import Accounts

    with _database(index) as database:
        Accounts(database).set_password(name, _password(stdin))
    out().print(say("people.changed", name=name), markup=False)


@people_app.command("change", help=say("help.people.change"))
def change(
    name: NameArgument,
    role: Annotated[Role | None, typer.Option("--role", help=say("help.people.role"))] = None,
    groups: GroupOption = None,
    no_groups: Annotated[bool, typer.Option("--no-groups", help=say("help.people.no_groups"))] = False,
    disabled: Annotated[bool | None, typer.Option("--close/--open", help=say("help.people.close"))] = None,
    index: IndexOption = None,
) -> None:
    """Change the role, the groups or the state of an account."""
    from malmoi.people import Accounts

    with _database(index) as database:
        accounts = Accounts(database)
        accounts.get(name)
        if role is not None:
            accounts.set_role(name, role)
        if groups or no_groups:
            accounts.set_groups(name, groups or ())
        if disabled is not None:
            accounts.set_disabled(name, disabled)
    out().print(say("people.changed", name=name), markup=False)


@people_app.command("remove", help=say("help.people.remove"))
def remove(name: NameArgument, index: IndexOption = None) -> None:
    """Delete an account."""
    from malmoi.people import Accounts

    with _database(index) as database:
        Accounts(database).remove(name)
    out().print(say("people.removed", name=name), markup=False)


@keys_app.command("create", help=say("help.keys.create"))
def create_key(
    name: NameArgument,
    role: RoleOption = Role.READER,
    groups: GroupOption = None,
    scopes: Annotated[list[str] | None, typer.Option("--scope", metavar="SCOPE", help=say("help.keys.scope"))] = None,
    collections: Annotated[
        list[str] | None, typer.Option("--only", metavar="COLLECTION", help=say("help.keys.only"))
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help=say("help.keys.days"))] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print its secret, once."""
    from malmoi.people import ApiKeys, Scope

    unknown = [scope for scope in scopes or () if scope not in set(Scope)]
    if unknown:
        known = ", ".join(Scope)
        raise PeopleError(
            f"There is no scope {unknown[0]}", f"Use {known}.", text="people.scope", scope=unknown[0], known=known
        )
    with _database(index) as database:
        key, secret = ApiKeys(database).make(
            name,
            role=role,
            groups=groups or (),
            scopes=map(Scope, scopes or [Scope.ASK]),
            collections=collections or (),
            days=days,
        )
    if as_json:
        print_json({"id": key.id, "name": key.name, "key": secret})
        return
    out().print(say("keys.created", name=key.name, id=key.id), markup=False)
    print(secret)


@keys_app.command("list", help=say("help.keys.list"))
def list_keys(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """All API keys, without their secrets."""
    from malmoi.people import ApiKeys

    with _database(index) as database:
        keys = ApiKeys(database).all()
    if as_json:
        sets = ("groups", "scopes", "collections")
        print_json([{**dataclasses.asdict(k), **{name: sorted(getattr(k, name)) for name in sets}} for k in keys])
        return
    rows = [
        (
            key.id,
            key.name,
            key.role.value,
            ", ".join(sorted(key.scopes)),
            ", ".join(sorted(key.groups)),
            ", ".join(sorted(key.collections)),
            say("keys.revoked") if key.revoked else (key.expires or "")[:10],
            key.used or "",
        )
        for key in keys
    ]
    columns = ("id", "name", "role", "scopes", "groups", "collections", "expires", "used")
    _print_table(columns, rows, say("keys.none"))


@keys_app.command("revoke", help=say("help.keys.revoke"))
def revoke_key(
    id: Annotated[str, typer.Argument(metavar="ID", help=say("help.keys.id"))], index: IndexOption = None
) -> None:
    """End an API key at once."""
    from malmoi.people import ApiKeys

    with _database(index) as database:
        ApiKeys(database).revoke(id)
    out().print(say("keys.ended", id=id), markup=False)


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    from rich.table import Table
    from rich.text import Text

    if not rows:
        out().print(nothing)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(say(f"people.column.{column}"), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    out().print(table)

"""`aisle keys`: who may use the service."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.apps.console import remark, say
from aisle.core import MissingPartError, UnknownNameError, UsageError
from aisle.service.records import Role

if TYPE_CHECKING:
    from aisle.service.records import Key
    from aisle.service.store import Store

app = typer.Typer(help="Keys to the service: add them, list them, revoke them.", no_args_is_help=True)

DAY_S = 86400
Data = Annotated[Path, typer.Option("--data", help="The service's data folder.")]
DATA = Path("aisle-data")
"""As `aisle serve` has it."""
Address = Annotated[
    str | None,
    typer.Option("--database", envvar="AISLE_DATABASE", help="The database's address, where it is not in the folder."),
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who will use it: a person or a program.", show_default=False)],
    role: Annotated[
        Role, typer.Option(help="A viewer looks, an operator also analyses and reviews, an admin manages.")
    ] = Role.viewer,
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="How long it is valid; default: no end.")] = None,
    data: Data = DATA,
    database: Address = None,
) -> None:
    """Makes a key and prints it, this once: only its hash is kept."""
    expires = None if days is None else time.time() + days * DAY_S
    with closing(_open(data, database, new=True)) as store:
        say(store.add_key(name, role, expires))
    remark("keep it now: it is not shown again. Send it as the header Authorization: Bearer KEY")


@app.command("list")
def list_(data: Data = DATA, database: Address = None) -> None:
    """The keys, without their secrets: id, name, role, when each expires and was last used."""
    with closing(_open(data, database)) as store:
        known = store.keys()
    for key in known:
        say(_line(key))


@app.command()
def revoke(
    id_: Annotated[str, typer.Argument(help="From `aisle keys list`.", metavar="ID", show_default=False)],
    data: Data = DATA,
    database: Address = None,
) -> None:
    """Ends a key at once."""
    with closing(_open(data, database)) as store:
        revoked, known = store.revoke_key(id_), store.keys()
    if not revoked:
        valid = [key.id for key in known if key.revoked is None]
        raise UnknownNameError("key", id_, valid, do="see: aisle keys list")
    say(f"{id_} opens nothing any more")


def _open(data: Path, database: str | None, *, new: bool = False) -> Store:
    try:
        from aisle.service.folder import database_in
        from aisle.service.store import Store
    except ModuleNotFoundError as error:
        raise MissingPartError("the service", name=error.name or "sqlalchemy", extra="serve") from error
    if database is None and not new and not data.is_dir():
        raise UsageError("there is no such data folder", got=data, do="name the one that aisle serve uses")
    return Store(database or database_in(data))


def _line(key: Key) -> str:
    state = f"revoked {_day(key.revoked)}" if key.revoked else f"expires {_day(key.expires)}"
    return f"{key.id}  {key.name}; {key.role}; {state}; last used {_day(key.used)}"


def _day(at: float | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")

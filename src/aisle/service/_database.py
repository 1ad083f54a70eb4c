"""One database, SQLite or PostgreSQL, with the same behaviour: its connections, transactions, tables and failures."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select, text, update
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from aisle.core import AisleError, DamagedError, MissingPartError, OutputError, UnreachableError, UsageError, writing
from aisle.service._tables import STEPS, VERSION, Schema, Table

CONNECT_S = 10
"""After so long a database server that says nothing counts as away."""

WAIT_S = 30
"""How long a transaction waits for its turn before it is an error."""

CONNECTIONS = 32
"""At a time, in this process; SQLite would keep the files of closed ones open anyway."""

_CREATING = 0x61_69_73_6C_65
"""Names the lock that PostgreSQL holds while the tables are made: "aisle"."""

_ALLOWED = "sqlite:////folder/aisle.db or postgresql://user:password@host/name"


class Database:
    """Thread-safe. Transactions are short, and a writing one is alone from its first statement (SQLite) or by row
    (PostgreSQL). `now` gives Unix seconds.

    The tables are made at the first use. Raises UsageError for an address of another kind, DamagedError for tables of
    a newer Aisle or a file that is no database, OutputError or UnreachableError where there is no getting at it.
    """

    def __init__(self, url: str, now: Callable[[], float]) -> None:
        self.now = now
        self._url = _address(url)
        self._engine = _engine(self._url)
        self._turn = threading.Lock()  # SQLite's own waiting is by sleeping, and unfair
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._failures(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept whole or not at all."""
        if not self.is_sqlite:
            with self.reading() as connection:
                yield connection
            return
        with self._turn, self._failures(), self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def scrub(self) -> None:
        """Takes what was deleted out of the database's files: SQLite has overwritten it in its pages already and here
        empties its log; PostgreSQL writes its tables anew.
        """
        commands = ["PRAGMA wal_checkpoint(TRUNCATE)"]
        if not self.is_sqlite:
            commands = [f"VACUUM (FULL, ANALYZE) {table}" for table in Table.metadata.tables]
        with self._failures(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for command in commands:
                connection.exec_driver_sql(command)

    def close(self) -> None:
        self._engine.dispose()

    def _prepare(self) -> None:
        """In one transaction with a lock, so that of processes that start together one makes the tables."""
        with self.writing() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATING})
            Table.metadata.create_all(connection, tables=[Table.metadata.tables[Schema.__tablename__]])
            version = connection.scalar(select(Schema.version))
            if version is None:
                Table.metadata.create_all(connection)
                connection.execute(insert(Schema).values(version=VERSION))
            elif version < VERSION:
                for step in range(version + 1, VERSION + 1):
                    for change in STEPS[step]:
                        connection.exec_driver_sql(change)
                connection.execute(update(Schema).values(version=VERSION))
            elif version > VERSION:
                raise DamagedError(
                    "the database was made by a newer aisle",
                    got=f"tables of version {version} in {self}",
                    allowed=f"version {VERSION}",
                    do="update aisle, or name another database or data folder",
                )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What the database says, as an error of the family; a wrong statement of ours stays what it is."""
        try:
            yield
        except PoolTimeoutError as error:
            raise UnreachableError("the database is too busy", got=str(self), do="ask for less at a time") from error
        except StatementError as error:
            if isinstance(error.orig, AisleError):
                raise error.orig from None
            told = _told(error, str(self)) if isinstance(error, DBAPIError) else None
            if told is None:
                raise
            raise told from error

    def __str__(self) -> str:
        return str(self._url.database) if self.is_sqlite else self._url.render_as_string(hide_password=True)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise UsageError("this is no address of a database", got=ascii(url), allowed=_ALLOWED) from error
    kind = address.get_backend_name()
    if kind == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if kind != "sqlite" or not address.database or address.database == ":memory:":
        raise UsageError("this database is not used", got=address.render_as_string(), allowed=_ALLOWED)
    return address


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        return create_engine(
            url,
            pool_pre_ping=True,  # a server that was started anew has forgotten its connections
            pool_size=CONNECTIONS // 4,  # the others are given back when they are idle
            max_overflow=CONNECTIONS - CONNECTIONS // 4,
            connect_args={"connect_timeout": CONNECT_S, "tcp_user_timeout": 1000 * CONNECT_S},
        )
    except ModuleNotFoundError as error:
        raise MissingPartError("PostgreSQL", name="psycopg", extra="serve") from error


def _sqlite(url: URL) -> Engine:
    """A write-ahead log, so that reading waits for nobody; each commit reaches the disk; what is deleted is
    overwritten; the file is its owner's alone.
    """
    path = Path(str(url.database))
    with writing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0, connect_args={"timeout": WAIT_S})

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # begun below, not by the driver's guesses
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _told(error: DBAPIError, where: str) -> AisleError | None:
    """None for what is a mistake of ours."""
    got = next(iter(str(error.orig).splitlines()), "nothing")
    if isinstance(error.orig, sqlite3.OperationalError):
        return OutputError("the database cannot be used", got=f"{got}: {where}", do="check its folder and the disk")
    if isinstance(error.orig, sqlite3.DatabaseError) and type(error.orig) is sqlite3.DatabaseError:
        return DamagedError(
            "the database's file is not what it should be", got=f"{got}: {where}", do="bring back its last backup"
        )
    with suppress(ImportError):
        from psycopg import InterfaceError, InternalError, OperationalError

        if isinstance(error.orig, OperationalError | InternalError | InterfaceError):
            return UnreachableError("the database does not answer", got=f"{got}: {where}", do="check that it runs")
    return None

"""The service's memory: jobs, events, streams and keys in SQLite or PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable

from aisle.service._database import Database
from aisle.service._events import EventStore
from aisle.service._jobs import JobStore
from aisle.service._keys import KeyStore
from aisle.service._streams import StreamStore


class Store(JobStore, EventStore, StreamStore, KeyStore):
    """Thread-safe, and several processes, of several hosts with PostgreSQL, may have it open at a time.

    `url` is `sqlite:////folder/aisle.db` or `postgresql://user:password@host/name`; `now` gives Unix seconds, which
    must agree to a few seconds on all hosts. Raises UsageError for another address, DamagedError for the tables of a
    newer aisle and for a file that is no database; every call raises OutputError or UnreachableError where the database
    cannot be used, and UsageError for text that no database keeps.
    """

    def __init__(self, url: str, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(Database(url, now))

    def scrub(self) -> None:
        """Takes what was deleted out of the database's files as well."""
        self._database.scrub()

    def close(self) -> None:
        """Ends its connections; those in use end with their transaction."""
        self._database.close()

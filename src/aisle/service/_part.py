"""What the parts of the store share."""

from __future__ import annotations

from sqlalchemy import Delete, Update

from aisle.service._database import Database

LARGEST = 2**63 - 1
"""The largest number that both databases count to."""


class Part:
    def __init__(self, database: Database) -> None:
        self._database = database

    def _changed(self, change: Update | Delete) -> bool:
        """Whether the one record that `change` is for was there."""
        with self._database.writing() as connection:
            return connection.execute(change).rowcount == 1

"""Keys to the service in the database: their secrets only as hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from aisle.core import UnknownNameError, UsageError
from aisle.service._part import Part
from aisle.service._tables import Keys
from aisle.service.records import Key, Role

NOTED_S = 60.0
"""A key's last use is written at most this often."""

_TOKEN = re.compile(r"aisle_(?P<id>[0-9a-f]{12})_(?P<secret>[A-Za-z0-9_-]{43})", re.ASCII)
_NOBODY = hashlib.sha256(b"").hexdigest()
"""What a secret is compared with where there is no such key, so that the answer takes as long."""

_SHOWN: tuple[Any, ...] = tuple(column for column in Keys.__table__.c if column.name != "secret")


class KeyStore(Part):
    """Keys, in the order in which they were made. A token is `aisle_<id>_<secret>`."""

    def add_key(self, name: str, role: Role | str, expires: float | None = None) -> str:
        """The token of a new key, which is nowhere kept: show it once. `expires` is in Unix seconds.

        Raises UsageError for an empty name and a time that is over, UnknownNameError for an unknown role.
        """
        now = self._database.now()
        if role not in list(Role):
            raise UnknownNameError("role", role, Role)
        if not name.strip():
            raise UsageError("a key needs a name", got=repr(name), do="name who will use it")
        if expires is not None and not expires > now:
            raise UsageError("a key must expire later than now", got=expires, do="give it a day at least")
        id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        values = {"id": id_, "name": name.strip(), "role": role, "created": now, "expires": expires}
        with self._database.writing() as connection:
            connection.execute(insert(Keys).values(**values, secret=_hash(secret)))
        return f"aisle_{id_}_{secret}"

    def check_key(self, token: str) -> Key | None:
        """Whose key this is; None for one that is wrong, expired or revoked."""
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(*Keys.__table__.c).where(Keys.id == parts["id"])).mappings().first()
        kept = _NOBODY if row is None else str(row["secret"])
        if not hmac.compare_digest(kept, _hash(parts["secret"])) or row is None:
            return None
        key, now = _key(row), self._database.now()
        if not key.valid(now):
            return None
        if key.used is None or key.used <= now - NOTED_S:
            self._changed(update(Keys).where(Keys.id == key.id).values(used=now))
        return key

    def keys(self) -> tuple[Key, ...]:
        """All of them, those that are revoked or have expired included."""
        with self._database.reading() as connection:
            return tuple(map(_key, connection.execute(select(*_SHOWN).order_by(Keys.created, Keys.id)).mappings()))

    def revoke_key(self, id_: str) -> bool:
        """From now on the key opens nothing; False where there is none of this id that is not revoked."""
        unused = update(Keys).where(Keys.id == id_, Keys.revoked.is_(None))
        return self._changed(unused.values(revoked=self._database.now()))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _key(row: RowMapping) -> Key:
    values = {name: row[name] for name in Key.__slots__}
    return Key(**values | {"role": Role(values["role"])})

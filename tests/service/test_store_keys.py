"""Keys in the store: shown once, kept as hashes, right or nothing."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import UnknownNameError, UsageError
from aisle.service._database import Database
from aisle.service._keys import KeyStore
from aisle.service.records import Role
from aisle.service.store import Store

from .stores import NOON, Clock


def test_a_key_is_known_by_its_token(store: Store) -> None:
    token = store.add_key("Front desk", "operator")
    (listed,) = store.keys()
    key = store.check_key(token)
    assert re.fullmatch(r"aisle_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", token)
    assert (key.id, key.name, key.role, key.created) == (token.split("_")[1], "Front desk", Role.operator, NOON)
    assert key == listed


def test_only_a_hash_of_the_secret_is_kept(url: str) -> None:
    database = Database(url, time.time)
    token = KeyStore(database).add_key("me", "admin")
    secret = token.split("_", 2)[2]
    with database.reading() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM keys").mappings().all()
    database.close()
    assert secret not in repr(dict(row))
    assert row["secret"] == hashlib.sha256(secret.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:0],
        lambda token: token[:-1],
        lambda token: token + "a",
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: token.replace(token.split("_")[1], "0" * 12),
        lambda token: token.upper(),
        lambda token: f" {token}",
        lambda token: f"{token}\n",
        lambda token: token.replace("_", "\0"),
        lambda token: token[:-1] + "é",
    ],
    ids=["empty", "short", "long", "other secret", "other id", "upper case", "space", "newline", "nul", "not ascii"],
)
def test_a_wrong_key_is_none(store: Store, change: Callable[[str], str]) -> None:
    assert store.check_key(change(store.add_key("me", "viewer"))) is None


def test_two_keys_do_not_open_for_each_other(store: Store) -> None:
    first, second = (store.add_key(name, "viewer") for name in ("a", "b"))
    (_, one, _), (_, _, other) = first.split("_", 2), second.split("_", 2)
    assert store.check_key(f"aisle_{one}_{other}") is None


def test_a_key_expires(store: Store, clock: Clock) -> None:
    token = store.add_key("me", "viewer", NOON + 60)
    clock.now += 59
    assert store.check_key(token)
    clock.now += 1
    assert store.check_key(token) is None


def test_a_revoked_key_opens_nothing_and_stays_listed(store: Store, clock: Clock) -> None:
    token = store.add_key("me", "viewer")
    (key,) = store.keys()
    clock.now += 1
    assert store.revoke_key(key.id)
    assert store.check_key(token) is None
    assert store.keys() == (replace(key, revoked=NOON + 1),)
    assert not store.revoke_key(key.id)
    assert not store.revoke_key("nothing")


def test_the_last_use_is_noted_once_a_minute(store: Store, clock: Clock) -> None:
    token = store.add_key("me", "viewer")
    used = []
    for _ in range(5):
        store.check_key(token)
        used.append(store.keys()[0].used - NOON)
        clock.now += 30
    assert used == [0, 0, 60, 60, 120]


@pytest.mark.parametrize("expires", [NOON, NOON - 1, math.nan])
def test_a_key_that_has_expired_already_is_refused(store: Store, expires: float) -> None:
    with pytest.raises(UsageError, match="later than now"):
        store.add_key("me", "viewer", expires)


def test_a_key_needs_a_name_and_a_known_role(store: Store) -> None:
    with pytest.raises(UsageError, match="name"):
        store.add_key("  ", "viewer")
    with pytest.raises(UnknownNameError, match="operator"):
        store.add_key("me", "operater")


@given(held=st.sampled_from(Role), needed=st.sampled_from(Role))
def test_roles_cover_those_before_them(held: Role, needed: Role) -> None:
    order = ["viewer", "operator", "admin"]
    assert held.covers(needed) == (order.index(held) >= order.index(needed))

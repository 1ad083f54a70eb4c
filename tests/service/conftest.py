"""What tests of the service share: both databases, a store in one of them, and a data folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.service.folder import DataFolder, database_in
from aisle.service.store import Store

from .databases import Cluster, cluster
from .stores import Clock


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def names() -> Iterator[str]:
    """Of databases, each another one."""
    return (f"test_{number}" for number in itertools.count())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, names: Iterator[str]) -> Iterator[str]:
    """The address of an empty database; every test that uses it runs on both kinds."""
    name = next(names)
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / name}.db"
        return
    running: Cluster = request.getfixturevalue("postgres")
    yield running.new(name)
    running.drop(name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    """An empty one, whose time is the clock's."""
    opened = Store(url, now=clock)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    with DataFolder(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def plain_store(folder: DataFolder) -> Iterator[Store]:
    """One in SQLite with the real time, where the database makes no difference."""
    opened = Store(database_in(folder.root))
    yield opened
    opened.close()

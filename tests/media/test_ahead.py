from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.core import UsageError
from aisle.media import ahead


def workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


@settings(deadline=None)
@given(st.lists(st.integers()), st.integers(1, 4))
def test_everything_comes_in_order(items: list[int], depth: int) -> None:
    assert list(ahead(items, depth)) == items
    assert workers() == []


def test_it_runs_in_another_thread() -> None:
    names = list(ahead((threading.current_thread().name for _ in range(3)), 2))
    assert all(name.startswith("ahead") for name in names)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_it_takes_no_more_than_it_may(depth: int) -> None:
    taken: list[int] = []
    full, more = threading.Event(), threading.Event()

    def source() -> Iterator[int]:
        for number in range(20):
            taken.append(number)
            if len(taken) == depth + 1:
                full.set()  # the one in use, and `depth` ahead of it
            if len(taken) > depth + 1:
                more.set()
            yield number

    with closing(ahead(source(), depth)) as items:
        assert next(items) == 0
        assert full.wait(10)
        assert not more.wait(0.05)


def test_an_error_is_handed_on_after_what_came_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    items = ahead(source(), 4)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)
    assert workers() == []


def test_leaving_early_ends_the_thread() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.set()

    source = endless()
    for _ in ahead(source, 3):
        break
    assert workers() == []
    source.close()
    assert closed.is_set()


def interrupted(items: Iterator[int]) -> None:
    for _ in items:
        raise KeyboardInterrupt


def test_an_error_of_the_consumer_ends_the_thread() -> None:
    with closing(ahead(iter(int, 1), 2)) as items, pytest.raises(KeyboardInterrupt):
        interrupted(items)
    assert workers() == []


def test_there_must_be_room() -> None:
    with pytest.raises(UsageError, match="got: depth 0"):
        next(ahead([1], 0))

"""Work in a process of its own."""

from __future__ import annotations

import operator
import os

import pytest

from aisle.apps.apart import apart, peak_memory
from aisle.core import InputError, UsageError
from aisle.models.card import card


def test_results_come_back() -> None:
    assert apart(_counted, 3) == 3


def test_progress_is_heard() -> None:
    heard: list[tuple[float, float | None]] = []
    apart(_counted, 2, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(0, 2), (1, 2)]


def test_errors_keep_their_words_and_their_kind() -> None:
    with pytest.raises(UsageError, match=r"unknown model; got: 'shoper'; allowed: .*; do: .*aisle models list"):
        apart(_card, "shoper")


def test_a_process_that_ends_is_told() -> None:
    with pytest.raises(InputError, match="its process ended before it was done; got: code 3"):
        apart(_ends)


def test_memory_is_its_own() -> None:
    taken = bytearray(200 * 2**20)
    assert peak_memory() > len(taken)
    assert apart(_memory) < len(taken)


def _counted(count: int, listener: object) -> int:
    for number in range(count):
        operator.call(listener, number, count)
    return count


def _card(name: str, listener: object) -> object:
    del listener
    return card(name)


def _ends(listener: object) -> None:
    del listener
    os._exit(3)


def _memory(listener: object) -> int:
    del listener
    return peak_memory()

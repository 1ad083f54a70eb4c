from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluate.edit import edit_distance

CASES = [
    ("", "", 0),
    ("", "abc", 3),
    ("abc", "", 3),
    ("kitten", "sitting", 3),
    ("flaw", "lawn", 2),
    ("abab", "baba", 2),
    ("a" * 70, "a" * 69 + "b", 1),
]


@pytest.mark.parametrize(("one", "other", "distance"), CASES)
def test_known_distances(one: str, other: str, distance: int) -> None:
    assert edit_distance(list(map(ord, one)), list(map(ord, other))) == distance


sequences = st.lists(st.integers(0, 3), max_size=40)


def by_table(one: list[int], other: list[int]) -> int:
    """Wagner and Fischer 1974, cell by cell."""
    above = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
        above = row
    return above[-1]


@given(sequences, sequences)
def test_the_bits_say_what_the_table_says(one: list[int], other: list[int]) -> None:
    assert edit_distance(one, other) == by_table(one, other)

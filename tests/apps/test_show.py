"""What is told of stretches without an answer."""

from __future__ import annotations

from fractions import Fraction

from aisle.apps.show import skipped
from aisle.core import Skipped, Timeline


def damaged(*starts: int) -> Timeline:
    gaps = tuple(Skipped(Fraction(start), start + Fraction(1, 2), "damaged") for start in starts)
    return Timeline(Fraction(100), (), gaps)


def test_a_few_gaps_are_told_one_by_one() -> None:
    assert skipped(damaged()) == []
    assert skipped(damaged(1, 5)) == [
        "not analysed from 0:00:01.000 to 0:00:01.500: damaged",
        "not analysed from 0:00:05.000 to 0:00:05.500: damaged",
    ]


def test_many_gaps_are_told_in_one_line() -> None:
    (line,) = skipped(damaged(1, 5, 7, 90))
    assert line.startswith("not analysed: 4 stretches between 0:00:01.000 and 0:01:30.500, 0:00:02.000 in all, ")
    assert line.endswith("which the JSON lists: damaged")

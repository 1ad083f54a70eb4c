"""Ranges of shop figures: published values, what they must do, and that they cover as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.periods import difference, mean, rate, share, stands_out


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I, Wilson's method without correction.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_shares_have_wilsons_range(part: int, whole: int, low: float, high: float) -> None:
    found = share(part, whole, whole)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
    assert found.value == part / whole


def test_many_visits_of_few_people_leave_a_wider_range() -> None:
    assert share(30, 60, 6).high == share(3, 6, 6).high
    assert share(3, 6, 60) == share(3, 6, 6)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.69), (1, 0.03, 5.57), (10, 4.80, 18.39), (100, 81.36, 121.63)]
)
def test_counts_have_the_range_of_a_poisson_count(count: int, low: float, high: float) -> None:
    """The exact limits; Byar's come within a few hundredths of them."""
    found = rate(count, count, 1)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.06), pytest.approx(high, abs=0.06))
    assert rate(count, count, 4).high == pytest.approx(found.high / 4)


def test_the_mean_is_drawn_by_person() -> None:
    values, people = [1.0] * 50 + [3.0] * 50, [1] * 50 + [2] * 50
    found = mean(values, people)
    assert (found.value, found.low, found.high) == (2, 1, 3)  # two people, and nothing between them
    assert mean([2.0, 4.0], [1, 1]).high == math.inf


def test_nothing_gives_nothing() -> None:
    for found in (share(0, 0, 0), rate(0, 0, 0), mean([], []), difference(share(0, 0, 0), share(1, 2, 2))):
        assert math.isnan(found.value)
        assert not stands_out(found)


def test_a_difference_of_shares_is_newcombes() -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 873, table II (a), method 10: 56/70 against 48/80."""
    found = difference(share(48, 80, 80), share(56, 70, 70))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
    assert stands_out(found)


shares = st.tuples(st.integers(0, 50), st.integers(1, 50), st.integers(1, 50)).map(
    lambda told: share(min(told[0], told[1]), told[1], told[2])
)


@given(shares, shares)
def test_a_difference_turned_round_is_its_opposite(one: Interval, other: Interval) -> None:
    there, back = difference(one, other), difference(other, one)
    assert (there.low, there.value, there.high) == pytest.approx((-back.high, -back.value, -back.low))
    assert there.low <= there.value <= there.high
    assert 0 <= one.low <= one.value <= one.high <= 1


def test_ranges_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(6)
    people = 40
    one, other = rng.binomial(people, 0.3, 1000), rng.binomial(people, 0.5, 1000)
    held = [
        (found := difference(share(int(a), people, people), share(int(b), people, people))).low <= 0.2 <= found.high
        for a, b in zip(one, other, strict=True)
    ]
    assert 0.92 <= np.mean(held) <= 0.98

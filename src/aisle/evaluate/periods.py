"""Figures of a shop with the range that chance leaves them, and the difference between two periods.

What one person does at several shelves resembles itself, so the number of people, not that of visits, says how much
there is to go by. Shares have Wilson's range (1927), counts an hour Byar's of a Poisson count (Breslow and Day 1987),
means that of the bootstrap by person; the difference of two independent figures has its range from theirs, as Zou and
Donner (2008) put them together. All are for 95 in 100.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from aisle.evaluate.bootstrap import LEVEL, Interval, bootstrap
from aisle.evaluate.figures import Ints

_Z = 1.959964


def share(part: int, whole: int, people: int) -> Interval:
    """`part` of `whole` visits, 0 to 1, made by `people`; NaN of none."""
    if not whole:
        return _unknown()
    value, count = part / whole, max(min(people, whole), 1)
    middle = (value + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    reach = _Z * math.sqrt(value * (1 - value) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
    low, high = min(middle - reach, value), max(middle + reach, value)  # rounding must not leave the value outside
    return Interval(value, max(low, 0.0), min(high, 1.0), LEVEL, 0)


def rate(count: int, people: int, hours: float) -> Interval:
    """`count` visits made by `people`, by the hour of recording; NaN of no recording."""
    if hours <= 0:
        return _unknown()
    each = count / people if people else 1.0
    low = people * (1 - 1 / (9 * people) - _Z / (3 * math.sqrt(people))) ** 3 if people else 0.0
    more = people + 1
    high = more * (1 - 1 / (9 * more) + _Z / (3 * math.sqrt(more))) ** 3
    return Interval(count / hours, max(low, 0.0) * each / hours, high * each / hours, LEVEL, 0)


def mean(values: Sequence[float], people: Sequence[Hashable], seed: int = 0) -> Interval:
    """Of `values`, one a visit, made by `people`. Of fewer than two people the range is all numbers: it is unknown."""
    if not values:
        return _unknown()
    known = np.array(values, np.float64)

    def figures(drawn: Ints) -> dict[str, float]:
        return {"mean": float(known[drawn].mean())}

    found = bootstrap(figures, people, seed=seed)
    return found.get("mean", Interval(float(known.mean()), -math.inf, math.inf, LEVEL, 0))


def difference(one: Interval, other: Interval) -> Interval:
    """`other` minus `one`; NaN where either is."""
    value = other.value - one.value
    if math.isnan(value):
        return _unknown()
    low = value - math.hypot(other.value - other.low, one.high - one.value)
    high = value + math.hypot(other.high - other.value, one.value - one.low)
    return Interval(value, low, high, LEVEL, min(one.resamples, other.resamples))


def stands_out(found: Interval) -> bool:
    """Whether chance alone would seldom give a difference like this: its range lies on one side of 0."""
    return found.low > 0 or found.high < 0


def _unknown() -> Interval:
    return Interval(math.nan, math.nan, math.nan, LEVEL, 0)

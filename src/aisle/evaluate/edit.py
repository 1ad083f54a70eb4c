"""How many runs must be inserted, removed or renamed to make one sequence of labels into another."""

from __future__ import annotations

from collections.abc import Sequence


def edit_distance(one: Sequence[int], other: Sequence[int]) -> int:
    """The Levenshtein distance, a whole column of its table at a time in the bits of one integer.

    Myers 1999, as put by Hyyro 2003: bit i of `up` (`down`) says that a column's value i + 1 is one more (less) than
    its value i. `right` and `left` say the same along a row.
    """
    if not one:
        return len(other)
    places: dict[int, int] = {}
    for place, label in enumerate(one):
        places[label] = places.get(label, 0) | 1 << place
    every, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, distance = every, 0, len(one)
    for label in other:
        same = places.get(label, 0) | down
        flat = ((((same & up) + up) ^ up) | same) & every
        right, left = down | every & ~(flat | up), up & flat
        distance += bool(right & last) - bool(left & last)
        right = (right << 1 | 1) & every
        up, down = (left << 1 | ~(flat | right)) & every, right & flat
    return distance

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from aisle.core import Event, UsageError

OPEN = Event("e1", "till", "fight", Fraction(1), Fraction(3), None, 0.5)


def test_an_event_is_open_until_it_ends() -> None:
    ended = replace(OPEN, updated=Fraction(5), ended=Fraction(5))
    assert (OPEN.state, ended.state) == ("open", "ended")


@pytest.mark.parametrize(
    "change",
    [
        {"started": Fraction(-1)},
        {"updated": Fraction(0)},
        {"ended": Fraction(2)},
        {"ended": Fraction(4)},
        {"peak": 1.5},
        {"peak": float("nan")},
    ],
)
def test_an_event_that_cannot_be(change: dict[str, Fraction | float]) -> None:
    with pytest.raises(UsageError):
        replace(OPEN, **change)  # type: ignore[arg-type]

"""What people had when they left, beside what the till sold around that time: hints for a human, never a verdict.

A count from pictures can be wrong in both directions, a till may be late, and one person may pay for another. So what
is told is which stretch of a recording is worth looking at, and nobody is accused of anything.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from aisle.core.interaction import Visit
from aisle.core.sale import Sale

AFTER = timedelta(minutes=2)
"""How long after somebody has left the picture a sale may still be theirs: tills print late."""

ONE_RECEIPT = timedelta(seconds=30)
"""Between two lines of a till without numbers of receipts that are one customer's."""

SAME_NUMBER = timedelta(hours=1)
"""Between two lines with one number that are one customer's: tills begin anew every day."""

CLOSED = timedelta(minutes=30)
"""Before the first and after the last sale of an export, in which it still speaks of the till."""

_SHIFTS_MIN, _WIDE_MIN, _FEWEST = 14 * 60, 5, 3


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody left the picture of `recording` at `left` with what `visit` says, having come at `came`. `paying` is
    when they stood at a till, where that was seen.
    """

    recording: str
    visit: Visit
    came: datetime
    left: datetime
    paying: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """`visit.items` products were counted in pictures, `sold` at the till around that time. `shared` says that what was
    sold around that time may be somebody else's as well.
    """

    leaving: Leaving
    sold: int
    shared: bool

    @property
    def more(self) -> int:
        """Products counted in the pictures beyond those that were sold."""
        return self.leaving.visit.items - self.sold


@dataclass(frozen=True, slots=True)
class Compared:
    """`hints` are the leavings with more products than were sold, those first that nobody else's sale explains.

    `agreeing` others had no more than was sold, and of `unknown` the export does not speak.
    """

    hints: tuple[Hint, ...]
    agreeing: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Receipt:
    time: datetime
    items: int


def compare(leavings: Iterable[Leaving], sales: Iterable[Sale]) -> Compared:
    """Each receipt goes to one person at most, to who stood at the till then, else to who left nearest in time."""
    receipts, people = _receipts(sales), sorted(leavings, key=lambda one: one.left)
    times = [receipt.time for receipt in receipts]
    told = [one for one in people if _spoken_of(one, times)]
    near = {
        (number, at): _apart(times[number], one)
        for at, one in enumerate(told)
        for number in range(bisect_left(times, one.came), bisect_right(times, one.left + AFTER))
    }
    owned: set[int] = set()
    claims: dict[int, int] = {}
    for number, at in sorted(near, key=lambda pair: near[pair]):
        if number not in owned and at not in claims:
            owned.add(number)
            claims[at] = number
    crowded = {number for number, around in Counter(number for number, _ in near).items() if around > 1}
    hints = []
    for at, one in enumerate(told):
        sold = receipts[claims[at]].items if at in claims else 0
        if one.visit.items > sold:
            hints.append(Hint(one, sold, shared=any((number, at) in near for number in crowded)))
    hints.sort(key=lambda hint: (hint.shared, -hint.more, hint.leaving.left))
    return Compared(tuple(hints), len(told) - len(hints), len(people) - len(told))


def likely_shift(leavings: Iterable[Leaving], sales: Iterable[Sale]) -> timedelta | None:
    """By how much the till's clock seems to be ahead, to the minute: where sales then fall just before people leave far
    more often than as it is. None where nothing stands out.
    """
    left = np.array([one.left.timestamp() for one in leavings if one.visit.items])
    sold = np.array([receipt.time.timestamp() for receipt in _receipts(sales)])
    if not len(left) or not len(sold):
        return None
    minutes = np.floor((sold[None] - left[:, None]) / 60).ravel()
    bins = np.arange(-_SHIFTS_MIN, _SHIFTS_MIN + 1)
    counts = np.histogram(minutes, np.append(bins, bins[-1] + 1))[0]
    fitting = np.convolve(counts, np.ones(_WIDE_MIN + 1, int))[: len(counts)]  # up to so many minutes before leaving
    first = int(fitting.argmax())
    best = first + int(np.argmin(np.append(fitting[first:] == fitting[first], False))) // 2  # the middle of the best
    now, usual = int(fitting[_SHIFTS_MIN]), float(np.median(fitting))
    if fitting[best] < max(_FEWEST, 2 * now + 1, usual + 4 * np.sqrt(usual + 1)):
        return None
    return timedelta(minutes=int(bins[best]))


def _receipts(sales: Iterable[Sale]) -> list[_Receipt]:
    """One for each customer, in order of time, at the time of its last line. Lines of two tills may take turns; a
    number that comes again after a while is another customer's.
    """
    kept: list[list[Sale]] = []
    last: dict[str, list[Sale]] = {}
    for sale in sorted(sales, key=lambda one: one.time):
        lines = last.get(sale.receipt, [])
        if lines and sale.time - lines[-1].time <= (SAME_NUMBER if sale.receipt else ONE_RECEIPT):
            lines.append(sale)
        else:
            last[sale.receipt] = [sale]
            kept.append(last[sale.receipt])
    receipts = (_Receipt(lines[-1].time, sum(line.quantity for line in lines)) for lines in kept)
    return sorted(receipts, key=lambda receipt: receipt.time)


def _spoken_of(one: Leaving, times: Sequence[datetime]) -> bool:
    return bool(times) and times[0] - CLOSED <= one.left <= times[-1] + CLOSED


def _apart(time: datetime, one: Leaving) -> tuple[bool, bool, float]:
    """The smaller, the likelier a receipt of `time` is theirs: whether they stood at the till then, whether they had
    anything, and seconds from leaving.
    """
    paying = one.paying is not None and one.paying[0] <= time <= one.paying[1] + AFTER
    return not paying, not one.visit.items, abs((time - one.left).total_seconds())

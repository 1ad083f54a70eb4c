"""Two periods of one shop beside each other: each figure, the difference, and whether chance alone would do that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aisle.apps.report_figures import AtShelf, Period, Summary, summary
from aisle.evaluate.bootstrap import Interval
from aisle.evaluate.periods import difference, stands_out
from aisle.events.funnel import Step

FEW = 10
"""People in a period below whom a comparison says next to nothing."""

_SHARES = {
    "looked at the shelf": (Step.LOOKED, Step.VISITED),
    "reached into it": (Step.REACHED, Step.VISITED),
    "had a product in the hand": (Step.INSPECTED, Step.VISITED),
    "took something": (Step.TOOK, Step.VISITED),
    "took something, of those who had it in the hand": (Step.TOOK, Step.INSPECTED),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figure `name` at `shelf`, "" for all of them, in the period before and in this one; `unit` is %, s or /h."""

    shelf: str
    name: str
    unit: str
    before: Interval
    now: Interval

    @property
    def change(self) -> Interval:
        return difference(self.before, self.now)

    @property
    def clear(self) -> bool:
        """Whether chance alone would seldom do this."""
        return stands_out(self.change)


def comparisons(before: Period, now: Period, shelves: Sequence[str]) -> tuple[Comparison, ...]:
    """For all shelves together, then visits and takings at each; those that neither period knows are left out."""
    found = list(_all(before, now))
    for shelf in shelves:
        one, other = (summary(_at(period, shelf)) for period in (before, now))
        found.append(_visits(shelf, one, other, before, now))
        found.append(_share(shelf, "took something", one, other))
    return tuple(each for each in found if not math.isnan(each.change.value))


def sentence(one: Comparison, before: str, now: str) -> str:
    """For people who do not read tables."""
    at = f" at {one.shelf}" if one.shelf else ""
    values = f"{told(one.now.value, one.unit)} in “{now}”, {told(one.before.value, one.unit)} in “{before}”"
    chance = "Chance alone would seldom do that" if one.clear else "That may be chance"
    change = told(one.change.value, one.unit, signed=True)
    return f"{one.name[0].upper()}{one.name[1:]}{at}: {values}, {change}. {chance}: the range is {span(one)}."


def span(one: Comparison) -> str:
    """The range of the difference."""
    low, high = one.change.low, one.change.high
    if not (math.isfinite(low) and math.isfinite(high)):
        return "unknown"
    return f"{told(low, one.unit, signed=True).split()[0]} to {told(high, one.unit, signed=True)}"


def told(value: float, unit: str, *, signed: bool = False) -> str:
    """`42%`, `8.1 s`, `3.5 an hour`; the differences of shares are points."""
    sign = "+" if signed else ""
    if not math.isfinite(value):
        return "unknown"
    if unit == "%":
        return f"{100 * value:{sign}.0f} points" if signed else f"{100 * value:.0f}%"
    return f"{value:{sign}.1f} s" if unit == "s" else f"{value:{sign}.1f} an hour"


def _all(before: Period, now: Period) -> Iterator[Comparison]:
    one, other = summary(before.visits), summary(now.visits)
    yield _visits("", one, other, before, now)
    yield Comparison("", "time at a shelf", "s", one.dwell, other.dwell)
    for name in _SHARES:
        yield _share("", name, one, other)


def _visits(shelf: str, one: Summary, other: Summary, before: Period, now: Period) -> Comparison:
    return Comparison(shelf, "visits", "/h", one.per_hour(before.watched), other.per_hour(now.watched))


def _share(shelf: str, name: str, one: Summary, other: Summary) -> Comparison:
    step, of = _SHARES[name]
    return Comparison(shelf, name, "%", one.share(step, of), other.share(step, of))


def _at(period: Period, shelf: str) -> list[AtShelf]:
    return [one for one in period.visits if one.shelf == shelf]

"""Which stretches of a video are kept: where something happens, long enough, with some seconds before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aisle.analysis.quiet import Activity
from aisle.core import Analysis, UsageError
from aisle.core.time_map import Stretch, joined, widened

MOTION, PEOPLE, RISK = "motion", "people", "risk"

START, STAY = 3, 2
"""Cells that are busy where something begins to happen, for two looks in a row, and as long as it goes on."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """In seconds: how much more is kept before and after what happens; what happens for less than `shortest` is left
    out; less than `shortest_gap` between two kept stretches is kept as well.
    """

    margin: Fraction = Fraction(1)
    shortest: Fraction = Fraction(1, 2)
    shortest_gap: Fraction = Fraction(3)

    def __post_init__(self) -> None:
        for name in ("margin", "shortest", "shortest_gap"):
            if getattr(self, name) < 0:
                raise UsageError(f"the {name} of a summary is negative", got=getattr(self, name), allowed="0 or more")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something happens during `stretch`, for `why`; `peak` is the moment to show of it, and `most` how much it was
    then, above 0: shares of the picture that move, people or a risk.
    """

    stretch: Stretch
    why: str
    peak: Fraction
    most: float


@dataclass(frozen=True, slots=True)
class Kept:
    """A stretch that is kept, with what happens in it: `why` in order, and the `peak` to show of it."""

    stretch: Stretch
    why: tuple[str, ...]
    peak: Fraction
    most: float


def motion(found: Activity) -> tuple[Happening, ...]:
    """Where something moves, from two looks in a row with `START` busy cells on, as long as `STAY` are."""
    many = found.moving >= START
    beside = np.pad(many, 1)
    sure = many & (beside[:-2] | beside[2:])
    on = np.zeros(len(many), bool)
    for first, after in _runs(found.moving >= STAY):
        on[first:after] = sure[first:after].any()
    return _happenings(found, on, found.moving / max(found.cells, 1), MOTION)


def people(found: Activity) -> tuple[Happening, ...]:
    """Where people are seen, standing or not. Raises UsageError where nobody looked for any."""
    if found.people is None:
        raise UsageError("nobody has looked for people", got="no detector", do="name one")
    return _happenings(found, found.people > 0, found.people, PEOPLE)


def risky(analysis: Analysis) -> tuple[Happening, ...]:
    """Where the second of two classes reaches the threshold of its model. Raises UsageError for a model without one."""
    if analysis.threshold is None:
        do = "name a bundle that warns of something, such as one of aisle train --task anomaly"
        raise UsageError("this model has no threshold", got=analysis.model, do=do)
    grid, values = analysis.scores.grid, analysis.scores.values
    if not grid.count:
        return ()
    risks = values[:, 1]
    runs = _runs(risks >= analysis.threshold)
    return tuple(
        Happening(
            Stretch(max(grid.cell(first)[0], Fraction(0)), grid.cell(after - 1)[1]),
            RISK,
            _middle(grid.cell(first + int(risks[first:after].argmax()))),
            float(risks[first:after].max()),
        )
        for first, after in runs
    )


def kept(happenings: Iterable[Happening], rules: Rules, duration: Fraction) -> tuple[Kept, ...]:
    """What is kept of [0, `duration`) seconds, in order, none touching the next."""
    found = [each for each in happenings if each.stretch.start < duration]
    lasting = [each for each in joined(one.stretch for one in found) if each.lasts >= rules.shortest]
    wide = joined(widened(lasting, rules.margin, duration), within=rules.shortest_gap)
    return tuple(_told(each, found) for each in wide)


def _told(stretch: Stretch, happenings: Sequence[Happening]) -> Kept:
    inside = [each for each in happenings if each.stretch.start < stretch.end and stretch.start < each.stretch.end]
    reasons = tuple(dict.fromkeys(each.why for each in sorted(inside, key=lambda each: _WEIGHT[each.why])))
    best = max(inside, key=lambda each: (-_WEIGHT[each.why], each.most))
    peak = best.peak if stretch.start <= best.peak < stretch.end else (stretch.start + stretch.end) / 2
    return Kept(stretch, reasons, peak, best.most)


_WEIGHT = {RISK: 0, PEOPLE: 1, MOTION: 2}
"""Whose picture tells most of a stretch: the least."""


def _middle(cell: tuple[Fraction, Fraction]) -> Fraction:
    return (cell[0] + cell[1]) / 2


def _happenings(found: Activity, on: Bools, amounts: npt.NDArray[np.generic], why: str) -> tuple[Happening, ...]:
    made = []
    for first, after in _runs(on):
        top = first + int(amounts[first:after].argmax())
        end = min(Fraction(after) / found.rate, found.duration)
        start = Fraction(first) / found.rate
        if start < end:
            made.append(Happening(Stretch(start, end), why, Fraction(top) / found.rate, float(amounts[top])))
    return tuple(made)


def _runs(on: Bools) -> list[tuple[int, int]]:
    """[first, after) of each run of what is set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    return [(int(first), int(after)) for first, after in pairwise(edges.tolist())][::2]

"""Where in the picture something is unusual, and who or what that is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from aisle.core.analysis import Analysis
from aisle.core.detections import PERSON, Observation
from aisle.core.errors import UsageError
from aisle.core.features import Floats
from aisle.core.heat import EVERYWHERE, Heat, Place, place_of

SHOWN = 0.7
"""Of the threshold: the risk from which on it is shown where, as an alarm is held from there on."""


@dataclass(frozen=True, slots=True, eq=False)
class Unusual:
    """`heat` of a video, and the risks (N,), 0 to 1, of the same steps, which are warned of from `threshold` on."""

    heat: Heat
    risks: Floats
    threshold: float

    def __post_init__(self) -> None:
        if len(self.risks) != self.heat.grid.count:
            raise UsageError("each step has a risk", got=len(self.risks), allowed=f"{self.heat.grid.count}")

    @classmethod
    def of(cls, analysis: Analysis) -> Unusual | None:
        """None for a model that does not say where, or warns of nothing."""
        if analysis.heat is None or analysis.threshold is None:
            return None
        return cls(analysis.heat, analysis.scores.values[:, 1], analysis.threshold)

    def step(self, time: Fraction) -> int | None:
        """The step at that second of the video, where its risk is high enough to show its heat; else None."""
        grid = self.heat.grid
        if not grid.count or not grid.start <= time < grid.end:
            return None
        index = grid.index(time)
        return index if self.risks[index] >= SHOWN * self.threshold else None

    def at(self, time: Fraction) -> Floats | None:
        """(h, w), the heat at that second of the video, where the risk is high enough to show it; else None."""
        step = self.step(time)
        if step is None:
            return None
        found: Floats = self.heat.values[step]
        return found

    def hottest(self, start: Fraction, end: Fraction) -> tuple[Fraction, Floats] | None:
        """The middle, in seconds, and the heat (h, w) of the riskiest step on [start, end); None without a step."""
        grid = self.heat.grid
        inside = [index for index in range(grid.count) if start < grid.cell(index)[1] and grid.cell(index)[0] < end]
        if not inside:
            return None
        best = max(inside, key=lambda index: float(self.risks[index]))
        first, last = grid.cell(best)
        return (first + last) / 2, self.heat.values[best]


@dataclass(frozen=True, slots=True)
class Where:
    """What was most unusual in a stretch: at `time` seconds, at `place`, and the `label` and `track` of who or what was
    there, None where nobody knows.
    """

    time: Fraction
    place: Place
    label: str | None = None
    track: int | None = None


def where(unusual: Unusual, start: Fraction, end: Fraction, look: Observation | None = None) -> Where | None:
    """For [start, end) seconds; `look` is what was seen at its hottest moment. None without a step in there."""
    found = unusual.hottest(start, end)
    if found is None:
        return None
    time, heat = found
    at = None if look is None else whose(heat, look)
    if look is None or at is None:
        return Where(time, place_of(heat))
    return Where(time, place_of(heat), look.found.labels[at], int(look.found.tracks[at]))


_NAMES = (("upper left", "top", "upper right"), ("left", "middle", "right"), ("lower left", "bottom", "lower right"))


def corner(place: Place) -> str:
    """In which of nine parts of the picture the middle of `place` is, for people; "whole picture" for everywhere."""
    left, top, right, bottom = place
    if place == EVERYWHERE:
        return "whole picture"
    column, row = (min(int((one + other) / 2 * 3), 2) for one, other in ((left, right), (top, bottom)))
    return _NAMES[row][column]


def whose(heat: Floats, look: Observation) -> int | None:
    """Which of the things in `look` has the hottest cell of `heat` (h, w) in its box: people before things, then the
    one that is hottest all over. None where there is none, or nothing is hot.
    """
    rows, columns = heat.shape
    hottest = int(heat.argmax())
    if not heat.flat[hottest] > 0:
        return None
    row, column = divmod(hottest, columns)
    x, y = (column + 0.5) / columns * look.width, (row + 0.5) / rows * look.height
    inside = [
        index
        for index, (left, top, right, bottom) in enumerate(look.found.boxes.corners.tolist())
        if left - look.width / columns / 2 <= x < right + look.width / columns / 2
        and top - look.height / rows / 2 <= y < bottom + look.height / rows / 2
    ]
    return max(inside, key=lambda at: (look.found.labels[at] == PERSON, _warmth(heat, look, at)), default=None)


def _warmth(heat: Floats, look: Observation, at: int) -> float:
    """The mean heat of the cells that a box touches."""
    rows, columns = heat.shape
    left, top, right, bottom = look.found.boxes.corners[at].tolist()
    across = _touched(left / look.width * columns, right / look.width * columns, columns)
    down = _touched(top / look.height * rows, bottom / look.height * rows, rows)
    return float(heat[down, across].mean())


def _touched(first: float, last: float, count: int) -> slice:
    start = int(np.clip(np.floor(first), 0, count - 1))
    return slice(start, int(np.clip(np.ceil(last), start + 1, count)))

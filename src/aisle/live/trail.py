"""Where in the picture an event was, from the heat of its steps."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from fractions import Fraction

from aisle.core import Event
from aisle.core.heat import Floats, Place, place_of

_Step = tuple[Fraction, float, Floats]
"""Its end, its risk and its heat."""


class Trail:
    """Follows the risk of one kind. An event was where its riskiest step so far was hottest.

    Steps of the `reach` seconds before an event belong to it: the smoothed risk, which starts events, comes after the
    risk itself.
    """

    def __init__(self, reach: Fraction) -> None:
        self._reach = reach
        self._recent: deque[_Step] = deque()
        self._hottest: _Step | None = None  # of the open event
        self._place: Place | None = None

    def step(self, end: Fraction, risk: float, heat: Floats) -> None:
        """The next step: its `risk`, 0 to 1, and its `heat` (h, w)."""
        if self._hottest is not None:
            self._take((end, risk, heat))
            return
        self._recent.append((end, risk, heat))
        while self._recent[0][0] <= end - 2 * self._reach - 1:  # a hold, too, lies between a start and its telling
            self._recent.popleft()

    def placed(self, event: Event) -> Event:
        """`event`, which is of this kind, with its place as far as it is known."""
        if self._hottest is None:
            for step in self._recent:
                if step[0] > event.started - self._reach:
                    self._take(step)
            self._recent.clear()
        placed = event if self._place is None else replace(event, place=self._place)
        if event.ended is not None:
            self._hottest = self._place = None
        return placed

    def _take(self, step: _Step) -> None:
        if self._hottest is None or step[1] > self._hottest[1]:
            self._hottest, self._place = step, place_of(step[2])

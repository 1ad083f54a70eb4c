"""A risk told cell by cell, as a trailing mean: an exact function of time, however the cells are cut."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Slope:
    """On [start, end), t seconds after `start`, the value is (amount + gain * t) / (length + growth * t): it rises,
    falls or stays. `amount` is the integral of the risk over the `length` seconds before `start`.
    """

    start: Fraction
    end: Fraction
    amount: Fraction
    gain: Fraction
    length: Fraction
    growth: int

    def value(self, time: Fraction) -> Fraction:
        """At `time`, `end` included: what the value comes to there."""
        passed = time - self.start
        length = self.length + self.growth * passed
        return (self.amount + self.gain * passed) / length if length else self.gain

    def most(self, start: Fraction, end: Fraction) -> Fraction:
        """The highest value on [start, end]."""
        return max(self.value(start), self.value(end))

    def cut(self, levels: Iterable[Fraction]) -> Iterator[tuple[Fraction, Fraction]]:
        """[start, end) in stretches on each of which the value crosses none of the levels."""
        crossings = {crossing for level in levels for crossing in self._crossings(level)}
        return pairwise(sorted({self.start, *crossings, self.end}))

    def _crossings(self, level: Fraction) -> Iterator[Fraction]:
        if turn := self.gain - level * self.growth:
            time = self.start + (level * self.length - self.amount) / turn
            if self.start < time < self.end:
                yield time


class Trailing:
    """The mean over the `window` seconds before each moment, or over as many as were told since `clear`; the risk
    itself for a window of 0.
    """

    def __init__(self, window: Fraction) -> None:
        self._window = window
        self.clear()

    def clear(self) -> None:
        self._cells: deque[tuple[Fraction, Fraction]] = deque()  # end and risk of what lies in the window
        self._length = self._amount = Fraction(0)

    def slopes(self, start: Fraction, end: Fraction, risk: Fraction) -> Iterator[Slope]:
        """[start, end), which follows what was told before, in stretches of one formula."""
        if not self._window:
            yield Slope(start, end, risk, Fraction(0), Fraction(1), growth=0)
            return
        self._cells.append((end, risk))
        while start < end:
            slope = self._slope(start, end, risk)
            yield slope
            passed = slope.end - start
            self._amount += slope.gain * passed
            self._length += slope.growth * passed
            start = slope.end
            while self._cells[0][0] <= start - self._window:
                self._cells.popleft()

    def _slope(self, start: Fraction, end: Fraction, risk: Fraction) -> Slope:
        """From `start` until the window is full, or until another risk leaves it."""
        if self._length < self._window:
            full = start + self._window - self._length
            return Slope(start, min(end, full), self._amount, risk, self._length, growth=1)
        leaves, left = self._cells[0]
        return Slope(start, min(end, leaves + self._window), self._amount, risk - left, self._length, growth=0)

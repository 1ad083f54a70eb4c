"""A camera's stamps on one axis of seconds that goes on by the wall clock, whatever the camera's own clock does."""

from __future__ import annotations

import math
from fractions import Fraction

_LEAP = 10  # seconds; a stamp further off than a stalled network explains: the camera has set its clock
_WINDOW = 60  # seconds in which at least one packet comes without delay, so that the least delay tells the drift
_DRIFT = Fraction(1, 2)  # seconds; what is less is left alone, as each correction is a gap


class Axis:
    """Second 0 is when the first packet came, on a clock that all processes of this machine share (time.monotonic).

    Within a connection the camera's stamps say how far pictures are apart. Where second `n` lies is corrected, in one
    step, when for a minute all packets came more than 0.5 s too late or too early: cameras' clocks drift by seconds a
    day, and a camera that first sends what it had stored seems to be ahead.
    """

    def __init__(self, zero: Fraction | None = None) -> None:
        self.zero = zero
        self.connect()

    def connect(self) -> None:
        """The next stamp belongs to a new connection, whose stamps have nothing to do with those before."""
        self._shift: Fraction | None = None
        self._least: Fraction | None = None
        self._since = Fraction(0)

    def shift(self, stamp: Fraction, arrival: Fraction) -> Fraction:
        """What to add to stamps from this packet on, which came at `arrival` on the shared clock; all in seconds."""
        if self.zero is None:
            self.zero = arrival
        now = arrival - self.zero
        if self._shift is None or abs(now - stamp - self._shift) > _LEAP:
            return self._set(now - stamp, now)
        delay = now - stamp - self._shift
        self._least = delay if self._least is None else min(delay, self._least)
        if now - self._since < _WINDOW:
            return self._shift
        drift = self._least if abs(self._least) > _DRIFT else Fraction(0)
        return self._set(self._shift + drift, now)

    def _set(self, shift: Fraction, now: Fraction) -> Fraction:
        self._shift, self._since, self._least = shift, now, None
        return shift


class Ticks:
    """Which k / rate a picture is on screen at, each k given once and in order, over gaps and reconnections."""

    def __init__(self, rate: Fraction, first: int = 0) -> None:
        self._rate, self._next = rate, first

    def during(self, start: Fraction, end: Fraction) -> range:
        """The k not given before with k / rate in [start, end) seconds."""
        first = max(self._next, math.ceil(start * self._rate))
        self._next = max(first, math.ceil(end * self._rate))
        return range(first, self._next)

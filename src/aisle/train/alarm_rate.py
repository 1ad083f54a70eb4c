"""Where the threshold must lie for a wished number of false alarms a day, from normal video that is much shorter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.analysis.noticing import THRESHOLD, risk
from aisle.core import InputError, UsageError
from aisle.events.alarm import Alarm, Policy

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

DAY = 86_400
LEVELS = 10
"""Thresholds at which normal video is replayed."""

ENOUGH = 4
"""Alarms at a threshold from which its rate is trusted."""

PIECE = 60
"""Seconds of video that are drawn together to tell how sure a rate is."""

FINE = 256
"""Steps of risk that are told apart: an alarm reckons in exact fractions, which are quick while they are simple."""

SELDOM = 1e-3
"""Alarms a day, one in three years, below which nothing is told apart."""

DRAWS = 200
LEAST_FALL = 0.1
"""How much the logarithm of the rate falls at least when the surprise of an alarm is raised by 1."""


@dataclass(frozen=True, slots=True)
class Knee:
    """The surprise of an alarm, `value`, at which normal video raises `a_day` alarms in a day: between `low` and `high`
    in nine of ten draws of the `hours` of video at hand. `extrapolated` where that video is too short to have had so
    few.
    """

    value: float
    a_day: float
    low: float
    high: float
    hours: float
    extrapolated: bool

    def told(self) -> str:
        """In a sentence."""
        how = "extrapolated from" if self.extrapolated else "counted on"
        hours = f"{self.hours:.1f} hours" if self.hours >= 1 else f"{60 * self.hours:.1f} minutes"
        sure = f"{self.low:.2g} to {self.high:.2g}" if self.low >= SELDOM else f"{self.high:.2g} or fewer"
        return f"about {self.a_day:.2g} false alarms a day, {how} {hours} of normal video; likely {sure}"


def knee_for(surprises: Sequence[Floats], step: Fraction, a_day: float) -> Knee:
    """From the `surprises` (N,) of normal videos that nothing was learnt from, whose steps last `step` seconds.

    The alarms that `Policy.prompt` raises are counted at several thresholds; beyond them the logarithm of their rate
    goes on falling as a line. Raises UsageError for no wished alarm, InputError for no video.
    """
    if not a_day > 0:
        raise UsageError("a threshold allows for some alarms", got=f"{a_day} a day", allowed="above 0, such as 0.1")
    pieces = [part for video in surprises for part in _pieces(video, max(round(PIECE / step), 1))]
    if not pieces:
        raise InputError("there is no normal video to find a threshold on", got="0 steps", allowed="1 or more")
    levels = _levels(np.concatenate(pieces))
    counts = np.array([[_alarms(piece, step, float(level)) for level in levels] for piece in pieces], np.float64)
    days = np.array([len(piece) * float(step) / DAY for piece in pieces])
    line = _line(levels, counts.sum(0), float(days.sum()))
    value = max(line.level(a_day), float(levels[0]))
    rng, rates = np.random.default_rng(0), []
    for _ in range(DRAWS):
        drawn = rng.integers(len(pieces), size=len(pieces))
        rates.append(_line(levels, counts[drawn].sum(0), float(days[drawn].sum())).rate(value))
    low, high = np.quantile(rates, [0.05, 0.95])
    hours = float(days.sum()) * 24
    return Knee(value, line.rate(value), float(low), float(high), hours, a_day * float(days.sum()) < ENOUGH)


@dataclass(frozen=True, slots=True)
class _Line:
    """The logarithm of alarms a day is `at` at the surprise `start`, and falls by `fall` for each 1 more."""

    start: float
    at: float
    fall: float

    def rate(self, level: float) -> float:
        return float(np.exp(self.at - self.fall * (level - self.start)))

    def level(self, rate: float) -> float:
        return self.start + (self.at - float(np.log(rate))) / self.fall


def _line(levels: Doubles, counts: Doubles, days: float) -> _Line:
    """Through the logarithms of the rates at the levels with `ENOUGH` alarms, those with more counting more."""
    usable = counts >= min(ENOUGH, max(float(counts.max()), 1))
    usable[: int(counts.argmax())] = False  # lower down, alarms that never end make for fewer
    x, y, weight = levels[usable], np.log(np.maximum(counts[usable], 0.5) / days), np.maximum(counts[usable], 0.5)
    if len(x) == 0:
        return _Line(float(levels[0]), float(np.log(0.5 / days)), 1.0)
    middle, height = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = float(np.average(np.square(x - middle), weights=weight))
    slope = float(np.average((x - middle) * (y - height), weights=weight)) / spread if spread > 0 else -1.0
    return _Line(float(middle), float(height), max(-slope, LEAST_FALL))


def _levels(surprises: Floats) -> Doubles:
    low, high = float(np.quantile(surprises, 0.5)), float(surprises.max())
    low = max(low, 1e-3)
    return np.linspace(low, max(high, low * 1.01), LEVELS)


def _pieces(video: Floats, length: int) -> list[Floats]:
    return [video[first : first + length] for first in range(0, len(video), length)]


def _alarms(surprises: Floats, step: Fraction, knee: float) -> int:
    alarm = Alarm("", "", Policy.prompt(THRESHOLD))
    risks = (np.rint(risk(surprises, knee) * FINE) / FINE).tolist()
    events = [
        event for number, one in enumerate(risks) for event in alarm.update(number * step, (number + 1) * step, one)
    ]
    return len({event.id for event in events})

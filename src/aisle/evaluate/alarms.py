"""How soon what is unusual is told of, and how many alarms are false. Times are seconds, lists by video."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

import numpy as np

from aisle.core import UsageError
from aisle.evaluate.figures import Bools, Floats, known

Span = tuple[Fraction, Fraction]
"""[start, end) seconds."""

RECALL = 0.8
"""The share of what is unusual that has to be found where alarms per hour are told."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm of [started, ended) seconds that was first told of at `known`."""

    started: Fraction
    known: Fraction
    ended: Fraction

    def __post_init__(self) -> None:
        if not self.started <= self.known <= self.ended:
            got = f"started {self.started}, known {self.known}, ended {self.ended}"
            raise UsageError("an alarm starts, is known and ends in this order", got=got)


def delay(event: Span, alarms: Sequence[Told], *, grace: Fraction = Fraction(0)) -> Fraction | None:
    """Seconds from the start of `event` until the first alarm that overlaps it is known; None where none does.

    An alarm may start up to `grace` seconds after the event's end, as smoothing makes it late. One that was known
    before the event started has no delay, though it may have been raised by something else.
    """
    start, end = event
    met = [alarm for alarm in alarms if alarm.started < end + grace and alarm.ended > start]
    return max(min(alarm.known for alarm in met) - start, Fraction(0)) if met else None


@dataclass(frozen=True, slots=True)
class AlarmFigures:
    """`found` of `events` met an alarm, after `delay_mean` and `delay_median` seconds; nan where none did.

    `false` of the `alarms` met no event: `false_per_hour` of all footage, `hours` of it.
    """

    events: int
    found: int
    delay_mean: float
    delay_median: float
    alarms: int
    false: int
    hours: float

    @property
    def false_per_hour(self) -> float:
        return self.false / self.hours if self.hours else math.nan

    @property
    def false_per_day(self) -> float:
        return 24 * self.false_per_hour


def alarm_figures(
    events: Sequence[Sequence[Span]],
    alarms: Sequence[Sequence[Told]],
    footage: Sequence[Fraction],
    *,
    grace: Fraction = Fraction(0),
) -> AlarmFigures:
    """Of videos that last `footage` seconds each. Raises UsageError where the three are not of as many videos."""
    if not len(events) == len(alarms) == len(footage):
        got = f"{len(events)}, {len(alarms)} and {len(footage)}"
        raise UsageError("events, alarms and footage are of other videos", got=got, allowed="one entry a video in each")
    delays = [delay(event, told, grace=grace) for true, told in zip(events, alarms, strict=True) for event in true]
    found = np.array([float(one) for one in delays if one is not None])
    false = [
        alarm
        for true, told in zip(events, alarms, strict=True)
        for alarm in told
        if all(delay(event, [alarm], grace=grace) is None for event in true)
    ]
    return AlarmFigures(
        events=len(delays),
        found=len(found),
        delay_mean=float(found.mean()) if len(found) else math.nan,
        delay_median=float(np.median(found)) if len(found) else math.nan,
        alarms=sum(map(len, alarms)),
        false=len(false),
        hours=float(sum(footage, Fraction(0))) / 3600,
    )


@dataclass(frozen=True, slots=True)
class AtRecall:
    """At the highest `threshold` that finds the wished share, `recall` is found, with `false` alarms in `hours`.

    All nan, and no false alarm, where there is nothing to find.
    """

    threshold: float
    recall: float
    false: int
    hours: float

    @property
    def per_hour(self) -> float:
        return self.false / self.hours if self.hours and not math.isnan(self.threshold) else math.nan

    def to_json(self) -> dict[str, float | int | None]:
        """With the wished share, which is the usual one, and null for what is undefined."""
        told = {name: known(value) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return told | {"wished": RECALL, "false_per_hour": known(self.per_hour)}


def clips_at_recall(scores: Floats, truth: Bools, lengths: Floats, recall: float = RECALL) -> AtRecall:
    """Of clips (N,) of `lengths` seconds (N,): each normal clip at or above the threshold is a false alarm; hours are
    those of normal clips. Raises UsageError unless 0 < recall <= 1.
    """
    scores, truth = np.asarray(scores, np.float64), np.asarray(truth, np.bool_)
    hours = float(np.asarray(lengths, np.float64)[~truth].sum()) / 3600
    threshold = _threshold(scores[truth], recall)
    found = float((scores[truth] >= threshold).mean()) if truth.any() else math.nan
    return AtRecall(threshold, found, int((scores[~truth] >= threshold).sum()), hours)


def events_at_recall(
    scores: Sequence[Floats],
    events: Sequence[Sequence[Span]],
    step: Fraction,
    *,
    recall: float = RECALL,
    apart: Fraction = Fraction(0),
) -> AtRecall:
    """Of videos with a score each `step` seconds: an event is found where a step within it is at or above the
    threshold. Each run of such steps that meets no event is one false alarm; runs less than `apart` seconds from each
    other are one. Hours are those in which there is no event.
    """
    inside = [_inside(len(each), true, step) for each, true in zip(scores, events, strict=True)]
    highest = [
        float(each[rows].max())
        for each, own in zip(scores, inside, strict=True)
        for rows in own
        if rows.stop > rows.start
    ]
    threshold = _threshold(np.array(highest), recall)
    found = float(np.mean(np.array(highest) >= threshold)) if highest else math.nan
    false, quiet = 0, 0
    for each, own in zip(scores, inside, strict=True):
        quiet += len(each) - sum(rows.stop - rows.start for rows in own)
        for run in _runs(np.asarray(each) >= threshold, int(apart / step)):
            false += not any(run.start < rows.stop and rows.start < run.stop for rows in own)
    return AtRecall(threshold, found, false, float(quiet * step) / 3600)


def _threshold(unusual: Floats, recall: float) -> float:
    """The highest that the wished share of `unusual` (N,) reaches; nan of none."""
    if not 0 < recall <= 1:
        raise UsageError("a recall is a share", got=recall, allowed="0 < recall <= 1")
    # A count like 0.8 * 5 may come out as 4.000000000000001, and would ask for one more.
    return float(np.sort(unusual)[::-1][math.ceil(recall * len(unusual) - 1e-9) - 1]) if len(unusual) else math.nan


def _inside(count: int, events: Sequence[Span], step: Fraction) -> list[slice]:
    """The steps whose middle lies in each event."""
    half = Fraction(1, 2)
    return [
        slice(min(max(math.ceil(start / step - half), 0), count), min(math.ceil(end / step - half), count))
        for start, end in events
    ]


def _runs(up: Bools, apart: int) -> Iterator[slice]:
    """Runs of True; those with fewer than `apart` steps between them are one."""
    at = np.flatnonzero(up)
    if not len(at):
        return
    breaks = np.flatnonzero(np.diff(at) > max(apart, 1))
    for first, last in zip(np.append(at[0], at[breaks + 1]), np.append(at[breaks], at[-1]), strict=True):
        yield slice(int(first), int(last) + 1)

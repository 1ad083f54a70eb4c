"""What becomes of the camera itself as events, by policies of their own."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from aisle.analysis.drift import COVERED, DARK, FROZEN, KINDS, LOOK, MOVED, Drift
from aisle.core import Event, Frame, Segment
from aisle.events.alarm import Alarm, Policy


def _policy(*, hold: int, linger: int) -> Policy:
    return Policy(0.6, 0.4, Fraction(hold), Fraction(linger), cooldown=Fraction(10), smooth=Fraction(0))


POLICIES = {
    COVERED: _policy(hold=2, linger=2),  # somebody who passes right before the lens is gone sooner
    DARK: _policy(hold=2, linger=2),
    MOVED: _policy(hold=1, linger=1),
    FROZEN: _policy(hold=60, linger=0),
}

OF_FILES = (COVERED, DARK, MOVED)
"""A file that stands still was recorded so."""


class DriftAlarms:
    """Takes the pictures of one camera, in order, and gives events of `kinds`; `clock` is as an `Event` has it."""

    def __init__(self, camera: str, kinds: Sequence[str] = KINDS, *, clock: Fraction | None = None) -> None:
        self._drift = Drift()
        self._alarms = {kind: Alarm(camera, kind, POLICIES[kind], clock=clock) for kind in kinds}
        self._told = Fraction(0)

    def push(self, frame: Frame) -> tuple[Event, ...]:
        """What started, went on or ended with this frame."""
        risks = self._drift.push(frame)
        if risks is None:
            return ()
        start = max(self._told, frame.time - 2 * LOOK)  # of a gap nothing is known
        self._told = frame.time
        if start >= frame.time:
            return ()
        return tuple(
            event
            for kind, alarm in self._alarms.items()
            for event in alarm.update(start, frame.time, min(risks[kind], 1.0))
        )

    def finish(self) -> tuple[Event, ...]:
        """What ends because there are no more pictures."""
        return tuple(event for alarm in self._alarms.values() for event in alarm.finish())


class DriftOfFile:
    """The same of a whole video: takes its frames, and then knows the stretches."""

    def __init__(self) -> None:
        self._alarms = DriftAlarms("", OF_FILES)
        self._ended: list[Event] = []

    def push(self, frame: Frame) -> None:
        self._ended += [event for event in self._alarms.push(frame) if event.ended is not None]

    def finish(self) -> tuple[Segment, ...]:
        """In order of time; a stretch's score is how sure it was at most, 0 to 1."""
        self._ended += self._alarms.finish()
        found = (Segment(event.started, event.updated, event.kind, event.peak) for event in self._ended)
        return tuple(sorted(found, key=lambda segment: (segment.start, segment.label)))

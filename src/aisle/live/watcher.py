"""Pictures of one camera in, events out, with the same Analyzer as for files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from aisle.analysis.analyzer import Analyzer, Floats
from aisle.analysis.backbone import Backbone
from aisle.analysis.drift_alarms import DriftAlarms
from aisle.core import Event, Frame, UsageError
from aisle.events.alarm import Alarm, Policy
from aisle.live.trail import Trail

PIECE, HURRIED = 16, 64
"""Frames computed at once: 0.64 s at 25 a second, and where more than `BEHIND` seconds of them wait already, so many
that the network runs a seventh faster.
"""

BEHIND = Fraction(1)


class Watcher:
    """`kinds` are the labels to warn of, each by its own policy; with `drift`, also of the camera itself: covered,
    dark, moved or frozen (`aisle.analysis.drift_alarms`).

    Where pictures are missing, the network starts anew behind the gap. An event outlasts a short gap (`Alarm.gap`).
    """

    def __init__(
        self,
        model: Backbone,
        camera: str,
        kinds: Mapping[str, Policy],
        *,
        clock: Callable[[], Fraction | None] = lambda: None,
        piece: int = PIECE,
        drift: bool = True,
    ) -> None:
        """`clock` gives the Unix time of second 0, once there was a picture.

        Raises UsageError for kinds that the model does not know, or none.
        """
        if not kinds:
            raise UsageError("nothing to warn of", got="no kinds", allowed=", ".join(model.labels))
        self._model, self._camera, self._piece, self._clock = model, camera, piece, clock
        self._kinds = {model.labels.index(kind): policy for kind, policy in kinds.items()}
        self._alarms: dict[int, Alarm] = {}
        self._trails = {index: Trail(policy.smooth + policy.hold) for index, policy in self._kinds.items()}
        self._watches_drift, self._drift = drift, DriftAlarms(camera, ())
        self._analyzer: Analyzer | None = None
        self._origin = self.judged = Fraction(0)
        """Seconds up to which the risk is known."""
        self.gaps = 0
        """How often pictures were missing."""
        self.frames = self.steps = 0
        """How many were looked at, and for how many steps the risk is known."""
        self.inference_s = 0.0

    @property
    def risks(self) -> dict[str, float]:
        """The latest smoothed risk of each kind, 0 to 1."""
        return {self._model.labels[index]: self._alarms[index].risk if self._alarms else 0.0 for index in self._kinds}

    def push(self, frame: Frame, *, behind: Fraction = Fraction(0)) -> tuple[Event, ...]:
        """Events that started, were updated or ended with this frame, whose time lies on the model's grid of times.

        `behind` is how many seconds of frames wait already.
        """
        events: tuple[Event, ...] = ()
        if not self._alarms:
            self._alarms = self._new_alarms()
            if self._watches_drift:
                self._drift = DriftAlarms(self._camera, clock=self._clock())
        self.frames += 1
        if self._analyzer is not None and frame.time != self._due(self._analyzer):
            self.gaps += 1
            events = self._end_stretch(frame.time)
        if self._analyzer is None:
            self._analyzer = Analyzer(self._model, piece=self._piece, keep=False)
            self._origin = self.judged = frame.time
        self._analyzer.piece = HURRIED if behind > BEHIND else self._piece
        before = self._analyzer.inference_s
        rows = self._analyzer.push(replace(frame, time=frame.time - self._origin))
        self.inference_s += self._analyzer.inference_s - before
        return events + self._judge(rows, self._analyzer.latest) + self._drift.push(frame)

    def finish(self) -> tuple[Event, ...]:
        """What ends because there are no more pictures."""
        return self._end_stretch(None) + self._drift.finish()

    def _new_alarms(self) -> dict[int, Alarm]:
        clock, labels = self._clock(), self._model.labels
        return {index: Alarm(self._camera, labels[index], policy, clock=clock) for index, policy in self._kinds.items()}

    def _due(self, analyzer: Analyzer) -> Fraction:
        return self._origin + analyzer.frames / self._model.reads.rate

    def _end_stretch(self, until: Fraction | None) -> tuple[Event, ...]:
        if self._analyzer is None:
            return ()
        ended = self._judge(self._analyzer.end(), self._analyzer.latest, until)
        self._analyzer = None
        for index, alarm in self._alarms.items():
            ended += self._placed(index, alarm.finish() if until is None else alarm.gap(until))
        return ended

    def _judge(self, rows: Floats, heat: Floats | None, until: Fraction | None = None) -> tuple[Event, ...]:
        """The last step of a stretch is filled up, and may reach past `until`, where the next one begins."""
        step = self._model.steps.stride / self._model.reads.rate / self._model.answers.pieces
        events: list[Event] = []
        for number, row in enumerate(rows):
            start, end = self.judged, self.judged + step
            self.judged = end if until is None else min(end, until)
            if self.judged <= start:
                break
            self.steps += 1
            for index, alarm in self._alarms.items():
                risk = min(float(row[index]), 1.0)
                if heat is not None:
                    self._trails[index].step(self.judged, risk, heat[number])
                events += self._placed(index, alarm.update(start, self.judged, risk))
        return tuple(events)

    def _placed(self, index: int, events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(map(self._trails[index].placed, events))


def kinds_of(model: Backbone, kinds: Sequence[str] = (), *, threshold: float | None = None) -> dict[str, Policy]:
    """What to warn of and from which risk on, as promptly as the model `answers`: `kinds`, else the second class of a
    model with a threshold of its own.

    Raises UsageError where neither says it, UnknownNameError for a class that the model does not have.
    """
    wanted = tuple(kinds) or (() if model.answers.threshold is None else (model.labels[1],))
    if not wanted:
        allowed = ", ".join(model.labels) if len(model.labels) < 40 else f"{len(model.labels)} classes"
        raise UsageError(
            f"{model.name} has no alarm of its own",
            got="no kind",
            allowed=allowed,
            do="name one of them, or take a model of two classes",
        )
    for kind in wanted:
        model.labels.index(kind)
    level = threshold if threshold is not None else model.answers.threshold
    if level is None:
        raise UsageError(f"{model.name} has no threshold", got="none", allowed="0 to 1", do="give one, such as 0.5")
    return dict.fromkeys(wanted, (Policy.prompt if model.answers.prompt else Policy.usual)(level))

"""When a risk becomes an event: it stays over a threshold long enough, lasts, and ends once. Exact times throughout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self
from uuid import uuid4

from aisle.core import Event, UsageError
from aisle.events.smooth import Slope, Trailing

BETWEEN_UPDATES = Fraction(1)
"""Seconds from one news of an event that lasts to the next."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes an event of a risk, all in seconds but the two levels, which are risks from 0 to 1.

    The risk is read as its mean over the last `smooth` seconds. An event starts where that reached `threshold`, once it
    stayed there for `hold`. It ends where it fell below `release`, once it stayed there for `linger`. None starts
    sooner than `cooldown` after the end of the one before.
    """

    threshold: float
    release: float
    hold: Fraction
    linger: Fraction
    cooldown: Fraction
    smooth: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.release <= self.threshold <= 1:
            got = f"release {self.release}, threshold {self.threshold}"
            raise UsageError("an alarm's levels are out of order", got=got, allowed="0 <= release <= threshold <= 1")
        for name in ("hold", "linger", "cooldown", "smooth"):
            if getattr(self, name) < 0:
                raise UsageError(f"an alarm's {name} is negative", got=getattr(self, name), allowed="0 seconds or more")

    @classmethod
    def usual(cls, threshold: float) -> Self:
        """Released at 0.7 of the threshold, and patient enough for one alarm where there is one incident."""
        return cls(
            threshold,
            release=0.7 * threshold,
            hold=Fraction(1),
            linger=Fraction(3),
            cooldown=Fraction(30),
            smooth=Fraction(2),
        )

    @classmethod
    def prompt(cls, threshold: float) -> Self:
        """As usual, but for half a second of smoothing and no holding: a risk that jumps to 1 is told of within half a
        second. For risks whose threshold was set so that single peaks over it are rare.
        """
        return replace(cls.usual(threshold), hold=Fraction(0), smooth=Fraction(1, 2))


def _random_id() -> str:
    return uuid4().hex


class Alarm:
    """The events of one `kind` before one camera, of which at most one is open at a time.

    What is told depends on the risk at each moment alone, never on how `update` cuts it into cells. `risk` is the
    smoothed risk now, 0 where nothing is known. `suppressed` counts how often the risk stayed up for `hold` within a
    cooldown: no event comes of that, but a risk that is still up when the cooldown ends is held from there.
    """

    def __init__(
        self,
        camera: str,
        kind: str,
        policy: Policy,
        *,
        clock: Fraction | None = None,
        new_id: Callable[[], str] = _random_id,
    ) -> None:
        self._camera, self._kind, self._policy, self._clock, self._new_id = camera, kind, policy, clock, new_id
        self._threshold, self._release = Fraction(policy.threshold), Fraction(policy.release)
        self._trailing = Trailing(policy.smooth)
        self._now = Fraction(0)
        self._up: Fraction | None = None  # since when the risk is over the threshold, while no event is open
        self._counted = False
        self._event: Event | None = None  # the open one, as it was last told
        self._lasts = self._next = self._calm = Fraction(0)  # seen to last until; next update; end of the cooldown
        self._peak = Fraction(0)
        self.risk = 0.0
        self.suppressed = 0

    def update(self, start: Fraction, end: Fraction, risk: float) -> tuple[Event, ...]:
        """The risk, 0 to 1, was `risk` on [start, end) seconds. Returns what is new, in order.

        A start, then one update for each second, then one end. A cell that begins after the end of the one before
        leaves a gap. Raises UsageError for one that begins before it, is empty, or has no risk.
        """
        if not self._now <= start < end:
            raise UsageError("cells of risk follow each other", got=f"[{start}, {end}) after {self._now}")
        if not 0 <= risk <= 1:
            raise UsageError("a risk is a probability", got=risk, allowed="0 to 1")
        news = list(self.gap(start))
        for slope in self._trailing.slopes(start, end, Fraction(risk)):
            for first, last in slope.cut((self._threshold, self._release)):
                news += self._live(slope, first, last)
            self.risk = float(slope.value(slope.end))
        self._now = end
        return tuple(news)

    def gap(self, until: Fraction) -> tuple[Event, ...]:
        """Nothing is known of the time from the last cell to `until`, where smoothing and holding begin anew.

        An open event outlasts a gap shorter than `linger`, and otherwise ends where it was last seen to last.
        """
        if until <= self._now:
            return ()
        self._now, self._up, self.risk = until, None, 0.0
        self._trailing.clear()
        return tuple(self._below(until)) if self._event else ()

    def finish(self) -> tuple[Event, ...]:
        """Nothing follows: an open event ends where it was last seen to last."""
        self._up = None
        return tuple(self._end()) if self._event else ()

    def _live(self, slope: Slope, first: Fraction, last: Fraction) -> Iterator[Event]:
        """[first, last), on which the risk stays on its side of both levels."""
        risk = slope.value((first + last) / 2)
        if self._event is None and risk >= self._threshold:
            yield from self._above(slope, first, last)
        elif self._event is None:
            self._up = None
        elif risk >= self._release:
            yield from self._during(slope, first, last)
        else:
            yield from self._below(last)

    def _above(self, slope: Slope, first: Fraction, last: Fraction) -> Iterator[Event]:
        if self._up is None:
            self._up, self._peak, self._counted = first, Fraction(0), False
        started = max(self._up, self._calm)
        known = started + self._policy.hold
        self._count(last)
        if started <= last:
            self._peak = max(self._peak, slope.most(max(first, started), min(known, last)))
        if known <= last:
            self._event = Event(
                self._new_id(), self._camera, self._kind, started, known, None, float(self._peak), self._clock
            )
            self._lasts, self._next, self._up = known, known + BETWEEN_UPDATES, None
            yield self._event
            yield from self._during(slope, known, last)

    def _count(self, last: Fraction) -> None:
        """One alarm not given, where the cooldown alone stands in its way."""
        if self._up is not None and not self._counted and self._up < self._calm:
            self._counted = self._up + self._policy.hold <= min(last, self._calm)
            self.suppressed += self._counted

    def _during(self, slope: Slope, first: Fraction, last: Fraction) -> Iterator[Event]:
        while self._event and self._next <= last:
            if self._next > first:
                self._peak = max(self._peak, slope.most(first, self._next))
                self._event = replace(self._event, updated=self._next, peak=float(self._peak))
                yield self._event
            self._next += BETWEEN_UPDATES
        self._peak, self._lasts = max(self._peak, slope.most(first, last)), last

    def _below(self, last: Fraction) -> Iterator[Event]:
        if self._lasts + self._policy.linger <= last:
            yield from self._end()

    def _end(self) -> Iterator[Event]:
        if self._event:
            event, self._event = self._event, None
            self._calm = self._lasts + self._policy.cooldown
            yield replace(event, updated=self._lasts, ended=self._lasts, peak=float(self._peak))

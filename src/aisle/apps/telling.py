"""What `aisle watch` tells of a camera, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.apps.gauge import Gauge
from aisle.core import AisleError, Event, clock
from aisle.core.unusual import corner

if TYPE_CHECKING:
    from aisle.media.camera import CameraState


class Teller:
    """Listens to one camera (`aisle.live.watch.Listener`)."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._started: set[str] = set()
        self.events = 0
        self._lost = False

    def risks(self, time: Fraction, risks: Mapping[str, float]) -> None:
        """See aisle.live.watch.Listener."""
        self._gauge.show(time, risks)

    def event(self, event: Event) -> None:
        """See aisle.live.watch.Listener; a line for the start and one for the end."""
        if event.id not in self._started:
            self._started.add(event.id)
            self.events += 1
            place = "" if event.place is None else f", {corner(event.place)}"
            self._gauge.tell(f"{clock(event.started)}  {event.kind} at {event.camera}, risk {event.peak:.0%}{place}")
        if event.ended is not None:
            self._started.remove(event.id)
            lasted = float(event.ended - event.started)
            self._gauge.tell(f"{clock(event.ended)}  {event.kind} over after {lasted:.1f} s, at most {event.peak:.0%}")

    def evidence(self, event: Event, clip: Path, start: Fraction) -> None:
        """See aisle.live.watch.Listener."""
        if event.ended is not None:
            self._gauge.note(f"clip: {clip}, from {clock(start)} on")

    def failed(self, event: Event, error: AisleError) -> None:
        """See aisle.live.watch.Listener."""
        self._gauge.note(f"{event.kind} at {clock(event.started)}: {error}")

    def state(self, state: CameraState) -> None:
        """What has become of the camera; that it is there the gauge shows."""
        if state.kind == "lost":
            again = f"; next try in {state.next_try:.0f} s" if state.next_try is not None else ""
            self._gauge.note(f"the camera is lost: {state.reason}{again}")
        elif state.kind == "live" and self._lost:
            self._gauge.note("the camera is back")
        self._lost = state.kind == "lost" or (self._lost and state.kind != "live")

    def sum_up(self, dropped: int, gaps: int) -> None:
        """The last word: how many alarms, and what was not seen."""
        missed = f"; {dropped} pictures dropped, {gaps} gaps" if dropped or gaps else ""
        self._gauge.note(f"{self.events} alarm{'' if self.events == 1 else 's'}{missed}")

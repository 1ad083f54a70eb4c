"""A camera's pictures through a watcher, until the camera ends; who listens is told of all that happens."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from aisle.core import AisleError, Event
from aisle.live.watcher import Watcher
from aisle.media.camera import Camera


class Listener(Protocol):
    """Hears of one camera; called from the threads that watch it."""

    def risks(self, time: Fraction, risks: Mapping[str, float]) -> None:
        """The smoothed risk of each kind, known up to `time` seconds of the camera."""
        ...

    def event(self, event: Event, evidence: Path | None) -> None:
        """`event` has started, was updated or has ended. `evidence` is its clip, which may still be being written."""
        ...

    def evidence(self, event: Event, clip: Path, start: Fraction) -> None:
        """The clip of `event` lies at `clip`, first up to its start, and once it has ended, all of it.

        Its first picture was taken at `start` seconds of the camera.
        """
        ...

    def failed(self, event: Event, error: AisleError) -> None:
        """The clip of `event` could not be written."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Clips go into `folder`, from `before` seconds before an event until `after` seconds after it, at most `longest`
    in all.
    """

    folder: Path
    before: Fraction = Fraction(5)
    after: Fraction = Fraction(5)
    longest: Fraction = Fraction(60)

    def clip(self, event: Event) -> Path:
        return self.folder / f"{event.id}.mp4"

    def span(self, event: Event) -> tuple[Fraction, Fraction]:
        """What of the camera's time the clip shows. While the event lasts, what is known of it so far."""
        start = max(event.started - self.before, Fraction(0))
        after = self.after if event.ended is not None else Fraction(0)
        return start, min(event.updated + after, start + self.longest)


def watch(camera: Camera, watcher: Watcher, listener: Listener, *, evidence: Evidence | None = None) -> None:
    """Runs until the camera ends or is closed. The risk is told each time that more of it is known."""
    told, shown = Fraction(-1), set[str]()
    with ThreadPoolExecutor(1, thread_name_prefix="evidence") as writing:

        def tell(events: tuple[Event, ...]) -> None:
            for event in events:
                listener.event(event, evidence.clip(event) if evidence else None)
                if evidence and (event.ended is not None or event.id not in shown):  # not for each update
                    writing.submit(_write, camera, event, evidence, listener)
                shown.add(event.id)
                if event.ended is not None:
                    shown.remove(event.id)

        for frame in camera:
            tell(watcher.push(frame))
            if watcher.judged != told:
                told = watcher.judged
                listener.risks(told, watcher.risks)
        tell(watcher.finish())


def _write(camera: Camera, event: Event, evidence: Evidence, listener: Listener) -> None:
    start, end = evidence.span(event)
    try:
        begins, _ = camera.evidence(start, end, evidence.clip(event))
    except AisleError as error:
        listener.failed(event, error)
    else:
        listener.evidence(event, evidence.clip(event), begins)

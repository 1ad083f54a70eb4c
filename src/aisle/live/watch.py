"""A camera's pictures through a watcher, until the camera ends; listener and sinks are told of all that happens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from aisle.core import AisleError, Event, OutputError
from aisle.events.sink import Sink
from aisle.live.watcher import Watcher
from aisle.media.camera import Camera

log = logging.getLogger("aisle.live")

Blur = Callable[[Path, Path], None]
"""Writes a copy of the first to the second, in which nobody can be recognised."""

KNOWN_WITHIN = Fraction(30)
"""Seconds after which the end of an event is known at the latest: the model's window, and lingering."""


class Listener(Protocol):
    """Hears of one camera; called from the threads that watch it."""

    def risks(self, time: Fraction, risks: Mapping[str, float]) -> None:
        """The smoothed risk of each kind, known up to `time` seconds of the camera."""
        ...

    def event(self, event: Event) -> None:
        """`event` has started, was updated or has ended."""
        ...

    def evidence(self, event: Event, clip: Path, start: Fraction) -> None:
        """The clip of `event` lies at `clip`, first up to its start, and once it has ended, all of it.

        Its first picture was taken at `start` seconds of the camera.
        """
        ...

    def failed(self, event: Event, error: AisleError) -> None:
        """A clip of `event` could not be written, or a sink could not be told of it."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Clips go into `folder`, from `before` seconds before an event until `after` seconds after it, at most `longest`
    in all. With `blur`, which makes such a copy, only that is kept, and comes once the event is over, or as long as a
    clip may be.
    """

    folder: Path
    before: Fraction = Fraction(5)
    after: Fraction = Fraction(5)
    longest: Fraction = Fraction(60)
    blur: Blur | None = None

    @property
    def keep(self) -> Fraction:
        """Seconds of packets that a camera must keep: the longest clip, and the time until its end is known."""
        return self.longest + self.after + KNOWN_WITHIN

    def clip(self, event: Event) -> Path:
        return self.folder / f"{event.id}.mp4"

    def is_full(self, event: Event) -> bool:
        """Whether the clip shows all that it ever will, though the event may last."""
        return event.updated >= max(event.started - self.before, Fraction(0)) + self.longest

    def write(self, camera: Camera, event: Event) -> Fraction:
        """Writes the clip; returns the second of the camera that it begins with. Raises InputError, OutputError."""
        if self.blur is None:
            return camera.evidence(*self.span(event), self.clip(event))[0]
        plain = self.folder / f".{event.id}.mp4"
        try:
            start, _ = camera.evidence(*self.span(event), plain)
            self.blur(plain, self.clip(event))
            return start
        finally:
            plain.unlink(missing_ok=True)

    def span(self, event: Event) -> tuple[Fraction, Fraction]:
        """What of the camera's time the clip shows. While the event lasts, what is known of it so far."""
        start = max(event.started - self.before, Fraction(0))
        after = self.after if event.ended is not None else Fraction(0)
        return start, min(event.updated + after, start + self.longest)


def watch(
    camera: Camera,
    watcher: Watcher,
    listener: Listener,
    *,
    sinks: Sequence[Sink] = (),
    evidence: Evidence | None = None,
) -> None:
    """Runs until the camera ends or is closed. The risk is told each time that more of it is known.

    Sinks hear of the end of an event once its clip is whole, of everything else at once.
    """
    told = 0
    with ThreadPoolExecutor(1, thread_name_prefix="evidence") as writing:
        telling = _Telling(camera, listener, sinks, evidence, writing)
        try:
            for frame in camera:
                telling.tell(watcher.push(frame, behind=camera.lag))
                if watcher.steps != told:  # behind a gap nothing is known yet, which is not the same as calm
                    told = watcher.steps
                    listener.risks(watcher.judged, watcher.risks)
        finally:
            telling.tell(watcher.finish())


class _Telling:
    def __init__(
        self,
        camera: Camera,
        listener: Listener,
        sinks: Sequence[Sink],
        evidence: Evidence | None,
        writing: ThreadPoolExecutor,
    ) -> None:
        self._camera, self._listener, self._sinks = camera, listener, tuple(sinks)
        self._evidence, self._writing = evidence, writing
        self._clips: dict[str, _Clip] = {}  # of the open events

    def tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if self._evidence is None or event.ended is None:
                self._send(event, None)  # before the records, which may be slow
            self._listener.event(event)
            if self._evidence is not None:
                self._show(event, self._evidence)

    def _show(self, event: Event, evidence: Evidence) -> None:
        """A clip for the first news, one once it is as long as it may be, and one for the end."""
        first = event.id not in self._clips
        clip = self._clips.setdefault(event.id, _Clip())
        if event.ended is not None:
            del self._clips[event.id]
            self._writing.submit(self._end, event, evidence, clip)
        elif evidence.is_full(event) and not clip.is_full:
            clip.is_full = True
            self._writing.submit(self._write, event, evidence, clip)
        elif first and evidence.blur is None:
            self._writing.submit(self._write, event, evidence, clip)

    def _end(self, event: Event, evidence: Evidence, clip: _Clip) -> None:
        if clip.is_full and clip.start is not None:
            self._listener.evidence(event, evidence.clip(event), clip.start)
        else:
            self._write(event, evidence, clip)
        self._send(event, None if clip.start is None else evidence.clip(event))

    def _write(self, event: Event, evidence: Evidence, clip: _Clip) -> None:
        try:
            clip.start = evidence.write(self._camera, event)
            self._listener.evidence(event, evidence.clip(event), clip.start)
        except AisleError as error:
            self._listener.failed(event, error)
        except Exception as error:
            log.exception("a clip could not be written", extra={"event": event.id})
            self._listener.failed(event, OutputError("the clip could not be made", got=type(error).__name__))

    def _send(self, event: Event, clip: Path | None) -> None:
        for sink in self._sinks:
            try:
                sink.send(event, clip)
            except AisleError as error:  # a full disk does not end the watching
                self._listener.failed(event, error)


@dataclass(slots=True)
class _Clip:
    """Of one event: the second of the camera that it begins with, once it is written, and whether it is full."""

    start: Fraction | None = None
    is_full: bool = False

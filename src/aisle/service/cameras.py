"""The cameras that a service watches, each in a thread of its own; they share the models and take turns."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Lock, Thread

from aisle.analysis.embed import picture_size
from aisle.core import AisleError, Event, UsageError
from aisle.deploy.turns import Urgency
from aisle.events.alarm import Policy
from aisle.events.sink import Sink
from aisle.live.watch import Blur, Evidence, watch
from aisle.live.watcher import Watcher, kinds_of
from aisle.media.camera import LIMITS, Camera, CameraState
from aisle.media.limits import Limits
from aisle.service import records
from aisle.service.engine import Engine
from aisle.service.folder import DataFolder
from aisle.service.hub import Hub
from aisle.service.records import StreamRecord
from aisle.service.store import Store

MOST = 64
"""Cameras that one service takes."""

log = logging.getLogger("aisle.service.cameras")


@dataclass(frozen=True, slots=True)
class Status:
    """How a camera is at the moment.

    `judged_s` is up to when its risk is known, in seconds from its first picture, and `delay_s` how long ago that was;
    `frames` were looked at, `dropped` were given up to keep up, and `gaps` is how often pictures were missing.
    """

    state: str = "connecting"
    reason: str | None = None
    risks: Mapping[str, float] = field(default_factory=dict)
    threshold: float = 1.0
    judged_s: float = 0.0
    delay_s: float | None = None
    frames: int = 0
    dropped: int = 0
    gaps: int = 0


class Cameras:
    """Thread-safe. What is recorded as a stream is watched from `start` to `close`."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        folder: DataFolder,
        hub: Hub,
        *,
        sinks: Sequence[Sink] = (),
        blur: Blur | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._engine, self._store = engine, store
        self._shared = _Shared(engine, store, folder, hub, tuple(sinks), Evidence(folder.evidence, blur=blur), limits)
        self._watched: dict[str, _Watched] = {}
        self._lock = Lock()

    def start(self) -> None:
        for record in self._store.streams():
            self._begin(record)

    def add(self, *, name: str, source: str, model: str | None = None, threshold: float | None = None) -> StreamRecord:
        """Watches `source` from now on, and again whenever the service starts.

        Raises UnknownNameError for a model that is not there, UsageError for one without an alarm of its own where no
        threshold is given, and when there are too many cameras.
        """
        network = self._engine.model(model, Urgency.CAMERA)
        kinds_of(network, threshold=threshold)
        with self._lock:
            if len(self._watched) >= MOST:
                raise UsageError("no more cameras", got=len(self._watched), allowed=f"{MOST}", do="remove one first")
        record = self._store.add_stream(
            secrets.token_hex(8), name=name, source=source, model=network.name, threshold=threshold
        )
        self._begin(record)
        return record

    def remove(self, id_: str) -> bool:
        """False where there is no such camera. Its events stay."""
        removed = self._store.remove_stream(id_)
        with self._lock:
            watched = self._watched.pop(id_, None)
        if watched is not None:
            watched.close()
        return removed

    def status(self, id_: str) -> Status | None:
        with self._lock:
            watched = self._watched.get(id_)
        return watched.status if watched else None

    def picture(self, id_: str) -> bytes | None:
        """The latest picture as JPEG; None before the first, and for a camera that is not there."""
        with self._lock:
            watched = self._watched.get(id_)
        return watched.picture() if watched else None

    def close(self) -> None:
        with self._lock:
            watched, self._watched = tuple(self._watched.values()), {}
        for one in watched:
            one.end()
        for one in watched:
            one.close()

    def _begin(self, record: StreamRecord) -> None:
        try:
            watched = _Watched(record, self._shared)
        except AisleError as error:  # a model that is no longer served; the other cameras are watched all the same
            log.error("a camera cannot be watched", extra={"camera": record.name, "error": str(error)})
            return
        with self._lock:
            self._watched[record.id] = watched
        watched.start()


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all cameras of a service share."""

    engine: Engine
    store: Store
    folder: DataFolder
    hub: Hub
    sinks: tuple[Sink, ...]
    evidence: Evidence
    limits: Limits


class _Watched:
    """One camera, and what hears of it (`aisle.live.watch.Listener`)."""

    def __init__(self, record: StreamRecord, shared: _Shared) -> None:
        self._record, self._shared = record, shared
        self._model = shared.engine.model(record.model, Urgency.CAMERA)
        self._kinds: dict[str, Policy] = kinds_of(self._model, threshold=record.threshold)
        threshold = next(iter(self._kinds.values())).threshold
        self.status = Status(risks=dict.fromkeys(self._kinds, 0.0), threshold=threshold)
        self._camera = Camera(
            record.source,
            size=partial(picture_size, model=self._model),
            rate=self._model.reads.rate,
            keep=shared.evidence.keep,
            listener=self.state,
            limits=shared.limits,
        )
        self._known: set[str] = set()
        self._thread = Thread(target=self._watch, name=f"camera-{record.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """No more pictures; what is open ends, and its clip is still written."""
        self._camera.finish()

    def close(self) -> None:
        self.end()
        self._thread.join()

    def picture(self) -> bytes | None:
        return self._camera.picture()

    def _watch(self) -> None:
        try:
            with self._camera:
                self._watcher = Watcher(self._model, self._record.name, self._kinds, clock=lambda: self._camera.clock)
                watch(self._camera, self._watcher, self, sinks=self._shared.sinks, evidence=self._shared.evidence)
        except AisleError as error:
            log.error("a camera is no longer watched", extra={"camera": self._record.name, "error": str(error)})
            self._change(state="ended", reason=str(error))
        except Exception:
            log.exception("a camera is no longer watched", extra={"camera": self._record.name})
            self._change(state="ended", reason="it failed for a reason that is not in the camera")

    # --- what it hears

    def state(self, state: CameraState) -> None:
        """What has become of the camera."""
        self._change(state=state.kind, reason=state.reason or None)

    def risks(self, time_s: Fraction, risks: Mapping[str, float]) -> None:
        """See aisle.live.watch.Listener."""
        clock, watcher = self._camera.clock, self._watcher
        delay = None if clock is None else round(time.time() - float(clock + time_s), 3)
        self._change(
            risks=dict(risks),
            judged_s=float(time_s),
            delay_s=delay,
            frames=watcher.frames,
            dropped=self._camera.dropped,
            gaps=watcher.gaps,
        )

    def event(self, event: Event) -> None:
        """See aisle.live.watch.Listener."""
        try:
            if event.id in self._known:
                self._shared.store.update_event(event)
            else:
                self._shared.store.add_event(event)
                self._known.add(event.id)
        except AisleError as error:
            log.error("an event cannot be recorded", extra={"event": event.id, "error": str(error)})
        self._shared.hub.publish("event", {"id": event.id, "stream": self._record.id})
        if event.ended is not None:
            self._known.discard(event.id)

    def evidence(self, event: Event, clip: Path, start: Fraction) -> None:
        """See aisle.live.watch.Listener."""
        place = records.Evidence(str(clip.relative_to(self._shared.folder.root)), start)
        try:
            self._shared.store.update_event(event, place)
        except AisleError as error:
            log.error("a clip cannot be recorded", extra={"event": event.id, "error": str(error)})
        self._shared.hub.publish("event", {"id": event.id, "stream": self._record.id})

    def failed(self, event: Event, error: AisleError) -> None:
        """See aisle.live.watch.Listener."""
        log.warning("no clip of an event, or no word of it to a sink", extra={"event": event.id, "error": str(error)})

    def _change(self, **changed: object) -> None:
        self.status = replace(self.status, **changed)  # type: ignore[arg-type]
        self._shared.hub.publish("stream", {"id": self._record.id, "status": self.status})

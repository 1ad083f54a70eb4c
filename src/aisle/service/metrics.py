"""Figures for Prometheus, in a registry of their own. Routes appear by their template, so that rows stay few."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from aisle.core import Analysis
from aisle.service.watched import Status

CONTENT_TYPE = CONTENT_TYPE_LATEST
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STATES = ("connecting", "live", "lost", "ended")

Gauges = Callable[[], Iterable[tuple[str, str, float]]]
"""Names, descriptions and values that are asked for when somebody looks."""


class Metrics:
    """Counts what is told to it; `text` is what a scraper reads. Thread-safe."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        route = ("method", "route", "status")
        self._requests = Counter("aisle_requests", "Requests that were answered.", route, registry=self._registry)
        self._seconds = Histogram(
            "aisle_request_seconds",
            "From the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=_QUICK,
            registry=self._registry,
        )
        labels = ("model", "way")
        self._videos = Counter("aisle_videos", "Videos that were analysed.", labels, registry=self._registry)
        self._failed = Counter("aisle_videos_failed", "Videos that were not.", ("way",), registry=self._registry)
        self._frames = Counter("aisle_frames", "Pictures of these videos.", labels, registry=self._registry)
        self._footage = Counter("aisle_footage_seconds", "Their length.", labels, registry=self._registry)
        self._decoding = Counter("aisle_decode_seconds", "Time spent on decoding.", labels, registry=self._registry)
        self._inference = Counter(
            "aisle_inference_seconds", "Time spent on inference.", labels, registry=self._registry
        )
        self._queue = Histogram(
            "aisle_queue_seconds", "Time in line.", ("way",), buckets=_QUICK, registry=self._registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        named = method if method in _METHODS else "other"
        self._requests.labels(named, route, str(status)).inc()
        self._seconds.labels(named, route).observe(seconds)

    def analysed(self, way: str, analysis: Analysis, queue_s: float) -> None:
        """A video is done, by `way` of a request or a job, after `queue_s` in line."""
        labels = (analysis.model, way)
        self._videos.labels(*labels).inc()
        self._footage.labels(*labels).inc(float(analysis.timeline.duration))
        self._frames.labels(*labels).inc(round(analysis.timeline.duration * analysis.info.rate))
        self._decoding.labels(*labels).inc(analysis.timing.decode_s)
        self._inference.labels(*labels).inc(analysis.timing.inference_s)
        self._queue.labels(way).observe(queue_s)

    def failed(self, way: str) -> None:
        self._failed.labels(way).inc()

    def watch(self, gauges: Gauges, cameras: Callable[[], Iterable[tuple[str, Status]]]) -> None:
        """Also asks these whenever somebody looks."""
        self._registry.register(_Looked(gauges, cameras))

    def text(self) -> bytes:
        """May read the disk: call it from a thread."""
        return generate_latest(self._registry)


class _Looked:
    """A collector of prometheus-client."""

    def __init__(self, gauges: Gauges, cameras: Callable[[], Iterable[tuple[str, Status]]]) -> None:
        self._gauges, self._cameras = gauges, cameras

    def describe(self) -> Iterable[Metric]:
        """Nothing: asking for it would ask the database before there is one."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client.registry.Collector."""
        for name, said, value in [*self._gauges(), *memory()]:
            yield GaugeMetricFamily(name, said, value)
        yield from _of_cameras(list(self._cameras()))


def _of_cameras(cameras: list[tuple[str, Status]]) -> Iterator[Metric]:
    names = ["camera"]
    frames = CounterMetricFamily("aisle_camera_frames", "Pictures that were looked at.", labels=names)
    dropped = CounterMetricFamily("aisle_camera_dropped", "Pictures given up to keep up.", labels=names)
    gaps = CounterMetricFamily("aisle_camera_gaps", "How often pictures were missing.", labels=names)
    delay = GaugeMetricFamily("aisle_camera_delay_seconds", "From the picture to its risk.", labels=names)
    risk = GaugeMetricFamily("aisle_camera_risk", "The latest smoothed risk, 0 to 1.", labels=[*names, "kind"])
    state = GaugeMetricFamily("aisle_camera_state", "1 for the state it is in.", labels=[*names, "state"])
    for camera, status in cameras:
        frames.add_metric([camera], status.frames)
        dropped.add_metric([camera], status.dropped)
        gaps.add_metric([camera], status.gaps)
        if status.delay_s is not None:
            delay.add_metric([camera], status.delay_s)
        for kind, value in status.risks.items():
            risk.add_metric([camera, kind], value)
        for each in _STATES:
            state.add_metric([camera, each], float(status.state == each))
    yield from (frames, dropped, gaps, delay, risk, state)


def memory() -> list[tuple[str, str, float]]:
    """What this process and its children hold, in bytes; without a /proc the most that this one ever held."""
    own, others = "aisle_memory_bytes", "aisle_children_memory_bytes"
    proc = Path("/proc")
    if not (proc / "self/statm").exists():
        unit = 1 if sys.platform == "darwin" else 1024
        return [(own, "The most memory so far.", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)]
    me = os.getpid()
    children = [pid for pid in _pids(proc) if _parent(proc, pid) == me]
    return [
        (own, "Resident memory of the service.", _resident(proc, me)),
        (others, "Resident memory of its child processes.", sum(_resident(proc, pid) for pid in children)),
        ("aisle_children", "How many child processes there are.", len(children)),
    ]


def _pids(proc: Path) -> list[int]:
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]


def _parent(proc: Path, pid: int) -> int:
    try:
        return int((proc / str(pid) / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _resident(proc: Path, pid: int) -> float:
    try:
        return float((proc / str(pid) / "statm").read_text("ascii").split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0.0

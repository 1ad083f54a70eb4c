"""A video in, what people did in it out: who was seen, what was handled, and what each had when last seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from aisle.analysis.object_tables import write_interactions, write_objects, write_visits
from aisle.analysis.observe import observe
from aisle.core import Analysis, Progress, Timeline, silent
from aisle.core.detections import Observation
from aisle.core.interaction import Interaction, Visit
from aisle.core.observed import Observed
from aisle.core.site import Site
from aisle.events.interactions import interactions
from aisle.events.visits import taken_away, visits
from aisle.media.draw_objects import Objects, Risk
from aisle.media.read import Read, Reader
from aisle.objects.observer import Observer

NOWHERE = Site("", ())
"""Where nobody has drawn a site."""

Handle = Callable[[Sequence[Observation]], tuple[Observation, ...]]
"""Adds to observations what a network says of hands over time."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """`site` is None where there was none, so that interactions know no shelves."""

    observed: Observed
    interactions: tuple[Interaction, ...]
    visits: tuple[Visit, ...]
    site: Site | None = None


class See(Protocol):
    """How a video is seen: `Seeing`, or what a test makes up."""

    def __call__(
        self, video: str | Path, *, site: Site | None, timeline: Timeline | None, progress: Progress = silent
    ) -> Seen: ...


class Seeing:
    """Goes through a video with a `new` observer each time. `handle` reads the hands; `read` opens the video."""

    def __init__(self, new: Callable[[], Observer], *, handle: Handle | None = None, read: Read = Reader) -> None:
        self._new, self._handle, self._read = new, handle, read

    def __call__(
        self, video: str | Path, *, site: Site | None, timeline: Timeline | None, progress: Progress = silent
    ) -> Seen:
        """`progress` hears seconds of video. Raises InputError where nothing of it can be read."""
        observed = observe(video, self._new(), progress=progress, read=self._read)
        if self._handle is not None:
            observed = replace(observed, observations=self._handle(observed.observations))
        looks, place = observed.observations, site or NOWHERE
        done = interactions(looks, place, timeline)
        stays = visits(looks, done)
        away = taken_away(looks, stays, place, done)
        return Seen(observed, tuple(sorted((*done, *away), key=lambda each: (each.start, each.track))), stays, site)


def drawable(seen: Seen, analysis: Analysis | None = None) -> Objects:
    """For the annotated copy; with the risk over time where `analysis` has one, the second of its two classes."""
    return Objects(seen.observed, seen.interactions, seen.site, None if analysis is None else risk_of(analysis))


def risk_of(analysis: Analysis) -> Risk | None:
    """None for a model that warns of nothing."""
    if analysis.threshold is None or not analysis.scores.grid.count:
        return None
    return Risk(analysis.scores.values[:, 1], analysis.scores.grid, analysis.threshold)


def write_seen(seen: Seen, stem: Path) -> tuple[Path, ...]:
    """STEM.objects, STEM.interactions and STEM.visits, each as CSV and Parquet. Raises OutputError where the disk
    refuses.
    """
    written = []
    for ending in ("csv", "parquet"):
        objects, did, stays = (seen_table(stem, kind, ending) for kind in ("objects", "interactions", "visits"))
        write_objects(seen.observed, objects)
        write_interactions(seen.interactions, did, video=seen.observed.info.path)
        write_visits(seen.visits, stays, video=seen.observed.info.path)
        written += [objects, did, stays]
    return tuple(written)


def seen_table(stem: Path, kind: str, ending: str) -> Path:
    """Where the table of `objects`, `interactions` or `visits` lies."""
    return stem.with_name(f"{stem.name}.{kind}.{ending}")

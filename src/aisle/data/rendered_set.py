"""A training set of rendered shops in the layout of MERL Shopping, for `aisle.data.merl` to read like the real one.

`xx_yy_crop.mp4` and `xx_yy_label.mat` are subject xx's visit yy, 920x680 at 30 frames a second; beside them lies
`xx_yy_truth.json`, which `aisle.data.truth` reads, and `shop.json` says how all of it was made. A subject keeps body
and clothes, each visit is another shop. What a visit looks like follows from the seed alone, so more videos can be
asked for later, and a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core import DamagedError, Progress, UsageError, silent, whole
from aisle.data import merl
from aisle.data._habits import RATE, VIDEO, Label
from aisle.data._incidents import Incident
from aisle.data._plan import Act, Shopper
from aisle.data._random import stream
from aisle.data._scene import Scene, Sight, Studio, compose
from aisle.data._sensor import look
from aisle.data._zones import site_of
from aisle.data.truth import Box, Ended, Hand, Held, Seen, Theft, Track, Truth, write_truth
from aisle.media import Encoding, Writer

RENDERING = 4
"""Counts the changes after which the same seed gives other videos."""

WIDTH, HEIGHT = 920, 680
VISITS = 3
"""As many videos at most are made of a subject."""

SHARES = {"train": 60 / 106, "validation": 18 / 106, "test": 28 / 106}
"""MERL's own, by video."""

VIDEOS = 106
MANIFEST = "shop.json"
NOTE = "Rendered by `aisle data render`: drawings, no real people or shops. Labels are exact."


@dataclass(frozen=True, slots=True)
class Recipe:
    """What must be the same for videos to belong to one set. Without `seconds` videos are as long as MERL's."""

    seed: int
    seconds: str | None
    rendering: int = RENDERING
    note: str = NOTE


def write_set(
    folder: Path,
    *,
    videos: int = VIDEOS,
    seed: int = 0,
    seconds: Fraction | None = None,
    jobs: int | None = None,
    progress: Progress = silent,
) -> int:
    """Renders what is not there yet, in `jobs` processes (default: one a core), and says how many that were.

    `progress` hears seconds of video. Raises UsageError for fewer than 3 videos (a split would be empty) or more than
    123, a duration that is not positive, fewer than one job, a negative seed, and a folder that holds another set or
    other videos; OutputError where the disk refuses, MissingPartError without scipy.
    """
    visits = visits_of(videos)
    check(seed, seconds, jobs)
    recipe = Recipe(seed, None if seconds is None else str(seconds))
    claim(folder, asdict(recipe))
    lengths = {visit: _length(recipe, *visit) for visit in visits}
    missing = [visit for visit in visits if not all(path.exists() for path in _paths(folder, *visit))]
    total, done = sum(lengths[visit] for visit in missing) / RATE, 0.0
    for visit in rendered(partial(render_visit, folder, recipe), missing, jobs):
        done += lengths[visit] / RATE
        progress(done, total)
    return len(missing)


def visits_of(videos: int) -> list[tuple[int, int]]:
    """(subject, visit) of a set: of each split its share, first the first visits of all subjects, then the second."""
    most = VISITS * sum(map(len, merl.SUBJECTS.values()))
    if not len(SHARES) <= videos <= most:
        raise UsageError("a set cannot have so many videos", got=videos, allowed=f"{len(SHARES)} to {most}")
    held_out = {
        split: min(max(round(videos * SHARES[split]), 1), VISITS * len(merl.SUBJECTS[split]))
        for split in ("validation", "test")
    }
    counts = {"train": min(videos - sum(held_out.values()), VISITS * len(merl.SUBJECTS["train"])), **held_out}
    counts["test"] += videos - sum(counts.values())
    every = {
        split: [(subject, visit) for visit in range(1, VISITS + 1) for subject in merl.SUBJECTS[split]]
        for split in counts
    }
    return sorted(visit for split, count in counts.items() for visit in every[split][:count])


def check(seed: int, seconds: Fraction | None, jobs: int | None) -> None:
    """Raises UsageError for what no set can be made with."""
    stream(seed)
    if seconds is not None and seconds * RATE < 1:
        raise UsageError("a video needs at least one frame", got=f"{seconds} s")
    if jobs is not None and jobs < 1:
        raise UsageError("at least one process is needed", got=jobs)


def claim(folder: Path, told: dict[str, Any]) -> None:
    """Writes what the folder holds, unless it says so already. Raises UsageError, DamagedError and OutputError."""
    manifest = folder / MANIFEST
    if not manifest.exists():
        if other := next(folder.glob("*_crop.mp4"), None):
            raise UsageError(f"{folder} holds videos that were not rendered", got=other, do="choose another folder")
        with whole(manifest) as part:
            part.write_text(json.dumps(told, indent=2) + "\n")
        return
    try:
        held = json.loads(manifest.read_text())
    except (OSError, ValueError) as error:
        raise DamagedError(f"cannot read {manifest}", got=error, do="remove the folder and render again") from error
    if held != told:
        raise UsageError(f"{folder} holds another set", got=str(told), allowed=str(held), do="choose another folder")


def _paths(folder: Path, subject: int, visit: int) -> tuple[Path, Path, Path]:
    """The video, its labels and its truth."""
    name = f"{subject}_{visit}"
    return folder / f"{name}_crop.mp4", folder / f"{name}_label.mat", folder / f"{name}_truth.json"


def _length(recipe: Recipe, subject: int, visit: int) -> int:
    """In frames."""
    if recipe.seconds is not None:
        return math.ceil(Fraction(recipe.seconds) * RATE)
    low, median, high = VIDEO
    share = stream(recipe.seed, subject, visit, 1).uniform()
    return round(float(np.interp(share, [0, 0.5, 1], [low, median, high])))


def rendered(
    render: Callable[..., None], visits: Sequence[tuple[int, int]], jobs: int | None
) -> Iterator[tuple[int, int]]:
    """Calls `render` with each of `visits`, in `jobs` processes (default: one a core), and tells when it is done."""
    jobs = jobs or os.cpu_count() or 1
    if jobs == 1 or len(visits) < 2:
        for visit in visits:
            render(*visit)
            yield visit
        return
    with ProcessPoolExecutor(min(jobs, len(visits)), get_context("spawn")) as pool:
        running = {pool.submit(render, *visit): visit for visit in visits}
        try:
            for future in as_completed(running):
                future.result()
                yield running[future]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def render_visit(folder: Path, recipe: Recipe, subject: int, visit: int) -> None:
    """Writes one video with its labels and its truth."""
    frames = _length(recipe, subject, visit)
    scene = compose(recipe.seed, subject, visit, frames)
    video, labels, truth = _paths(folder, subject, visit)
    merl.write_labels(labels, intervals(scene, frames))
    film(scene, video, truth, frames)


def film(
    scene: Scene, video: Path, truth: Path, frames: int, *, size: tuple[int, int] = (WIDTH, HEIGHT), rate: int = RATE
) -> None:
    """Writes a video of `frames` pictures, `rate` a second, and its truth. Raises OutputError."""
    width, height = size
    encoding = Encoding("ultrafast", int(stream(scene.shop.seed, 9).integers(20, 30)), threads=1)
    studio, notes = Studio(scene, width, height), [_Notes() for _ in scene.people]
    places = [_Places(incident, frames, rate, size) for incident in scene.incidents]
    with Writer(video, width, height, Fraction(rate), encoding=encoding) as writer:
        for number in range(frames):
            time = Fraction(number, rate)
            shot = studio.shoot(time, number)
            writer.write_planes(time, shot.planes)
            for who, note in enumerate(notes):
                note.add(shot.sights.get(who))
            for place in places:
                place.add(number, shot.sights)
    site = site_of(scene.shop, studio.camera, video.stem.removesuffix("_crop"))
    tracks = tuple(
        note.track(number, who, frames, rate)
        for number, (note, who) in enumerate(zip(notes, scene.people, strict=True))
    )
    thefts = tuple(theft for number, who in enumerate(scene.people) for theft in _thefts(number, who, frames, rate))
    name, incidents = look(scene.shop.seed).name, tuple(seen for place in places if (seen := place.seen()) is not None)
    products = _products(scene, tracks)
    write_truth(truth, Truth(video.name, size, rate, frames, name, products, tracks, thefts, site, incidents))


def intervals(scene: Scene, frames: int) -> dict[str, list[tuple[int, int]]]:
    """[start, end) frames of each of MERL's actions."""
    found: dict[str, list[tuple[int, int]]] = {}
    for label, acts in groupby(scene.people[0].acts, key=lambda act: act.label):
        first, *rest = acts
        start, end = _span([first, *rest][0], frames)[0], _span([first, *rest][-1], frames)[1]
        if label is not Label.NOTHING and start < end:
            found.setdefault(str(label), []).append((start, end))
    return found


def _span(act: Act | Incident, frames: int, rate: int = RATE) -> tuple[int, int]:
    """[start, end) in frames. At a lower rate than that of the acts, frames that begin within them."""
    return min(math.ceil(act.start * rate), frames), min(math.ceil(act.end * rate), frames)


class _Notes:
    """What was seen of one person so far."""

    def __init__(self) -> None:
        self._boxes: list[Box | None] = []
        self._left: list[Hand | None] = []
        self._right: list[Hand | None] = []

    def add(self, sight: Sight | None) -> None:
        self._boxes.append(sight.box if sight else None)
        self._left.append(sight.left if sight else None)
        self._right.append(sight.right if sight else None)

    def track(self, number: int, who: Shopper, frames: int, rate: int) -> Track:
        holds = tuple(holds_of(who, frames, rate))
        return Track(number, tuple(self._boxes), tuple(self._left), tuple(self._right), holds)


class _Places:
    """Where one incident was seen so far."""

    def __init__(self, incident: Incident, frames: int, rate: int, size: tuple[int, int]) -> None:
        self._incident, self._size = incident, size
        self._start, self._end = _span(incident, frames, rate)
        self._boxes: list[Box | None] = []

    def add(self, number: int, sights: Mapping[int, Sight]) -> None:
        if self._start <= number < self._end:
            found = [sight.box for who in self._incident.actors if (sight := sights.get(who)) and sight.box]
            self._boxes.append((0, 0, *self._size) if self._incident.cover else _around(found))

    def seen(self) -> Seen | None:
        """From the first frame in which there is something to see of it to the last; None where there is none."""
        there = [number for number, box in enumerate(self._boxes) if box is not None]
        if not there:
            return None
        first, end = there[0], there[-1] + 1
        boxes = tuple(self._boxes[first:end])
        return Seen(str(self._incident.kind), self._start + first, self._start + end, boxes)


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def holds_of(who: Shopper, frames: int, rate: int = RATE) -> Iterator[Held]:
    """What the person holds in a video of so many frames, in order of time."""
    runs = [(product, list(acts)) for product, acts in groupby(who.acts, key=lambda act: act.product)]
    for number, (product, acts) in enumerate(runs):
        start, end = _span(acts[0], frames, rate)[0], _span(acts[-1], frames, rate)[1]
        if product is not None and start < end:
            over = end < frames and number + 1 < len(runs)
            yield Held(start, end, product, _ended(acts[-1], runs[number + 1][1][0]) if over else "")


def _ended(last: Act, then: Act) -> Ended:
    """How the hold of which `last` is the last act came to its end."""
    if len(then.stowed) > len(last.stowed):
        return "stowed"
    return "hidden" if len(then.gone) > len(last.gone) else "back"


def _thefts(number: int, who: Shopper, frames: int, rate: int) -> Iterator[Theft]:
    for act in who.acts:
        start, end = _span(act, frames, rate)
        if act.theft and act.product is not None and start < end:
            yield Theft(number, start, end, act.product)


def _products(scene: Scene, tracks: tuple[Track, ...]) -> dict[int, str]:
    found = sorted({held.product for track in tracks for held in track.holds})
    items = ((number, scene.shop.products[number]) for number in found)
    return {
        number: f"{item.shape.value}, brand {item.brand}, shelf {item.shelf}, board {item.level}"
        for number, item in items
    }

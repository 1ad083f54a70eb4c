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
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from aisle.core import DamagedError, Progress, UsageError, silent, whole
from aisle.data import merl
from aisle.data._habits import RATE, VIDEO, Label
from aisle.data._plan import Act, Shopper
from aisle.data._random import stream
from aisle.data._scene import Scene, Sight, Studio, compose
from aisle.data._sensor import look
from aisle.data._zones import site_of
from aisle.data.truth import Box, Ended, Hand, Held, Theft, Track, Truth, write_truth
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
    _check(seed, seconds, jobs)
    recipe = Recipe(seed, None if seconds is None else str(seconds))
    _claim(folder, recipe)
    lengths = {visit: _length(recipe, *visit) for visit in visits}
    missing = [visit for visit in visits if not all(path.exists() for path in _paths(folder, *visit))]
    total, done = sum(lengths[visit] for visit in missing) / RATE, 0.0
    for visit in _rendered(folder, recipe, missing, jobs or os.cpu_count() or 1):
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


def _check(seed: int, seconds: Fraction | None, jobs: int | None) -> None:
    stream(seed)
    if seconds is not None and seconds * RATE < 1:
        raise UsageError("a video needs at least one frame", got=f"{seconds} s")
    if jobs is not None and jobs < 1:
        raise UsageError("at least one process is needed", got=jobs)


def _claim(folder: Path, recipe: Recipe) -> None:
    """Writes what the folder holds, unless it says so already."""
    manifest, told = folder / MANIFEST, asdict(recipe)
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


def _rendered(folder: Path, recipe: Recipe, visits: list[tuple[int, int]], jobs: int) -> Iterator[tuple[int, int]]:
    """Renders each of `visits` and tells when it is done."""
    if jobs == 1 or len(visits) < 2:
        for visit in visits:
            render_visit(folder, recipe, *visit)
            yield visit
        return
    with ProcessPoolExecutor(min(jobs, len(visits)), get_context("spawn")) as pool:
        running = {pool.submit(render_visit, folder, recipe, *visit): visit for visit in visits}
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
    encoding = Encoding("ultrafast", int(stream(scene.shop.seed, 9).integers(20, 30)), threads=1)
    studio, notes = Studio(scene, WIDTH, HEIGHT), [_Notes() for _ in scene.people]
    with Writer(video, WIDTH, HEIGHT, Fraction(RATE), encoding=encoding) as writer:
        for number in range(frames):
            time = Fraction(number, RATE)
            shot = studio.shoot(time, number)
            writer.write_planes(time, shot.planes)
            for who, note in enumerate(notes):
                note.add(shot.sights.get(who))
    site = site_of(scene.shop, studio.camera, f"{subject}_{visit}")
    tracks = tuple(
        note.track(number, who, frames) for number, (note, who) in enumerate(zip(notes, scene.people, strict=True))
    )
    thefts = tuple(theft for number, who in enumerate(scene.people) for theft in _thefts(number, who, frames))
    name = look(scene.shop.seed).name
    products, size = _products(scene, tracks), (WIDTH, HEIGHT)
    write_truth(truth, Truth(video.name, size, RATE, frames, name, products, tracks, thefts, site))


def intervals(scene: Scene, frames: int) -> dict[str, list[tuple[int, int]]]:
    """[start, end) frames of each of MERL's actions."""
    found: dict[str, list[tuple[int, int]]] = {}
    for label, acts in groupby(scene.people[0].acts, key=lambda act: act.label):
        first, *rest = acts
        start, end = _span([first, *rest][0], frames)[0], _span([first, *rest][-1], frames)[1]
        if label is not Label.NOTHING and start < end:
            found.setdefault(str(label), []).append((start, end))
    return found


def _span(act: Act, frames: int) -> tuple[int, int]:
    return min(int(act.start * RATE), frames), min(int(act.end * RATE), frames)


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

    def track(self, number: int, who: Shopper, frames: int) -> Track:
        return Track(number, tuple(self._boxes), tuple(self._left), tuple(self._right), tuple(holds_of(who, frames)))


def holds_of(who: Shopper, frames: int) -> Iterator[Held]:
    """What the person holds in a video of so many frames, in order of time."""
    runs = [(product, list(acts)) for product, acts in groupby(who.acts, key=lambda act: act.product)]
    for number, (product, acts) in enumerate(runs):
        start, end = _span(acts[0], frames)[0], _span(acts[-1], frames)[1]
        if product is not None and start < end:
            over = end < frames and number + 1 < len(runs)
            yield Held(start, end, product, _ended(acts[-1], runs[number + 1][1][0]) if over else "")


def _ended(last: Act, then: Act) -> Ended:
    """How the hold of which `last` is the last act came to its end."""
    if len(then.stowed) > len(last.stowed):
        return "stowed"
    return "hidden" if len(then.gone) > len(last.gone) else "back"


def _thefts(number: int, who: Shopper, frames: int) -> Iterator[Theft]:
    for act in who.acts:
        start, end = _span(act, frames)
        if act.theft and act.product is not None and start < end:
            yield Theft(number, start, end, act.product)


def _products(scene: Scene, tracks: tuple[Track, ...]) -> dict[int, str]:
    found = sorted({held.product for track in tracks for held in track.holds})
    items = ((number, scene.shop.products[number]) for number in found)
    return {
        number: f"{item.shape.value}, brand {item.brand}, shelf {item.shelf}, board {item.level}"
        for number, item in items
    }

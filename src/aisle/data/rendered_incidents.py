"""Rendered shops to learn normal days from, with rare events to judge by: what `aisle data render --incidents` makes.

    DIR/shop.json                       how all of it was made
    DIR/train/xx_yy.mp4, validation/    normal days: subject xx before camera yy, and beside each xx_yy_truth.json
    DIR/test/                           other people before the same cameras; in each video one or two rare events

A few cameras see everyone, since a camera learns its own shop; another seed gives other shops. Nothing is stolen on a
normal day. The events are told, with their places, in the truth files (see `aisle.data.truth`). As a dataset its videos
are timelines in which they are labelled `unusual`; `aisle train --task anomaly --data DIR` learns without them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from aisle.core import BACKGROUND, Dataset, Example, InputError, LabelSet, Progress, Segment, UsageError, silent
from aisle.core.dataset import UNUSUAL
from aisle.data._habits import RATE as ACTS_RATE
from aisle.data._incidents import Kind
from aisle.data._random import stream
from aisle.data._scene import compose_day
from aisle.data.rendered_set import MANIFEST, NOTE, RENDERING, check, claim, film, rendered
from aisle.data.truth import Truth, read_truth

TITLE = "rendered shops with rare events: shop.json, train/N_N.mp4, test/N_N.mp4 with N_N_truth.json"
SIZE, RATE = (460, 340), 15
"""Half of MERL's picture and rate: as much as a camera of a shop sends, and eight times less to draw."""

VIDEOS, SECONDS, CAMERAS = 44, Fraction(40), 3
FEWEST, MOST = 3, 999
LEAST = Fraction(20)
TWICE = 0.5
"""The share of test videos in which there is a second event."""

KINDS = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What must be the same for videos to belong to one set."""

    seed: int
    seconds: str
    cameras: int = CAMERAS
    incidents: int = 1
    rendering: int = RENDERING
    note: str = NOTE


def write_incidents(
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
    999, a duration under 20 seconds (too short for an event), fewer than one job, a negative seed, and a folder that
    holds another set; OutputError where the disk refuses.
    """
    length = SECONDS if seconds is None else seconds
    check(seed, length, jobs)
    if length < LEAST:
        raise UsageError("a video is too short for rare events", got=f"{length} s", allowed=f"at least {LEAST} s")
    if not FEWEST <= videos <= MOST:
        raise UsageError("a set cannot have so many videos", got=videos, allowed=f"{FEWEST} to {MOST}")
    recipe = Recipe(seed, str(length))
    claim(folder, asdict(recipe))
    visits = visits_of(videos)
    missing = [visit for visit in visits if not all(path.exists() for path in _paths(folder, visits, *visit))]
    for done, _ in enumerate(rendered(partial(_render, folder, recipe, visits), missing, jobs), 1):
        progress(float(done * length), float(len(missing) * length))
    return len(missing)


def visits_of(videos: int) -> dict[tuple[int, int], str]:
    """(subject, camera) of each video, with its split: half are for testing, a sixth for validation.

    The subjects of a split do not change with the number of videos.
    """
    test, validation = videos // 2, max(videos * 7 // 44, 1)
    counts = {"train": videos - test - validation, "validation": validation, "test": test}
    return {
        (1 + MOST * side + number, 1 + number % CAMERAS): split
        for side, (split, count) in enumerate(counts.items())
        for number in range(count)
    }


def kinds_of(seed: int, number: int) -> tuple[Kind, ...]:
    """What happens in test video `number`, counted from 0: each kind in turn, in some videos another as well."""
    rng = stream(seed, 30, number)
    first = KINDS[number % len(KINDS)]
    others = [kind for kind in KINDS if kind not in (first, Kind.CONCEALING)]
    second = others[int(rng.integers(len(others)))]
    return (first, second) if rng.uniform() < TWICE else (first,)


def _paths(folder: Path, visits: dict[tuple[int, int], str], subject: int, camera: int) -> tuple[Path, Path]:
    """The video and its truth."""
    home, name = folder / visits[subject, camera], f"{subject}_{camera}"
    return home / f"{name}.mp4", home / f"{name}_truth.json"


def _render(folder: Path, recipe: Recipe, visits: dict[tuple[int, int], str], subject: int, camera: int) -> None:
    video, truth = _paths(folder, visits, subject, camera)
    seconds = Fraction(recipe.seconds)
    happens = kinds_of(recipe.seed, (subject - 1) % MOST) if visits[subject, camera] == "test" else ()
    scene = compose_day(recipe.seed, camera, subject, 1, math.ceil(seconds * ACTS_RATE), happens)
    video.parent.mkdir(parents=True, exist_ok=True)
    film(scene, video, truth, math.ceil(seconds * RATE), size=SIZE, rate=RATE)


# --- as a dataset


def claims(folder: Path) -> bool:
    try:
        told = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and "incidents" in told


def read(folder: Path) -> Dataset:
    """Opens no video. Raises InputError where no video with its truth is left."""
    examples, problems = [], []
    for path in sorted(folder.glob("*/*.mp4")):
        try:
            examples.append(_example(folder, path, read_truth(truth_of(path))))
        except InputError as error:
            problems.append(error)
    if not examples:
        got = problems[0] if problems else "no train/N_N.mp4"
        raise InputError(f"{folder} has no rendered video", got=got, do=f"aisle data render {folder} --incidents")
    labels = LabelSet((UNUSUAL, BACKGROUND))
    return Dataset("rendered_incidents", folder, "timelines", labels, tuple(examples), True, (), tuple(problems))


def truth_of(video: Path) -> Path:
    """The truth file that lies beside a rendered video."""
    return video.with_name(f"{video.stem}_truth.json")


def _example(folder: Path, path: Path, truth: Truth) -> Example:
    segments = _joined(sorted((seen.start, seen.end) for seen in truth.incidents), truth.rate)
    name = path.relative_to(folder).as_posix()
    return Example(name, path, name, split=path.parent.name, segments=segments, place=str(truth_of(path)))


def _joined(spans: Sequence[tuple[int, int]], rate: int) -> tuple[Segment, ...]:
    """Those that overlap or touch become one."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(Segment(Fraction(start, rate), Fraction(end, rate), UNUSUAL, 1.0) for start, end in merged)

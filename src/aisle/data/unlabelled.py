"""A folder of videos of which nothing is known: every one below it, of any size and rate, cut into stretches."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from aisle.core import Dataset, Example, InputError, LabelSet, Progress, UsageError, silent
from aisle.data.clips import VIDEOS, clip_name
from aisle.media import probe

KIND, LABEL = "unlabelled", "clip"
"""What such a dataset is called, and the one name that stands for all of it."""

LONGEST = Fraction(8)
"""Seconds of a stretch."""

MOST = 2000
"""Stretches that are learnt from, which bounds the disk; of more, some are taken that are spread evenly over all."""


@dataclass(frozen=True, slots=True)
class Split:
    """What is learnt from, and what is `kept` aside; no video is in both where there are `ENOUGH` of them."""

    train: tuple[Example, ...]
    kept: tuple[Example, ...]


ENOUGH = 5
SHARE = 5
"""One in so many videos is kept aside; of fewer than `ENOUGH` videos, one in so many stretches."""


def unlabelled(
    folder: str | Path, *, longest: Fraction = LONGEST, most: int = MOST, progress: Progress = silent
) -> Dataset:
    """Opens each video; those that cannot be read become problems. A video is a group.

    Of a video that does not say how long it is, the first `longest` seconds are taken. Raises UsageError for what is no
    folder, InputError where no video can be used.
    """
    home = Path(folder)
    if not home.is_dir():
        raise UsageError("videos lie in a folder", got=f"{home}: {'a file' if home.exists() else 'not there'}")
    paths = sorted(path for path in home.rglob("*") if _is_video(path, home))
    examples, problems = list[Example](), list[InputError]()
    for count, path in enumerate(paths, 1):
        try:
            examples += _stretches(path, home, longest)
        except InputError as error:
            problems.append(error)
        progress(count, len(paths))
    if not examples:
        raise InputError(
            f"{home} has no video that can be used",
            got=problems[0] if problems else "none",
            allowed=", ".join(sorted(VIDEOS)),
            do="name a folder that holds videos, at any depth",
        )
    chosen = [examples[int(at)] for at in np.linspace(0, len(examples) - 1, min(most, len(examples)))]
    notes = (f"of {len(examples)} stretches {most} are taken, evenly",) if len(examples) > most else ()
    return Dataset(KIND, home, "clips", LabelSet((LABEL,)), tuple(chosen), True, notes, tuple(problems))


def hold_out(examples: tuple[Example, ...], seed: int) -> Split:
    """A fifth of the videos is kept aside; of very few, a fifth of the stretches; of fewer than five of those, none."""
    videos = sorted({example.group for example in examples})
    rng = np.random.default_rng(seed)
    if len(videos) >= ENOUGH:
        kept = {videos[at] for at in rng.permutation(len(videos))[: len(videos) // SHARE]}
        return Split(
            tuple(example for example in examples if example.group not in kept),
            tuple(example for example in examples if example.group in kept),
        )
    chosen = set(rng.permutation(len(examples))[: len(examples) // SHARE].tolist())
    return Split(
        tuple(example for at, example in enumerate(examples) if at not in chosen),
        tuple(example for at, example in enumerate(examples) if at in chosen),
    )


def _stretches(path: Path, home: Path, longest: Fraction) -> list[Example]:
    """Equal ones, none longer than `longest`. Raises InputError."""
    name, duration = path.relative_to(home).as_posix(), probe(path).duration or longest
    count = max(-int(-duration // longest), 1)
    edges = [duration * at / count for at in range(count)]
    ends: list[Fraction | None] = [*edges[1:], None if count == 1 and duration < longest else duration]
    return [
        Example(clip_name(name, start, end), path, name, start=start, end=end, place=str(path))
        for start, end in zip(edges, ends, strict=True)
    ]


def _is_video(path: Path, home: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
    return path.suffix.lower() in VIDEOS and not hidden and path.is_file()

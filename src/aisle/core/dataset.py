"""Labelled video, as every dataset hands it over."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from aisle.core.errors import InputError, UsageError
from aisle.core.labels import LabelSet
from aisle.core.timeline import Segment

BACKGROUND = "background"
"""What happens where a timeline's labels say nothing."""

QUIET = {BACKGROUND, "normal", "negative", "none", "no", "other"}
"""Names, in lower case, of a class in which nothing is to be found."""

SPLITS = ("train", "validation", "test")
Task = Literal["clips", "timelines"]


@dataclass(frozen=True, slots=True)
class Example:
    """One clip with its class, or one video with its timeline.

    `name` is unique in its dataset and stands in tables. `group` names the film, person or place that must not be on
    both sides of a split. `split` is one of SPLITS where the dataset fixes it, else empty. A clip is [start, end)
    seconds of the video, all of it where `end` is None, and has a `label`. A timeline has `segments`, sorted and
    without overlap, with score 1; its gaps are background. `place` is the file, and the line in it, that says all this.
    """

    name: str
    path: Path
    group: str
    split: str = ""
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    label: str = ""
    segments: tuple[Segment, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """`kind` is the module in aisle.data that read `folder`. `labels` of timelines end with background.

    `grouped` says whether the groups are the dataset's own; if not, each video is its own group. `notes` are the rules
    that were applied to the labels, with counts. `problems` are examples left out, each with its file and line.
    """

    kind: str
    folder: Path
    task: Task
    labels: LabelSet
    examples: tuple[Example, ...]
    grouped: bool
    notes: tuple[str, ...] = ()
    problems: tuple[InputError, ...] = ()

    def split(self, name: str) -> tuple[Example, ...]:
        """Raises UsageError when the dataset has no example there."""
        found = tuple(example for example in self.examples if example.split == name)
        if not found:
            counts = {split: sum(e.split == split for e in self.examples) for split in SPLITS}
            raise UsageError(
                f"{self.folder} has an empty split", got=f"{name!r}: no example", allowed=f"examples by split: {counts}"
            )
        return found

"""Labelled video, as every dataset hands it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from aisle.core.errors import InputError, UsageError
from aisle.core.labels import LabelSet
from aisle.core.timeline import Segment

BACKGROUND = "background"
"""What happens where a timeline's labels say nothing."""

QUIET = {BACKGROUND, "normal", "negative", "none", "no", "other"}
"""Names, in lower case, of a class in which nothing is to be found."""

UNUSUAL = "unusual"
"""The label of whatever is not normal, in datasets that know no more of it."""

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
        return of_split(self.examples, name, self.folder, "example")


class Sided(Protocol):
    """What lies on one side of its set."""

    @property
    def split(self) -> str: ...


T = TypeVar("T", bound=Sided)


def of_split(things: Sequence[T], name: str, folder: Path, what: str) -> tuple[T, ...]:
    """Those of one split of the set in `folder`. Raises UsageError, which calls a thing `what`, when there are none."""
    found = tuple(one for one in things if one.split == name)
    if not found:
        counts = {split: sum(one.split == split for one in things) for split in SPLITS}
        got, allowed = f"{name!r}: no {what}", f"{what}s by split: {counts}"
        raise UsageError(f"{folder} has an empty split", got=got, allowed=allowed)
    return found

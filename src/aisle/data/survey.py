"""What a dataset holds, counted: how many and how long, of which class, from how many groups, and what follows what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aisle.core import BACKGROUND, Dataset, Example, InputError, Progress, silent
from aisle.media import probe

PAUSE = Fraction(1)
"""Seconds from which background between two actions counts as something that follows."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, end) seconds of the example's video that show `label`: a clip, an action, or background between two."""

    example: Example
    label: str
    start: Fraction
    end: Fraction

    @property
    def length(self) -> Fraction:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """`total` and the lengths are in seconds; 5% of the stretches are shorter than `short`, 5% longer than `long`."""

    label: str
    count: int
    groups: int
    total: Fraction
    short: float
    median: float
    long: float


@dataclass(frozen=True)
class Survey:
    """`lengths` are seconds by the example's name: of the clip, or of the video behind a timeline.

    `unreadable` are examples that could not be opened or do not say how long they are; they are in no count below.
    """

    dataset: Dataset
    lengths: dict[str, Fraction]
    unreadable: tuple[InputError, ...]

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """In the order of the examples, and of time within each."""
        return tuple(one for example in self.examples for one in self._stretches(example))

    @property
    def examples(self) -> tuple[Example, ...]:
        return tuple(example for example in self.dataset.examples if example.name in self.lengths)

    @property
    def total(self) -> Fraction:
        return sum(self.lengths.values(), Fraction(0))

    def classes(self) -> tuple[ClassFacts, ...]:
        """One for every label of the dataset, in its order, those without an example too (with NaN as lengths)."""
        return tuple(self._facts(label) for label in self.dataset.labels)

    def transitions(self) -> npt.NDArray[np.int64]:
        """C x C: how often the class of the column came next after that of the row, within one video.

        Background counts where it lasts at least `PAUSE`.
        """
        labels = self.dataset.labels
        counts = np.zeros((len(labels), len(labels)), np.int64)
        for one, following in pairwise(one for one in self.stretches if one.label != BACKGROUND or one.length >= PAUSE):
            if one.example is following.example:
                counts[labels.index(one.label), labels.index(following.label)] += 1
        return counts

    def groups(self) -> Counter[str]:
        """Examples by group, the largest first."""
        return Counter(dict(Counter(example.group for example in self.examples).most_common()))

    def across_splits(self) -> tuple[str, ...]:
        """Groups that are on more than one side of the dataset's own split."""
        sides = {(example.group, example.split) for example in self.examples if example.split}
        return tuple(sorted(group for group, count in Counter(group for group, _ in sides).items() if count > 1))

    def _stretches(self, example: Example) -> Iterator[Stretch]:
        if example.label:
            yield Stretch(example, example.label, example.start, example.start + self.lengths[example.name])
            return
        reached = Fraction(0)
        for segment in example.segments:
            if segment.start > reached:
                yield Stretch(example, BACKGROUND, reached, segment.start)
            yield Stretch(example, segment.label, segment.start, segment.end)
            reached = segment.end
        if reached < self.lengths[example.name]:
            yield Stretch(example, BACKGROUND, reached, self.lengths[example.name])

    def _facts(self, label: str) -> ClassFacts:
        mine = [one for one in self.stretches if one.label == label]
        short, median, long = _spread([one.length for one in mine])
        total = sum((one.length for one in mine), Fraction(0))
        return ClassFacts(label, len(mine), len({one.example.group for one in mine}), total, short, median, long)


def survey(dataset: Dataset, *, progress: Progress = silent) -> Survey:
    """Opens every video whose length the labels do not say, one picture each."""
    lengths: dict[str, Fraction] = {}
    unreadable = []
    for count, example in enumerate(dataset.examples, 1):
        try:
            lengths[example.name] = _length(example)
        except InputError as error:
            unreadable.append(error)
        progress(count, len(dataset.examples))
    return Survey(dataset, lengths, tuple(unreadable))


def _length(example: Example) -> Fraction:
    if example.end is not None:
        return example.end - example.start
    duration = probe(example.path).duration
    if duration is None or duration <= example.start:
        raise InputError(
            f"{example.path} does not say how long it is", got=duration, do="write it anew, for instance with ffmpeg"
        )
    return duration - example.start


def _spread(lengths: Sequence[Fraction]) -> tuple[float, float, float]:
    if not lengths:
        return float("nan"), float("nan"), float("nan")
    short, median, long = np.percentile([float(length) for length in lengths], [5, 50, 95])
    return float(short), float(median), float(long)

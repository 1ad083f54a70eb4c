"""Stretches of a video by the objects in their pictures: how important each is there.

An object is important that is in many pictures, sure, and large: a number is the root of the mean over the pictures of
confidence times share of the picture. What tells collections apart is then weighed by the search (tf-idf).

Shapes: N stretches, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.describe import span
from aisle.analysis.frame_labels import RATE, NamesPictures, label_frames
from aisle.core import LabelSet, Progress, silent
from aisle.core.frame_labels import FrameLabels
from aisle.core.time_map import Stretch
from aisle.media.read import Read, Reader
from aisle.search.records import Recipe
from aisle.search.space import Block

Floats = npt.NDArray[np.float32]

NAME = "objects"
TOP = 10
"""Labels a picture that count."""


class Objects:
    """See aisle.analysis.describe.Describer; `labeller` names the pictures."""

    def __init__(self, labeller: NamesPictures, *, weight: float = 1.0) -> None:
        self._labeller = labeller
        block = Block(NAME, len(labeller.labels), "counts", weight)
        producer = f"{labeller.fingerprint}-top{TOP}-{RATE}fps"
        self._recipe = Recipe(NAME, producer, (block,), tuple(labeller.labels))

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def rows(
        self, video: Path, stretches: Sequence[Stretch], *, progress: Progress = silent, read: Read = Reader
    ) -> Floats:
        """See aisle.analysis.describe.Describer."""
        whole = span(stretches)
        seen = label_frames(
            video, self._labeller, top=TOP, start=whole.start, end=whole.end, progress=progress, read=read
        )
        return importance(seen, self._labeller.labels, stretches, RATE)


def importance(seen: FrameLabels, labels: LabelSet, stretches: Sequence[Stretch], rate: Fraction) -> Floats:
    """(N, C) of a table of a video that was looked at `rate` times a second, along `labels`; others do not count. A
    stretch between two pictures is described by the nearest that shows anything.
    """
    found = np.zeros((len(stretches), len(labels)), np.float32)
    if not seen.rows:
        return found
    times = np.array([float(row.time) for row in seen.rows])
    known = {label: at for at, label in enumerate(labels)}
    columns = np.array([known.get(row.label, -1) for row in seen.rows])
    amounts = np.array([row.confidence * row.area for row in seen.rows])
    for number, stretch in enumerate(stretches):
        first, last = float(stretch.start), float(stretch.end)
        inside = (times >= first) & (times < last)
        pictures = max(int(np.ceil(last * float(rate)) - np.ceil(first * float(rate))), 1)
        if not inside.any() and last - first < 1 / float(rate):
            inside = np.abs(times - (first + last) / 2) == np.abs(times - (first + last) / 2).min()
        inside &= columns >= 0
        np.add.at(found[number], columns[inside], amounts[inside] / pictures)
    roots: Floats = np.sqrt(found)
    return roots

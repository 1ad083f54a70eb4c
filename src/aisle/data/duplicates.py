"""Clips that show the same: copies, re-encoded, resized or brightened, which must not be on both sides of a split.

A clip's print is three of its pictures, each as 16 x 12 blocks of mean brightness. Two clips show the same if no block
of any picture differs by more than `NEAR`, of 255. Copies of clips of shoplifting_lab, surveillance_fight and J-HMDB at
crf 28 and 35, at half the width and 4 levels brighter differed by at most 12, different clips by at least 17. A copy
that is cut elsewhere is found only where little moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core import Dataset, Example, InputError, Progress, silent
from aisle.data.views import clip_end
from aisle.media import Reader

NEAR = 14.0
MOMENTS = (Fraction(1, 6), Fraction(1, 2), Fraction(5, 6))
"""Where in a clip its pictures are taken."""

_BLOCKS, _BLOCK = (12, 16), 8
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_INSTANT = Fraction(1, 1000)


def fingerprint(example: Example) -> npt.NDArray[np.float32]:
    """576 brightnesses: 12 x 16 blocks of three pictures, less the mean of their picture.

    Raises InputError where the video cannot be read or ends before the clip does.
    """
    end = clip_end(example)
    return np.concatenate([_blocks(example, example.start + moment * (end - example.start)) for moment in MOMENTS])


def duplicates(examples: Sequence[Example], prints: npt.NDArray[np.float32]) -> list[tuple[Example, Example]]:
    """Pairs of two groups that show the same; `prints` is N x 576, a row an example."""
    pairs = [(examples[one], examples[other]) for one, other in near(prints, NEAR)]
    return [(one, other) for one, other in pairs if one.group != other.group]


def near(prints: npt.NDArray[np.float32], most: float) -> list[tuple[int, int]]:
    """Pairs of rows of `prints` (N, D) of which no value differs by more than `most`."""
    if not len(prints):
        return []
    sharpest = int(np.argmax(prints.std(axis=0)))  # the value that tells most of them apart at once
    order = np.argsort(prints[:, sharpest], kind="stable")
    ranked = prints[order]
    until = np.searchsorted(ranked[:, sharpest], ranked[:, sharpest] + most, side="right")
    pairs = []
    for rank, last in enumerate(until):
        alike = np.abs(ranked[rank + 1 : last] - ranked[rank]).max(axis=1, initial=0.0) <= most
        pairs += [(int(order[rank]), int(order[rank + 1 + other])) for other in np.flatnonzero(alike)]
    return pairs


def group_duplicates(dataset: Dataset, *, progress: Progress = silent) -> Dataset:
    """Clips that show the same share a group from now on, and a note tells which; reads three pictures a clip.

    Videos that cannot be read become problems. A dataset with groups of its own, and timelines, stay what they are.
    """
    if dataset.grouped or dataset.task == "timelines":
        return dataset
    readable, prints, problems = [], [], []
    for count, example in enumerate(dataset.examples, 1):
        try:
            prints.append(fingerprint(example))
            readable.append(example)
        except InputError as error:
            problems.append(error)
        progress(count, len(dataset.examples))
    pairs = duplicates(readable, np.array(prints))
    names = _joined(pairs)
    examples = tuple(replace(example, group=names.get(example.group, example.group)) for example in readable)
    shown = "; ".join(f"{one.name} = {other.name}" for one, other in pairs)
    notes = [f"these show the same and stay together in every split: {shown}"] if pairs else []
    return replace(dataset, examples=examples, notes=(*dataset.notes, *notes), problems=(*dataset.problems, *problems))


def _blocks(example: Example, time: Fraction) -> npt.NDArray[np.float32]:
    rows, columns = _BLOCKS
    size = (columns * _BLOCK, rows * _BLOCK)
    with Reader(example.path, size=size, rate=1 / _INSTANT, start=time, end=time + _INSTANT) as reader:
        frame = next(iter(reader), None)
    if frame is None:
        raise InputError(
            f"{example.path} has no picture at {float(time):.3f} s",
            got=f"the clip {example.name}",
            do="correct its times",
        )
    luma = frame.image.astype(np.float32) @ _LUMA
    means: npt.NDArray[np.float32] = luma.reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3), dtype=np.float32)
    return np.ravel(means - means.mean())


def _joined(pairs: Sequence[tuple[Example, Example]]) -> dict[str, str]:
    """For each group in a pair the first, by name, of all that are connected with it."""
    members: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        together = (members[one.group] or {one.group}) | (members[other.group] or {other.group})
        members.update(dict.fromkeys(together, together))
    return {group: min(together) for group, together in members.items()}

"""MERL Shopping: people in front of grocery shelves, filmed from above, every act labelled to the frame.

Singh, Marks, Jones, Tuzel and Shao, "A Multi-Stream Bi-Directional Recurrent Neural Network for Fine-Grained Action
Detection", CVPR 2016. Video `xx_yy_crop.mp4` (subject xx, visit yy) goes with `xx_yy_label.mat`, whose `tlabs` is a
5 x 1 cell of N x 2 arrays: the [first, last] frames of each act, counted from 1, both inclusive. Both may lie in
sub-folders. Frame n is on screen for [(n - 1) / rate, n / rate) seconds at the video's own rate.

The rule for labels, which the paper leaves open: an interval that ends one frame before its first has no length and is
dropped; one with first = last is one frame and stays; overlaps are settled by `aisle.core.overlap.RULE`.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core import BACKGROUND, Dataset, Example, InputError, LabelSet, MissingPartError, Segment, whole
from aisle.core.overlap import RULE, flatten, overlaps
from aisle.media import probe

TITLE = "MERL Shopping: N_N_crop.mp4 with N_N_label.mat"
ACTIONS = ("reach_to_shelf", "retract_from_shelf", "hand_in_shelf", "inspect_product", "inspect_shelf")
"""In the order of the cells of `tlabs`."""

SUBJECTS = {"train": range(1, 21), "validation": range(21, 27), "test": range(27, 42)}
"""The published split."""

VIDEO, LABELS = "crop.mp4", "label.mat"
_NOT_A_MAT = (ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error, zlib.error)
_AGAIN = "get the file again: aisle data get merl DIR"


@dataclass(frozen=True, slots=True)
class Acts:
    """[first, end) frames of each action, counted from 0. `empty` counts intervals without length; `problems` are the
    intervals left out.
    """

    intervals: Mapping[str, tuple[tuple[int, int], ...]]
    empty: int
    problems: tuple[InputError, ...]


def claims(folder: Path) -> bool:
    return bool(_find(folder, VIDEO) or _find(folder, LABELS))


def read(folder: Path) -> Dataset:
    """Opens each video for its rate, about 10 ms a video; what cannot be used is left out and told in `problems`.

    Raises InputError where no pair is left, MissingPartError without scipy.
    """
    videos, labels = _find(folder, VIDEO), _find(folder, LABELS)
    problems = [*_repeated(videos), *_repeated(labels), *_unpaired(videos, labels)]
    examples, empty, overlapping = [], 0, 0
    for key in sorted(videos.keys() & labels.keys()):
        try:
            rate, acts = probe(videos[key][0]).rate, read_labels(labels[key][0])
        except InputError as error:
            problems.append(error)
            continue
        stretches = [
            Segment(first / rate, end / rate, action, 1.0)
            for action, intervals in acts.intervals.items()
            for first, end in intervals
        ]
        examples.append(_example(key, videos[key][0], labels[key][0], flatten(stretches)))
        problems += acts.problems
        empty, overlapping = empty + acts.empty, overlapping + overlaps(stretches)
    if not examples:
        got = problems[0] if problems else "no N_N_crop.mp4"
        raise InputError(f"{folder} has no video with labels", got=got, do="put videos and their .mat there")
    names = LabelSet((*ACTIONS, BACKGROUND))
    notes = _notes(examples, empty, overlapping)
    return Dataset("merl", folder, "timelines", names, tuple(examples), True, notes, tuple(problems))


def read_labels(path: Path) -> Acts:
    """Raises InputError for what is no such file, MissingPartError without scipy."""
    cells = np.asarray(_load(path).get("tlabs"))
    if cells.dtype != object or cells.size != len(ACTIONS):
        raise InputError(
            f"{path} does not hold MERL's labels",
            got=f"tlabs of {cells.dtype} {cells.shape}" if cells.ndim else "no tlabs in it",
            allowed=f"tlabs, a cell ({len(ACTIONS)}, 1) of N x 2 arrays",
            do=_AGAIN,
        )
    intervals: dict[str, tuple[tuple[int, int], ...]] = {}
    empty = 0
    problems: list[InputError] = []
    for number, action in enumerate(ACTIONS):
        rows = _rows(path, number, cells.flat[number])
        problems += [_wrong(path, number, at, row) for at, row in enumerate(rows) if not _is_interval(*row)]
        spans = [(int(first) - 1, int(last)) for first, last in rows if _is_interval(first, last)]
        empty += sum(first == end for first, end in spans)
        intervals[action] = tuple((first, end) for first, end in spans if first < end)
    return Acts(intervals, empty, tuple(problems))


def write_labels(path: Path, intervals: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Writes `tlabs` as MERL's own files have it, for [first, end) frames of each action, counted from 0.

    Raises UnknownNameError for an action that MERL has not, MissingPartError without scipy, OutputError where the disk
    refuses.
    """
    for action in intervals:
        LabelSet(ACTIONS).index(action)
    cells = np.empty((len(ACTIONS), 1), dtype=object)
    for number, action in enumerate(ACTIONS):
        rows = [(first + 1, end) for first, end in sorted(intervals.get(action, ()))]
        cells[number, 0] = np.array(rows, dtype=np.float64).reshape(-1, 2)
    with whole(path) as part:
        _matlab().savemat(part, {"tlabs": cells}, do_compression=True)


def _find(folder: Path, tail: str) -> dict[tuple[int, int], list[Path]]:
    """Files by subject and visit, in a list, as the same video may lie there twice."""
    found = defaultdict(list)
    for path in sorted(folder.rglob(f"*_{tail}")):
        named = re.fullmatch(rf"(\d+)_(\d+)_{re.escape(tail)}", path.name)
        if named and "__MACOSX" not in path.parts:
            found[int(named[1]), int(named[2])].append(path)
    return dict(found)


def _repeated(found: Mapping[tuple[int, int], Sequence[Path]]) -> list[InputError]:
    return [
        InputError(f"{again} is there twice", got=f"{first} is used", do="keep one of them")
        for first, *others in found.values()
        for again in others
    ]


def _unpaired(
    videos: Mapping[tuple[int, int], Sequence[Path]], labels: Mapping[tuple[int, int], Sequence[Path]]
) -> list[InputError]:
    alone = {key: (videos.get(key) or labels[key])[0] for key in sorted(videos.keys() ^ labels.keys())}
    return [
        InputError(
            f"{path} has no partner",
            got=f"no {subject}_{visit}_{LABELS if (subject, visit) in videos else VIDEO}",
            do="put it there, or delete this file",
        )
        for (subject, visit), path in alone.items()
    ]


def _example(key: tuple[int, int], video: Path, labels: Path, segments: tuple[Segment, ...]) -> Example:
    subject, visit = key
    split = next((split for split, subjects in SUBJECTS.items() if subject in subjects), "")
    return Example(f"{subject}_{visit}", video, f"subject {subject}", split, segments=segments, place=str(labels))


def _notes(examples: Sequence[Example], empty: int, overlapping: int) -> tuple[str, ...]:
    unsplit = sum(not example.split for example in examples)
    told = {
        f"{empty} intervals without length were dropped": empty,
        f"{overlapping} intervals overlap others: {RULE}": overlapping,
        f"{unsplit} videos are of subjects beyond the published split (1 to 41) and have none": unsplit,
    }
    return tuple(text for text, count in told.items() if count)


def _matlab() -> Any:
    try:
        from scipy.io import matlab
    except ImportError as error:
        raise MissingPartError("MERL's label files", name="scipy", extra="data") from error
    return matlab


def _load(path: Path) -> Any:
    matlab = _matlab()
    try:
        return matlab.loadmat(path)
    except NotImplementedError as error:
        raise InputError(
            f"cannot read {path}", got="a file of Matlab 7.3 (HDF5)", do="save it in Matlab with the option -v7"
        ) from error
    except (OSError, matlab.MatReadError, *_NOT_A_MAT) as error:
        raise InputError(f"cannot read {path}", got=str(error), allowed="a Matlab file", do=_AGAIN) from error


def _rows(path: Path, number: int, cell: Any) -> list[tuple[float, float]]:
    """The rows of one cell; Matlab's empty arrays have any shape."""
    array = np.asarray(cell)
    if array.size == 0:
        return []
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iuf":
        raise InputError(
            f"{path} does not hold MERL's labels",
            got=f"tlabs{{{number + 1}}} of {array.dtype} {array.shape}",
            allowed="numbers, N x 2",
            do=_AGAIN,
        )
    return [(first, last) for first, last in array.tolist()]


def _is_interval(first: float, last: float) -> bool:
    return math.isfinite(first) and math.isfinite(last) and first % 1 == last % 1 == 0 and 1 <= first <= last + 1


def _wrong(path: Path, number: int, row: int, interval: tuple[float, float]) -> InputError:
    return InputError(
        f"{path}: tlabs{{{number + 1}}}({row + 1},:) ({ACTIONS[number]}) is no interval of frames",
        got=f"{interval[0]:g} to {interval[1]:g}",
        allowed="whole numbers from 1, the first not after the last",
        do="correct or delete that row",
    )

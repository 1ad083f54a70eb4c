"""ShanghaiTech Campus: thirteen cameras on a campus, 24 pictures a second (Luo, Liu and Gao, ICCV 2017).

`training/videos/01_001.avi`, or `training/frames/01_001/000.jpg ...`, and `testing/frames/01_0014/000.jpg ...`. What is
unusual is told by `testing/test_frame_mask/01_0014.npy`, 0 or 1 a frame; where there is none, by
`testing/test_pixel_mask/01_0014.npy`, a mask a frame. What stands before the underline in a name is the camera; both
splits have the same by design, so a group is a camera on one side.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from aisle.core import Dataset, Example, InputError
from aisle.data._unusual import Bools, Flags, check_mask, judged_examples, loaded, sub_folders, unusual_dataset
from aisle.media.series import named_series, read_series

TITLE = "ShanghaiTech: training/videos/01_001.avi, testing/frames/01_0014/000.jpg, testing/test_frame_mask/01_0014.npy"
RATE = Fraction(24)
HOMES = ("training/videos", "training/frames", "testing/frames")


def claims(folder: Path) -> bool:
    return any(_videos(home) for home in sub_folders(folder, *HOMES))


def read(folder: Path) -> Dataset:
    """Opens each test video for its length. Raises InputError where none is left."""
    problems: list[InputError] = []
    drafts: dict[str, tuple[Example, Flags | None]] = {}
    for home in sub_folders(folder, *HOMES):
        split = "test" if home.parent.name == "testing" else "train"
        for video in _videos(home):
            try:
                path = video if video.is_file() else named_series(video, RATE)
                place, flags = _labels(video, path) if split == "test" else (_first(path), None)
            except InputError as error:
                problems.append(error)
                continue
            name = video.relative_to(folder).as_posix()
            camera = f"camera {video.stem.partition('_')[0]} {split}"
            drafts[name] = Example(name, path, camera, split, place=str(place)), flags
    examples = list(judged_examples(drafts, problems))
    return unusual_dataset("shanghaitech", folder, examples, problems, TITLE)


def _videos(home: Path) -> list[Path]:
    named = [path for path in sorted(home.glob("*")) if path.stem.replace("_", "").isdigit() and "_" in path.stem]
    return [path for path in named if path.is_dir() or path.suffix == ".avi"]


def _first(path: Path) -> Path:
    return path if path.is_file() else read_series(path).files[0]


def _labels(video: Path, path: Path) -> tuple[Path, Flags]:
    """Where the labels are, and what reads them. Raises InputError where there are none."""
    frames, pixels = (video.parents[1] / name / f"{video.name}.npy" for name in ("test_frame_mask", "test_pixel_mask"))
    if frames.is_file():
        return frames, partial(_frame_flags, frames)
    if pixels.is_file():
        return pixels, partial(_pixel_flags, pixels, path)
    raise InputError(f"{video} has no labels", got=f"neither {frames} nor {pixels}", do="put one of them there")


def _frame_flags(file: Path) -> Bools:
    return np.asarray(loaded(file, 1) != 0)


def _pixel_flags(file: Path, path: Path) -> Bools:
    masks = loaded(file, 3)
    check_mask((masks.shape[1], masks.shape[2]), path, file)
    return np.asarray((masks != 0).any((1, 2)))

"""CUHK Avenue: a walk before a building, where running, throwing and the like are unusual (Lu et al., ICCV 2013).

`training_videos/01.avi` and `testing_videos/01.avi`, 25 pictures a second. What is unusual is told by
`testing_label_mask/1_label.mat`, which may lie in a folder of its own: `volLabel`, a cell of one mask a frame.
All is of one camera by design, so a group is a side of the split.
"""

from __future__ import annotations

import struct
import zlib
from functools import partial
from pathlib import Path

import numpy as np

from aisle.core import Dataset, Example, InputError, MissingPartError
from aisle.data._unusual import Bools, Flags, check_mask, judged_examples, sub_folders, unusual_dataset

TITLE = "CUHK Avenue: training_videos/01.avi, testing_videos/01.avi, testing_label_mask/1_label.mat"
SPLITS = {"training_videos": "train", "testing_videos": "test"}


def claims(folder: Path) -> bool:
    return any(_videos(home) for home in sub_folders(folder, *SPLITS))


def read(folder: Path) -> Dataset:
    """Opens each test video for its length. Raises InputError where none is left, MissingPartError without scipy."""
    problems: list[InputError] = []
    drafts: dict[str, tuple[Example, Flags | None]] = {}
    labels = {
        file.stem: file for home in sub_folders(folder, "testing_label_mask") for file in home.glob("*_label.mat")
    }
    for home in sub_folders(folder, *SPLITS):
        for video in _videos(home):
            name, split = video.relative_to(folder).as_posix(), SPLITS[home.name]
            file = labels.get(f"{int(video.stem)}_label")
            if split == "test" and file is None:
                do = f"put {int(video.stem)}_label.mat into testing_label_mask"
                problems.append(InputError(f"{video} has no labels", got="no mask of it", do=do))
                continue
            place, flags = (file, partial(read_labels, file, video)) if split == "test" and file else (video, None)
            drafts[name] = Example(name, video, f"avenue {split}", split, place=str(place)), flags
    examples = list(judged_examples(drafts, problems))
    return unusual_dataset("avenue", folder, examples, problems, TITLE)


def read_labels(file: Path, video: Path) -> Bools:
    """(N,), one a frame. Raises InputError for what is no such file, or masks of another size than `video`."""
    try:
        from scipy.io import matlab
    except ImportError as error:
        raise MissingPartError("Avenue's label files", name="scipy", extra="data") from error
    try:
        cells = np.asarray(matlab.loadmat(file).get("volLabel"))
    except NotImplementedError as error:
        do = "save it in Matlab with the option -v7"
        raise InputError(f"cannot read {file}", got="a file of Matlab 7.3 (HDF5)", do=do) from error
    except (OSError, ValueError, TypeError, EOFError, struct.error, zlib.error, matlab.MatReadError) as error:
        raise InputError(f"cannot read {file}", got=str(error), allowed="a Matlab file", do="get it again") from error
    if cells.dtype != object or not cells.size or not all(_is_mask(mask) for mask in cells.flat):
        got = f"volLabel of {cells.dtype} {cells.shape}" if cells.ndim else "no volLabel in it"
        raise InputError(f"{file} does not hold Avenue's labels", got=got, allowed="a cell of one mask a frame")
    for height, width in dict.fromkeys(mask.shape for mask in cells.flat):
        check_mask((height, width), video, file)
    return np.array([bool(mask.any()) for mask in cells.flat])


def _is_mask(mask: object) -> bool:
    return isinstance(mask, np.ndarray) and mask.ndim == 2 and mask.dtype.kind in "biuf"


def _videos(home: Path) -> list[Path]:
    return [path for path in sorted(home.glob("*.avi")) if path.stem.isdigit()]

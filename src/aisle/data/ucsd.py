"""UCSD Ped1 and Ped2: walkers on a path, where bikes, carts and skaters are unusual (Mahadevan et al., CVPR 2010).

`Train/Train001/001.tif ...` and `Test/Test001/001.tif ...`, 10 pictures a second, in a folder a scene. What is unusual
is told by `Test/UCSDped1.m`, whose lines `gt_frame = [60:152, 160:180];` are of the test videos in order, frames
counted from 1, both ends included; where there is none, by the masks `Test/Test001_gt/*.bmp`, one a frame. Ped1 has
masks of ten of its videos only. Both splits are of one camera by design, so a group is a scene on one side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from aisle.core import Dataset, Example, InputError
from aisle.data._unusual import Bools, Flags, check_mask, judged_examples, picture_mask, sub_folders, unusual_dataset
from aisle.media.series import PICTURES, named_series, read_series

TITLE = "UCSD Ped1, Ped2: Train/Train001/001.tif, Test/Test001/001.tif, Test/*.m or Test/Test001_gt"
RATE = Fraction(10)
_RANGES = re.compile(r"gt_frame\s*=\s*\[([^\]]*)\]")
_RANGE = re.compile(r"\d+(?::\d+)?")


def claims(folder: Path) -> bool:
    return any(_videos(home) for home in sub_folders(folder, "Train", "Test"))


def read(folder: Path) -> Dataset:
    """Opens each test video for its length. Raises InputError where none is left."""
    problems: list[InputError] = []
    drafts: dict[str, tuple[Example, Flags | None]] = {}
    for home in sub_folders(folder, "Train", "Test"):
        ranges = _ranges(home, problems) if home.name == "Test" else None
        for number, video in enumerate(_videos(home)):
            try:
                files = read_series(path := named_series(video, RATE)).files
                flags = None if home.name == "Train" else _flags(video, number, len(files), ranges)
            except InputError as error:
                problems.append(error)
                continue
            name, place = video.relative_to(folder).as_posix(), flags[0] if flags else files[0]
            scene = f"{home.parent.resolve().name} {home.name.lower()}"
            draft = Example(name, path, scene, home.name.lower(), place=str(place))
            drafts[name] = draft, flags[1] if flags else None
    examples = list(judged_examples(drafts, problems))
    return unusual_dataset("ucsd", folder, examples, problems, TITLE)


def _videos(home: Path) -> list[Path]:
    return [path for path in sorted(home.glob(f"{home.name}[0-9]*")) if path.is_dir() and path.name[-1].isdigit()]


Ranges = tuple[Path, Mapping[int, Bools]]
"""A Matlab file and, by the video's place in it, the frames that it names: True up to the last that is named."""


def _ranges(home: Path, problems: list[InputError]) -> Ranges | None:
    """Of the one Matlab file; None where there is none. What is wrong with it is a problem of its own."""
    files = [file for file in sorted(home.glob("*.m")) if not file.name.startswith(".")]
    found: dict[int, Bools] = {}
    for file in files[:1]:
        for number, text in enumerate(_RANGES.findall(file.read_text("utf-8", errors="replace"))):
            try:
                found[number] = _frames(text, file)
            except InputError as error:
                problems.append(error)
    return (files[0], found) if files else None


def _frames(text: str, file: Path) -> Bools:
    named: list[int] = []
    for part in filter(None, re.split(r"[,\s]+", text)):
        first, _, last = part.partition(":")
        if not _RANGE.fullmatch(part) or not 1 <= int(first) <= int(last or first):
            do = "correct it, or remove the file to go by the masks"
            raise InputError(f"{file} names no frames", got=part, allowed="first:last, from 1", do=do)
        named += range(int(first) - 1, int(last or first))
    flags = np.zeros(max(named, default=-1) + 1, np.bool_)
    flags[named] = True
    return flags


def _flags(video: Path, number: int, frames: int, ranges: Ranges | None) -> tuple[Path, Flags]:
    """Where the labels of a test video are, and what reads them. Raises InputError where there are none."""
    if ranges is not None:
        file, named = ranges
        if number not in named:
            got = f"{len(named)} lines gt_frame"
            raise InputError(f"{file} says nothing of {video.name}", got=got, do="add its line, in order")
        return file, partial(_filled, named[number], frames)
    masks = video.with_name(f"{video.name}_gt")
    files = [file for file in sorted(masks.glob("*")) if file.suffix.lower() in PICTURES and file.name[0] != "."]
    if not files:
        got = f"neither a *.m in {video.parent} nor masks in {masks.name}"
        raise InputError(f"{video} has no labels", got=got, do="put its masks there")
    return files[0], partial(_masked, video, tuple(files))


def _filled(flags: Bools, frames: int) -> Bools:
    """What is behind the last frame that is named is normal; frames named beyond the video stay, to be told."""
    return np.pad(flags, (0, max(frames - len(flags), 0)))


def _masked(video: Path, files: tuple[Path, ...]) -> Bools:
    masks = [picture_mask(file) for file in files]
    for mask in masks:
        check_mask((mask.shape[0], mask.shape[1]), named_series(video, RATE), files[0].parent)
    return np.array([mask.any() for mask in masks])

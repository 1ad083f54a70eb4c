"""What datasets of unusual events have in common: videos to learn from, and others with frames that are flagged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from aisle.core import BACKGROUND, Dataset, Example, InputError, LabelSet, Segment
from aisle.core.dataset import UNUSUAL
from aisle.media import probe

Bools = npt.NDArray[np.bool_]

LABELS = LabelSet((UNUSUAL, BACKGROUND))

Flags = Callable[[], Bools]
"""What reads which frames of a video are unusual (N,). Raises InputError."""


def sub_folders(folder: Path, *names: str) -> list[Path]:
    """The folders that have one of `names`, at most two levels down, as archives have a folder round them."""
    homes = [folder, *sorted(folder.glob("*/")), *sorted(folder.glob("*/*/"))]
    return [home / name for home in homes for name in names if (home / name).is_dir() and "__MACOSX" not in home.parts]


def stretches(flags: Bools, rate: Fraction) -> tuple[Segment, ...]:
    """Runs of True of `flags` (N,), one a frame: frame i is on screen on [i / rate, (i + 1) / rate)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    pairs = edges.reshape(-1, 2).tolist()
    return tuple(Segment(first / rate, end / rate, UNUSUAL, 1.0) for first, end in pairs)


def flagged(video: Path, flags: Bools, labels: Path) -> tuple[Segment, ...]:
    """The unusual stretches of `video`. Raises InputError where `flags` (N,) are not of as many frames, and for what is
    no video.
    """
    info = probe(video)
    frames = info.frames or (round(info.duration * info.rate) if info.duration is not None else len(flags))
    if len(flags) != frames:
        how = "shorter" if len(flags) < frames else "longer"
        got = f"{len(flags)} frames of {frames} in {video.name}"
        raise InputError(f"{labels} is {how} than the video", got=got, do="get both again, from one release")
    return stretches(flags, info.rate)


def check_mask(mask: tuple[int, int], video: Path, labels: Path) -> None:
    """Raises InputError for a mask (rows, columns) of another size than the pictures of `video`."""
    info = probe(video)
    if mask != (info.height, info.width):
        got, allowed = f"{mask[1]}x{mask[0]}", f"{info.width}x{info.height}, as {video.name}"
        raise InputError(f"the masks of {labels} are of another size", got=got, allowed=allowed, do="get them again")


def picture_mask(file: Path) -> Bools:
    """Where a mask is not black (H, W). Raises InputError for what is no picture."""
    try:
        with Image.open(file) as mask:
            return np.asarray(mask.convert("L")) > 0
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"cannot read {file}", got=str(error), allowed="a mask as a picture") from error


def loaded(file: Path, dimensions: int) -> npt.NDArray[np.generic]:
    """Numbers of a .npy. Raises InputError for anything else, and for another number of `dimensions`."""
    try:
        found: npt.NDArray[np.generic] = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"cannot read {file}", got=str(error), allowed="a .npy of numbers", do="get it again"
        ) from error
    if found.dtype.kind not in "biuf" or found.ndim != dimensions:
        got = f"{found.dtype} {found.shape}"
        raise InputError(f"{file} holds no labels of frames", got=got, allowed=f"numbers, {dimensions} dimensions")
    return found


def judged_examples(
    drafts: Mapping[str, tuple[Example, Flags | None]], problems: list[InputError]
) -> Iterator[Example]:
    """Each draft with its unusual stretches, whose names are the keys. One whose labels are None is normal throughout;
    those whose labels cannot be used become `problems`.
    """
    for draft, flags in drafts.values():
        if flags is None:
            yield draft
            continue
        try:
            found = flagged(draft.path, flags(), Path(draft.place))
        except InputError as error:
            problems.append(error)
            continue
        yield Example(draft.name, draft.path, draft.group, draft.split, segments=found, place=draft.place)


def unusual_dataset(
    kind: str, folder: Path, examples: Sequence[Example], problems: Sequence[InputError], layout: str
) -> Dataset:
    """Raises InputError where no example is left."""
    if not examples:
        got = problems[0] if problems else "none"
        raise InputError(f"{folder} has no video that can be used", got=got, allowed=layout, do="put the videos there")
    quiet = sum(example.split == "test" and not example.segments for example in examples)
    notes = (f"{quiet} test videos are normal throughout",) if quiet else ()
    return Dataset(kind, folder, "timelines", LABELS, tuple(examples), True, notes, tuple(problems))

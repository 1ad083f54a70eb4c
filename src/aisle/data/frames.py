"""Videos to folders of numbered pictures, for tools that read nothing else: CATEGORY/VIDEO/1.jpg, 2.jpg, and so on.

Nothing in aisle needs such folders; what is written here is read again as a video by the name FOLDER@RATE.

manifest.csv, one row a video:

| column          | meaning                                                              |
| --------------- | -------------------------------------------------------------------- |
| folder          | where its pictures lie, below the manifest's folder                  |
| video           | its path below the folder of the videos                              |
| category        | the first folder that it lies in                                     |
| frames          | how many pictures there are                                          |
| rate            | pictures a second                                                    |
| width, height   | of the pictures                                                      |
| size, modified  | bytes of the video and when it was changed, by which it is known     |
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from PIL import Image as Canvas

from aisle.core import InputError, Progress, UsageError, exact, silent, whole_folder, writing
from aisle.core.rows import problem, read_lines, write_lines
from aisle.data.collection import Listed
from aisle.media.read import Reader

MANIFEST = "manifest.csv"
RATE, SIZE = Fraction(3), (224, 224)
LARGEST = 8192
_QUALITY = 90


class Row(NamedTuple):
    """Of the manifest."""

    folder: str
    video: str
    category: str
    frames: int
    rate: str
    width: int
    height: int
    size: int
    modified: int


@dataclass(slots=True)
class Written:
    """`rows` of all that is there, how many videos were `new`, and the `problems` of those that could not be read."""

    rows: list[Row] = field(default_factory=list)
    new: int = 0
    problems: list[InputError] = field(default_factory=list)


def write_frames(
    videos: Sequence[Listed],
    out: Path,
    *,
    size: tuple[int, int] = SIZE,
    rate: Fraction = RATE,
    jobs: int | None = None,
    progress: Progress = silent,
) -> Written:
    """Writes what is not there yet, `jobs` videos at a time (default: one a core), each folder whole or absent, and the
    manifest. `size` is (width, height), which pictures are squeezed to. `progress` hears videos.

    Raises UsageError for sizes, rates and jobs that are none, and where `out` holds pictures of another size or rate;
    OutputError where the disk refuses.
    """
    _check(size, rate, jobs)
    known = _known(out, size, rate)
    done, waiting = Written(), list[tuple[Listed, str]]()
    for video, folder in zip(videos, _folders(videos), strict=True):
        row = known.get(video.name)
        if row is not None and row.folder == folder and _same(row, video) and (out / folder).is_dir():
            done.rows.append(row)
        else:
            waiting.append((video, folder))
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    finished = len(done.rows)
    pool = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
    try:
        running = [pool.submit(_write, video, out, folder, size, rate) for video, folder in waiting]
        for each in as_completed(running):
            try:
                done.rows.append(each.result())
                done.new += 1
            except InputError as error:
                done.problems.append(error)
            finished += 1
            progress(finished, len(videos))
    finally:
        pool.shutdown(cancel_futures=True)
        # what was done when it is stopped is known the next time
        done.rows.sort(key=lambda row: row.folder)
        write_lines(out / MANIFEST, [Row._fields, *done.rows])
    return done


def _write(video: Listed, out: Path, folder: str, size: tuple[int, int], rate: Fraction) -> Row:
    state = video.path.stat()
    target = out / folder
    if target.is_dir():
        _remove(target)
    count = 0
    with whole_folder(target) as place, Reader(video.path, size=size, rate=rate) as reader:
        for count, frame in enumerate(reader, 1):
            with writing(place):
                Canvas.fromarray(frame.image).save(place / f"{count}.jpg", quality=_QUALITY)
        if not count:
            raise InputError(f"no picture of {video.path} could be read", got="none", do="copy it again")
    about = video.about.category
    return Row(folder, video.name, about, count, str(rate), *size, state.st_size, state.st_mtime_ns)


def _remove(folder: Path) -> None:
    """Of an older version of the video: only what was written here, so that nobody loses anything else."""
    with writing(folder):
        for path in folder.glob("*.jpg"):
            path.unlink()
        folder.rmdir()


def _folders(videos: Sequence[Listed]) -> list[str]:
    """The path of each video without its ending; of several alike, with it."""
    stems = [str(PurePosixPath(video.name).with_suffix("")) for video in videos]
    return [stem if stems.count(stem) == 1 else video.name for stem, video in zip(stems, videos, strict=True)]


def _same(row: Row, video: Listed) -> bool:
    state = video.path.stat()
    return (row.size, row.modified) == (state.st_size, state.st_mtime_ns)


def _known(out: Path, size: tuple[int, int], rate: Fraction) -> dict[str, Row]:
    """What an earlier run wrote, by video. Raises UsageError where it was told otherwise."""
    file = out / MANIFEST
    if not file.is_file():
        return {}
    found = {}
    for line, cells in read_lines(file)[1:]:
        if len(cells) != len(Row._fields) or not all(cells[at].isdecimal() for at in (3, 5, 6, 7, 8)):
            raise problem(file, line, "no row of a manifest", ", ".join(cells), "delete the file; all is written again")
        folder, video, category, frames, told, width, height, length, modified = cells
        sides = int(width), int(height)
        row = Row(folder, video, category, int(frames), told, *sides, int(length), int(modified))
        if (row.width, row.height) != size or exact(row.rate) != rate:
            got = f"{row.width}x{row.height}, {row.rate} a second"
            allowed = f"{size[0]}x{size[1]}, {rate} a second"
            raise UsageError(
                f"{out} holds pictures of another kind", got=got, allowed=allowed, do="name another folder"
            )
        found[row.video] = row
    return found


def _check(size: tuple[int, int], rate: Fraction, jobs: int | None) -> None:
    if not (0 < size[0] <= LARGEST and 0 < size[1] <= LARGEST):
        raise UsageError("a picture of no size", got=f"{size[0]}x{size[1]}", allowed=f"1 to {LARGEST} pixels a side")
    if rate <= 0:
        raise UsageError("no pictures a second", got=rate, allowed="more than 0", do="--rate 3")
    if jobs is not None and jobs < 1:
        raise UsageError("at least one job is needed", got=jobs)

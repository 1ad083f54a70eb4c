"""What looking for shots leaves in a folder: a table, a key frame of each, a storyboard, and the shots by themselves.

STEM.shots.csv, one row a shot:

| column             | meaning                                                                           |
| ------------------ | --------------------------------------------------------------------------------- |
| video              | path of the video                                                                 |
| shot               | its number, from 1                                                                |
| start_s, end_s     | seconds; the end does not belong to the shot                                      |
| start_frame        | its first picture, from 0                                                         |
| begins             | how it begins: start, cut or gradual                                              |
| change_s           | seconds that a gradual change at its beginning lasts; 0 for a cut                 |
| score              | how sure that change is, 0 to 1                                                   |
| key_s              | the moment of its key frame                                                       |

and each time once more as h:mm:ss.mmm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as Canvas

from aisle.analysis._table_files import write_csv_rows
from aisle.core import InputError, Progress, clock, seconds, silent, whole
from aisle.core.rows import legible
from aisle.core.shots import Shots
from aisle.core.time_map import Stretch, TimeMap
from aisle.core.video import Image
from aisle.media import probe
from aisle.media.cut import pictures_at
from aisle.media.cut_copy import cut_copy
from aisle.media.storyboard import MOST, Scene, tile, write_storyboard

LOOKS = 5
"""Moments of a shot of which the sharpest is its key frame."""

_QUALITY = 90


@dataclass(frozen=True, slots=True)
class ShotFiles:
    """Where the shots of one video lie; key frames and single shots are in `folder`, numbered as the table is."""

    csv: Path
    json: Path
    board: Path
    folder: Path

    @classmethod
    def named(cls, stem: Path) -> ShotFiles:
        """`stem` is a path without an ending, which is appended."""
        kinds = (".csv", ".json", ".png", "")
        return cls(*(stem.with_name(f"{stem.name}.shots{kind}") for kind in kinds))

    def key(self, number: int) -> Path:
        """The key frame of a shot, from 0."""
        return self.folder / f"shot-{number + 1:04}.jpg"

    def shot(self, number: int) -> Path:
        """A shot by itself, from 0."""
        return self.folder / f"shot-{number + 1:04}.mp4"


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """The sharpest picture of a shot, on screen at `time`."""

    time: Fraction
    image: Image


class _Row(NamedTuple):
    video: str
    shot: int
    start_s: float
    end_s: float
    start_frame: int
    begins: str
    change_s: float
    score: float
    key_s: float


def key_frames(video: str | Path, shots: Shots) -> tuple[Key, ...]:
    """One of each shot, outside of gradual changes, at the video's own size. Raises InputError."""
    info = probe(video)
    found = []
    for stretch in shots.clean:
        moments = _moments(stretch, 1 / shots.rate)
        pictures = pictures_at(video, moments, (info.width, info.height))
        if not pictures:
            got = f"nothing from {float(stretch.start):.2f} s on"
            raise InputError(f"no picture of {video} could be read again", got=got, do="copy it again")
        best = int(np.argmax([sharpness(picture) for picture in pictures]))
        found.append(Key(moments[best], pictures[best]))
    return tuple(found)


def sharpness(image: Image) -> float:
    """The variance of the Laplacian of the brightness: the more, the sharper (Pech-Pacheco et al., ICPR 2000)."""
    grey = image.mean(2, dtype=np.float32)
    if min(grey.shape) < 3:
        return 0.0
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * grey[1:-1, 1:-1]).var())


def write_shots(
    shots: Shots, files: ShotFiles, *, video: str | Path, split: bool = False, progress: Progress = silent
) -> tuple[Stretch, ...]:
    """Writes all of `files`, of `video`; each is whole or absent, and one of an earlier run is replaced. `progress`
    hears shots.

    With `split` every shot is copied by itself, without encoding it anew, so that it begins and ends at key frames of
    the file: what each holds is returned, nothing without. Raises OutputError where the disk refuses, InputError for a
    video that cannot be split so.
    """
    keys = key_frames(video, shots)
    for number, key in enumerate(keys):
        with whole(files.key(number)) as part:
            Canvas.fromarray(key.image).save(part, "JPEG", quality=_QUALITY)
    held = _split(shots, files, video, progress) if split else ()
    write_csv_rows(files.csv, _Row, _rows(shots, keys))
    _write_json(shots, keys, held, files)
    _write_board(shots, keys, video, files.board)
    return held


def _moments(stretch: Stretch, picture: Fraction) -> list[Fraction]:
    """Spread over a shot, none of them its last picture."""
    last = max(stretch.lasts - picture, Fraction(0))
    return [stretch.start + last * (2 * at + 1) / (2 * LOOKS) for at in range(LOOKS)]


def _split(shots: Shots, files: ShotFiles, video: str | Path, progress: Progress) -> tuple[Stretch, ...]:
    held = []
    for number, stretch in enumerate(shots.stretches):
        times = cut_copy(video, TimeMap((stretch,)), files.shot(number))
        held.append(Stretch(times.kept[0].start, times.kept[-1].end))
        progress(number + 1, len(shots.stretches))
    return tuple(held)


def _rows(shots: Shots, keys: Sequence[Key]) -> list[_Row]:
    video = legible(shots.video)
    before = [None, *shots.changes]
    return [
        _Row(
            video,
            number + 1,
            seconds(stretch.start),
            seconds(stretch.end),
            int(stretch.start * shots.rate + Fraction(1, 2)),
            "start" if change is None else "cut" if change.is_cut else "gradual",
            0.0 if change is None else seconds(change.end - change.start),
            1.0 if change is None else round(change.score, 4),
            seconds(keys[number].time),
        )
        for number, (stretch, change) in enumerate(zip(shots.stretches, before, strict=True))
    ]


def _write_json(shots: Shots, keys: Sequence[Key], held: Sequence[Stretch], files: ShotFiles) -> None:
    rows = []
    for number, row in enumerate(_rows(shots, keys)):
        one = {name: value for name, value in row._asdict().items() if name != "video"}
        one |= {"start": clock(shots.stretches[number].start), "key_frame": files.key(number).name}
        if held:
            one |= {
                "file": files.shot(number).name,
                "file_start_s": seconds(held[number].start),
                "file_end_s": seconds(held[number].end),
            }
        rows.append(one)
    record = {
        "video": legible(shots.video),
        "duration_s": seconds(shots.duration),
        "rate": str(shots.rate),
        "method": shots.method,
        "shots": rows,
    }
    with whole(files.json) as part:
        part.write_text(json.dumps(record, indent=2), "utf-8")


def _write_board(shots: Shots, keys: Sequence[Key], video: str | Path, board: Path) -> None:
    count = len(keys)
    chosen = range(count) if count <= MOST else [round(at * (count - 1) / (MOST - 1)) for at in range(MOST)]
    size = tile(probe(video))
    scenes = [
        Scene(shots.stretches[at], np.asarray(Canvas.fromarray(keys[at].image).resize(size)), f"shot {at + 1}")
        for at in chosen
    ]
    told = f"{count} shot{'' if count == 1 else 's'}"
    note = "" if count <= MOST else f"{MOST} of them are shown"
    write_storyboard(scenes, board, title=f"{Path(shots.video).name}: {told}", note=note)

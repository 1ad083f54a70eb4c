"""How well detectors find people in a hundred frames of real video, in which they were counted and boxed by eye.

    benchmarks/people.py [DETECTOR...]

The truth is people_counted.csv: 34 frames of shoplifting_lab, 33 of cctv_samples and 33 of Debian's vtest.avi, chosen
by a fixed rule before anybody looked (spread evenly over clips and over the length of videos), and boxed without the
help of a detector. Boxes go round what is visible of a person. `hard` are those whose head is out of sight, or of whom
less than half is to be seen: cut off by the edge, behind a sign or another person; a hand that reaches in is one of
them. Without hard ones, they count neither as missed nor, where found, as false.

cctv_samples are filmed from above, which networks trained on COCO hardly know, and eight of its frames are bottles that
hands put down. A frame of one video resembles the next one, so the ranges are drawn by stretches of ten seconds.

Needs ../shared (AISLE_SHARED), and Debian's package opencv-doc, or AISLE_VTEST with the path of its vtest.avi; leaves
out what is missing and says so. DETECTOR is a name or a file, as `aisle.deploy.object_detectors.open_detector` takes
it; all that are known without any.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import record

from aisle.core import AisleError
from aisle.core.boxes import Boxes, Floats, intersection_over_union
from aisle.core.detections import PERSON
from aisle.core.video import Image
from aisle.deploy.object_detectors import DETECTORS, open_detector
from aisle.evaluate.bootstrap import bootstrap
from aisle.evaluate.figures import Bools, Ints
from aisle.media.read import Reader

COUNTED = Path(__file__).with_name("people_counted.csv")
SHARED = Path(os.environ.get("AISLE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
VTEST = Path(os.environ.get("AISLE_VTEST") or "/usr/share/doc/opencv-doc/examples/data/vtest.avi")
LEAST = (0.5, 0.3)
"""Overlaps from which on a person is found; boxes drawn by hand are rough, so .3 says more of who was seen at all."""

STRETCH = 10
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Counted:
    """`corners` (N, 4) and `hard` (N,) of the people in frame number `frame` of `video`, at `time` seconds."""

    source: str
    video: str
    frame: int
    time: float
    corners: Floats
    hard: Bools

    @property
    def group(self) -> tuple[str, int]:
        return self.video, int(self.time // STRETCH)


@dataclass(slots=True)
class Rows:
    corners: list[list[float]] = field(default_factory=list)
    hard: list[bool] = field(default_factory=list)


def counted() -> list[Counted]:
    rows: dict[tuple[str, str, int, float], Rows] = {}
    with COUNTED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one = rows.setdefault((row["source"], row["video"], int(row["frame"]), float(row["time_s"])), Rows())
            if row["person"] != "0":
                one.corners.append([float(row[name]) for name in ("x1", "y1", "x2", "y2")])
                one.hard.append(row["hard"] == "1")
    return [
        Counted(*key, np.array(r.corners, np.float32).reshape(-1, 4), np.array(r.hard, bool)) for key, r in rows.items()
    ]


def pictures(frames: Sequence[Counted]) -> Iterator[tuple[Counted, Image]]:
    """The frames' pixels, video by video."""
    for video in dict.fromkeys(one.video for one in frames):
        wanted = {one.frame: one for one in frames if one.video == video}
        with Reader(path(video)) as reader:
            for number, frame in enumerate(reader):
                if number in wanted:
                    yield wanted.pop(number), frame.image
                if not wanted:
                    break


def matched(one: Counted, people: Boxes, least: float, *, with_hard: bool) -> tuple[int, int, int]:
    """How many people there are, how many boxes count, and how many of these are right. The surest first takes the
    person whom it overlaps most and who is free.
    """
    order = np.argsort(-people.scores, kind="stable")
    shares = intersection_over_union(people.corners[order], one.corners)
    easy = one.hard < 2 if with_hard else ~one.hard
    free, hits, ignored = easy.copy(), 0, 0
    for share in shares:
        fit = np.flatnonzero(free & (share >= least))
        if len(fit):
            free[fit[share[fit].argmax()]] = False
            hits += 1
        elif (share[~easy] >= least).any():
            ignored += 1
    return int(easy.sum()), len(shares) - ignored, hits


def shares(rows: Sequence[tuple[int, int, int]], groups: Sequence[Hashable]) -> dict[str, Any]:
    table = np.array(rows, np.float64)

    def of(numbers: Ints) -> dict[str, float]:
        people, found, hits = table[numbers].sum(axis=0)
        with np.errstate(invalid="ignore"):
            return {"precision": hits / found, "recall": hits / people, "f1": 2 * hits / (people + found)}

    totals = dict(zip(("people", "found", "hits"), map(int, table.sum(axis=0)), strict=True))
    return totals | ranged(of, groups)


def counts(frames: Sequence[Counted], found: Sequence[Boxes]) -> dict[str, Any]:
    """By how many people the number of boxes in a frame is wrong: without its sign, and with it."""
    off = np.array([len(boxes) - len(one.corners) for one, boxes in zip(frames, found, strict=True)])

    def of(numbers: Ints) -> dict[str, float]:
        some = off[numbers]
        return {"error": float(np.abs(some).mean()), "bias": float(some.mean()), "exact": float((some == 0).mean())}

    return ranged(of, [one.group for one in frames])


def ranged(of: Callable[[Ints], dict[str, float]], groups: Sequence[Hashable]) -> dict[str, Any]:
    intervals = bootstrap(of, groups)
    values = of(np.arange(len(groups)))
    return {
        name: {"value": _known(value), **{end: _known(getattr(intervals[name], end)) for end in ("low", "high")}}
        if name in intervals
        else _known(value)
        for name, value in values.items()
    }


def measured(name: str, frames: Sequence[Counted]) -> dict[str, Any]:
    detector = open_detector(name, labels=[PERSON])
    looked = [(one, detector([image])[0].labelled(PERSON).boxes) for one, image in pictures(frames)]
    result: dict[str, Any] = {}
    for source in ("all", *dict.fromkeys(one.source for one in frames)):
        rows = [(one, boxes) for one, boxes in looked if source in ("all", one.source)]
        groups = [one.group for one, _ in rows]
        result[source] = {
            "frames": len(rows),
            "count": counts(*zip(*rows, strict=True)),
            **{
                f"iou_{least}_{kind}": shares([matched(*row, least, with_hard=hard) for row in rows], groups)
                for least in LEAST
                for kind, hard in (("everybody", True), ("without_hard", False))
            },
        }
    return result


def main(names: Sequence[str]) -> None:
    frames = counted()
    missing = sorted({one.source for one in frames if not path(one.video).is_file()})
    for source in missing:
        print(f"{source} is left out: its videos are not there", file=sys.stderr)
    frames = [one for one in frames if one.source not in missing]
    result: dict[str, Any] = {"left_out": missing, "ranges": f"95%, drawn by stretches of {STRETCH} s of one video"}
    for name in names or DETECTORS:
        try:
            result[Path(name).stem] = measured(name, frames)
        except AisleError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    record.save("people", result)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def path(video: str) -> Path:
    return VTEST if video == "vtest.avi" else SHARED / "data" / video


if __name__ == "__main__":
    main(sys.argv[1:])

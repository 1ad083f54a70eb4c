"""How well people were followed, against truth: the CLEAR, identity and HOTA figures, from `trackers.eval`.

Bernardin and Stiefelhagen, EURASIP JIVP 2008; Ristani et al., ECCV workshops 2016; Luiten et al., IJCV 2021. `trackers`
computes them as TrackEval does; here stand what goes into them and what is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from aisle.core.boxes import intersection_over_union
from aisle.core.detections import NOBODY, Detections, Numbers
from aisle.core.errors import MissingPartError, UsageError

OVERLAP = 0.5
"""Intersection over union from which a box is taken to be that of the truth."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One video: what there was and what was found, look by look; what is not followed in `found` counts as a wrong
    box that is somebody new each time.
    """

    truth: Sequence[Detections]
    found: Sequence[Detections]

    def __post_init__(self) -> None:
        if len(self.truth) != len(self.found):
            got = f"{len(self.truth)} looks of the truth, {len(self.found)} of what was found"
            raise UsageError("truth and what was found are of the same looks", got=got)


@dataclass(frozen=True, slots=True)
class TrackingFigures:
    """`mota` up to 1, the other shares 0 to 1; counts are of all videos. `switches` is how often somebody who had been
    found became somebody else.
    """

    mota: float
    idf1: float
    hota: float
    switches: int
    precision: float
    recall: float
    people: int
    looks: int


def evaluate_tracking(videos: Sequence[Followed], overlap: float = OVERLAP) -> TrackingFigures:
    """Over all boxes of all videos. Raises UsageError where there is no truth, MissingPartError without `trackers`."""
    metrics = _metrics()
    truths = [[look.tracks for look in video.truth] for video in videos]
    people = sum(len(np.unique(np.concatenate(truth))) for truth in truths if truth)
    if not people:
        raise UsageError("there is nobody to be followed", got="truth without boxes")
    founds = [_alone(video.found) for video in videos]
    alike = [
        [
            intersection_over_union(truth.boxes.corners, found.boxes.corners)
            for truth, found in zip(video.truth, video.found, strict=True)
        ]
        for video in videos
    ]
    parts = list(zip(truths, founds, alike, strict=True))
    clear = metrics.aggregate_clear_metrics([metrics.compute_clear_metrics(*part, threshold=overlap) for part in parts])
    identity = metrics.aggregate_identity_metrics(
        [metrics.compute_identity_metrics(*part, threshold=overlap) for part in parts]
    )
    hota = metrics.aggregate_hota_metrics([metrics.compute_hota_metrics(*part) for part in parts])
    return TrackingFigures(
        mota=float(clear["MOTA"]),
        idf1=float(identity["IDF1"]),
        hota=float(hota["HOTA"]),
        switches=int(clear["IDSW"]),
        precision=float(clear["CLR_Pr"]),
        recall=float(clear["CLR_Re"]),
        people=people,
        looks=sum(map(len, truths)),
    )


def _metrics() -> Any:
    try:
        import trackers.eval
    except ModuleNotFoundError:
        raise MissingPartError("evaluating tracks", name="trackers", extra="objects") from None
    return trackers.eval


def _alone(found: Sequence[Detections]) -> list[Numbers]:
    """The tracks of each look, with a number of its own for each that is not followed."""
    free = count(1 + max((int(look.tracks.max()) for look in found if len(look)), default=0))
    return [
        np.array([next(free) if track == NOBODY else track for track in look.tracks.tolist()], np.int64)
        for look in found
    ]

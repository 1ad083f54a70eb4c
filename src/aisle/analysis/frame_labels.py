"""What the pictures of a video show, as one table, whoever looked: a network that names pictures, or a detector."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aisle.core import InputError, LabelSet, Progress, UsageError, silent
from aisle.core.frame_labels import FrameLabel, FrameLabels
from aisle.core.observed import Observed
from aisle.core.video import Image
from aisle.media.ahead import ahead
from aisle.media.read import Read, Reader

Floats = npt.NDArray[np.float32]

RATE = Fraction(3)
"""Pictures a second that are looked at."""

TOP = 5
"""Labels a picture, the surest."""

_BATCH = 16


class NamesPictures(Protocol):
    """What is needed of `aisle.deploy.labeller_runtime.Labeller`. It takes pictures of `size` x `size` pixels as they
    are; `fingerprint` changes whenever its answers would.
    """

    @property
    def labels(self) -> LabelSet: ...

    @property
    def size(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def probabilities(self, images: Sequence[Image]) -> Floats:
        """(N, C) along `labels`."""
        ...


def label_frames(
    video: str | Path,
    labeller: NamesPictures,
    *,
    rate: Fraction = RATE,
    top: int = TOP,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    progress: Progress = silent,
    read: Read = Reader,
) -> FrameLabels:
    """The `top` labels of `rate` pictures a second of [start, end), opened by `read`; `progress` hears seconds.

    Raises InputError where nothing of it can be read, UsageError for a top below 1.
    """
    if top < 1:
        raise UsageError("some labels a picture", got=top, allowed="1 or more", do="--top 5")
    rows: list[FrameLabel] = []
    pictures = 0
    size = (labeller.size, labeller.size)
    with (
        read(video, size=size, rate=rate, start=start, end=end) as reader,
        closing(ahead(reader, _BATCH)) as frames,
    ):
        info = reader.info
        while some := list(islice(frames, _BATCH)):
            shares = labeller.probabilities([frame.image for frame in some])
            best = np.argsort(-shares, axis=1, kind="stable")[:, :top]
            for frame, share, order in zip(some, shares, best, strict=True):
                number = int(frame.time * info.rate)
                rows += [FrameLabel(number, frame.time, labeller.labels[at], float(share[at])) for at in order.tolist()]
            pictures += len(some)
            progress(float(some[-1].time), float(info.duration) if info.duration else None)
    if not pictures:
        raise InputError(f"no picture of {info.path} could be read", got="none", do="check the times, or copy it again")
    return FrameLabels(info.path, pictures, tuple(rows), labeller.fingerprint)


def labels_of(observed: Observed, producer: str) -> FrameLabels:
    """What a detector saw, each thing with the share of the picture that it fills: by its mask, else by its box within
    the picture. `producer` names the detector.
    """
    rows: list[FrameLabel] = []
    for look in observed.observations:
        boxes, masks, scores = look.percent(), look.mask_percent(), look.found.boxes.scores
        areas = np.where(np.isnan(masks), boxes, masks) / 100
        rows += [
            FrameLabel(look.frame, look.time, look.found.labels[at], _share(scores[at]), _share(areas[at]))
            for at in np.argsort(-scores, kind="stable").tolist()
        ]
    return FrameLabels(observed.info.path, len(observed.observations), tuple(rows), producer)


def _share(value: float) -> float:
    return min(max(float(value), 0.0), 1.0)

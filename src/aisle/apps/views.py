"""A clip as a network that reads clips is tested on it: some stretches of it, and some squares of each."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt

from aisle.analysis.analyzer import softmax
from aisle.analysis.viewer import read_clip
from aisle.core import Example, UsageError
from aisle.deploy.clip_model import ClipModel
from aisle.objects.detector import Load

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Views:
    """`clips` stretches spread evenly over a video, times `crops` squares of each: one in the middle, or three along
    the longer side. Papers test on 10 x 3; 1 x 1 is the cheapest.
    """

    clips: int = 1
    crops: int = 1

    def __post_init__(self) -> None:
        if self.clips < 1 or self.crops not in (1, 3):
            got = f"{self.clips} clips, {self.crops} crops"
            raise UsageError("a video is not cut into such views", got=got, allowed="1 clip or more, 1 or 3 crops")

    def __str__(self) -> str:
        return f"{self.clips} x {self.crops}"

    @property
    def count(self) -> int:
        return self.clips * self.crops


@dataclass(frozen=True, slots=True, eq=False)
class Viewed:
    """Probabilities (C,), and the seconds of reading, with all that makes pictures into views, and of the network."""

    probabilities: Floats
    reading_s: float
    network_s: float


def viewed(model: ClipModel, example: Example, views: Views, load: Load) -> Viewed:
    """`load` opens the networks that find people. Raises InputError for a video that cannot be read."""
    sampling, begun = model.bundle.sampling, perf_counter()
    clip = read_clip(
        example.path,
        model.bundle.views,
        rate=sampling.rate,
        short_side=sampling.short_side,
        start=example.start,
        end=example.end,
        side=sampling.crop,
        load=load,
    )
    read = perf_counter()
    logits = model.clip_logits(clip, clips=views.clips, crops=views.crops)
    done = perf_counter()
    probabilities: Floats = softmax(logits[None])[0]
    return Viewed(probabilities, read - begun, done - read)

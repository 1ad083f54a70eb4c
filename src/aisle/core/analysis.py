"""All that one pass over one video gave."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.core.features import Features, Scores
from aisle.core.heat import Heat
from aisle.core.timeline import Segment, Timeline
from aisle.core.video import VideoInfo


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall-clock seconds. Decoding and inference overlap, so `total_s` may be less than their sum."""

    decode_s: float
    inference_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Prediction:
    label: str
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """`predictions` are for the whole video, best first, every class; `notes` say what a reader must know of the
    input.

    Where the model has a `threshold`, the first prediction is its answer: the second of its two classes from that
    probability on. `heat` says where in the picture, if the model knows. `drift` are the stretches in which the camera
    itself was covered, dark or moved.
    """

    info: VideoInfo
    model: str
    timeline: Timeline
    scores: Scores
    features: Features
    predictions: tuple[Prediction, ...]
    timing: Timing
    notes: tuple[str, ...] = ()
    threshold: float | None = None
    heat: Heat | None = None
    drift: tuple[Segment, ...] = ()

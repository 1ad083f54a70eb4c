"""A packaged model of what is normal on its backbone: pictures in, the risk that they are not normal out, and where.
Imports no PyTorch and no scikit-learn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Producer, Stream
from aisle.analysis.cue import Cue
from aisle.analysis.cue_backbone import BackboneCue
from aisle.analysis.cue_pixels import PixelsCue
from aisle.analysis.cue_scene import SceneCue
from aisle.analysis.cue_velocity import VelocityCue
from aisle.analysis.noticing import SHAPE, Noticing, Part, risk
from aisle.core import DamagedError, UsageError
from aisle.deploy.anomaly_bundle import AnomalyBundle, Told, read_normal
from aisle.deploy.on_backbone import OnBackbone
from aisle.deploy.pixels import open_pixels
from aisle.models.card import Block

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

CUES: Mapping[str, Callable[[], Cue]] = {"backbone": BackboneCue, "scene": SceneCue, "velocity": VelocityCue}
"""Those that need nothing but pictures and features."""

PAINTED = ("pixels", "doubts")
"""Those of a bundle by aisle pretrain: how far off the pictures are that it reconstructs or predicts, and what its
discriminator doubts.
"""

LONG = Fraction(2)
"""Seconds over which a surprise must last to be that of a whole clip."""

FOREIGN = 0.3
"""The share of a video that can be unusual before it is said that the camera itself is another."""

LEAST = 1e-6
"""The risk and the safety that there is at least, so that they have logarithms."""


class AnomalyModel(OnBackbone[AnomalyBundle]):
    """A packaged model of what is normal, with the model whose features it reads. Opened by `open_model`."""

    def __init__(self, bundle: AnomalyBundle, folder: Path, backbone: Producer) -> None:
        """Raises DamagedError for a backbone whose features are not those that it was trained on."""
        super().__init__(bundle, folder, backbone)
        self.parts = [
            Part(cue, scorer, tail, told.half, told.beyond)
            for told, cue, (scorer, tail) in zip(
                bundle.parts, cues_of(bundle.parts, folder), read_normal(folder, bundle), strict=True
            )
        ]

    @property
    def identity(self) -> str:
        """Names what the features mean."""
        return self.backbone.identity

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What a step's features are made of."""
        return self.backbone.blocks

    def gflops(self, *, height: int, width: int) -> float:
        """See aisle.analysis.backbone.Producer: the backbone's, beside which all else is little."""
        return self.backbone.gflops(height=height, width=width)

    def stream(self, *, height: int, width: int) -> AnomalyStream:
        """See aisle.analysis.backbone.Backbone."""
        stride, rate = self.steps.stride, self.reads.rate
        noticing = Noticing(self.parts, stride, rate)
        inner = self.backbone.stream(height=height, width=width)
        return AnomalyStream(inner, noticing, self.bundle, max(round(LONG * rate / stride), 1))


def cues_of(parts: Sequence[Told], folder: Path = Path()) -> list[Cue]:
    """One for each of `parts`, the same for those that look at the same; their sources lie in `folder`. Raises
    DamagedError for one that this version does not know.
    """
    opened = {(part.cue, part.source): part for part in parts}
    cues = {key: _cue_of(part, folder) for key, part in opened.items()}
    return [cues[part.cue, part.source] for part in parts]


def _cue_of(told: Told, folder: Path) -> Cue:
    if told.cue in PAINTED:
        return _painted(told, folder / told.source)
    if told.cue not in CUES:
        do = "install the version of aisle that it was made with"
        raise DamagedError(
            "the bundle looks at a cue that is not known", got=told.cue, allowed=", ".join([*CUES, *PAINTED]), do=do
        )
    return CUES[told.cue]()


def _painted(told: Told, source: Path) -> Cue:
    """Raises InputError, UsageError or DamagedError for a bundle that paints no pictures, or doubts none."""
    pixels = open_pixels(source)
    if told.cue == "doubts" and not pixels.card.doubts:
        raise UsageError("this network has no discriminator", got=told.source, allowed="a bundle of the method gan")

    def mapped(window: Bytes) -> Floats:
        looked = pixels.looked(window[None])
        found = looked.errors if told.cue == "pixels" or looked.doubts is None else looked.doubts
        whole: Floats = found[0].mean(0)
        return whole

    return PixelsCue(told.cue, mapped, pixels.card.frames, pixels.card.rate)


class AnomalyStream:
    """See aisle.analysis.backbone.Stream and Mapped."""

    def __init__(self, inner: Stream, noticing: Noticing, bundle: AnomalyBundle, long: int) -> None:
        self._inner, self._noticing, self._knee = inner, noticing, bundle.knee
        self._heat = np.empty((0, *SHAPE), np.float32)
        self._latest: deque[float] = deque(maxlen=long)
        self._highest = -1.0
        self._steps = self._alarming = 0

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        features, _ = self._inner.push(frames, last=last)
        surprises, where = self._noticing.push(frames, features, last=last)
        risks = risk(surprises, self._knee)
        self._heat = np.concatenate([self._heat, warmed(where, risks)])
        self._remember(surprises)
        return features, _logits(risks)

    def heat(self) -> Floats:
        """See aisle.analysis.backbone.Mapped."""
        given, self._heat = self._heat, self._heat[:0]
        return given

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream: the risk of the highest mean surprise of `LONG`, or of all of it where
        it is shorter.
        """
        if not self._latest:
            raise UsageError("no clip", got="no steps", do="push frames first, the last of them with last=True")
        whole = self._highest if self._highest >= 0 else float(np.mean(self._latest))
        said: Floats = _logits(risk(np.array([whole], np.float32), self._knee))[0]
        return said

    def notes(self) -> tuple[str, ...]:
        """See aisle.analysis.backbone.Remarking."""
        if self._alarming <= FOREIGN * self._steps:
            return ()
        told = (
            f"{self._alarming / self._steps:.0%} of it looks unusual, as if it were not from a camera that was learnt"
        )
        return (f"{told}; got: {self._alarming} of {self._steps} steps; do: aisle train --task anomaly --extend",)

    def _remember(self, surprises: Floats) -> None:
        self._steps += len(surprises)
        self._alarming += int((surprises >= self._knee).sum())
        for one in surprises:
            self._latest.append(float(one))
            if len(self._latest) == self._latest.maxlen:
                self._highest = max(self._highest, float(np.mean(self._latest)))


def warmed(where: Floats, risks: Floats) -> Floats:
    """Heat (N, h, w) of surprises `where` (N, h, w) and the `risks` (N,): the most surprising part has the risk of the
    step, the others their share of it; all have it where nothing knows of places.
    """
    most = where.max((1, 2), keepdims=True)
    shares = np.where(most > 0, where / np.where(most > 0, most, 1), 1)
    heat: Floats = (shares * risks[:, None, None]).astype(np.float32)
    return heat


def _logits(risks: Floats) -> Floats:
    """(N, 2), of which a softmax makes (1 - risk, risk)."""
    kept = np.clip(risks.astype(np.float64), LEAST, 1 - LEAST)
    logits: Floats = np.log(np.stack([1 - kept, kept], axis=1)).astype(np.float32)
    return logits

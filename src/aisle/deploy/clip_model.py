"""A packaged network that reads clips, on the runtime that runs it. Imports no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aisle.analysis.analyzer import softmax
from aisle.analysis.backbone import Answers, Stream
from aisle.analysis.sampling import crops as crops_of
from aisle.analysis.sampling import indices, places
from aisle.analysis.viewer import Viewer
from aisle.core import LabelSet, UsageError
from aisle.core.clip import WHOLE, Array, Clip
from aisle.deploy.clip import ClipBundle
from aisle.deploy.clip_runtime import in_order, load_clip_network, networks_of, picture_stream
from aisle.deploy.detectors import Networks
from aisle.deploy.windows import LEAST, WindowStream
from aisle.models.card import Block, Reads, Steps

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LEAST_SIDE = 32
"""Pixels of a side of whole pictures: in most of these networks one cell of the last maps sees so many."""


class ClipModel:
    """A packaged network with the runtime it runs on. Opened by `open_model`."""

    def __init__(self, bundle: ClipBundle, folder: Path, runtime: str) -> None:
        """Raises InputError where the bundle lacks what `runtime` needs."""
        self.bundle, self.folder, self.runtime = bundle, folder, runtime
        self._network = load_clip_network(runtime, folder, bundle)
        self._load = Networks()

    @property
    def name(self) -> str:
        return self.bundle.name

    @property
    def labels(self) -> LabelSet:
        return self.bundle.labels

    @property
    def reads(self) -> Reads:
        return self.bundle.reads

    @property
    def steps(self) -> Steps:
        return self.bundle.steps

    @property
    def answers(self) -> Answers:
        return self.bundle.answers

    @property
    def fingerprint(self) -> str:
        return f"{self.bundle.fingerprint}-{self.runtime}"

    @property
    def identity(self) -> str:
        """Names what the features mean."""
        return self.bundle.identity

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What a step's features are made of."""
        return (Block("features", self.bundle.features),)

    @property
    def parameters(self) -> int:
        """Single weights."""
        return self.bundle.parameters

    def gflops(self, *, height: int, width: int) -> float:
        """See aisle.analysis.backbone.Producer; as windows overlap, a picture is computed more than once."""
        squares = height * width / self.bundle.sampling.test_crop**2
        growing = self.bundle.growing
        return 2 * self.bundle.gflops * (growing * squares + 1 - growing) / self._apart

    @property
    def _apart(self) -> int:
        """Pictures from window to window."""
        return self.bundle.windows.hop

    def stream(self, *, height: int, width: int) -> Stream:
        """See aisle.analysis.backbone.Backbone."""
        del height, width  # the network for a size is prepared when it is first needed
        windows = WindowStream(
            self.run, self.bundle.windows, features=self.bundle.features, classes=len(self.bundle.labels)
        )
        return ClipStream(Viewer(self.bundle.views, side=self.bundle.sampling.crop, load=self._load), windows)

    def run(self, views: Mapping[str, Array]) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of the views (B, T, ...) of B windows; a network of timelines has N of them
        for each.

        Raises UsageError for another number of pictures than the network takes, and for pictures that are too small.
        """
        given = [views[name] for name in self.bundle.views]
        frames = self.bundle.sampling.frames
        sides = [min(view.shape[2:4]) for name, view in zip(self.bundle.views, given, strict=True) if name in WHOLE]
        if min(sides, default=LEAST_SIDE) < LEAST_SIDE or any(view.shape[1] != frames for view in given):
            raise UsageError(
                f"{self.name} cannot take this clip",
                got=", ".join(f"{name} {'x'.join(map(str, views[name].shape[1:]))}" for name in self.bundle.views),
                allowed=f"{frames} pictures, each side {LEAST_SIDE} or more pixels",
                do="take as many pictures as the card says, or larger ones",
            )
        return self._network(given)

    def clip_logits(self, clip: Clip, *, clips: int = 1, crops: int = 1) -> Floats:
        """(C,) of one clip of whole pictures at the card's rate: the logarithm of the mean probabilities over `clips`
        windows, spread evenly, times `crops` squares of each (1, or 3 along the longer side), as published.

        Pictures that are smaller than the square are taken up to their short side. Raises UsageError for a clip that
        lacks a view or has another rate.
        """
        self._check(clip)
        sampling, views = self.bundle.sampling, [clip.views[name] for name in self.bundle.views]
        chosen = [indices(clip.frames, sampling, place=place) for place in places(clips)]
        squares = self._squares(clip, crops)
        probabilities = [
            softmax(self._of(views, rows, square)).mean(0, dtype=np.float64) for rows in chosen for square in squares
        ]
        mean: Floats = np.log(np.maximum(np.mean(probabilities, 0), LEAST)).astype(np.float32)
        return mean

    def _squares(self, clip: Clip, count: int) -> list[tuple[int, int]]:
        """(top, left) of those that are cut out of whole pictures; one place where there are none of these."""
        seen = [clip.views[name].shape[1:3] for name in self.bundle.views if name in WHOLE]
        if not seen:
            return [(0, 0)]
        height, width = seen[0]
        return crops_of(height, width, min(self.bundle.sampling.test_crop, height, width), count)

    def _of(self, views: list[Array], rows: npt.NDArray[np.int64], square: tuple[int, int]) -> Floats:
        """Logits (N, C) of one window's square."""
        side, (top, left) = self.bundle.sampling.test_crop, square
        cut = {
            name: view[rows][:, top : top + side, left : left + side] if name in WHOLE else view[rows]
            for name, view in zip(self.bundle.views, views, strict=True)
        }
        _, logits = self.run({name: np.ascontiguousarray(view)[None] for name, view in cut.items()})
        return logits.reshape(-1, logits.shape[-1])

    def _check(self, clip: Clip) -> None:
        lacking = [name for name in self.bundle.views if name not in clip.views]
        if lacking or clip.rate != self.bundle.sampling.rate:
            raise UsageError(
                f"{self.name} reads other clips",
                got=f"{', '.join(clip.views)} at {clip.rate} a second",
                allowed=f"{', '.join(self.bundle.views)} at {self.bundle.sampling.rate} a second",
            )


class OnlineModel(ClipModel):
    """A network that looks back only: it answers with every picture, and computes each once."""

    def __init__(self, bundle: ClipBundle, folder: Path, runtime: str) -> None:
        """Raises InputError where the bundle lacks what `runtime` needs."""
        super().__init__(bundle, folder, runtime)
        self._networks = networks_of(runtime, folder)
        self._network = in_order(self._networks, bundle)

    def stream(self, *, height: int, width: int) -> Stream:
        """See aisle.analysis.backbone.Backbone."""
        return picture_stream(self._networks, self.bundle, height, width)

    @property
    def _apart(self) -> int:
        return self.bundle.sampling.frames


class ClipStream:
    """Pictures to views, views to windows, windows to answers."""

    def __init__(self, viewer: Viewer, windows: WindowStream) -> None:
        self._viewer, self._windows = viewer, windows

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        return self._windows.push(self._viewer.push(frames), last=last)

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        return self._windows.clip()

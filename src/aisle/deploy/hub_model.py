"""A video network of transformers, frozen, that answers like any other model here. Imports no PyTorch.

What heads read of it is the mean over all tokens of its last layer, before whatever pools them to name a clip.

Shapes: B windows, T pictures, D features, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from aisle.analysis.backbone import Answers
from aisle.core import DamagedError, LabelSet, Progress, UsageError, silent
from aisle.core.clip import Array
from aisle.deploy.hub import Files, check_licence, find_files, licence_of, needs_parts, rate_of
from aisle.deploy.hub_picture import NESTED, PROCESSORS, Picture, picture_of
from aisle.deploy.windows import Windows, WindowStream
from aisle.models.card import Block, Reads, Steps
from aisle.models.clip import Sampling

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

NAMELESS = LabelSet(("video",))
"""What a network without a classifier answers with, always: its features are what it is for."""


CLASSIFIER = "ForVideoClassification"
"""Names of transformers' classes that name clips end so."""


class Frozen(Protocol):
    """A loaded network: `aisle.deploy.hub_network`."""

    parameters: int

    def run(self, pictures: Floats) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C), C being 0 without a classifier, of (B, T, 3, S, S)."""
        ...

    def gflops(self, pictures: Floats) -> float:
        """What it takes to `run` these, a multiplication and an addition counted as two."""
        ...


@dataclass(frozen=True, slots=True)
class HubCard:
    """What is known of a network without its weights. `licence` is empty where nobody says it."""

    files: Files
    kind: str
    licence: str
    labels: LabelSet
    features: int
    sampling: Sampling
    picture: Picture

    @property
    def windows(self) -> Windows:
        return Windows(self.sampling, self.sampling.span)

    @property
    def reads(self) -> Reads:
        """The whole picture, of which the network is given the middle."""
        return Reads(rate=self.sampling.rate, short_side=self.picture.short_side, multiple=1)

    @property
    def steps(self) -> Steps:
        return Steps(stride=self.windows.step, first=self.windows.step, history=0, trained_frames=self.windows.length)


class HubModel:
    """Opened by `open_hub`. Reads windows of as many pictures as the network takes, at the rate of its kind."""

    runtime = "pytorch"

    def __init__(self, card: HubCard, network: Frozen, identity: str) -> None:
        """`identity` names what the features mean, wherever the files lie."""
        self.card, self.identity, self._network = card, identity, network

    @property
    def name(self) -> str:
        return self.card.files.name

    @property
    def told(self) -> str:
        """What a person should know before using it, in a sentence."""
        height, width = self.card.picture.crop
        licence = f"licence {self.card.licence}" if self.card.licence else "licence unknown, see its page"
        return f"{self.name}: {licence}; it sees the middle {width}x{height} of pictures, not their edges"

    @property
    def names_clips(self) -> bool:
        """Whether it has a classifier."""
        return self.card.labels is not NAMELESS

    @property
    def labels(self) -> LabelSet:
        return self.card.labels

    @property
    def reads(self) -> Reads:
        return self.card.reads

    @property
    def steps(self) -> Steps:
        return self.card.steps

    @property
    def answers(self) -> Answers:
        return Answers()

    @property
    def fingerprint(self) -> str:
        return f"{self.identity}-{self.runtime}"

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What a step's features are made of."""
        return (Block("tokens", self.card.features),)

    @property
    def parameters(self) -> int:
        """Single weights."""
        return self._network.parameters

    def gflops(self, *, height: int, width: int) -> float:
        """GFLOP for each picture, a multiplication and an addition counted as two. It does not depend on the size."""
        del height, width
        side = self.card.picture.short_side
        window = np.zeros((1, self.card.sampling.frames, side, side, 3), np.uint8)
        return self._network.gflops(self.card.picture.prepared(window)) / self.steps.stride

    def stream(self, *, height: int, width: int) -> HubStream:
        """See aisle.analysis.backbone.Backbone."""
        del height, width  # of every picture the network gets a square of one size
        return HubStream(
            WindowStream(self.run, self.card.windows, features=self.card.features, classes=len(self.labels))
        )

    def run(self, views: Mapping[str, Array]) -> tuple[Floats, Floats]:
        """Features (B, D) and logits (B, C) of the pictures `rgb` (B, T, H, W, 3), window after window, as one of a
        large network fills a computer.
        """
        found = [self._network.run(self.card.picture.prepared(window[None])) for window in views["rgb"]]
        features, logits = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return features, logits if self.names_clips else np.zeros((len(features), 1), np.float32)


class HubStream:
    """Pictures to windows, windows to answers."""

    def __init__(self, windows: WindowStream) -> None:
        self._windows = windows

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        return self._windows.push({"rgb": frames}, last=last)

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        return self._windows.clip()


def open_hub(name: str, *, runtime: str | None = None, progress: Progress = silent) -> HubModel:
    """The network that `name` (see aisle.deploy.hub) stands for, on a graphics card where there is one.

    Raises what `hub_card` does, UsageError for another `runtime` than pytorch, DamagedError for other weights.
    """
    if runtime not in (None, HubModel.runtime):
        raise UsageError("networks of the hub run on PyTorch", got=runtime, allowed=HubModel.runtime)
    card = hub_card(name, progress=progress)
    from aisle.deploy.hub_network import load

    network, rate = load(card.files.folder, names_clips=card.labels is not NAMELESS), card.sampling.rate
    return HubModel(card, network, f"{card.kind}-{card.files.digest[:12]}-{rate.numerator}-{rate.denominator}")


def hub_card(name: str, *, progress: Progress = silent) -> HubCard:
    """What the files that `name` stands for say, fetched if need be.

    Raises what `find_files` does, UsageError for weights that are not for business, UnknownNameError for a network that
    is none of video, DamagedError for files that say too little.
    """
    files = find_files(name, progress=progress)
    needs_parts()
    said = files.json("config.json")
    kind = str(said.get("model_type", ""))
    rate, licence = rate_of(kind), licence_of(files, kind)
    check_licence(files.name, licence)
    picture = picture_of(
        files.json(NESTED).get("video_processor") or files.json(*PROCESSORS), kind, place=str(files.folder)
    )
    config = _config(files)
    frames = int(config.frames_per_clip if hasattr(config, "frames_per_clip") else config.num_frames)
    names_clips = any(str(one).endswith(CLASSIFIER) for one in said.get("architectures") or ())
    return HubCard(
        files=files,
        kind=kind,
        licence=licence,
        labels=LabelSet(tuple(config.id2label[key] for key in sorted(config.id2label))) if names_clips else NAMELESS,
        features=int(config.hidden_size),
        sampling=Sampling(frames, 1, rate, picture.short_side, picture.crop[0], picture.crop[0]),
        picture=picture,
    )


def _config(files: Files) -> Any:
    """config.json with what it leaves out. Raises DamagedError."""
    import transformers

    try:
        return transformers.AutoConfig.from_pretrained(str(files.folder), local_files_only=True)
    except Exception as error:  # its checks have errors of their own
        got = next(iter(str(error).splitlines()), type(error).__name__)
        raise DamagedError(f"{files.folder} is no model", got=got, do="copy it here again") from error


def named(model: HubModel) -> HubModel:
    """`model`, to be asked what a video shows. Raises UsageError for one that has no classifier."""
    if not model.names_clips:
        raise UsageError(
            f"{model.name} names nothing",
            got="a network without a classifier",
            do=f"train one on its features: aisle train --model linear --backbone {model.name} --data DIR --out FOLDER",
        )
    return model

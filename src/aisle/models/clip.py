"""Networks that read clips: what there is, without loading any of it.

A network is two files of one name. NAME.toml, with kind = "clip", holds its variants, each with a card; what stands
above the variants holds for all of them. NAME.py has

    build(classes, **options) -> torch.nn.Module       the variant's options, weights drawn at random
    published(state) -> dict[str, Tensor]               the publisher's names to ours, where weights are published; of
                                                        each file, where they are several
    initial(state) -> dict[str, Tensor]                 likewise where the card names weights to begin a training from:
                                                        the part of our state that they fill

The module takes the card's views, in that order, as aisle.models.entry prepares them:

    rgb, person_rgb      (B, 3, T, H, W) float, (pixel / 255 - mean) / spread
    flow, person_flow    (B, 2, T, H, W) float in [-1, 1]
    poses                (B, P, T, 17, 3) float

and has

    features(*views)     (B, D), or (B, N, D) for N steps where the task is timelines
    classifier           a module from the last axis of those to logits; forward(*views) is classifier(features(*views))
    stages               names of its children, or of theirs, from input to output, the classifier last; a tuple of
                         names where several lie at one depth; every weight is in exactly one of them
"""

from __future__ import annotations

import functools
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from importlib import resources
from typing import Any

from aisle.core import Task, UnknownNameError
from aisle.core.weights import WeightsSource
from aisle.models.head import Option

_HERE = resources.files("aisle.models")


@dataclass(frozen=True, slots=True)
class Sampling:
    """Of a video read at `rate` pictures a second, `frames` are taken, each `stride` after the one before.

    With stride 0 the clip, however long it is, is cut into `frames` equal parts and one picture is taken of each (TSN,
    section 3.1). Pictures are scaled so that the short side has `short_side` pixels. Squares of `crop` are learnt from.
    Videos are watched whole, at that scale; squares of `test_crop` are what the published figures stand for.
    """

    frames: int
    stride: int
    rate: Fraction
    short_side: int
    crop: int
    test_crop: int

    @property
    def span(self) -> int:
        """Pictures of `rate` that a clip stretches over; as many as are taken where it has any length."""
        return self.frames * max(self.stride, 1)


@dataclass(frozen=True, slots=True)
class ClipCard:
    """One variant of a network. `network` is its module in aisle.models.

    `mean` and `spread` are of pixels between 0 and 1. `features` is D. `gflops` are what the published network takes
    for one view, a multiplication and an addition counted as one, as the papers do; `parameters` are in millions.
    `weights` are the files that together hold the published weights, mostly one; `labels` are theirs, none where there
    are no such weights. `initial` are weights of an image network, for a training to begin from: they fill a part of
    this one.
    """

    name: str
    network: str
    title: str
    paper: str
    task: Task
    views: tuple[str, ...]
    sampling: Sampling
    options: Mapping[str, Option]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    features: int
    gflops: float
    parameters: float
    published: str = ""
    licence: str = ""
    trained_on: str = ""
    not_for: str = ""
    labels: tuple[str, ...] = ()
    weights: tuple[WeightsSource, ...] = ()
    initial: WeightsSource | None = None
    about: str = field(default="", compare=False)
    """Where the network here differs from the publication, and why."""

    @property
    def is_tiny(self) -> bool:
        """Whether it is the small one: quick to train on any computer, not published by anybody."""
        return self.name.endswith("-tiny")

    @property
    def identity(self) -> str:
        """Names this network with its published weights."""
        plain = asdict(self)
        plain.pop("about")
        said = json.dumps(plain, sort_keys=True, default=str)
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def clip_models() -> list[str]:
    """The variants of all networks that read clips, the tiny ones too."""
    return sorted(_cards())


def clip_model(name: str) -> ClipCard:
    """Raises UnknownNameError with the nearest names."""
    found = _cards()
    if name not in found:
        raise UnknownNameError("network", name, found, do="see aisle models list --networks")
    return _card(name, found[name])


@functools.cache
def _cards() -> dict[str, dict[str, Any]]:
    found = {}
    for file in _HERE.iterdir():
        if file.name.endswith(".toml"):
            plain = tomllib.loads(file.read_text("utf-8"))
            if plain.pop("kind") != "clip":
                continue
            plain["network"] = file.name.removesuffix(".toml")
            for name, variant in plain.pop("variants").items():
                found[name] = plain | variant
    return found


def _card(name: str, plain: dict[str, Any]) -> ClipCard:
    fields = dict(plain)
    sampling, labels = fields.pop("sampling"), fields.pop("labels", "")
    weights, initial = fields.pop("weights", []), fields.pop("initial", None)
    return ClipCard(
        name=name,
        sampling=Sampling(**{**sampling, "rate": Fraction(sampling["rate"])}),
        views=tuple(fields.pop("views")),
        mean=tuple(fields.pop("mean")),
        spread=tuple(fields.pop("spread")),
        weights=tuple(WeightsSource(**one) for one in ([weights] if isinstance(weights, dict) else weights)),
        initial=WeightsSource(**initial) if initial else None,
        labels=tuple((_HERE / labels).read_text("utf-8").splitlines()) if labels and weights else (),
        **fields,
    )

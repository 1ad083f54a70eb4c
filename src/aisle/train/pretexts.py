"""The methods that learn without labels: what each minimises, around which network, and what a step is fed.

Shapes: B clips, T pictures.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import UnknownNameError, UsageError
from aisle.models.clip import ClipCard, clip_model, clip_models
from aisle.train.objectives import OBJECTIVES, Turn

SMALL = "slow-tiny"
"""The network of methods that have none of their own, unless another is named."""


@dataclass(frozen=True, slots=True)
class Method:
    """`module` in aisle.models has the `pretext`; `own` says whether it is a network too, or goes around any. With
    `pairs` a step is fed two clips of each video, one after the other along B, each seen otherwise.
    """

    name: str
    module: str
    title: str
    turns: tuple[Turn, ...]
    own: bool = True
    pairs: bool = False

    def card(self, model: str | None) -> ClipCard:
        """The network to learn. Raises UsageError for one that the method cannot teach, UnknownNameError."""
        if model is None:
            return clip_model(SMALL if not self.own else next(name for name in self._fitting() if "tiny" in name))
        card = clip_model(model)
        if card.name not in self._fitting():
            raise UsageError(
                f"the method {self.name} does not teach this network",
                got=f"--model {model}",
                allowed=", ".join(self._fitting()),
                do="name one of these, or leave --model out",
            )
        return card

    def _fitting(self) -> list[str]:
        cards = [clip_model(name) for name in clip_models()]
        if self.own:
            return [card.name for card in cards if card.network == self.module]
        return [card.name for card in cards if card.views == ("rgb",) and card.task == "clips" and card.sampling.stride]

    @property
    def options(self) -> dict[str, Any]:
        """What can be set of the pretext, with its defaults."""
        parameters = inspect.signature(importlib.import_module(f"aisle.models.{self.module}").pretext).parameters
        return {
            name: one.default for name, one in parameters.items() if one.default is not one.empty and name != "frames"
        }

    def pretext(self, card: ClipCard, network: nn.Module, options: Mapping[str, Any]) -> nn.Module:
        """What is learnt around `network`, which is of `card`. Weights are drawn from torch's generator."""
        make = importlib.import_module(f"aisle.models.{self.module}").pretext
        known: dict[str, Any] = {
            "features": card.features,
            "mean": card.mean,
            "spread": card.spread,
            "taken": card.sampling.frames,
            "fast": card.sampling.stride,
            "frames": card.sampling.frames,
        }
        taken = inspect.signature(make).parameters
        made: nn.Module = make(network, **{name: known[name] for name in known if name in taken}, **options)
        return made


def contrasted(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """InfoNCE: of a clip's code, to be nearer to that of the other clip of its video, by the twin, than to those of the
    other videos of the step and to all that are remembered. `x` holds the first clips of all videos, then the second
    ones. "found" is the share that is nearest.
    """
    if pretext.training:
        pretext.follow()
    first, second = x.chunk(2)
    codes, others = pretext.codes(first), pretext.twin_codes(second)
    logits = torch.cat([codes @ others.T, codes @ pretext.queue.T], 1) / pretext.temperature
    wanted = torch.arange(len(codes), device=x.device)
    if pretext.training:
        pretext.remember(others)
    loss = functional.cross_entropy(logits, wanted)
    return {"loss": loss, "found": (logits.argmax(1) == wanted).float().mean()}


def ordered(pretext: Any, x: Tensor) -> dict[str, Tensor]:
    """Cross-entropy of how each clip was played; every kind is there as often, in an order that is drawn."""
    kinds = (torch.randperm(len(x)) % 4).to(x.device)
    logits = pretext.told(pretext.played(x, kinds)).float()
    return {"loss": functional.cross_entropy(logits, kinds), "found": (logits.argmax(1) == kinds).float().mean()}


def _but_the_twin(pretext: Any) -> Iterable[nn.Parameter]:
    return (weight for weight in pretext.parameters() if weight.requires_grad)


METHODS = {
    method.name: method
    for method in (
        Method("vae", "vae", "3D variational auto-encoder", OBJECTIVES["vae"]),
        Method("gan", "gan", "3D generative adversarial network with an encoder", OBJECTIVES["gan"]),
        Method("lstm", "conv_lstm", "ConvLSTM that predicts pictures", OBJECTIVES["lstm"]),
        Method("simvp", "simvp", "SimVP, which predicts pictures", OBJECTIVES["simvp"]),
        Method("masked", "masked", "tube-masked auto-encoder", OBJECTIVES["masked"]),
        Method(
            "contrastive",
            "contrastive",
            "momentum contrast of clips",
            (Turn("contrastive", contrasted, _but_the_twin),),
            own=False,
            pairs=True,
        ),
        Method("order", "order", "arrow of time and playback speed", (Turn("order", ordered),), own=False),
    )
}


def method(name: str) -> Method:
    """Raises UnknownNameError."""
    if name not in METHODS:
        raise UnknownNameError("method", name, METHODS, do="see aisle pretrain --help")
    return METHODS[name]

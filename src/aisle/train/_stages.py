"""A network by its stages: where it begins, what is frozen, what is computed twice, how fast each learns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from aisle.core import DamagedError, UsageError
from aisle.models.reading import Calibrated
from aisle.models.renaming import filled
from aisle.train.recipe import NetworkPlan, Recipe

CLOSE = 1e-3
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def stages(network: nn.Module) -> list[dict[str, nn.Module]]:
    """From input to output, the classifier last; of each depth its parts, by name."""
    names: Sequence[str | tuple[str, ...]] = network.stages  # type: ignore[assignment]
    return [{name: network.get_submodule(name) for name in ((one,) if isinstance(one, str) else one)} for one in names]


def begun_with(
    network: nn.Module, state: Mapping[str, Tensor], *, same_classes: bool = False, part: bool = False
) -> nn.Module:
    """`network` with `state` in it. The classifier stays as it was drawn, but for the `same_classes`; a `part` of a
    network may lack more. Raises DamagedError for weights of another network.
    """
    own, last = network.state_dict(), tuple(f"{name}." for name in stages(network)[-1])
    given = {name: value for name, value in state.items() if same_classes or not name.startswith(last)}
    if part and not given:
        raise DamagedError("these weights fill no part of the network", got="no tensor", do="begin with others")
    left = own if part else {name: value for name, value in own.items() if name.startswith(last)}
    return filled(network, {**left, **given})


def freeze(network: nn.Module, count: int) -> list[nn.Module]:
    """The first `count` stages, which learn no more. Raises UsageError where nothing would be left to learn."""
    found = stages(network)
    if not 0 <= count < len(found):
        names = ", ".join(" and ".join(stage) for stage in found)
        raise UsageError("not so many stages can be frozen", got=count, allowed=f"0 to {len(found) - 1} of {names}")
    frozen = [part for stage in found[:count] for part in stage.values()]
    for part in frozen:
        part.requires_grad_(requires_grad=False)
    return frozen


def groups(network: nn.Module, recipe: Recipe, rate: float) -> list[dict[str, Any]]:
    """For the optimizer: the weights of each stage that learns. Biases and norms do not decay, as published."""
    found = []
    for depth, stage in enumerate(reversed(stages(network))):
        learning = [weight for part in stage.values() for weight in part.parameters() if weight.requires_grad]
        for decays in (True, False):
            weights = [weight for weight in learning if (weight.ndim > 1) == decays]
            if weights:
                decay = recipe.decay if decays else 0.0
                found.append({"params": weights, "lr": rate * recipe.layer_decay**depth, "weight_decay": decay})
    return found


@contextmanager
def checkpointed(network: nn.Module, plan: NetworkPlan) -> Iterator[None]:
    """Within, each stage that learns, but for the classifier, keeps its inputs alone and is computed again for its
    gradients (Chen et al.: Training Deep Nets with Sublinear Memory Cost. arXiv 1604.06174).
    """
    learning = stages(network)[plan.freeze : -1] if plan.checkpointing else []
    chosen = [part for stage in learning for part in stage.values()]
    for part in chosen:
        part.forward = partial(_twice, part, part.forward)
    try:
        yield
    finally:
        for part in chosen:
            del part.forward


def _twice(stage: nn.Module, forward: Any, *given: Any) -> Any:
    if not (stage.training and torch.is_grad_enabled()):
        return forward(*given)
    return checkpoint(forward, *given, use_reentrant=False, context_fn=partial(_contexts, stage))


def _contexts(stage: nn.Module) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    return nullcontext(), _still(stage)


@contextmanager
def _still(stage: nn.Module) -> Iterator[None]:
    """Running means move the first time alone."""
    norms = [module for module in stage.modules() if isinstance(module, NORMS)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, before, strict=True):
            norm.momentum = momentum


def calibrated_within(network: nn.Module, calibration: Calibrated, features: int) -> None:
    """Writes `calibration` into the last layers of the classifier, so that nothing has to be kept beside its weights.

    Raises UsageError for a classifier whose last layers are not linear.
    """
    classifier: nn.Module = network.classifier  # type: ignore[assignment]
    sample = torch.randn(4, features, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = calibration(classifier(sample))
        for layer in classifier.modules():
            if isinstance(layer, nn.Linear) and layer.out_features == wanted.shape[1]:
                layer.weight.mul_(calibration.scale)
                if layer.bias is None:
                    layer.bias = nn.Parameter(torch.zeros(layer.out_features))
                layer.bias.copy_(layer.bias * calibration.scale + calibration.shift)
        off = float((classifier(sample) - wanted).abs().max())
    if not off <= CLOSE * max(1.0, float(wanted.abs().max())):
        raise UsageError(
            "a classifier that cannot be calibrated", got=type(classifier).__name__, allowed="linear layers at its end"
        )

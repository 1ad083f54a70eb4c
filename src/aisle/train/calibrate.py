"""Logits to probabilities that can be taken at their word (Guo et al., ICML 2017; Platt 1999)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from aisle.models.reading import Calibrated


def calibrated(logits: Tensor, targets: Tensor) -> Calibrated:
    """The scale, and for two classes the shift, that make `targets` (N,) likeliest under `logits` (N, C).

    The logits must come from data that the head was not fitted on.
    """
    classes = logits.shape[1]
    size = torch.zeros((), requires_grad=True)  # the scale's logarithm
    offset = torch.zeros((), requires_grad=True)
    learnt = [size, offset] if classes == 2 else [size]
    optimizer = torch.optim.LBFGS(learnt, max_iter=200, line_search_fn="strong_wolfe")

    def shift() -> Tensor:
        return torch.cat([torch.zeros(classes - 1), offset[None]])

    def closure() -> Tensor:
        optimizer.zero_grad()
        # a little pull to where it was: a few separable clips must not make it infinitely sure
        loss = functional.cross_entropy(logits * size.exp() + shift(), targets) + 1e-3 * (size**2 + offset**2)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return Calibrated(size.exp().detach(), shift().detach())

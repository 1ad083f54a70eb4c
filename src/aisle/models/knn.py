"""The votes of the nearest training clips. Nothing is fitted, so a class is added by adding its clips."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Floats = npt.NDArray[np.floating]
Integers = npt.NDArray[np.integer]

DOUBT = 0.05
"""Votes that every class has from the start, so that no class is ever impossible."""


class Neighbours(nn.Module):
    """`known` (S, D) have length 1, `votes` (S, C) are their classes; logits are logarithms of shares of votes."""

    known: Tensor
    votes: Tensor

    def __init__(self, known: Tensor, votes: Tensor, count: int, sharpness: float) -> None:
        super().__init__()
        self.register_buffer("known", known)
        self.register_buffer("votes", votes)
        self.count, self.sharpness = min(count, len(known)), sharpness

    def forward(self, x: Tensor) -> Tensor:
        similar, which = torch.topk(nn.functional.normalize(x, dim=1) @ self.known.T, self.count, dim=1)
        weights = torch.softmax(self.sharpness * similar, dim=1)
        shares = (weights.unsqueeze(2) * self.votes[which]).sum(1) + DOUBT
        return torch.log(shares / shares.sum(1, keepdim=True))


def fit(
    values: Floats, targets: Integers, weights: Floats, *, classes: int, seed: int, neighbours: int, sharpness: float
) -> nn.Module:
    """Nearer neighbours count more, by exp(`sharpness` x cosine). Nothing here is random."""
    del seed
    known = nn.functional.normalize(torch.from_numpy(values).float(), dim=1)
    votes = torch.from_numpy(np.eye(classes)[targets] * weights[:, None]).float()
    return Neighbours(known, votes, neighbours, sharpness)

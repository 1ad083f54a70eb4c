"""A head that learns moments from labels of whole videos: a video is a bag of steps, and an unusual one has one unusual
step at least (Sultani et al., CVPR 2018). aisle.train.weak trains it so; with labels of moments it learns as any other.

Of the two objectives of `bag_loss`, `ranking` is that paper's and pulls at one step of each video, at first whichever
is highest by chance; `highest`, the default, as in RTFM (Tian et al., ICCV 2021) and MIST (Feng et al., CVPR 2021), at
the highest `share` of the steps, which hangs less on the start.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import UnknownNameError

KERNEL = 5
OBJECTIVES = ("highest", "ranking")
SMOOTHNESS, SPARSITY = 8e-5, 8e-5
"""The paper's weights."""


class Mil(nn.Module):
    """(N, inputs) of one video to logits (N, classes); a row sees two before and two behind it."""

    def __init__(self, inputs: int, classes: int, *, hidden: int, dropout: float, share: float, objective: str) -> None:
        super().__init__()
        if objective not in OBJECTIVES:
            raise UnknownNameError("objective", objective, OBJECTIVES)
        self.share, self.objective = share, objective
        self.wide = nn.Conv1d(inputs, hidden, KERNEL, padding=KERNEL // 2)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Conv1d(hidden, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        rows = functional.relu(self.wide(self.dropout(x).T.unsqueeze(0)))
        logits: Tensor = self.last(self.dropout(rows)).squeeze(0).T
        return logits

    def bag_loss(self, normal: Tensor, unusual: Tensor) -> Tensor:
        """Of one normal and one unusual video, from the logits (N, 2) and (M, 2) of their steps."""
        safe, risky = normal[:, 1] - normal[:, 0], unusual[:, 1] - unusual[:, 0]
        if self.objective == "ranking":
            return ranking_loss(torch.sigmoid(safe), torch.sigmoid(risky))
        bags = torch.stack([highest(safe, self.share), highest(risky, self.share)])
        return functional.binary_cross_entropy_with_logits(bags, torch.tensor([0.0, 1.0]))


def highest(values: Tensor, share: float) -> Tensor:
    """The mean of the highest `share` of `values` (N,), one of them at least."""
    return values.topk(max(math.ceil(share * len(values)), 1)).values.mean()


def ranking_loss(normal: Tensor, unusual: Tensor) -> Tensor:
    """Of probabilities (N,) and (M,) in time: the highest of the unusual video above that of the normal one by 1, few
    high ones, and no jumps between neighbours (Sultani et al., equation 7).
    """
    margin = functional.relu(1 - unusual.max() + normal.max())
    return margin + SMOOTHNESS * unusual.diff().square().sum() + SPARSITY * unusual.sum()


def build(inputs: int, classes: int, *, hidden: int, dropout: float, share: float, objective: str) -> nn.Module:
    return Mil(inputs, classes, hidden=hidden, dropout=dropout, share=share, objective=objective)

"""The frozen-backbone classifier of the courses: layers of ReLU and dropout, then one logit a class."""

from __future__ import annotations

from itertools import pairwise

from torch import nn


def build(inputs: int, classes: int, *, hidden: int, layers: int, dropout: float) -> nn.Module:
    """(N, inputs) to (N, classes), through `layers` layers of `hidden`."""
    widths = [inputs, *[hidden] * layers]
    parts: list[nn.Module] = [nn.Dropout(dropout)]
    for before, after in pairwise(widths):
        parts += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*parts, nn.Linear(widths[-1], classes))

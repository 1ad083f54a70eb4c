"""Where in the picture something moves, and what a network's maps show there.

Shapes: C channels, T time, H height, W width, N steps.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CELL = 32
"""Pixels of a side of the cells in which features and motion are looked at: those of the last maps."""

AROUND = 2
"""Steps before and after one that say where in the picture something moves."""


def in_cells(x: Tensor, steps: int, side: int) -> Tensor:
    """(1, C, T, H, W) averaged over `steps` x `side` x `side`; what lies beyond the picture counts as 0."""
    missing = [(side - size % side) % side for size in (x.shape[4], x.shape[3])]
    return functional.avg_pool3d(functional.pad(x, (0, missing[0], 0, missing[1])), (steps, side, side))


def changes(frames: Tensor, lead: Tensor) -> Tensor:
    """(1, 1, T, H, W): by how many levels green, which is most of brightness, changes from frame to frame."""
    green = frames[:, :, :, 1].float()
    before = green[:1].repeat(6 * lead.shape[0], 1, 1)  # a stream starts with a picture that stood still
    seen = torch.cat([before, green])[5:]
    return (seen[1:] - seen[:-1]).abs()[None, None]


def moving_more(motion: Tensor) -> Tensor:
    """How much more than on average over the picture moves in and around each cell, from `motion` (1, 1, N + 2 AROUND,
    H, W) of each: (1, 1, N, H, W). In a still picture nothing moves more anywhere.
    """
    near = functional.avg_pool3d(functional.pad(motion, (1, 1, 1, 1)), (2 * AROUND + 1, 3, 3), 1)
    return near - near.mean((3, 4), keepdim=True)


def where(moving: Tensor, x: Tensor, times: int) -> Tensor:
    """Mean, weighted by how much moves, and maximum of (1, C, N * times, H, W) where more than average moves: (N, 2 C
    times), for each step `times` means, then `times` maxima.
    """
    moving = moving.repeat_interleave(times, 2)
    weight = functional.relu(moving) + 1e-3
    mean = (x * (weight / weight.sum((3, 4), keepdim=True))).sum((3, 4))
    most = (x * (moving >= 0)).amax((3, 4))
    rows = [part.squeeze(0).T.reshape(-1, times * x.shape[1]) for part in (mean, most)]
    return torch.cat(rows, 1)

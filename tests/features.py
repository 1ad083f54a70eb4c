"""Features as the card of I3D lays them out: of a stream in pieces, and worked out in numpy from the whole video."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from aisle.models.i3d import POOLED, InceptionI3d, Streaming, max_pool
from networks import as_input
from streams import Bytes

Floats = npt.NDArray[np.floating]

HISTORY = 6
"""Frames that a later piece repeats."""


def all_maps(network: InceptionI3d, frames: Bytes) -> dict[str, Floats]:
    """What each block of the published network, which sees the whole video, gives: (T, C, H, W), by its name."""
    found, x = {}, as_input(frames[None])
    with torch.no_grad():
        for name, block in network.blocks.items():
            x = block(max_pool(x, *POOLED[name]) if name in POOLED else x)
            found[name] = x[0].transpose(0, 1).numpy()
    return found


def in_cells(maps: Floats, side: int, times: int) -> Floats:
    """(T, C, H, W) averaged over `times` x `side` x `side`, with zeros where the picture ends within a cell."""
    steps, channels, height, width = maps.shape
    grown = np.zeros((steps, channels, -(-height // side) * side, -(-width // side) * side))
    grown[:, :, :height, :width] = maps
    shape = (steps // times, times, channels, grown.shape[2] // side, side, grown.shape[3] // side, side)
    return grown.reshape(shape).mean((1, 4, 6))


def changes(frames: Bytes) -> Floats:
    """(N, H / 32, W / 32): how many levels of green differ from the frame before, on average in each cell."""
    green = frames[..., 1].astype(float)
    sizes = np.abs(np.diff(green, axis=0, prepend=green[:1]))
    return in_cells(sizes[:, None], 32, 8)[:, 0]


def moving_more(motion: Floats) -> Floats:
    """(N, H, W): the mean of two steps before to two after, of a cell and its neighbours, less the picture's."""
    around = np.pad(motion, ((2, 2), (1, 1), (1, 1)))
    near = np.stack([around[n : n + 5, y : y + 3, x : x + 3].mean() for n, y, x in np.ndindex(motion.shape)])
    near = near.reshape(motion.shape)
    return near - near.mean((1, 2), keepdims=True)


def looked_at(moving: Floats, cells: Floats) -> list[Floats]:
    """Weighted means and maxima (N, times * C) of (N * times, C, H, W) where things move."""
    more = np.repeat(moving, len(cells) // len(moving), 0)[:, None]
    weight = np.maximum(more, 0) + 1e-3
    mean = (cells * weight).sum((2, 3)) / weight.sum((2, 3))
    most = np.where(more >= 0, cells, 0).max((2, 3))
    return [mean.reshape(len(moving), -1), most.reshape(len(moving), -1)]


def at_once(network: InceptionI3d, frames: Bytes) -> Floats:
    """Features (N, D) as the card lays them out, from the published network, which sees the whole video."""
    maps, motion = all_maps(network, frames), changes(frames)
    moving = moving_more(motion)
    return np.concatenate(
        [
            maps["Mixed_5c"].mean((2, 3)),
            *looked_at(moving, maps["Mixed_5c"]),
            *looked_at(moving, in_cells(maps["Mixed_4f"], 2, 1)),
            *looked_at(moving, in_cells(maps["Mixed_3c"], 4, 4)),
            motion.mean((1, 2))[:, None],
        ],
        1,
    )


def in_pieces(streaming: Streaming, frames: Bytes, lengths: Sequence[int]) -> Floats:
    """Features (N, D) of the streaming network, which sees `lengths` frames after each other."""
    height, width = frames.shape[1:3]
    states: Sequence[torch.Tensor] = [
        torch.zeros(1, s.channels, s.lead, -(-height // s.down), -(-width // s.down)) for s in streaming.states
    ]
    found, end = [], 0
    for length in lengths:
        begin, end = end, end + length
        seen = torch.from_numpy(frames[max(begin - HISTORY, 0) : end])
        features, _, *states = streaming(
            seen, torch.zeros(int(begin == 0)), torch.zeros(int(end == len(frames))), *states
        )
        found.append(features.numpy())
    return np.concatenate(found)

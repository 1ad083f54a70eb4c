"""Edited video that the tests make: shots of coloured squares that drift, and how one goes over into the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from videos import Picture

WIDTH, HEIGHT = 96, 54


def shot(seed: int, pictures: int) -> list[Picture]:
    """Squares of colours that only this seed has; they drift by a pixel every other picture."""
    colours = np.random.default_rng(seed).integers(16, 236, (3, 4, 3)).astype(np.uint8)
    still = colours.repeat(18, axis=0).repeat(24, axis=1)
    return [np.roll(still, number // 2, axis=1) for number in range(pictures)]


def dissolved(old: Sequence[Picture], new: Sequence[Picture]) -> list[Picture]:
    shares = (np.arange(len(old)) + 1) / (len(old) + 1)
    return [
        ((1 - share) * one + share * other).astype(np.uint8) for share, one, other in zip(shares, old, new, strict=True)
    ]


def wiped(old: Sequence[Picture], new: Sequence[Picture]) -> list[Picture]:
    """From left to right."""
    edges = [WIDTH * (number + 1) // (len(old) + 1) for number in range(len(old))]
    return [
        np.concatenate([other[:, :edge], one[:, edge:]], axis=1)
        for edge, one, other in zip(edges, old, new, strict=True)
    ]


def black(pictures: int) -> list[Picture]:
    return [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * pictures


def spliced() -> list[Picture]:
    """140 pictures: a cut at 40, a dissolve from 70 to 90, a cut at 115."""
    first, second, third, fourth = (shot(seed, 50) for seed in range(4))
    return [*first[:40], *second[:30], *dissolved(second[30:], third[:20]), *third[20:45], *fourth[:25]]

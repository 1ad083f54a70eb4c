"""Which pictures of a clip a network reads, and which part of them. Lengths count pictures, places are shares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aisle.core import UsageError
from aisle.models.clip import Sampling

Integers = npt.NDArray[np.int64]


def indices(count: int, sampling: Sampling, *, place: float = 0.5, rng: np.random.Generator | None = None) -> Integers:
    """(frames,): which of `count` pictures, never falling; anywhere at random with `rng`.

    With a stride, the window lies at share `place` of where it can lie: 0 for the first place, 1 for the last. In a
    clip that is shorter, it is centred, and what lies outside is the clip's first or last picture. With stride 0,
    `place` is where in each of the equal parts.

    Raises UsageError for no pictures, and for a place outside 0 to 1.
    """
    if count < 1 or not 0 <= place <= 1:
        raise UsageError(
            "pictures cannot be chosen", got=f"{count} pictures, place {place}", allowed="1 or more; a place of 0 to 1"
        )
    if sampling.stride == 0:
        return _of_parts(count, sampling.frames, place, rng)
    room = count - (sampling.frames - 1) * sampling.stride - 1
    first = room // 2 if room < 0 else int(place * room) if rng is None else int(rng.integers(room + 1))
    return np.clip(first + sampling.stride * np.arange(sampling.frames), 0, count - 1)


def places(clips: int) -> list[float]:
    """Where so many windows of one video lie: spread evenly from first to last (Feichtenhofer et al., ICCV 2019); a
    single one lies in the middle. Raises UsageError for none.
    """
    if clips < 1:
        raise UsageError("a video has no such number of clips", got=clips, allowed="1 or more")
    return [0.5] if clips == 1 else [number / (clips - 1) for number in range(clips)]


def crops(height: int, width: int, side: int, count: int = 1) -> list[tuple[int, int]]:
    """(top, left) of squares of `side` pixels: the central one, or three along the longer side, as SlowFast is tested.

    Raises UsageError for another count, and for pictures that are smaller.
    """
    if count not in (1, 3):
        raise UsageError("so many crops are not taken of a picture", got=count, allowed="1 or 3")
    if not 0 < side <= min(height, width):
        raise UsageError(
            "a crop does not fit its picture",
            got=f"{side} pixels of {width}x{height}",
            allowed=f"1 to {min(height, width)} pixels",
        )
    top, left = -(-(height - side) // 2), -(-(width - side) // 2)
    if count == 1:
        return [(top, left)]
    if height > width:
        return [(0, left), (top, left), (height - side, left)]
    return [(top, 0), (top, left), (top, width - side)]


def _of_parts(count: int, parts: int, place: float, rng: np.random.Generator | None) -> Integers:
    if rng is None:
        middles: Integers = np.minimum((np.arange(parts) + place) * count // parts, count - 1).astype(np.int64)
        return middles
    edges: Integers = np.arange(parts + 1) * count // parts
    found: Integers = rng.integers(edges[:-1], np.maximum(edges[1:], edges[:-1] + 1))
    return found

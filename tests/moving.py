"""Pictures in which it is known what moves: textures that slide, a figure that walks through a place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 128, 176
FAR = 160  # pixels that a texture reaches beyond the picture


def texture(height: int, width: int, seed: int = 0) -> Bytes:
    """(height, width, 3): blots of several sizes."""
    rng = np.random.default_rng(seed)
    made = np.zeros((height, width, 3))
    for size in (4, 8, 16, 32):
        noise = rng.random((height // size + 2, width // size + 2, 3))
        made += np.repeat(np.repeat(noise, size, 0), size, 1)[:height, :width]
    for axis in (0, 1):  # soft edges, as through a lens
        made = (np.roll(made, 1, axis) + made + np.roll(made, -1, axis)) / 3
    return np.rint(255 * (made - made.min()) / np.ptp(made)).astype(np.uint8)


def shifted(count: int, right: int, down: int) -> Bytes:
    """(count, HEIGHT, WIDTH, 3): a texture that moves by so many pixels from picture to picture."""
    around = texture(HEIGHT + 2 * FAR, WIDTH + 2 * FAR)
    corners = [(FAR - down * number, FAR - right * number) for number in range(count)]
    return np.stack([around[top : top + HEIGHT, left : left + WIDTH] for top, left in corners])


def still(count: int) -> Bytes:
    return np.repeat(shifted(1, 0, 0), count, axis=0)


def walking(places: Sequence[tuple[int, int] | None], size: tuple[int, int] = (40, 24), seed: int = 0) -> Bytes:
    """(T, HEIGHT, WIDTH, 3): a place, and in it, with its upper left corner at (row, column), a figure, high and wide
    as `size` says, or nobody. Pixels flicker a little, as a camera's do.
    """
    rng = np.random.default_rng(seed)
    place = texture(HEIGHT, WIDTH, seed) // 2 + 40
    figure = 255 - texture(*size, seed + 1) // 3
    pictures = []
    for corner in places:
        picture = place.copy()
        if corner is not None:
            row, column = corner
            picture[row : row + size[0], column : column + size[1]] = figure
        noisy = picture + rng.integers(-2, 3, picture.shape)
        pictures.append(noisy.clip(0, 255).astype(np.uint8))
    return np.stack(pictures)

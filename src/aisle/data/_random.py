"""Random numbers that follow from a seed, and pink noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aisle.core import UsageError

Floats = npt.NDArray[np.floating]


def stream(seed: int, *number: int) -> np.random.Generator:
    """A generator of its own for each `number`, so that one part may draw more without changing the others.

    Raises UsageError for a negative seed.
    """
    if seed < 0:
        raise UsageError("a seed cannot be negative", got=seed, allowed="0, 1, 2, ...")
    return np.random.default_rng([seed, *number])


def derive(seed: int, *number: int) -> int:
    """A seed of its own for each `number`. Raises UsageError for a negative seed."""
    return int(stream(seed, *number).integers(2**31))


def turned(points: Floats, axes: Floats) -> Floats:
    """Points (..., 3) in the coordinates whose axes are the rows (k, 3).

    Not `@`: for long arrays that calls several threads, which wait for one another when each core renders a video.
    """
    told: Floats = np.einsum("...j,kj->...k", points, axes)
    return told


def pink(rng: np.random.Generator, height: int, width: int, slope: float = 1.0) -> Floats:
    """A field (height, width) that tiles, of mean 0 and deviation 1; its amplitude falls as 1/f to the power `slope`.

    So does that of photographs, with a slope near 1 (Field 1987).
    """
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]).astype(np.float32)
    frequency[0, 0] = np.inf
    phases = np.exp(2j * np.pi * rng.random(frequency.shape, dtype=np.float32))
    field = np.fft.irfft2(phases * frequency**-slope, s=(height, width))
    even: Floats = ((field - field.mean()) / field.std()).astype(np.float32)
    return even

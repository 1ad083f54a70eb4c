from __future__ import annotations

import itertools

import numpy as np
import pytest

from aisle.core import UsageError
from aisle.core.video import Image
from aisle.data.rendered import textures


def _clips(count: int, *, seed: int = 0, frames: int = 8, width: int = 96, height: int = 64) -> list[Image]:
    return list(textures(count=count, frames=frames, width=width, height=height, seed=seed))


def _slope(image: Image) -> float:
    """How the power of a picture's brightness falls with frequency, as an exponent, over the middle frequencies."""
    grey = image.mean(axis=2)
    window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(size) for size in grey.shape), indexing="ij"))
    rings = list(itertools.pairwise(np.geomspace(0.02, 0.3, 9)))
    falls = [np.log(power[(low <= frequency) & (frequency < high)].mean()) for low, high in rings]
    return float(np.polyfit([np.log(low * high) / 2 for low, high in rings], falls, 1)[0])


def test_a_seed_gives_the_same_clips_again_and_another_seed_others() -> None:
    once, again, other = (_clips(3, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(once, other, strict=True))


def test_a_clip_does_not_depend_on_how_many_are_asked_for() -> None:
    assert all(np.array_equal(a, b) for a, b in zip(_clips(2), _clips(4), strict=False))


@pytest.mark.parametrize(("frames", "width", "height"), [(1, 16, 16), (3, 33, 47), (2, 120, 20), (5, 304, 224)])
def test_shapes(frames: int, width: int, height: int) -> None:
    clips = _clips(2, frames=frames, width=width, height=height)
    assert [(clip.shape, clip.dtype) for clip in clips] == [((frames, height, width, 3), np.uint8)] * 2


def test_power_falls_with_the_square_of_frequency_as_in_photographs() -> None:
    slopes = [_slope(clip[4]) for clip in _clips(12, width=192, height=192)]
    assert -2.9 < np.median(slopes) < -1.7


def test_clips_are_dark_and_bright_pale_and_coloured() -> None:
    clips = _clips(24)
    brightness = [clip.mean() for clip in clips]
    colour = [(clip.max(axis=-1).astype(int) - clip.min(axis=-1)).mean() for clip in clips]
    assert min(brightness) < 70
    assert max(brightness) > 150
    assert min(colour) < 25
    assert max(colour) > 45


def test_everything_moves_a_little_or_a_lot() -> None:
    steps = [np.abs(np.diff(clip.astype(int), axis=0)).mean() for clip in _clips(24)]
    assert min(steps) > 0.2
    assert max(steps) > 4 * min(steps)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ({"count": 0}, "0 clips"),
        ({"frames": 0}, "0 frames"),
        ({"width": 8}, "8x64"),
        ({"height": 15}, "96x15"),
        ({"seed": -2}, "-2"),
    ],
)
def test_a_wrong_call_is_refused_at_once(wrong: dict[str, int], got: str) -> None:
    right = {"count": 1, "frames": 2, "width": 96, "height": 64, "seed": 0}
    with pytest.raises(UsageError, match=got):
        textures(**(right | wrong))

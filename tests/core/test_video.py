from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.core import Frame, UsageError, VideoInfo


def info(width: int = 4, height: int = 3, rate: int = 25, rotation: int = 0) -> VideoInfo:
    return VideoInfo("a.mp4", width, height, Fraction(rate), None, None, "h264", "yuv420p", rotation)


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"height": -1}, {"rate": 0}, {"rotation": 45}, {"rotation": -90}], ids=str
)
def test_a_video_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="got: "):
        info(**wrong)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_video_may_be_turned(rotation: int) -> None:
    assert info(rotation=rotation).rotation == rotation


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((2, 2), np.uint8),
        np.zeros((2, 2, 1), np.uint8),
        np.zeros((2, 2, 4), np.uint8),
        np.zeros((2, 2, 3), np.float32),
    ],
    ids=lambda image: f"{image.dtype} {image.shape}",
)
def test_a_frame_is_an_rgb_picture(image: np.ndarray) -> None:
    with pytest.raises(UsageError, match=r"a frame is an RGB picture; got: .*; allowed: uint8 \(height, width, 3\)"):
        Frame(Fraction(0), image)
    assert Frame(Fraction(0), np.zeros((2, 2, 3), np.uint8)).time == 0

"""What is known of a video before it is decoded, and one decoded picture of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.errors import UsageError

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Sizes are as displayed, after rotation; `duration` and `frames` are what the container claims, None if unsaid."""

    path: str
    width: int
    height: int
    rate: Fraction
    duration: Fraction | None
    frames: int | None
    codec: str
    pixel_format: str
    rotation: int = 0
    has_audio: bool = False

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise UsageError("a video needs a positive size", got=f"{self.width}x{self.height}")
        if self.rate <= 0:
            raise UsageError("a video needs a positive frame rate", got=self.rate)
        if self.rotation not in (0, 90, 180, 270):
            raise UsageError("unknown rotation", got=self.rotation, allowed="0, 90, 180, 270 degrees clockwise")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """`image` is height x width x 3, RGB, uint8; `time` is seconds from the start of the video."""

    time: Fraction
    image: Image

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise UsageError(
                "a frame is an RGB picture",
                got=f"{self.image.dtype} {self.image.shape}",
                allowed="uint8 (height, width, 3)",
            )

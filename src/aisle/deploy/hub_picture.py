"""How a network of the hub wants its pictures: what its own processor's file says, done by us.

transformers' processors need torchvision, which no part of this package does; what they do to a picture is little.

Shapes: B windows, T pictures, H W pixels as read, S side of what the network takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

PROCESSORS = ("video_preprocessor_config.json", "preprocessor_config.json")
NESTED = "processor_config.json"
"""Files of a model that describe its processor; in the last it is an entry `video_processor`."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The short side is read with `short_side` pixels, of which the middle `crop` (height, width) are taken.

    A pixel, 0 to 255, is multiplied by `scale`, less `offset`, then `mean`, then divided by `spread`.
    """

    short_side: int
    crop: tuple[int, int]
    scale: float
    offset: float
    mean: tuple[float, ...]
    spread: tuple[float, ...]

    def prepared(self, frames: Bytes) -> Floats:
        """(B, T, H, W, 3) to (B, T, 3, S, S)."""
        height, width = self.crop
        top, left = (frames.shape[2] - height) // 2, (frames.shape[3] - width) // 2
        middle = frames[:, :, top : top + height, left : left + width].astype(np.float32)
        mean, spread = np.array(self.mean, np.float32), np.array(self.spread, np.float32)
        values = (middle * np.float32(self.scale) - np.float32(self.offset) - mean) / spread
        return np.ascontiguousarray(values.transpose(0, 1, 4, 2, 3), dtype=np.float32)


def picture_of(said: Mapping[str, Any], kind: str, *, place: str) -> Picture:
    """What the processor's file says, for a `kind` of network. Raises DamagedError, naming its `place`, where it says
    nothing, or something else than what such processors do.
    """
    try:
        crop = _sides(said["crop_size"]) if said.get("do_center_crop", True) else _sides(said["size"])
        # V-JEPA 2's processor scales by its crop, whatever its file says
        short = int(crop[0] * 256 / 224) if kind == "vjepa2" else _short_side(said["size"])
        scale = float(said.get("rescale_factor", 1 / 255)) if said.get("do_rescale", True) else 1.0
        normal = said.get("do_normalize", True)
        found = Picture(
            short_side=short,
            crop=crop,
            scale=scale,
            offset=1.0 if said.get("offset", kind == "vivit") else 0.0,
            mean=tuple(map(float, said["image_mean"])) if normal else (0.0,) * 3,
            spread=tuple(map(float, said["image_std"])) if normal else (1.0,) * 3,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(
            f"{place} does not say how pictures are prepared",
            got=f"{type(error).__name__}: {error}",
            allowed="size, crop_size, image_mean and image_std",
            do="copy the model here again, with its preprocessor_config.json",
        ) from error
    if not 0 < max(found.crop) <= found.short_side or len(found.mean) != 3 or len(found.spread) != 3:
        raise DamagedError(
            f"{place} asks for more of a picture than there is",
            got=f"{found.crop} of a short side of {short}, {len(found.mean)} colours",
            allowed="a crop that fits, and three colours",
        )
    return found


def _sides(said: Any) -> tuple[int, int]:
    if isinstance(said, Mapping):
        return int(said["height"]), int(said["width"])
    return int(said), int(said)


def _short_side(said: Any) -> int:
    """A file that gives both sides means a square, and the whole picture pressed into it; here its middle is taken."""
    if isinstance(said, Mapping):
        return int(said["shortest_edge"]) if "shortest_edge" in said else max(_sides(said))
    return int(said)

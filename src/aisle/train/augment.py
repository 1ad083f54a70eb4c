"""Other clips from one clip, for training: another part of the picture, mirrored, in another light.

Whatever is drawn holds for all pictures of a clip, and for all of its views.

Shapes: T pictures, H W picture, S side of a crop, P people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from aisle.core.clip import MIRRORED, Array
from aisle.models.clip import Sampling

Cut = Literal["scales", "jitter"]
"""`scales`: width and height are each 1, 7/8, 3/4 or 2/3 of the short side, neighbours at most; in a corner, at an edge
or in the middle (Wang et al., TSN, ECCV 2016, section 3.2). `jitter`: a square anywhere of the picture once its short
side has been scaled by up to 5/4 (Feichtenhofer et al., SlowFast, ICCV 2019, section 4).
"""

SCALES = (1.0, 0.875, 0.75, 0.66)
STRETCHED = 1.25
PLACES = (0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of the picture, in pixels, whether it is mirrored, and how light it is: pixels times `contrast` around
    their middle, plus `brightness` of 255.
    """

    top: int
    left: int
    height: int
    width: int
    mirrored: bool = False
    brightness: float = 0.0
    contrast: float = 1.0


@dataclass(frozen=True, slots=True)
class Augmentation:
    """`light` is how far brightness and contrast go up and down; 0 leaves them."""

    cut: Cut
    flip: bool = True
    light: float = 0.2

    def draw(self, height: int, width: int, sampling: Sampling, rng: np.random.Generator) -> Drawn:
        """For pictures of `height` and `width`."""
        high, wide = self._size(min(height, width), sampling, rng)
        across, down = rng.choice(PLACES, 2) if self.cut == "scales" else rng.uniform(size=2)
        return Drawn(
            top=round(float(down) * (height - high)),
            left=round(float(across) * (width - wide)),
            height=high,
            width=wide,
            mirrored=self.flip and bool(rng.integers(2)),
            brightness=float(rng.uniform(-self.light, self.light)) / 2,
            contrast=float(rng.uniform(1 - self.light, 1 + self.light)),
        )

    def _size(self, short: int, sampling: Sampling, rng: np.random.Generator) -> tuple[int, int]:
        """(height, width)."""
        if self.cut == "scales":
            first = int(rng.integers(len(SCALES)))
            second = int(np.clip(first + rng.integers(-1, 2), 0, len(SCALES) - 1))
            return round(short * SCALES[first]), round(short * SCALES[second])
        share = sampling.crop / (sampling.short_side * float(rng.uniform(1, STRETCHED)))
        side = min(round(short * share), short)
        return side, side


def augmented(views: Mapping[str, Array], drawn: Drawn, side: int) -> dict[str, Tensor]:
    """Whole pictures become squares of `side` pixels; what is around a person keeps its size. `poses` keep the
    proportions of the picture that they were found in.
    """
    return {name: _MADE[name](view, drawn, side) for name, view in views.items()}


def squares(views: Mapping[str, Array]) -> tuple[int, int]:
    """(height, width) of the whole pictures; of any where there are none."""
    whole = next((view for name, view in views.items() if name in ("rgb", "flow")), None)
    return (64, 64) if whole is None else (whole.shape[1], whole.shape[2])


def scaled(pictures: Array, height: int, width: int) -> Tensor:
    """(T, H, W, C) bytes to (T, height, width, C), each pixel the mean of what it covers."""
    given = torch.from_numpy(np.ascontiguousarray(pictures))
    if given.shape[1:3] == (height, width):
        return given
    planes = given.permute(0, 3, 1, 2)
    found = functional.interpolate(planes, (height, width), mode="bilinear", antialias=True, align_corners=False)
    return found.permute(0, 2, 3, 1)


def _rgb(view: Array, drawn: Drawn, side: int) -> Tensor:
    return _lit(scaled(_cut(view, drawn), side, side), drawn)


def _flow(view: Array, drawn: Drawn, side: int) -> Tensor:
    """Motion keeps the pixels of the stored picture as its unit, as published."""
    return scaled(_turned(_cut(view, drawn), drawn), side, side)


def _person_rgb(view: Array, drawn: Drawn, side: int) -> Tensor:
    del side
    return _lit(torch.from_numpy(np.ascontiguousarray(_mirrored(view, drawn))), drawn)


def _person_flow(view: Array, drawn: Drawn, side: int) -> Tensor:
    del side
    return torch.from_numpy(np.ascontiguousarray(_turned(_mirrored(view, drawn), drawn)))


def _poses(view: Array, drawn: Drawn, side: int) -> Tensor:
    """(T, P, 17, 3). Who is not there stays nowhere."""
    del side
    poses = view[:, :, list(MIRRORED)] if drawn.mirrored else view.copy()
    there = poses[..., 2] > 0
    if drawn.mirrored:
        poses[..., 0] = np.where(there, 1 - poses[..., 0], 0)
    return torch.from_numpy(np.ascontiguousarray(poses, np.float32))


_MADE = {"rgb": _rgb, "flow": _flow, "person_rgb": _person_rgb, "person_flow": _person_flow, "poses": _poses}


def _cut(view: Array, drawn: Drawn) -> Array:
    part = view[:, drawn.top : drawn.top + drawn.height, drawn.left : drawn.left + drawn.width]
    return _mirrored(part, drawn)


def _mirrored(view: Array, drawn: Drawn) -> Array:
    return view[:, :, ::-1] if drawn.mirrored else view


def _turned(flow: Array, drawn: Drawn) -> Array:
    """What went to the right goes to the left in a mirror."""
    if not drawn.mirrored:
        return flow
    turned = flow.copy()
    turned[..., 0] = 255 - flow[..., 0]
    return turned


def _lit(pictures: Tensor, drawn: Drawn) -> Tensor:
    if drawn.contrast == 1 and drawn.brightness == 0:
        return pictures
    levels = np.arange(256)
    curve = (levels - 127.5) * drawn.contrast + 127.5 + 255 * drawn.brightness
    table: Any = np.clip(np.round(curve), 0, 255).astype(np.uint8)
    return torch.from_numpy(table[pictures.numpy()])

"""The camera: from points in the room to pixels and back, with the barrel bend of a cheap wide lens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aisle.core import UsageError
from aisle.data._random import Floats
from aisle.data._shop import Point

Window = tuple[slice, slice]

FOCAL = 0.68
"""Focal length as a share of the width of a 920x680 picture; other shapes see a part of that view."""

BEND = 0.07
SMALLEST = 16


def check_size(width: int, height: int) -> None:
    """Raises UsageError for a picture with a side under 16 pixels."""
    if min(width, height) < SMALLEST:
        allowed = f"sides of at least {SMALLEST} pixels"
        raise UsageError("the picture is too small", got=f"{width}x{height}", allowed=allowed)


@dataclass(frozen=True)
class Camera:
    """Hangs at `position` and looks at `target`; pictures are `width` x `height` pixels."""

    position: Point
    target: Point
    width: int
    height: int

    @cached_property
    def axes(self) -> Floats:
        """3 x 3, rows: right, down and forward in the room."""
        forward = np.subtract(self.target, self.position)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)

    @cached_property
    def focal(self) -> float:
        """In pixels."""
        return FOCAL * max(self.width, self.height * 920 / 680)

    @property
    def whole(self) -> Window:
        """The window that holds all of the picture."""
        return slice(0, self.height), slice(0, self.width)

    def rays(self, window: Window, shift: tuple[float, float]) -> Floats:
        """Directions (h, w, 3), 1 long along the axis, through points `shift` (x, y) from the middles of the pixels."""
        rows, columns = window
        x = (np.arange(columns.start, columns.stop) + 0.5 + shift[0] - self.width / 2) / self.focal
        y = (np.arange(rows.start, rows.stop) + 0.5 + shift[1] - self.height / 2) / self.focal
        across, down = np.meshgrid(x, y)
        bend = 1 + BEND * (across**2 + down**2)
        seen = np.stack([across * bend, down * bend, np.ones_like(bend)], axis=-1)
        return (seen @ self.axes).astype(np.float32)

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels (N, 2) as (x, y), and depths (N,) in metres along the axis, of points (N, 3) before the camera."""
        seen = (points - np.asarray(self.position)) @ self.axes.T
        depth = np.maximum(seen[:, 2], 0.2)
        plain = seen[:, :2] / depth[:, None]
        far = np.linalg.norm(plain, axis=1)
        near = far
        for _ in range(4):
            near = near - (near * (1 + BEND * near**2) - far) / (1 + 3 * BEND * near**2)
        bent = plain * (near / np.maximum(far, 1e-9))[:, None]
        middle = np.array([self.width / 2, self.height / 2])
        return (bent * self.focal + middle).astype(np.float32), depth.astype(np.float32)

    def around(self, points: Floats, margin: float) -> Window:
        """The part of the picture that holds the projected `points` (N, 3) and `margin` pixels more; may be empty."""
        pixels, _ = self.project(points)
        low, high = pixels.min(axis=0) - margin, pixels.max(axis=0) + margin + 1
        left, top = np.clip(low, 0, (self.width, self.height)).astype(int)
        right, bottom = np.clip(high, 0, (self.width, self.height)).astype(int)
        return slice(int(top), int(bottom)), slice(int(left), int(right))

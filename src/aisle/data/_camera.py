"""The camera: from points in the room to pixels and back, with the barrel bend of a cheap wide lens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aisle.core import UsageError
from aisle.data._random import Floats, turned
from aisle.data._shop import Point

Window = tuple[slice, slice]

SMALLEST = 16


def check_size(width: int, height: int) -> None:
    """Raises UsageError for a picture with a side under 16 pixels."""
    if min(width, height) < SMALLEST:
        allowed = f"sides of at least {SMALLEST} pixels"
        raise UsageError("the picture is too small", got=f"{width}x{height}", allowed=allowed)


@dataclass(frozen=True, slots=True)
class Mount:
    """A camera in the ceiling at `position` that looks at `target`, turned by `roll` radians.

    `focal` is its focal length as a share of the width of a 920x680 picture; other shapes see a part of that view.
    `bend` is how much longer a ray's distance from the axis is than a straight lens would make it, 1 off the axis.
    """

    position: Point
    target: Point
    roll: float
    focal: float
    bend: float


@dataclass(frozen=True)
class Camera:
    """What `mount` sees in pictures of `width` x `height` pixels; the top of the picture looks along the room's y."""

    mount: Mount
    width: int
    height: int

    @cached_property
    def position(self) -> Floats:
        """The lens (3,), in the room."""
        return np.asarray(self.mount.position, np.float32)

    @cached_property
    def axes(self) -> Floats:
        """3 x 3, rows: right, down and forward in the room."""
        forward = np.subtract(self.mount.target, self.mount.position)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (np.sin(self.mount.roll), np.cos(self.mount.roll), 0.0))
        right = right / np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)

    @cached_property
    def focal(self) -> float:
        """In pixels."""
        return self.mount.focal * max(self.width, self.height * 920 / 680)

    @cached_property
    def middle(self) -> Floats:
        """The picture's (x, y), in pixels."""
        return np.array([self.width / 2, self.height / 2], np.float32)

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
        bend = 1 + self.mount.bend * (across**2 + down**2)
        seen = np.stack([across * bend, down * bend, np.ones_like(bend)], axis=-1)
        return turned(seen.astype(np.float32), self.axes.T)

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels (N, 2) as (x, y), and depths (N,) in metres along the axis, of points (N, 3) before the camera."""
        seen = (points.astype(np.float32) - self.position) @ self.axes.T
        depth = np.maximum(seen[:, 2], 0.2)
        plain = seen[:, :2] / depth[:, None]
        far = np.sqrt((plain**2).sum(axis=1))
        near, bend = far, self.mount.bend
        for _ in range(4):
            square = bend * near**2
            near = near - (near * (1 + square) - far) / (1 + 3 * square)
        bent = plain * (near / np.maximum(far, 1e-9))[:, None]
        return bent * self.focal + self.middle, depth

    def around(self, points: Floats, margin: float) -> Window:
        """The part of the picture that holds the projected `points` (N, 3) and `margin` pixels more; may be empty."""
        pixels, _ = self.project(points)
        return self.clip(pixels.min(axis=0) - margin, pixels.max(axis=0) + margin + 1)

    def clip(self, low: Floats, high: Floats) -> Window:
        """The part of the picture between two corners (x, y); may be empty."""
        size = (self.width, self.height)
        (left, top), (right, bottom) = (np.clip(corner, 0, size).astype(int).tolist() for corner in (low, high))
        return slice(top, bottom), slice(left, right)

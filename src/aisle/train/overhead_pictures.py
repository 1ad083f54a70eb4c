"""Rendered looks as what the overhead networks learn from: turned, moved, mirrored and coloured at random."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from aisle.data.rendered_looks import PLACES, SMALL, SQUARE, Looks, Person
from aisle.data.rendered_set import HEIGHT, WIDTH
from aisle.train.overhead_networks import CROP, PEOPLE_SIZE, STRIDE

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.floating]

SPAN = 192
"""Pixels of a square, at half of the picture's size, that become the CROP pixels that the network reads."""

SHOWN = 2
"""Pixels of the picture to one of a square."""

TARGETS = 4 + 2 + 2 + len(PLACES) + 1 + 1 + 2
"""Numbers that a square is to be answered with: palms, visible, holds, places, label, basket, heading."""

GREY, SWAPPED, TURNED = 0.1, 0.35, 0.1
"""How often a picture loses its colours, gets others, or is turned by a right angle or more."""


@dataclass(frozen=True, slots=True)
class Move:
    """How a square is shown: turned by `angle`, `scale` times as large a part of it, moved by `shift` pixels."""

    angle: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    mirrored: bool = False


def any_move(rng: np.random.Generator) -> Move:
    angle = rng.normal(0, 0.12)
    if rng.uniform() < TURNED:
        angle += rng.choice([math.pi / 2, math.pi, -math.pi / 2])
    x, y = rng.normal(0, 5, 2)
    return Move(float(angle), math.exp(rng.normal(0, 0.06)), (float(x), float(y)), bool(rng.uniform() < 0.5))


def square(looks: Looks, number: int, move: Move) -> tuple[Bytes, Floats]:
    """(CROP, CROP, 3) of one person at one look, and the (TARGETS,) for it. A mirrored left hand is a right one."""
    person = looks.people[number]
    matrix, offset = _placing(move)
    placed = (matrix[0, 0], matrix[0, 1], offset[0], matrix[1, 0], matrix[1, 1], offset[1])
    shown = _opened(looks.squares[number]).transform(
        (CROP, CROP), Pillow.Transform.AFFINE, placed, Pillow.Resampling.BILINEAR
    )
    return np.asarray(shown), _targets(person, np.linalg.inv(matrix), offset, mirrored=move.mirrored)


def _placing(move: Move) -> tuple[Matrix, Matrix]:
    """From pixels of what is shown to pixels of the square: a matrix and what is added."""
    size, cos, sin = SPAN / CROP * move.scale, math.cos(move.angle), math.sin(move.angle)
    way = -1 if move.mirrored else 1
    matrix = size * np.array([[cos * way, -sin], [sin * way, cos]])
    return matrix, SQUARE / 2 + np.array(move.shift) - matrix @ np.full(2, CROP / 2)


def _targets(person: Person, back: Matrix, offset: Matrix, *, mirrored: bool) -> Floats:
    palms = (((person.palms[:, :2] - person.corner) / SHOWN - offset) @ back.T) / CROP
    visible, holds = person.palms[:, 2], person.holds.astype(np.float32)
    heading = back @ [math.sin(person.heading), -math.cos(person.heading)]
    if mirrored:
        palms, visible, holds = palms[::-1], visible[::-1], holds[::-1]
    rest = np.array([person.label, person.basket])
    return np.concatenate(
        [palms.ravel(), visible, holds, person.places, rest, heading / np.linalg.norm(heading)], dtype=np.float32
    )


def small_picture(looks: Looks, look: int, rng: np.random.Generator | None = None) -> tuple[Bytes, Floats]:
    """(160, 216, 3) of the whole picture at one look and (N, 4) boxes in its pixels, held within it."""
    width, height = PEOPLE_SIZE
    scale, shift, way = 1.0, np.zeros(2), np.ones(2)
    if rng is not None:
        scale, shift, way = math.exp(rng.normal(0, 0.12)), rng.normal(0, 8, 2), rng.choice([-1, 1], 2)
    size = np.array(SMALL) / PEOPLE_SIZE * scale * way
    offset = np.array(SMALL) / 2 + shift - size * np.array(PEOPLE_SIZE) / 2
    placed = (size[0], 0, offset[0], 0, size[1], offset[1])
    shown = _opened(looks.small[look]).transform(
        PEOPLE_SIZE, Pillow.Transform.AFFINE, placed, Pillow.Resampling.BILINEAR
    )
    found = np.array([person.box for person in looks.people if person.look == look], np.float64).reshape(-1, 2, 2)
    ends = (found * np.array(SMALL) / (WIDTH, HEIGHT) - offset) / size
    boxes = np.concatenate([ends.min(axis=1), ends.max(axis=1)], axis=1)
    boxes = np.clip(boxes, 0, [width, height, width, height])
    return np.asarray(shown), boxes[(boxes[:, 2:] - boxes[:, :2] > 5).all(axis=1)].astype(np.float32)


def people_map(boxes: Floats) -> tuple[Floats, Floats, Floats]:
    """How near each cell (h, w) is to the middle of somebody, 0 to 1; where that lies and how large (4, h, w); and
    which cells (h, w) are to tell that.
    """
    width, height = PEOPLE_SIZE[0] // STRIDE, PEOPLE_SIZE[1] // STRIDE
    near, told, tells = np.zeros((height, width)), np.zeros((4, height, width)), np.zeros((height, width))
    down, right = np.mgrid[:height, :width] + 0.5
    for left, top, end, bottom in (boxes / STRIDE).tolist():
        x, y, wide, high = (left + end) / 2, (top + bottom) / 2, end - left, bottom - top
        spread = 0.12 * math.sqrt(wide * high) + 0.3
        peak = np.exp(-((right - x) ** 2 + (down - y) ** 2) / 2 / spread**2)
        peak[min(int(y), height - 1), min(int(x), width - 1)] = 1
        near = np.maximum(near, peak)
        around = (abs(right - x) < 1.2) & (abs(down - y) < 1.2)
        sizes = np.full_like(right, math.log(wide)), np.full_like(right, math.log(high))
        told[:, around] = np.stack([x - right + 0.5, y - down + 0.5, *sizes])[:, around]
        tells[around] = 1
    return near.astype(np.float32), told.astype(np.float32), tells.astype(np.float32)


def coloured(pictures: Sequence[Bytes], rng: np.random.Generator) -> Floats:
    """(N, 3, H, W), 0 to 255: each brighter or darker, of more or less contrast, in other colours, some noisy."""
    shown = [_coloured(picture, rng) for picture in pictures]
    return np.ascontiguousarray(np.stack(shown).transpose(0, 3, 1, 2))


def plain(pictures: Sequence[Bytes]) -> Floats:
    """(N, 3, H, W), 0 to 255."""
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2)).astype(np.float32)


def _coloured(picture: Bytes, rng: np.random.Generator) -> Floats:
    levels = np.arange(256, dtype=np.float32)[:, None]
    mean = picture[::8, ::8].mean()
    tint = rng.normal(1, 0.04, 3)
    table = np.clip((levels - mean) * rng.normal(1, 0.15) + mean * tint + rng.normal(0, 12), 0, 255)
    if rng.uniform() < GREY:
        picture = np.repeat(picture.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    order = rng.permutation(3) if rng.uniform() < SWAPPED else range(3)
    shown = np.stack([table[:, at][picture[..., channel]] for at, channel in enumerate(order)], axis=2)
    if rng.uniform() < 0.5:
        shown = shown + abs(rng.normal(0, 3)) * rng.standard_normal(picture.shape, np.float32)
    return np.asarray(shown, np.float32)


def _opened(jpeg: bytes) -> Pillow.Image:
    return Pillow.open(io.BytesIO(jpeg))

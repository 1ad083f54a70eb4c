"""What a detector is shown while it learns: pictures and their boxes, laid together, cut, scaled, mirrored and
recoloured at random.

With a few pictures nearly everything depends on this: four of them in one (mosaic: Bochkovskiy et al.: YOLOv4.
arXiv:2004.10934), things of other pictures laid where there is room (copy and paste: Ghiasi et al. CVPR 2021), sizes
and colours.

Shapes: a picture (H, W, 3) RGB uint8; N boxes (N, 4), left, top, right and bottom in pixels; classes (N,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from aisle.core.boxes import Floats, intersection_over_union
from aisle.core.video import Image

Ints = npt.NDArray[np.int64]

GREY = 114
"""Where a picture ends, as the published YOLOX is shown it."""

_VISIBLE = 0.35
"""A box of which less is left counts no more."""

_SMALLEST = 4.0
"""Pixels; what is narrower cannot be told."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture with its boxes and classes."""

    image: Image
    boxes: Floats
    classes: Ints

    def within(self, side: int) -> Self:
        """The same, made smaller so that no side is longer than `side`."""
        height, width = self.image.shape[:2]
        scale = min(side / max(height, width), 1.0)
        if scale == 1:
            return self
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        smaller = np.asarray(cv2.resize(self.image, size, interpolation=cv2.INTER_AREA), np.uint8)
        stretched = np.array([size[0] / width, size[1] / height] * 2, np.float32)
        return replace(self, image=smaller, boxes=self.boxes * stretched)

    def stretched(self, side: int) -> Self:
        """The same as a square of `side`."""
        height, width = self.image.shape[:2]
        how = cv2.INTER_AREA if min(height, width) > side else cv2.INTER_LINEAR
        square = np.asarray(cv2.resize(self.image, (side, side), interpolation=how), np.uint8)
        scale = np.array([side / width, side / height] * 2, np.float32)
        return replace(self, image=square, boxes=self.boxes * scale)


@dataclass(frozen=True, slots=True)
class Augment:
    """`mosaic` and `paste` are probabilities. `scale` is how much smaller and larger things become, `turn` up to how
    many degrees; `colour` how far hue, saturation and brightness wander, 0 to 1.
    """

    mosaic: float = 1.0
    paste: float = 0.5
    scale: tuple[float, float] = (0.5, 1.5)
    turn: float = 5.0
    shift: float = 0.1
    colour: float = 1.0
    mirror: bool = True

    @property
    def gentle(self) -> Self:
        """For the last steps, in which a network gets used to whole pictures."""
        return replace(self, mosaic=0.0, scale=(0.75, 1.25), turn=self.turn / 2)

    def __call__(self, pool: Sequence[Shown], index: int, side: int, rng: np.random.Generator) -> Shown:
        """One square picture of `side` pixels, made of the picture `index` of `pool` and maybe of others."""
        one = pool[index]
        if rng.random() < self.paste:
            one = _pasted(one, pool, rng)
        if rng.random() < self.mosaic:
            others = [pool[number] for number in rng.integers(len(pool), size=3)]
            one = _mosaic([one, *others], side, rng)
        found = self._moved(one, side, rng)
        if self.mirror and rng.random() < 0.5:
            found = _mirrored(found)
        return replace(found, image=_recoloured(found.image, self.colour, rng))

    def _moved(self, one: Shown, side: int, rng: np.random.Generator) -> Shown:
        """Fitted into the square, then scaled, turned and shifted."""
        height, width = one.image.shape[:2]
        fit = side / max(height, width)
        scale = fit * np.exp(rng.uniform(*np.log(self.scale)))
        angle = np.deg2rad(rng.uniform(-self.turn, self.turn))
        cos, sin = scale * np.cos(angle), scale * np.sin(angle)
        middle = side / 2 + rng.uniform(-self.shift, self.shift, 2) * side
        middle += rng.uniform(-0.5, 0.5, 2) * np.maximum(scale * np.array([width, height]) - side, 0)
        shift = middle - np.array([[cos, -sin], [sin, cos]]) @ (width / 2, height / 2)
        matrix = np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]], np.float64)
        how = cv2.INTER_LINEAR if scale > 0.7 else cv2.INTER_AREA
        grey = (GREY, GREY, GREY)
        image = cv2.warpAffine(one.image, matrix, (side, side), flags=how, borderValue=grey)
        corners = one.boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2) @ matrix[:, :2].T + matrix[:, 2]
        boxes = np.concatenate([corners.min(1), corners.max(1)], 1).astype(np.float32)
        return _cut(Shown(np.asarray(image, np.uint8), boxes, one.classes), side, side)


def _mosaic(four: Sequence[Shown], side: int, rng: np.random.Generator) -> Shown:
    """Round a point near the middle of a square of twice the side, each fitted into its quarter or cut by its edges."""
    whole = 2 * side
    canvas = np.full((whole, whole, 3), GREY, np.uint8)
    x, y = (int(rng.uniform(0.6 * side, 1.4 * side)) for _ in "xy")
    boxes, classes = [], []
    for place, one in enumerate(four):
        height, width = one.image.shape[:2]
        scale = side / max(height, width)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        image = cv2.resize(one.image, size, interpolation=cv2.INTER_LINEAR)
        left = x - size[0] if place % 2 == 0 else x
        top = y - size[1] if place < 2 else y
        low, high = (max(left, 0), max(top, 0)), (min(left + size[0], whole), min(top + size[1], whole))
        canvas[low[1] : high[1], low[0] : high[0]] = image[low[1] - top : high[1] - top, low[0] - left : high[0] - left]
        boxes.append(one.boxes * np.float32(scale) + np.array([left, top, left, top], np.float32))
        classes.append(one.classes)
    return _cut(Shown(canvas, np.concatenate(boxes), np.concatenate(classes)), whole, whole)


def _pasted(one: Shown, pool: Sequence[Shown], rng: np.random.Generator, most: int = 4) -> Shown:
    """Things of other pictures of the pool, scaled and laid where they hide little of what is there."""
    image, boxes, classes = one.image.copy(), one.boxes, one.classes
    for _ in range(int(rng.integers(1, most + 1))):
        other = pool[int(rng.integers(len(pool)))]
        if not len(other.boxes):
            continue
        chosen = int(rng.integers(len(other.boxes)))
        thing = _thing(other, chosen, float(rng.uniform(0.7, 1.4)))
        place = None if thing is None else _room(thing.shape[:2], image.shape[:2], boxes, rng)
        if thing is None or place is None:
            continue
        image[int(place[1]) : int(place[3]), int(place[0]) : int(place[2])] = thing
        boxes = np.concatenate([boxes, place[None]])
        classes = np.append(classes, other.classes[chosen])
    return Shown(image, boxes, classes)


def _thing(other: Shown, chosen: int, scale: float) -> Image | None:
    left, top, right, bottom = np.round(other.boxes[chosen]).astype(int)
    crop = other.image[max(top, 0) : bottom, max(left, 0) : right]
    size = round(crop.shape[1] * scale), round(crop.shape[0] * scale)
    if min(*crop.shape[:2], *size) < _SMALLEST:
        return None
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _room(
    size: tuple[int, ...], picture: tuple[int, ...], boxes: Floats, rng: np.random.Generator, tries: int = 8
) -> Floats | None:
    height, width = size
    if height >= picture[0] or width >= picture[1]:
        return None
    for _ in range(tries):
        left, top = int(rng.integers(picture[1] - width)), int(rng.integers(picture[0] - height))
        place = np.array([left, top, left + width, top + height], np.float32)
        if not len(boxes) or intersection_over_union(place[None], boxes).max() < 0.1:
            return place
    return None


def _cut(one: Shown, width: int, height: int) -> Shown:
    """Boxes clipped to the picture, without those of which too little is left."""
    clipped = np.clip(one.boxes, 0, np.array([width, height, width, height], np.float32))
    before = np.maximum(one.boxes[:, 2:] - one.boxes[:, :2], 1e-3).prod(1)
    sides = np.maximum(clipped[:, 2:] - clipped[:, :2], 0)
    kept = (sides.min(1) >= _SMALLEST) & (sides.prod(1) >= _VISIBLE * before)
    return Shown(one.image, clipped[kept].astype(np.float32), one.classes[kept])


def _mirrored(one: Shown) -> Shown:
    width = one.image.shape[1]
    boxes = np.stack([width - one.boxes[:, 2], one.boxes[:, 1], width - one.boxes[:, 0], one.boxes[:, 3]], 1)
    return replace(one, image=np.ascontiguousarray(one.image[:, ::-1]), boxes=boxes.astype(np.float32))


def _recoloured(image: Image, strength: float, rng: np.random.Generator) -> Image:
    """Hue by up to 5 degrees of 180, saturation and brightness by up to 40%."""
    hue, saturation, value = rng.uniform(-1, 1, 3) * strength
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.int16)
    colours[..., 0] = (colours[..., 0] + round(5 * hue)) % 180
    colours[..., 1] = np.clip(colours[..., 1] * (1 + 0.4 * saturation), 0, 255)
    colours[..., 2] = np.clip(colours[..., 2] * (1 + 0.4 * value), 0, 255)
    return np.asarray(cv2.cvtColor(colours.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)

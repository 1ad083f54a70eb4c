"""Clips of nothing in particular whose statistics are those of real video, to calibrate and to test networks with.

Pictures are dead leaves, shapes of all sizes that hide one another, with pink noise on them: both have the 1/f spectrum
and the edges of photographs (Lee, Mumford and Huang 2001). A camera moves over them and things move before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter

from aisle.core import UsageError
from aisle.core.video import Image
from aisle.data._camera import check_size
from aisle.data._random import pink, stream

MARGIN = 1.7
"""How much larger than the frame the picture is over which the camera moves."""

LEAVES = 400
GRAIN = 32
OPPONENT = np.array([[1, 1, 1], [0.7, 0, -0.7], [-0.4, 0.8, -0.4]], np.float32)
"""Brightness, red against blue, and green against both, as red, green and blue."""

Curve = Callable[[float], float]


def textures(*, count: int, frames: int, width: int, height: int, seed: int) -> Iterator[Image]:
    """`count` clips (frames, height, width, 3), RGB: dark and bright, pale and coloured, calm and hasty, some cut.

    Raises UsageError for a count or number of frames below 1, a side under 16 pixels, a negative seed.
    """
    check_size(width, height)
    if count < 1 or frames < 1:
        raise UsageError("at least one clip of one frame is needed", got=f"{count} clips of {frames} frames")
    generators = [stream(seed, 8, number) for number in range(count)]
    return (_clip(rng, frames, width, height) for rng in generators)


def _clip(rng: np.random.Generator, frames: int, width: int, height: int) -> Image:
    """One shot, or two with a cut between them."""
    cut = int(rng.integers(1, frames)) if frames > 1 and rng.uniform() < 0.3 else frames
    return np.concatenate([_shot(rng, length, width, height) for length in (cut, frames - cut) if length])


def _shot(rng: np.random.Generator, frames: int, width: int, height: int) -> Image:
    """A background and things before it, as a hand-held camera with its own exposure sees them."""
    ground = _picture(rng, math.ceil(MARGIN * width), math.ceil(MARGIN * height), softness=rng.uniform(0, 0.9))
    layers = [_ground(rng, ground, width, height)]
    layers += [_thing(rng, width, height) for _ in range(int(rng.integers(1, 6)))]
    expose, grain = _exposure(rng), _grain(rng, width, height)
    clip = np.empty((frames, height, width, 3), np.uint8)
    for number in range(frames):
        time = number / frames
        frame = Pillow.new("RGB", (width, height))
        for layer in layers:
            layer.show(frame, time)
        down, across = rng.integers(GRAIN, size=2)
        noisy = np.asarray(frame.point(expose(time))) + grain[down : down + height, across : across + width]
        clip[number] = np.clip(noisy, 0, 255)
    return clip


@dataclass(frozen=True, slots=True)
class _Layer:
    """A picture that moves over a clip's time, 0 to 1: `x`, `y` of its middle in the frame, its `angle` and `zoom`."""

    picture: Pillow.Image
    x: Curve
    y: Curve
    angle: Curve
    zoom: Curve

    def show(self, frame: Pillow.Image, time: float) -> None:
        """Draws the picture on `frame` where it is at `time`, over what is there already."""
        x, y, zoom = self.x(time), self.y(time), self.zoom(time)
        half = zoom * math.hypot(*self.picture.size) / 2
        left, top = max(math.floor(x - half), 0), max(math.floor(y - half), 0)
        right, bottom = min(math.ceil(x + half), frame.width), min(math.ceil(y + half), frame.height)
        if left < right and top < bottom:
            cos, sin = math.cos(self.angle(time)) / zoom, math.sin(self.angle(time)) / zoom
            across = self.picture.width / 2 + (left - x) * cos + (top - y) * sin
            down = self.picture.height / 2 - (left - x) * sin + (top - y) * cos
            part = self.picture.transform(
                (right - left, bottom - top),
                Pillow.Transform.AFFINE,
                (cos, sin, across, -sin, cos, down),
                Pillow.Resampling.BILINEAR,
            )
            frame.paste(part, (left, top), part if part.mode == "RGBA" else None)


def _ground(rng: np.random.Generator, picture: Pillow.Image, width: int, height: int) -> _Layer:
    """A background that the frame never leaves."""
    haste = rng.uniform(0, 1) ** 2
    return _Layer(
        picture,
        x=_wander(rng, width / 2, 0.24 * width * haste),
        y=_wander(rng, height / 2, 0.24 * height * haste),
        angle=_wander(rng, 0, 0.06 * haste),
        zoom=_wander(rng, 1.12, 0.1 * haste),
    )


def _thing(rng: np.random.Generator, width: int, height: int) -> _Layer:
    """Something of any size and outline that goes its own way, part of it perhaps outside the frame."""
    wide = max(int(rng.uniform(0.12, 0.6) * height), 4)
    picture = _picture(rng, wide, max(int(rng.uniform(0.4, 1.6) * wide), 4), softness=rng.uniform(0, 1.2))
    picture.putalpha(_outline(rng, *picture.size))
    return _Layer(
        picture,
        x=_wander(rng, rng.uniform(0.1, 0.9) * width, rng.uniform(0, 0.6) * width),
        y=_wander(rng, rng.uniform(0.2, 0.9) * height, rng.uniform(0, 0.4) * height),
        angle=_wander(rng, rng.uniform(-1, 1), rng.uniform(0, 0.8)),
        zoom=_wander(rng, rng.uniform(0.8, 1.3), 0.25),
    )


def _wander(rng: np.random.Generator, middle: float, reach: float) -> Curve:
    """A smooth way that stays within `reach` of `middle`: drift, sway and a little shake."""
    drift, sway, shake = 0.6 * rng.uniform(-1, 1), 0.35 * rng.uniform(0, 1), 0.05 * rng.uniform(0, 1)
    slow, fast = rng.uniform(0.3, 2), rng.uniform(4, 12)
    first, second = rng.uniform(0, 2 * math.pi, size=2)

    def at(time: float) -> float:
        turns = 2 * math.pi * time
        way = drift * (2 * time - 1) + sway * math.sin(slow * turns + first) + shake * math.sin(fast * turns + second)
        return middle + reach * way

    return at


def _picture(rng: np.random.Generator, width: int, height: int, softness: float) -> Pillow.Image:
    """Dead leaves with pink noise on them, in the colours of one palette."""
    spread = np.array([rng.uniform(30, 75), rng.uniform(4, 40), rng.uniform(2, 22)])
    palette = np.array([rng.uniform(70, 170), 0, 0]) + spread * rng.standard_normal((16, 3))
    leaves = Pillow.new("RGB", (width, height), _ink(palette[0]))
    draw = ImageDraw.Draw(leaves)
    for colour in palette[rng.integers(len(palette), size=LEAVES)]:
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        radius = min(0.014 * height / math.sqrt(rng.uniform(1e-4, 1)), 0.4 * height)
        if rng.uniform() < 0.5:
            flat = radius * rng.uniform(0.3, 1)
            draw.ellipse((x - radius, y - flat, x + radius, y + flat), fill=_ink(colour))
        else:
            turn, corner = rng.uniform(0, math.pi), rng.uniform(0.2, math.pi / 2)
            angles = turn + np.array([0, corner, math.pi, math.pi + corner])
            draw.polygon(list(zip(x + radius * np.cos(angles), y + radius * np.sin(angles), strict=True)), _ink(colour))
    rough = rng.uniform(0.2, 0.6) * spread
    grain = np.stack([part * pink(rng, height, width) for part in rough], axis=-1) @ OPPONENT
    picture = Pillow.fromarray(np.clip(np.asarray(leaves) + grain, 0, 255).astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(softness))


def _ink(colour: npt.NDArray[np.float64]) -> tuple[int, int, int]:
    red, green, blue = np.clip(colour @ OPPONENT, 0, 255).astype(int).tolist()
    return red, green, blue


def _outline(rng: np.random.Generator, width: int, height: int) -> Pillow.Image:
    """A mask: a round, a box, or a body of several rounds."""
    mask = Pillow.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    kind = rng.integers(3)
    if kind == 0:
        draw.rectangle((1, 1, width - 2, height - 2), fill=255)
    elif kind == 1:
        draw.ellipse((1, 1, width - 2, height - 2), fill=255)
    else:
        for x, y, reach in rng.uniform((0.25, 0.15, 0.12), (0.75, 0.85, 0.25), (7, 3)):
            box = ((x - reach) * width, (y - reach) * height, (x + reach) * width, (y + reach) * height)
            draw.ellipse(box, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(0.7))


def _exposure(rng: np.random.Generator) -> Callable[[float], list[int]]:
    """The camera's table of levels, three times 256, over time: gamma, contrast, brightness, a cast, and a fade."""
    gamma, contrast = math.exp(rng.normal(0, 0.3)), math.exp(rng.normal(0.05, 0.25))
    cast, brightness = np.exp(rng.normal(0, 0.08, 3)), rng.normal(0, 22)
    fades, pulse = rng.uniform() < 0.15, _wander(rng, 1, 0.06)
    backwards = rng.uniform() < 0.5
    ramp = np.linspace(0, 1, 256) ** gamma * 255

    def at(time: float) -> list[int]:
        light = min(2.5 * (1 - time if backwards else time), 1) if fades else 1.0
        curve = (128 + contrast * (ramp - 128) + brightness) * (light * pulse(time))
        return np.clip(cast[:, None] * curve, 0, 255).astype(int).ravel().tolist()

    return at


def _grain(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.int16]:
    """A field of noise a little larger than the frame, of which each frame shows another part."""
    loud = rng.uniform(0, 5) if rng.uniform() < 0.6 else 0.0
    return np.rint(rng.normal(0, loud, (height + GRAIN, width + GRAIN, 1))).astype(np.int16)

"""A rendered shop as a camera in its ceiling sees it: for when there is no video at hand, and to learn from.

All that is shown follows from the seed: the shop, its goods, who comes, what they do, and the camera's noise. `_shop`,
`_person`, `_habits` and `_plan` say what is there and know no picture; the other parts draw it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from aisle.core import Frame, Progress, Segment, UsageError, silent
from aisle.core.site import Site
from aisle.data._camera import Camera, check_size
from aisle.data._habits import RATE as HABITS_RATE
from aisle.data._habits import Label
from aisle.data._rig import mount
from aisle.data._scene import Scene, Studio, compose
from aisle.data._sensor import Plane
from aisle.data._textures import textures
from aisle.data._zones import site_of
from aisle.media import Encoding, Writer, to_rgb

__all__ = ["render", "render_to", "script", "site", "textures"]

SECONDS, WIDTH, HEIGHT, RATE = Fraction(20), 920, 680, Fraction(30)
"""The picture and rate of the MERL Shopping videos, long enough to see each act."""

SWIFT = Encoding("ultrafast", 23, threads=1)
"""Of a core's time most goes into the codec: `veryfast` takes twice as long and saves space that nobody misses."""


def render(
    *, seconds: Fraction = SECONDS, width: int = WIDTH, height: int = HEIGHT, rate: Fraction = RATE, seed: int = 0
) -> Iterator[Frame]:
    """Frame i at exactly i / rate, as many as start before `seconds`; each owns its picture.

    The first takes a second or two, in which the empty shop is drawn. Shapes other than 920 x 680 show a part of the
    same view. Raises UsageError for a duration or rate that is not positive, a side under 16 pixels, a negative seed.
    """
    studio = _open(seconds, width, height, rate, seed)
    return (Frame(time, to_rgb(planes)[:height, :width]) for time, planes in _planes(studio, seconds, rate))


def render_to(
    path: str | Path,
    *,
    seconds: Fraction = SECONDS,
    width: int = WIDTH,
    height: int = HEIGHT,
    rate: Fraction = RATE,
    seed: int = 0,
    progress: Progress = silent,
) -> None:
    """Writes what `render` gives for the same arguments as an H.264 video; `progress` hears seconds of video.

    An odd side grows by a pixel. Raises what `render` does, and OutputError where the disk or the folder refuses.
    """
    studio = _open(seconds, width, height, rate, seed)
    with Writer(path, studio.camera.width, studio.camera.height, rate, encoding=SWIFT) as writer:
        for time, planes in _planes(studio, seconds, rate):
            writer.write_planes(time, planes)
            progress(float(min(time + 1 / rate, seconds)), float(seconds))


def script(*, seconds: Fraction = SECONDS, seed: int = 0) -> tuple[Segment, ...]:
    """What happens in the video rendered with the same arguments: MERL's five actions, by start, cut at `seconds`.

    Raises UsageError for a duration that is not positive or a negative seed.
    """
    scene = _compose(seconds, seed)
    acts = [act for act in scene.people[0].acts if act.start < seconds and act.label is not Label.NOTHING]
    return tuple(Segment(act.start, min(act.end, seconds), str(act.label), 1.0) for act in acts)


def site(*, seed: int = 0) -> Site:
    """Where shelves and ways in are in the video rendered with the same seed, in its usual shape of picture.

    Raises UsageError for a negative seed.
    """
    shop = _compose(Fraction(1), seed).shop
    return site_of(shop, Camera(mount(shop), WIDTH, HEIGHT), "Rendered shop")


def _compose(seconds: Fraction, seed: int) -> Scene:
    if seconds <= 0:
        raise UsageError("a video needs a positive duration", got=f"{seconds} s")
    return compose(seed, 1, 1, math.ceil(seconds * HABITS_RATE))


def _open(seconds: Fraction, width: int, height: int, rate: Fraction, seed: int) -> Studio:
    check_size(width, height)
    if rate <= 0:
        raise UsageError("a video needs a positive rate", got=f"{rate} frames a second")
    return Studio(_compose(seconds, seed), width + width % 2, height + height % 2)


def _planes(studio: Studio, seconds: Fraction, rate: Fraction) -> Iterator[tuple[Fraction, Plane]]:
    for number in range(math.ceil(seconds * rate)):
        time = number / rate
        yield time, studio.shoot(time, number).planes

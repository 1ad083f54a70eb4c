"""A rendered shop: people in an aisle as a security camera sees them, for when there is no video at hand.

All that is shown follows from the seed: the shop, its goods, who comes, what they do, and the camera's noise. `_shop`
and `_shopper` say what is there and know no picture; the other parts draw it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from aisle.core import Frame, Progress, Segment, UsageError, silent
from aisle.core.video import Image
from aisle.data._backdrop import Backdrop, view, without
from aisle.data._body import limbs
from aisle.data._camera import Camera, check_size
from aisle.data._cloth import dress
from aisle.data._paint import Canvas
from aisle.data._random import Floats
from aisle.data._sensor import Sensor
from aisle.data._shop import Product, Shop, stock
from aisle.data._shopper import Shopper, send
from aisle.data._textures import textures
from aisle.media import Writer

__all__ = ["render", "render_to", "script", "textures"]

SECONDS, WIDTH, HEIGHT, RATE = Fraction(20), 920, 680, Fraction(30)
"""The picture and rate of the MERL Shopping videos, for as long as a visit takes."""


def render(
    *, seconds: Fraction = SECONDS, width: int = WIDTH, height: int = HEIGHT, rate: Fraction = RATE, seed: int = 0
) -> Iterator[Frame]:
    """Frame i at exactly i / rate, as many as start before `seconds`; each owns its picture.

    The first takes a second or two, in which the empty shop is drawn. Shapes other than 920 x 680 show a part of the
    same view. Raises UsageError for a duration or rate that is not positive, a side under 16 pixels, a negative seed.
    """
    check_size(width, height)
    if seconds <= 0 or rate <= 0:
        raise UsageError("a video needs a positive duration and rate", got=f"{seconds} s at {rate} frames a second")
    shop = stock(seed)
    x, y, z = shop.camera
    camera = Camera((x, y, z), (-0.6 * x, 1.1, 0.8), width, height)
    return _frames(shop, camera, send(shop, seconds), (number / rate for number in range(math.ceil(seconds * rate))))


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

    Raises what `render` does, and OutputError where the disk or the folder refuses.
    """
    frames = render(seconds=seconds, width=width, height=height, rate=rate, seed=seed)
    with Writer(path, width, height, rate) as writer:
        for frame in frames:
            writer.write(frame)
            progress(float(min(frame.time + 1 / rate, seconds)), float(seconds))


def script(*, seconds: Fraction = SECONDS, seed: int = 0) -> tuple[Segment, ...]:
    """What happens in the video rendered with the same arguments: each act and its time, by start, cut at `seconds`.

    What shoppers do at the shelf has the names of MERL Shopping's five actions; walks have names of their own, and
    one of them may overlap other acts. Raises UsageError for a duration that is not positive or a negative seed.
    """
    if seconds <= 0:
        raise UsageError("a video needs a positive duration", got=f"{seconds} s")
    acts = (act for shopper in send(stock(seed), seconds) for act in shopper.acts if act.start < seconds)
    return tuple(
        Segment(act.start, min(act.end, seconds), act.name, 1.0) for act in sorted(acts, key=lambda act: act.start)
    )


@dataclass(frozen=True, slots=True)
class _Plate:
    """The shop without shoppers and without the product `missing`, and what the sensor makes of it at each phase."""

    missing: Product | None
    backdrop: Backdrop
    phases: list[Image]


def _frames(shop: Shop, camera: Camera, shoppers: Sequence[Shopper], times: Iterable[Fraction]) -> Iterator[Frame]:
    sensor = Sensor(camera.width, camera.height, shop.flicker, shop.seed)
    full = view(shop, camera, camera.whole)
    plate = _Plate(None, full, sensor.phases(full.light))
    dressed: dict[int, Floats] = {}
    for number, time in enumerate(times):
        missing = next((held for shopper in shoppers if (held := shopper.holding(time))), None)
        if missing is not plate.missing:
            backdrop = without(full, shop, missing, camera) if missing else full
            plate = _Plate(missing, backdrop, sensor.phases(backdrop.light))
        present = [index for index, shopper in enumerate(shoppers) if shopper.act(time) is not None]
        dressed = {index: dressed[index] if index in dressed else dress(shoppers[index], shop) for index in present}
        phase = sensor.phase(time)
        canvas = Canvas(camera, sensor, plate.backdrop, plate.phases[phase], phase)
        canvas.people([(limbs(shoppers[index], shop, time), tiles) for index, tiles in dressed.items()])
        yield Frame(time, sensor.record(canvas.picture, number, time))

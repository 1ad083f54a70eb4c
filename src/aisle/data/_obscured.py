"""What a blocked camera still shows: a cloth, paint or a lens out of focus, as it comes and goes."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
from PIL import Image as Pillow

from aisle.data._incidents import Cover, Incident
from aisle.data._random import Floats, pink, stream
from aisle.data._sensor import Plane, Planes

COMES = 0.4
"""Seconds in which a lens is covered or freed."""

UNCOVERED = (0.05, 0.3)
"""Of the order in which the picture is hidden, what is left in the end."""

FIELD = 128
"""Rows and columns of the field that folds and drops are cut from."""

BLURRED = 40
"""Of the picture's height remain so many times less rows when it is out of focus, at most."""


def obscure(planes: Planes, incident: Incident, time: Fraction, colour: float) -> None:
    """Changes the picture at `time` as the cover of `incident` asks, if it lasts; `colour` is what the camera shows of
    colours, 0 to 1.
    """
    if incident.cover is None or not incident.start <= time < incident.end:
        return
    # the first frame of the event already shows a part of it
    gone, left = float(time - incident.start) + COMES / 6, float(incident.end - time)
    share = min(gone / COMES, left / COMES, 1.0)
    if incident.cover.manner == "blur":
        for plane in (planes.bright, planes.blue, planes.red):
            _defocus(plane, share)
    else:
        _hide(planes, incident.cover, share, colour)


def _defocus(plane: Plane, share: float) -> None:
    times = 1 + share * (plane.shape[0] / BLURRED - 1) if plane.shape[0] > BLURRED else 1.0
    size = (max(round(plane.shape[1] / times), 2), max(round(plane.shape[0] / times), 2))
    small = Pillow.fromarray(np.ascontiguousarray(plane)).resize(size, Pillow.Resampling.BOX)
    plane[:] = np.asarray(small.resize(plane.shape[::-1], Pillow.Resampling.BICUBIC))


def _hide(planes: Planes, cover: Cover, share: float, colour: float) -> None:
    """Draws what covers the share `share` of what it will cover in the end."""
    hides, light = _surface(cover)
    rng = stream(cover.seed, 1)
    colours = 128 + colour * rng.uniform(-18, 18, 2)
    edge = 1.15 - (1.15 - rng.uniform(*UNCOVERED)) * share
    covered = np.clip((hides - edge) * 25 + 0.5, 0, 1)
    for plane, level in [(planes.bright, light), (planes.blue, colours[0]), (planes.red, colours[1])]:
        over = _fitted(covered, plane.shape)
        shown = _fitted(level, plane.shape) if isinstance(level, np.ndarray) else level
        plane[:] = np.clip(plane + over * (shown - plane) + 0.5, 16, 240)


@lru_cache(maxsize=8)
def _surface(cover: Cover) -> tuple[Floats, Floats]:
    """(128, 128) twice: what is hidden first, 1 to last, 0; and the brightness of the cover."""
    rng = stream(cover.seed, 0)
    down, across = np.mgrid[0 : 1 : FIELD * 1j, 0 : 1 : FIELD * 1j]
    folds = pink(rng, FIELD, FIELD, 1.6)
    if cover.manner == "cloth":
        angle = rng.uniform(0, 2 * np.pi)
        slope = np.cos(angle) * (across - 0.5) + np.sin(angle) * (down - 0.5)
        order = 0.5 + slope / (np.abs(np.cos(angle)) + np.abs(np.sin(angle))) + 0.02 * folds
        return order.astype(np.float32), (rng.uniform(30, 110) + 7 * folds).astype(np.float32)
    drops = pink(rng, FIELD, FIELD, 1.2)
    middle = np.hypot(across - rng.uniform(0.3, 0.7), down - rng.uniform(0.3, 0.7))
    order = np.clip(0.95 - 0.7 * middle + 0.09 * drops, 0, 1)
    return order.astype(np.float32), (rng.uniform(40, 190) + 4 * folds).astype(np.float32)


def _fitted(field: Floats, shape: tuple[int, ...]) -> Floats:
    return np.asarray(Pillow.fromarray(field).resize((shape[1], shape[0]), Pillow.Resampling.BICUBIC))

"""Clips of one thing that moves in one of four directions, drawn as every view that a network may read."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from aisle.core.clip import FASTEST, JOINTS, Clip

Array = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]

DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
"""Steps to the right and down."""

TAIL = 4
"""Faded copies that the thing trails behind it, so that one picture shows which way it goes."""

STANDING = np.array(
    [
        *((0, -9), (-1, -10), (1, -10), (-2, -9), (2, -9), (-4, -6), (4, -6), (-6, -3), (6, -3), (-6, 1), (6, 1)),
        *((-3, 2), (3, 2), (-3, 6), (3, 6), (-3, 10), (3, 10)),
    ],
    np.float64,
)
"""The joints of COCO, to the right and down from the middle, in twentieths of a person."""


def motion_clips(
    views: Sequence[str],
    count: int,
    *,
    frames: int,
    directions: Sequence[str] = tuple(DIRECTIONS),
    side: int = 32,
    tail: bool = True,
    seed: int = 0,
) -> tuple[list[Clip], npt.NDArray[np.int64]]:
    """`count` clips of `frames` pictures, `side` pixels square, with these `views`; and which of the `directions` each
    shows, all of them in turn.
    """
    rng = np.random.default_rng(seed)
    truth = np.arange(count) % len(directions)
    clips = [_clip(views, frames, side, DIRECTIONS[directions[which]], rng, tail=tail) for which in truth]
    return clips, truth


def batch(clips: Sequence[Clip], views: Sequence[str]) -> list[npt.NDArray[np.uint8 | np.float32]]:
    """Each of the `views` of all `clips`, (B, T, ...)."""
    return [np.stack([clip.views[name] for clip in clips]) for name in views]


def _clip(
    views: Sequence[str], frames: int, side: int, step: tuple[int, int], rng: np.random.Generator, *, tail: bool
) -> Clip:
    direction = np.array(step, np.float64)
    far = side / 2.5
    middle = side / 2 + rng.uniform(-0.08, 0.08, 2) * side
    places = middle + direction * (np.linspace(-far / 2, far / 2, frames) if frames > 1 else np.zeros(1))[:, None]
    drawn = {
        "rgb": lambda: _pictures(places, side, direction, rng, tail=tail),
        "flow": lambda: _flow(places, side, direction, far / max(frames - 1, 1)),
        "person_rgb": lambda: _pictures(places, side, direction, rng, tail=tail),
        "person_flow": lambda: _flow(places, side, direction, far / max(frames - 1, 1)),
        "poses": lambda: _poses(places / side, rng),
    }
    return Clip({name: drawn[name]() for name in views}, Fraction(15))


def _around(place: Numbers, side: int) -> Numbers:
    """(side, side), 1 in a disc about `place`, 0 outside, soft at its edge."""
    y, x = np.mgrid[:side, :side]
    return np.clip(side / 7 - np.hypot(x - place[0], y - place[1]) + 0.5, 0, 1)


def _pictures(places: Numbers, side: int, direction: Numbers, rng: np.random.Generator, *, tail: bool) -> Array:
    ground = rng.uniform(60, 150, (side, side, 3))
    colour = rng.uniform(170, 255, 3) * rng.permutation([1.0, 1.0, 0.3])
    pictures = []
    for place in places:
        picture = ground + rng.normal(0, 6, ground.shape)
        for behind in range(TAIL if tail else 0, -1, -1):
            shown = _around(place - direction * behind * side / 9, side)[..., None] * 0.6**behind
            picture = (1 - shown) * picture + shown * colour
        pictures.append(picture)
    return np.clip(np.stack(pictures), 0, 255).astype(np.uint8)


def _flow(places: Numbers, side: int, direction: Numbers, pace: float) -> Array:
    moved = np.stack([_around(place, side)[..., None] * direction * pace for place in places])
    moved[0] = 0
    return np.round((np.clip(moved / FASTEST, -1, 1) + 1) * 127.5).astype(np.uint8)


def _poses(places: Numbers, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """One person, and room for a second who is not there; places are shares of the picture."""
    joints = places[:, None] + STANDING / 20 * rng.uniform(0.3, 0.4) + rng.normal(0, 0.005, (len(places), JOINTS, 2))
    poses = np.zeros((len(places), 2, JOINTS, 3), np.float32)
    poses[:, 0, :, :2], poses[:, 0, :, 2] = joints, rng.uniform(0.6, 1, (len(places), JOINTS))
    return poses

"""Looks at rendered shops for networks to learn from: the picture, small, and a square around each person.

Only the frames that are looked at are drawn, and all that is known of a person at that moment is told with them, far
more than the truth of a rendered video: where the hand is on its way, and which way the body faces.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from aisle.core import InputError, whole
from aisle.data._habits import RATE, Label
from aisle.data._motion import stand
from aisle.data._plan import Act, Place
from aisle.data._random import stream
from aisle.data._scene import Scene, Studio, compose
from aisle.data.rendered_set import HEIGHT, WIDTH, holds_of
from aisle.data.truth import Box
from aisle.media import to_rgb

STEP = 6
"""Frames from one look to the next: five looks a second."""

SQUARE = 224
"""Pixels of the squares, at half of the picture's size: more than a network reads, to be turned and moved about."""

SMALL = WIDTH // 4, HEIGHT // 4

QUALITY = 45, 90
"""Of JPEG, one a visit: what a codec does to a picture."""

PLACES, LABELS = [place for place in Place if place is not Place.FIST], list(Label)  # nobody learns from fights
ENDED = ("", "back", "stowed", "hidden")


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person at one look, in pixels of the picture of 920 x 680. `person` 0 is the shopper. `box` (4,), `palms`
    (2, 3) x, y and visible of the left and the right; the square starts at `corner` (2,). `holds` (2,) says in which
    hands a product is, `places` (6,) how much the acting hand is at each of `PLACES`, `label` which of `LABELS` it is,
    `heading` is in radians from the picture's top to its right.
    """

    look: int
    person: int
    box: npt.NDArray[np.float32]
    palms: npt.NDArray[np.float32]
    corner: npt.NDArray[np.float32]
    holds: npt.NDArray[np.bool_]
    places: npt.NDArray[np.float32]
    label: int
    basket: bool
    heading: float


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """One visit: pictures as JPEG, and (H, 3) `holds` of the shopper, first and last frame and number in `ENDED`. The
    first look is at frame `first`.
    """

    small: tuple[bytes, ...]
    squares: tuple[bytes, ...]
    people: tuple[Person, ...]
    holds: npt.NDArray[np.int64]
    first: int


_ROW = np.dtype(
    [
        ("look", "i4"),
        ("person", "i4"),
        ("box", "f4", 4),
        ("palms", "f4", (2, 3)),
        ("corner", "f4", 2),
        ("holds", "?", 2),
        ("places", "f4", len(PLACES)),
        ("label", "i4"),
        ("basket", "?"),
        ("heading", "f4"),
    ]
)


def is_busy(seed: int, subject: int, seconds: int) -> bool:
    """Whether the shopper stows or hides something in that visit; both are rare, and a network needs to see them."""
    holds = holds_of(compose(seed, subject, 1, seconds * RATE).people[0], seconds * RATE)
    return any(held.ended in ("stowed", "hidden") for held in holds)


def write_looks(path: Path, *, seed: int, subject: int, seconds: int, step: int = STEP) -> None:
    """Draws the first visit of `subject`, each `step` frames. Raises UsageError for a negative seed, OutputError."""
    frames = seconds * RATE
    scene = compose(seed, subject, 1, frames)
    rng = stream(seed, subject)
    quality, first = int(rng.integers(*QUALITY)), int(rng.integers(step))
    studio, small, squares, rows = Studio(scene, WIDTH, HEIGHT), [], [], []
    for look, number in enumerate(range(first, frames, step)):
        time = Fraction(number, RATE)
        shot = studio.shoot(time, number)
        half = Pillow.fromarray(to_rgb(shot.planes)[:HEIGHT, :WIDTH]).reduce(2)
        small.append(_jpeg(half.resize(SMALL, Pillow.Resampling.BOX), quality))
        for who, sight in shot.sights.items():
            if sight.box is not None:
                left, top = _corner(sight.box)
                squares.append(_jpeg(half.crop((left, top, left + SQUARE, top + SQUARE)), quality))
                rows.append(
                    (look, who, sight.box, (sight.left, sight.right), (2 * left, 2 * top), *_told(scene, time, who))
                )
    holds = [(held.start, held.end, ENDED.index(held.ended)) for held in holds_of(scene.people[0], frames)]
    with whole(path) as part, part.open("wb") as file:
        np.savez(
            file,
            small=_joined(small),
            small_ends=np.cumsum([len(each) for each in small]),
            squares=_joined(squares),
            square_ends=np.cumsum([len(each) for each in squares]),
            rows=np.array(rows, _ROW),
            holds=np.array(holds, np.int64).reshape(-1, 3),
            first=first,
        )


def read_looks(path: Path) -> Looks:
    """Raises InputError for what is no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            small, squares = (
                _parted(file[name], file[ends]) for name, ends in (("small", "small_ends"), ("squares", "square_ends"))
            )
            people = tuple(_person(row) for row in file["rows"])
            return Looks(small, squares, people, file["holds"], int(file["first"]))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cannot read {path}", got=str(error), allowed="looks as write_looks writes them") from error


def _corner(box: Box) -> tuple[int, int]:
    """Where the square around a person starts, in pixels of half the picture's size."""
    left, top, right, bottom = box
    return round((left + right) / 4) - SQUARE // 2, round((top + bottom) / 4) - SQUARE // 2


def _told(scene: Scene, time: Fraction, who: int) -> tuple[Any, ...]:
    """The last five entries of a row."""
    shopper = scene.people[who]
    number = shopper.number(time) or 0
    act, stance = shopper.acts[number], stand(shopper, number, time)
    places = [stance.at(place) for place in PLACES]
    return _hands(act), places, LABELS.index(act.label), shopper.basket, stance.way.spot.heading


def _hands(act: Act) -> tuple[bool, bool]:
    """Whether a product is in the left and in the right hand."""
    has = act.product is not None
    return has and (act.arm < 0 or act.both), has and (act.arm > 0 or act.both)


def _person(row: np.void) -> Person:
    return Person(
        int(row["look"]),
        int(row["person"]),
        row["box"],
        row["palms"],
        row["corner"],
        row["holds"],
        row["places"],
        int(row["label"]),
        bool(row["basket"]),
        float(row["heading"]),
    )


def _jpeg(picture: Pillow.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling=2)
    return file.getvalue()


def _joined(parts: list[bytes]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(b"".join(parts), np.uint8)


def _parted(joined: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> tuple[bytes, ...]:
    starts = [0, *ends.tolist()]
    return tuple(joined[start:end].tobytes() for start, end in pairwise(starts))

"""How people look: build, skin, hair, clothes and what they carry. A subject looks the same in every video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aisle.data._random import stream
from aisle.data._shop import Colour, linear


@dataclass(frozen=True, slots=True)
class Clothes:
    """`weave` numbers the pattern of the top, in the colours `top` and `trim`."""

    top: Colour
    trim: Colour
    trousers: Colour
    shoes: Colour
    weave: int
    long_sleeves: bool


@dataclass(frozen=True, slots=True)
class Person:
    """`build` is the height as a share of 1.75 m, `girth` the width as a share of a slim one's.

    `hand` is the one they prefer, -1 left or 1 right. `cap`, `bag` and `pack` are colours, None for what they have not.
    """

    build: float
    girth: float
    hand: int
    pace: float
    quirk: float
    skin: Colour
    hair: Colour
    hair_length: float
    cap: Colour | None
    bag: Colour | None
    pack: Colour | None
    clothes: Clothes


def person(seed: int) -> Person:
    """The person number `seed`."""
    rng = stream(seed, 0)
    tan = rng.uniform()
    hair = (0.08, 0.6) if rng.uniform() < 0.15 else (rng.uniform(0.3, 0.6), rng.choice([0.12, 0.16, 0.28, 0.45]))
    return Person(
        build=rng.uniform(0.91, 1.07),
        girth=rng.uniform(0.95, 1.3),
        hand=1 if rng.uniform() < 0.85 else -1,
        pace=rng.uniform(0.8, 1.25),
        quirk=rng.uniform(0, 100),
        skin=linear(0.065 - 0.01 * tan, 0.36 + 0.25 * tan, 0.86 - 0.5 * tan),
        hair=linear(0.07, *hair),
        hair_length=float(rng.choice([0.0, 0.0, 0.12, 0.24])),
        cap=linear(rng.uniform(), rng.uniform(0, 0.8), rng.uniform(0.1, 0.9)) if rng.uniform() < 0.15 else None,
        bag=linear(rng.uniform(), rng.uniform(0, 0.6), rng.uniform(0.1, 0.7)) if rng.uniform() < 0.35 else None,
        pack=linear(rng.uniform(), rng.uniform(0, 0.6), rng.uniform(0.1, 0.6)) if rng.uniform() < 0.15 else None,
        clothes=_clothes(rng),
    )


def _clothes(rng: np.random.Generator) -> Clothes:
    hue = rng.uniform()
    return Clothes(
        top=linear(hue, rng.uniform(0.05, 0.7), rng.uniform(0.12, 0.9)),
        trim=linear(hue + rng.choice([0.0, 0.5]), rng.uniform(0, 0.4), rng.uniform(0.2, 0.9)),
        trousers=linear(rng.choice([0.6, 0.62, 0.09]), rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.5)),
        shoes=linear(0.08, rng.uniform(0, 0.3), rng.choice([0.12, 0.25, 0.8])),
        weave=int(rng.integers(4)),
        long_sleeves=bool(rng.uniform() < 0.55),
    )

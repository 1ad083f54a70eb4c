"""A shop as it stands before anyone draws it: boards, products and the look of each brand.

Lengths are metres: x across the aisle, y along it away from the camera, z up; the floor is z = 0 and the middle of the
aisle x = 0. Colours are (red, green, blue) of linear light, 0 to 1.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from aisle.data._random import stream

Colour = tuple[float, float, float]
Point = tuple[float, float, float]

NEAR, FAR = -1.5, 7.5
"""Where the shelves end along the aisle; the camera sees neither end."""

DEPTH = 0.44
"""From a board's front edge to the back of the shelf."""

BRANDS = 72


class Shape(Enum):
    BOX = "box"
    CAN = "can"
    BOTTLE = "bottle"
    BAG = "bag"


ROUND = {Shape.CAN, Shape.BOTTLE}
SHARES = {Shape.BOX: 0.45, Shape.CAN: 0.2, Shape.BOTTLE: 0.25, Shape.BAG: 0.1}
WIDTHS = {Shape.BOX: (0.06, 0.2), Shape.CAN: (0.065, 0.1), Shape.BOTTLE: (0.06, 0.1), Shape.BAG: (0.13, 0.2)}
LOWEST = {Shape.BOX: 0.1, Shape.CAN: 0.09, Shape.BOTTLE: 0.19, Shape.BAG: 0.12}


@dataclass(frozen=True, slots=True)
class Board:
    """Its front edge lies `front` from the middle of the aisle, its top `height` above the floor."""

    front: float
    height: float
    clearance: float


@dataclass(frozen=True, slots=True)
class Product:
    """One item on board `level` of the shelf on `side` (-1 left, 1 right), its centre `inset` behind the board's edge.

    `row` counts from the front; `brand` numbers its look.
    """

    side: int
    level: int
    y: float
    inset: float
    row: int
    width: float
    depth: float
    height: float
    shape: Shape
    brand: int


@dataclass(frozen=True, slots=True)
class Brand:
    """The colours and the layout of what is printed on a pack; `number` makes the print its own."""

    number: int
    pack: Colour
    band: Colour
    lid: Colour
    layout: int


@dataclass(frozen=True, slots=True)
class Shop:
    """`lamp` is the colour of the light, `flicker` the depth of its flicker; the camera hangs at `camera`."""

    seed: int
    boards: tuple[Board, ...]
    products: tuple[Product, ...]
    brands: tuple[Brand, ...]
    metal: Colour
    floor: Colour
    tile: float
    lamp: Colour
    flicker: float
    camera: Point

    def place(self, product: Product) -> Point:
        """The middle of the product's foot, in the room."""
        board = self.boards[product.level]
        return product.side * (board.front + product.inset), product.y, board.height


def stock(seed: int) -> Shop:
    """The shop number `seed`, every board full."""
    rng = stream(seed, 0)
    boards = tuple(
        Board(front, height, clearance)
        for front, height, clearance in [
            (0.74, 0.12, 0.33),
            (0.84, 0.48, 0.31),
            (0.88, 0.82, 0.30),
            (0.92, 1.15, 0.29),
            (0.96, 1.47, 0.34),
        ]
    )
    warmth = rng.uniform(-0.05, 0.06)
    return Shop(
        seed=seed,
        boards=boards,
        products=tuple(_products(rng, boards)),
        brands=tuple(_brand(rng, number) for number in range(BRANDS)),
        metal=linear(rng.uniform(), rng.uniform(0, 0.06), rng.uniform(0.55, 0.85)),
        floor=linear(rng.choice([0.08, 0.11, 0.58]), rng.uniform(0.03, 0.16), rng.uniform(0.6, 0.8)),
        tile=float(rng.choice([0.3, 0.4, 0.6])),
        lamp=(1 + warmth, 1.0, 1 - warmth),
        flicker=rng.uniform(0.004, 0.012),
        camera=(rng.uniform(-0.4, 0.4), rng.uniform(-0.5, -0.3), rng.uniform(2.95, 3.15)),
    )


def linear(hue: float, saturation: float, value: float) -> Colour:
    """A colour of linear light from hue, saturation and value as they are chosen on a screen, 0 to 1."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, 0.85 * saturation, value)
    return red**2, green**2, blue**2


def _brand(rng: np.random.Generator, number: int) -> Brand:
    """Packs come in the trade's colours: reds, oranges, yellows, greens, blues, and many whites, browns and blacks."""
    hues = rng.choice(np.array([0.0, 0.02, 0.06, 0.1, 0.14, 0.3, 0.38, 0.55, 0.6, 0.63, 0.94]), size=3)
    strong, pale, dull = ((0.55, 0.4), (0.9, 0.8)), ((0.03, 0.72), (0.25, 0.95)), ((0.15, 0.2), (0.5, 0.55))
    kinds = [rng.choice(3, p=shares) for shares in ([0.45, 0.32, 0.23], [0.5, 0.4, 0.1], [0.35, 0.4, 0.25])]
    tints = [rng.uniform(*(strong, pale, dull)[kind]) for kind in kinds]
    pack, band, lid = (linear(hue, *tint) for hue, tint in zip(hues, tints, strict=True))
    return Brand(number, pack, band, lid, layout=int(rng.integers(4)))


def _products(rng: np.random.Generator, boards: tuple[Board, ...]) -> Iterator[Product]:
    for side in (-1, 1):
        for level, board in enumerate(boards):
            edge = NEAR
            while edge < FAR:
                items = _facings(rng, side, level, board, edge)
                yield from items
                edge = max(item.y + item.width / 2 for item in items) + rng.uniform(0.004, 0.03)


def _facings(rng: np.random.Generator, side: int, level: int, board: Board, edge: float) -> list[Product]:
    """A few equal products side by side from `edge` on, and behind each as many as the board is deep."""
    shape: Shape = rng.choice(np.array(list(SHARES)), p=list(SHARES.values()))
    tallest = board.clearance - 0.03
    width = rng.uniform(*WIDTHS[shape])
    height = rng.uniform(min(LOWEST[shape], tallest - 0.03), tallest)
    depth = width if shape in ROUND else rng.uniform(0.06, 0.14)
    brand = int(rng.integers(BRANDS))
    pitch, spacing = width + rng.uniform(0.003, 0.012), depth + 0.008
    return [
        Product(
            side,
            level,
            y=edge + (column + 0.5) * pitch,
            inset=0.01 + (row + 0.5) * spacing + rng.uniform(0, 0.012),
            row=row,
            width=width,
            depth=depth,
            height=height,
            shape=shape,
            brand=brand,
        )
        for column in range(int(rng.integers(2, 6)))
        for row in range(int((DEPTH - 0.02) / spacing))
    ]

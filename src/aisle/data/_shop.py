"""A shop as it stands before anyone draws it: shelves round an aisle, products and the look of each brand.

Lengths are metres: x across the aisle, y along it, z up; the floor is z = 0, the camera hangs near x = y = 0. Colours
are (red, green, blue) of linear light, 0 to 1.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

from aisle.data._random import Floats, stream, turned

Colour = tuple[float, float, float]
Point = tuple[float, float, float]

DEPTH = 0.44
"""From a board's front edge to the back of the shelf."""

REACHED = 2.1
"""How far the side shelves run from the camera along the aisle; it sees no farther at their lowest board."""

BRANDS = 72


class Shape(Enum):
    BOX = "box"
    CAN = "can"
    BOTTLE = "bottle"
    BAG = "bag"


ROUND = {Shape.CAN, Shape.BOTTLE}
SHARES = {Shape.BOX: 0.45, Shape.CAN: 0.2, Shape.BOTTLE: 0.25, Shape.BAG: 0.1}
WIDTHS = {Shape.BOX: (0.07, 0.2), Shape.CAN: (0.065, 0.1), Shape.BOTTLE: (0.06, 0.1), Shape.BAG: (0.13, 0.2)}
LOWEST = {Shape.BOX: 0.1, Shape.CAN: 0.09, Shape.BOTTLE: 0.19, Shape.BAG: 0.12}


@dataclass(frozen=True, slots=True)
class Board:
    """Its front edge lies `back` behind that of the lowest board, its top `height` above the floor."""

    back: float
    height: float
    clearance: float


@dataclass(frozen=True)
class Shelf:
    """Boards above one another. The lowest one's front edge runs `half` metres to both sides of `middle` (x, y).

    `outward` is the level direction from the aisle into the shelf. Seen from the aisle, places on a shelf are told as
    (how far behind that front edge, how far along it to the left, z).
    """

    middle: tuple[float, float]
    outward: tuple[float, float]
    half: float
    boards: tuple[Board, ...]

    @cached_property
    def axes(self) -> Floats:
        """3 x 3, rows: inwards, along and up in the room."""
        x, y = self.outward
        return np.array([[x, y, 0], [-y, x, 0], [0, 0, 1]], np.float32)

    @cached_property
    def origin(self) -> Floats:
        """The point (3,) of the room from which places on the shelf are told."""
        return np.array([*self.middle, 0], np.float32)

    def inside(self, points: Floats) -> Floats:
        """Points (..., 3) of the room as places on this shelf."""
        return turned(points - self.origin, self.axes)

    def outside(self, places: Floats) -> Floats:
        """Places (..., 3) on this shelf as points of the room."""
        return places @ self.axes + self.origin


@dataclass(frozen=True, slots=True)
class Product:
    """One item on board `level` of shelf number `shelf`, its centre `inset` behind the board's edge.

    `row` counts from the front; `brand` numbers its look.
    """

    shelf: int
    level: int
    along: float
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
    """`lamp` is the colour of the light. Products are told by their number in `products`."""

    seed: int
    shelves: tuple[Shelf, ...]
    products: tuple[Product, ...]
    brands: tuple[Brand, ...]
    metal: Colour
    floor: Colour
    tile: float
    lamp: Colour

    def place(self, product: Product) -> Floats:
        """The middle (3,) of the product's foot, in the room."""
        shelf = self.shelves[product.shelf]
        board = shelf.boards[product.level]
        return shelf.outside(np.array([board.back + product.inset, product.along, board.height]))


def stock(seed: int) -> Shop:
    """The shop number `seed`, every board full: shelves at both sides, in every other shop a low one at the far end."""
    rng = stream(seed, 0)
    shelves = tuple(_shelves(rng))
    warmth = rng.uniform(-0.06, 0.08)
    return Shop(
        seed=seed,
        shelves=shelves,
        products=tuple(item for number, shelf in enumerate(shelves) for item in _products(rng, number, shelf)),
        brands=tuple(_brand(rng, number) for number in range(BRANDS)),
        metal=linear(rng.uniform(), rng.uniform(0, 0.12), rng.uniform(0.45, 0.85)),
        floor=linear(rng.choice([0.08, 0.11, 0.58]), rng.uniform(0.03, 0.25), rng.uniform(0.45, 0.8)),
        tile=float(rng.choice([0.3, 0.4, 0.6])),
        lamp=(1 + warmth, 1.0, 1 - warmth),
    )


def _shelves(rng: np.random.Generator) -> Iterator[Shelf]:
    left, right = rng.uniform(0.68, 0.88, 2)
    end = rng.uniform(0.85, 1.0) if rng.uniform() < 0.5 else REACHED
    middle, half = (end - REACHED) / 2, (end + REACHED) / 2
    yield Shelf((-left, middle), (-1.0, 0.0), half, tuple(_boards(rng, int(rng.integers(4, 6)))))
    yield Shelf((right, middle), (1.0, 0.0), half, tuple(_boards(rng, int(rng.integers(4, 6)))))
    if end < REACHED:
        yield Shelf(((right - left) / 2, end), (0.0, 1.0), (left + right) / 2, tuple(_boards(rng, 3)))


def _boards(rng: np.random.Generator, count: int) -> Iterator[Board]:
    """The lowest juts out, the others lie a little behind one another, so that a camera above sees into all of them."""
    heights = rng.uniform(0.1, 0.16) + rng.uniform(0.3, 0.35) * np.arange(count)
    backs = np.concatenate([[0], rng.uniform(0.06, 0.12) + rng.uniform(0.02, 0.06) * np.arange(count - 1)])
    for level in range(count):
        clearance = heights[1] - heights[0] - 0.05 if level + 1 < count else 0.33
        yield Board(float(backs[level]), float(heights[level]), float(clearance))


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


def _products(rng: np.random.Generator, number: int, shelf: Shelf) -> Iterator[Product]:
    for level, board in enumerate(shelf.boards):
        edge = 0.03 - shelf.half
        while edge < shelf.half - 0.25:
            items = [
                item
                for item in _facings(rng, number, level, board, edge)
                if item.along + item.width / 2 < shelf.half - 0.02
            ]
            yield from items
            edge = max([edge + 0.2, *(item.along + item.width / 2 for item in items)]) + rng.uniform(0.004, 0.03)


def _facings(rng: np.random.Generator, shelf: int, level: int, board: Board, edge: float) -> list[Product]:
    """A few equal products side by side from `edge` on, and behind each as many as the board is deep."""
    shape: Shape = rng.choice(np.array(list(SHARES)), p=list(SHARES.values()))
    tallest = board.clearance - 0.06
    width = rng.uniform(*WIDTHS[shape])
    height = rng.uniform(min(LOWEST[shape], tallest - 0.03), tallest)
    depth = width if shape in ROUND else rng.uniform(0.06, 0.14)
    brand = int(rng.integers(BRANDS))
    pitch, spacing = width + rng.uniform(0.003, 0.012), depth + 0.008
    return [
        Product(
            shelf,
            level,
            along=edge + (column + 0.5) * pitch,
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

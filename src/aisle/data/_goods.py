"""Goods on a board as height fields: a ray that falls below the height at its place has met a product.

So cans and bottles are round, and gaps between products are deep, without a single polygon.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from aisle.data._labels import HEIGHT, WIDTH, print_label
from aisle.data._random import Floats, stream
from aisle.data._shop import BRANDS, DEPTH, ROUND, Shape, Shop

CELL = 0.005
MARCH, REFINE = 22, 3
BRIM = 0.008
"""How far below the height of its place a point still counts as lying on top."""

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Goods:
    """What stands on one board, by cells (along, inset): how high, how high round about, and the product's number.

    The first cell is `first` metres along. Points on the board are (inset, along, height above the board).
    """

    first: float
    heights: Floats
    around: Floats
    numbers: npt.NDArray[np.int16]

    def cells(self, points: Floats) -> tuple[Numbers, Numbers]:
        """Cells of `points` (N, 3), held within the field."""
        inset = np.clip((points[:, 0] / CELL).astype(np.intp), 0, self.heights.shape[1] - 1)
        along = np.clip(((points[:, 1] - self.first) / CELL).astype(np.intp), 0, self.heights.shape[0] - 1)
        return along, inset

    def meet(self, origin: Floats, rays: Floats, first: Floats, last: Floats) -> Floats:
        """Where between `first` and `last` (N,) `rays` (N, 3) from `origin` first meet a product; infinite for none."""
        step = (last - first) / MARCH
        met = np.full(len(rays), np.inf, np.float32)
        open_ = np.arange(len(rays))
        for index in range(MARCH):
            at = first[open_] + (index + 0.5) * step[open_]
            inside = self._inside(origin + at[:, None] * rays[open_])
            met[open_[inside]] = at[inside]
            open_ = open_[~inside]
        found = np.flatnonzero(np.isfinite(met))
        low, high = met[found] - step[found], met[found]
        for _ in range(REFINE):
            middle = (low + high) / 2
            inside = self._inside(origin + middle[:, None] * rays[found])
            low, high = np.where(inside, low, middle), np.where(inside, middle, high)
        met[found] = high
        return met

    def sunk(self, points: Floats) -> Floats:
        """How much light reaches `points` (N, 3) between the goods, 0 to 1: less, the higher those stand above them."""
        above = np.maximum(self.around[self.cells(points)] - points[:, 2], 0) * np.minimum(points[:, 0] / 0.05, 1)
        light: Floats = np.exp(-7 * above)
        return light

    def _inside(self, points: Floats) -> npt.NDArray[np.bool_]:
        return self.heights[self.cells(points)] > points[:, 2]


def shelve(shop: Shop, shelf: int, level: int, taken: AbstractSet[int] = frozenset()) -> Goods:
    """What stands on one board of `shop` when the products numbered `taken` are not there."""
    first = -shop.shelves[shelf].half
    shape = (round(-2 * first / CELL), round(DEPTH / CELL))
    heights, numbers = np.zeros(shape, np.float32), np.zeros(shape, np.int16)
    for number, item in enumerate(shop.products):
        if (item.shelf, item.level) == (shelf, level) and number not in taken:
            middle = np.array([item.along - first, item.inset]) / CELL
            half = np.array([item.width, item.depth]) / 2 / CELL
            low, high = np.maximum(np.round(middle - half).astype(int), 0), np.round(middle + half).astype(int)
            cells = slice(low[0], high[0]), slice(low[1], high[1])
            along, inwards = (
                (place + 0.5 - centre) / reach
                for place, centre, reach in zip(np.ogrid[cells], middle, half, strict=True)
            )
            form = (item.height * _form(item.shape, along, inwards))[: shape[0] - low[0], : shape[1] - low[1]]
            numbers[cells] = np.where(form > heights[cells], number, numbers[cells])
            heights[cells] = np.maximum(form, heights[cells])
    field = Image.fromarray(heights)
    coarse = field.resize((shape[1] // 8, shape[0] // 8), Image.Resampling.BOX)
    return Goods(first, heights, np.asarray(coarse.resize(field.size, Image.Resampling.BILINEAR)), numbers)


def _form(shape: Shape, along: Floats, inwards: Floats) -> Floats:
    """Height as a share of the product's, at places that run from -1 to 1 across it."""
    if shape is Shape.BOX:
        return np.ones(np.broadcast_shapes(along.shape, inwards.shape))
    if shape is Shape.BAG:
        return 1 - 0.3 * inwards**2 - 0.15 * along**4
    radius = np.hypot(along, inwards)
    slope = 1.0 if shape is Shape.CAN else 0.82 - 0.16 * radius**2
    neck = 0.36 if shape is Shape.BOTTLE else 0.0
    return np.where(radius <= neck, 1.0, np.where(radius <= 1, slope, 0.0))


class Looks:
    """The colours of a shop's products at any point of them."""

    def __init__(self, shop: Shop) -> None:
        stock, brands = shop.products, shop.brands
        self._labels = np.stack([print_label(brand, shape) for shape in (Shape.BOX, Shape.BOTTLE) for brand in brands])
        self._tone = stream(shop.seed, 4).normal(1, 0.05, len(stock)).astype(np.float32)
        self._along = np.array([item.along for item in stock], np.float32)
        self._width = np.array([item.width for item in stock], np.float32)
        self._inset = np.array([item.inset for item in stock], np.float32)
        self._depth = np.array([item.depth for item in stock], np.float32)
        self._height = np.array([item.height for item in stock], np.float32)
        self._round = np.array([item.shape in ROUND for item in stock])
        self._bottle = np.array([item.shape is Shape.BOTTLE for item in stock])
        self._label = np.array([item.brand for item in stock]) + BRANDS * self._bottle
        lids = [brands[i.brand].lid if i.shape in ROUND else brands[i.brand].pack for i in stock]
        self._lids = np.array(lids, np.float32)

    def light(self, goods: Goods, points: Floats) -> Floats:
        """Light (N, 3) from `points` (N, 3) on products of the board `goods`."""
        cells = goods.cells(points)
        item = goods.numbers[cells]
        across = (points[:, 1] - self._along[item]) / self._width[item]
        up = points[:, 2] / self._height[item]
        column = np.clip((across + 0.5) * WIDTH, 0, WIDTH - 1).astype(np.intp)
        row = np.clip((1 - up) * HEIGHT, 0, HEIGHT - 1).astype(np.intp)
        sheen = np.where(self._round[item], 0.7 + 0.3 * np.sqrt(np.maximum(1 - 4 * across**2, 0)), 1.0)
        gleam = np.where(self._round[item], 0.22 * np.exp(-(((across + 0.15) / 0.05) ** 2)), 0.0)
        front = self._labels[self._label[item], row, column] * (0.62 * sheen)[:, None] + gleam[:, None]
        on_top = (goods.heights[cells] - points[:, 2] < BRIM) & ~self._bottle[item]
        inwards = np.clip((points[:, 0] - self._inset[item]) / self._depth[item] + 0.5, 0.01, 0.99)
        print_ = self._labels[self._label[item], ((1 - inwards) * HEIGHT).astype(np.intp), column]
        cover = np.where(self._round[item, None], self._lids[item], 0.3 * print_ + 0.7 * self._lids[item])
        light = np.where(on_top[:, None], cover * 0.95, front)
        toned: Floats = (light * self._tone[item, None]).astype(np.float32)
        return toned

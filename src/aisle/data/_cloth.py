"""The surfaces of a shopper as tiles that repeat: skin, hair, woven and printed cloth, and the packs they carry."""

from __future__ import annotations

import numpy as np
from PIL import Image

from aisle.data._body import Stuff
from aisle.data._labels import print_label
from aisle.data._person import Clothes, Person
from aisle.data._random import Floats, pink, stream
from aisle.data._shop import Colour, Shop

TILE = 64
"""Rows and columns of a tile; rows run along a limb, columns round it."""


class Wardrobe:
    """The tiles (3, 4096) of all that a person shows in a shop, under its lamps, row by row; (3, 1) if plain."""

    def __init__(self, person: Person, shop: Shop) -> None:
        self._shop, self._lamp = shop, np.array(shop.lamp, np.float32)
        self._tiles = {number: self._lit(tile) for number, tile in _dress(person).items()}

    def tile(self, stuff: int) -> Floats:
        """The surface number `stuff`: of Stuff, or of a product."""
        if stuff not in self._tiles:
            number, lid = divmod(stuff - Stuff.PACKS, 2)
            item = self._shop.products[number]
            brand = self._shop.brands[item.brand]
            self._tiles[stuff] = self._lit(np.array(brand.lid) if lid else _wrap(print_label(brand, item.shape)))
        return self._tiles[stuff]

    def _lit(self, tile: Floats) -> Floats:
        return np.ascontiguousarray((np.maximum(tile, 0) * self._lamp).reshape(-1, 3).T, np.float32)


def _dress(person: Person) -> dict[int, Floats]:
    rng = stream(round(person.quirk * 1e6), 8)

    def dyed(colour: Colour, roughness: float) -> Floats:
        return np.array(colour, np.float32) * (1 + roughness * pink(rng, TILE, TILE))[..., None]

    return {
        Stuff.SKIN: np.array(person.skin),
        Stuff.HAIR: dyed(person.hair, 0.12) * (1 + 0.25 * pink(rng, TILE, TILE)[:1, :, None]),
        Stuff.TOP: _weave(person.clothes, rng) * (1 + 0.14 * pink(rng, TILE, TILE))[..., None],
        Stuff.TROUSERS: dyed(person.clothes.trousers, 0.16),
        Stuff.SHOES: np.array(person.clothes.shoes),
        Stuff.CAP: np.array(person.cap or person.hair),
        Stuff.BAG: np.array(person.bag or person.pack or person.hair),
        Stuff.BASKET: np.array((0.35, 0.05, 0.05) if int(person.quirk) % 3 else (0.05, 0.1, 0.3)),
    }


def _weave(clothes: Clothes, rng: np.random.Generator) -> Floats:
    """A tile (64, 64, 3) of the top: plain, heather, striped round the body, or checked."""
    row, column = np.mgrid[:TILE, :TILE]
    trimmed = (
        np.zeros((TILE, TILE)),
        0.5 * rng.random((TILE, TILE)),
        (row % 16 < 6).astype(np.float64),
        0.5 * (row % 16 < 5) + 0.5 * (column % 16 < 5),
    )[clothes.weave]
    share = trimmed[..., None].astype(np.float32)
    return np.array(clothes.top, np.float32) * (1 - share) + np.array(clothes.trim, np.float32) * share


def _wrap(label: Floats) -> Floats:
    """A label as a tile, its foot first, as limbs run upwards."""
    parts = [Image.fromarray(label[::-1, :, part]).resize((TILE, TILE)) for part in range(3)]
    return np.stack([np.asarray(part) for part in parts], axis=-1)

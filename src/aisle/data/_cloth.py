"""The surfaces of a shopper as tiles that repeat: skin, hair, woven and printed cloth, and the pack in the hand."""

from __future__ import annotations

import numpy as np
from PIL import Image

from aisle.data._body import Stuff
from aisle.data._labels import print_label
from aisle.data._random import Floats, pink, stream
from aisle.data._shop import Colour, Shop
from aisle.data._shopper import Clothes, Shopper

TILE = 64
"""Rows and columns of a tile; rows run along a limb, columns round it."""


def dress(shopper: Shopper, shop: Shop) -> Floats:
    """The tiles (stuff, 64, 64, 3) of all that a shopper shows, under the shop's lamps, by number of `Stuff`."""
    rng = stream(shop.seed, 7, round(shopper.quirk * 1e6))

    def dyed(colour: Colour, roughness: float) -> Floats:
        return np.array(colour, np.float32) * (1 + roughness * pink(rng, TILE, TILE))[..., None]

    tiles = np.zeros((len(Stuff), TILE, TILE, 3), np.float32)
    tiles[Stuff.SKIN] = dyed(shopper.skin, 0.04)
    tiles[Stuff.HAIR] = dyed(shopper.hair, 0.12) * (1 + 0.25 * pink(rng, TILE, TILE)[:1, :, None])
    tiles[Stuff.TOP] = _weave(shopper.clothes, rng) * (1 + 0.14 * pink(rng, TILE, TILE))[..., None]
    tiles[Stuff.TROUSERS] = dyed(shopper.clothes.trousers, 0.16)
    tiles[Stuff.SHOES] = dyed(shopper.clothes.shoes, 0.1)
    if shopper.product is not None:
        brand = shop.brands[shopper.product.brand]
        tiles[Stuff.PACK] = _wrap(print_label(brand, shopper.product.shape))
        tiles[Stuff.LID] = brand.lid
    return np.maximum(tiles, 0) * np.array(shop.lamp, np.float32)


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

"""Where the camera of a shop hangs."""

from __future__ import annotations

from aisle.data._camera import Mount
from aisle.data._random import stream
from aisle.data._shop import Shop

SHOULDERS, SPAN = 1.5, 0.36
"""How high a person's shoulders are, and how far head and arms are from their middle."""

LEAST = 0.25


def mount(shop: Shop) -> Mount:
    """In the ceiling above the aisle, looking down, with a lens that just shows the side shelves' highest boards."""
    rng = stream(shop.seed, 3)
    height = rng.uniform(3.2, 3.9)
    x, y = rng.uniform(-0.15, 0.15), rng.uniform(-0.15, 0.15) + 0.28 * (len(shop.shelves) - 2)
    highest = [shelf.boards[-1] for shelf in shop.shelves[:2]]
    edges = [abs(shelf.middle[0]) + board.back for shelf, board in zip(shop.shelves[:2], highest, strict=True)]
    shown = max(edges) + abs(x) + rng.uniform(0.05, 0.3)
    focal = 0.5 * (height - max(board.height for board in highest)) / shown
    return Mount(
        position=(x, y, height),
        target=(0.5 * x + rng.uniform(-0.1, 0.1), y + rng.uniform(-0.2, 0.2), 0.7),
        roll=rng.normal(0, 0.05),
        focal=focal,
        bend=rng.uniform(0.0, 0.15),
    )


def stretch(shop: Shop) -> tuple[float, float]:
    """From where to where along the aisle the camera sees someone from head to hand."""
    eye = mount(shop)
    share = (eye.position[2] - SHOULDERS) / (eye.position[2] - eye.target[2])
    middle = eye.position[1] + share * (eye.target[1] - eye.position[1])
    half = 0.5 * 680 / 920 / eye.focal * (eye.position[2] - SHOULDERS) - SPAN
    return middle - max(half, LEAST), middle + max(half, LEAST)

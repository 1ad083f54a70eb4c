"""Pictures of made products, coloured shapes on coloured blocks, and a recogniser's network that is small but real."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from aisle.models.efficientnet_lite import EfficientNetLite0
from aisle.models.picture_features import PictureFeatures

COLOURS = {"red": (220, 40, 40), "green": (40, 200, 60), "blue": (40, 60, 220)}
SHAPES = ("disc", "bar")
SIDE = 64
"""Of the squares that the small network reads; the published one reads 256."""


def product(colour: str, shape: str, seed: int, width: int = 80, height: int = 64) -> np.ndarray:
    """RGB (height, width, 3): one thing at another place for each seed."""
    rng = np.random.default_rng([seed, *map(ord, colour + shape)])
    blocks = Image.fromarray(rng.integers(40, 140, (3, 4, 3), np.uint8))
    canvas = blocks.resize((width, height), Image.Resampling.NEAREST)
    left, top, size = (int(one) for one in rng.integers((14, 6, 28), (26, 16, 40)))
    down = size if shape == "disc" else size // 3
    box = (left, top, left + size, top + down)
    pen = ImageDraw.Draw(canvas)
    (pen.ellipse if shape == "disc" else pen.rectangle)(box, fill=COLOURS[colour])
    return np.asarray(canvas)


def save(image: np.ndarray, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, quality=95)
    return path


def make_products(folder: Path, count: int = 6, colours: tuple[str, ...] = ("red", "green"), first: int = 0) -> Path:
    """`COLOUR/COLOUR-SHAPE/N.png`, each picture another."""
    for colour in colours:
        for shape in SHAPES:
            for number in range(first, first + count):
                save(product(colour, shape, number), folder / colour / f"{colour}-{shape}" / f"{number}.png")
    return folder


def make_lists(folder: Path) -> Path:
    """The same in the layout of GroceryStoreDataset, with a validation split and clean pictures."""
    rows = ["Class Name (str),Class ID (int),Coarse Class Name (str),Coarse Class ID (int),Iconic Image Path (str)"]
    lists: dict[str, list[str]] = {"train": [], "val": []}
    for number, (colour, shape) in enumerate((colour, shape) for colour in ("red", "green") for shape in SHAPES):
        name, kind = f"{colour}-{shape}", list(COLOURS).index(colour)
        save(product(colour, shape, 99), folder / "clean" / f"{name}.png")
        rows.append(f"{name},{number},{colour},{kind},/clean/{name}.png")
        for split, seeds in (("train", range(4)), ("val", range(4, 6))):
            for seed in seeds:
                path = save(product(colour, shape, seed), folder / split / colour / name / f"{seed}.png")
                lists[split].append(f"{path.relative_to(folder).as_posix()}, {number}, {kind}")
    (folder / "classes.csv").write_text("\n".join(rows) + "\n", "utf-8")
    for split, lines in lists.items():
        (folder / f"{split}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def small_features(seed: int = 0) -> PictureFeatures:
    """A quarter as wide, with random weights that are the same each time."""
    torch.manual_seed(seed)
    return PictureFeatures(EfficientNetLite0(width=0.25)).eval()

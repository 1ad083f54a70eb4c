"""Pictures of coloured squares with their boxes, made for tests, and written in every layout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"blue": (40, 60, 220), "red": (220, 50, 40)}
NAMES = tuple(COLOURS)
Box = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Drawn:
    """One picture: its name, size and boxes, (label, left, top, right, bottom)."""

    name: str
    width: int
    height: int
    boxes: tuple[Box, ...]


def draw(folder: Path, count: int, *, seed: int = 0, side: int = 96, largest: int = 40) -> list[Drawn]:
    """So many pictures in `folder`, each with one to four squares that do not touch; the last has none."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    return [_one(folder, f"{number}.png", rng, side, largest, empty=number == count - 1) for number in range(count)]


def _one(folder: Path, name: str, rng: np.random.Generator, side: int, largest: int, *, empty: bool) -> Drawn:
    image = rng.integers(90, 140, (side, side, 3)).astype(np.uint8)
    taken = np.zeros((side, side), bool)
    boxes: list[Box] = []
    for _ in range(0 if empty else int(rng.integers(2, 5))):
        size = int(rng.integers(largest // 2, largest + 1))
        left, top = (int(place) for place in rng.integers(0, side - size, 2))
        around = slice(max(top - 4, 0), top + size + 4), slice(max(left - 4, 0), left + size + 4)
        if not taken[around].any():
            label = NAMES[int(rng.integers(2))]
            image[top : top + size, left : left + size] = COLOURS[label]
            taken[around] = True
            boxes.append((label, left, top, left + size, top + size))
    Image.fromarray(image).save(folder / name)
    return Drawn(name, side, side, tuple(boxes))


def write_coco(folder: Path, pictures: Sequence[Drawn]) -> Path:
    images = [
        {"id": number, "file_name": one.name, "width": one.width, "height": one.height}
        for number, one in enumerate(pictures)
    ]
    annotations = [
        {"image_id": number, "category_id": NAMES.index(label) + 1, "bbox": [left, top, right - left, bottom - top]}
        for number, one in enumerate(pictures)
        for label, left, top, right, bottom in one.boxes
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(NAMES, 1)]
    file = folder / "instances.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}), "utf-8")
    return file


def write_yolo(folder: Path, pictures: Sequence[Drawn]) -> None:
    (folder / "classes.txt").write_text("\n".join(NAMES), "utf-8")
    for one in pictures:
        lines = [
            f"{NAMES.index(label)} {(left + right) / 2 / one.width} {(top + bottom) / 2 / one.height} "
            f"{(right - left) / one.width} {(bottom - top) / one.height}"
            for label, left, top, right, bottom in one.boxes
        ]
        if lines:
            (folder / one.name).with_suffix(".txt").write_text("\n".join(lines), "utf-8")


def write_voc(folder: Path, pictures: Sequence[Drawn]) -> None:
    for one in pictures:
        things = "".join(
            f"<object><name>{label}</name><bndbox><xmin>{left + 1}</xmin><ymin>{top + 1}</ymin><xmax>{right}</xmax>"
            f"<ymax>{bottom}</ymax></bndbox></object>"
            for label, left, top, right, bottom in one.boxes
        )
        size = f"<size><width>{one.width}</width><height>{one.height}</height></size>"
        text = f"<annotation><filename>{one.name}</filename>{size}{things}</annotation>"
        (folder / one.name).with_suffix(".xml").write_text(text, "utf-8")


def write_tsv(folder: Path, pictures: Sequence[Drawn]) -> None:
    """Beside the pictures."""
    for one in pictures:
        stem = (folder / one.name).with_suffix("")
        if one.boxes:
            corners = "\n".join("\t".join(map(str, box[1:])) for box in one.boxes)
            Path(f"{stem}.bboxes.tsv").write_text(f"{corners}\n\n", "utf-8")
            Path(f"{stem}.bboxes.labels.tsv").write_text("\n".join(box[0] for box in one.boxes), "utf-8")


LAYOUTS = ("boxes_coco", "boxes_tsv", "boxes_voc", "boxes_yolo")


def made(kind: str, folder: Path, count: int = 4) -> list[Drawn]:
    """A whole folder of `kind`; the last picture is empty."""
    drawn = draw(folder, count)
    if kind == "boxes_tsv":
        for place, several in (("positive", drawn[:-1]), ("negative", drawn[-1:])):
            (folder / place).mkdir()
            for one in several:
                (folder / one.name).rename(folder / place / one.name)
            write_tsv(folder / place, several)
    else:
        {"boxes_coco": write_coco, "boxes_voc": write_voc, "boxes_yolo": write_yolo}[kind](folder, drawn)
    return drawn

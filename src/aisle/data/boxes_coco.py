"""Boxes as COCO writes them: JSON with `images`, `annotations` and `categories`, in the folder itself, in
`annotations`, or one in each of the folders train, valid and test; boxes are left, top, width and height in pixels.

JSON has no lines to tell, so a place is the file and the number of the annotation in it.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from aisle.core import InputError
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.data._boxes import (
    SPLIT_NAMES,
    Written,
    boxed,
    boxed_set,
    is_picture,
    no_labels,
    no_picture,
    pictures_below,
    split_of,
    text_of,
)

TITLE = "COCO: JSON with images, annotations and categories, beside the pictures or in annotations"
_PLACES = ("*.json", "annotations/*.json", "*/*.json")
_KEYS = ("images", "annotations", "categories")


@dataclass(frozen=True, slots=True)
class _Image:
    name: str
    stated: tuple[int, int] | None
    place: str


def holds(folder: Path) -> bool:
    return bool(_files(folder))


def read_boxes(folder: Path) -> BoxedSet:
    """Opens no picture further than to learn its size. Raises InputError where no box can be used."""
    found = _Found()
    for file in _files(folder):
        try:
            _read(file, folder, found)
        except InputError as error:
            found.problems.append(error)
    unlisted = [path for path in pictures_below(folder) if path not in found.listed]
    notes = [f"{found.crowds} annotations are of crowds (iscrowd), and are left out"] if found.crowds else []
    problems = [*found.problems, *map(no_labels, unlisted)]
    return boxed_set("boxes_coco", folder, found.pictures, problems, order=tuple(found.order), notes=notes)


@dataclass(slots=True)
class _Found:
    """What was read so far, from all files; `listed` are the pictures that one of them names."""

    pictures: list[BoxedPicture] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    listed: set[Path] = field(default_factory=set)
    order: dict[str, None] = field(default_factory=dict)
    crowds: int = 0


def _read(file: Path, folder: Path, found: _Found) -> None:
    """Raises InputError for a file that is no COCO at all."""
    said = _said(file)
    names = _categories(file, said)
    found.order |= dict.fromkeys(names.values())
    images, strange = _images(file, said)
    boxes, wrong, crowds = _annotations(file, said, names, images)
    found.crowds += crowds
    found.problems += [*strange, *wrong]
    for number, image in images.items():
        try:
            path = _picture_of(file, image, folder)
            if path in found.listed:
                raise InputError(f"{image.place}: the picture is there twice", got=image.name, do="keep one")
            found.listed.add(path)
            split = split_of(file, folder) or _split_in(file.stem) or split_of(path, folder)
            picture, told = boxed(path, folder, boxes[number], place=image.place, split=split, stated=image.stated)
        except InputError as error:
            found.problems.append(error)
            continue
        found.pictures.append(picture)
        found.problems += told


def _files(folder: Path) -> list[Path]:
    found = sorted({file for pattern in _PLACES for file in folder.glob(pattern) if not file.name.startswith(".")})
    return [file for file in found if _looks_right(file)]


def _looks_right(file: Path) -> bool:
    """Told from the text, as a large set takes long to parse. `annotations` stands at either end of files."""
    try:
        with file.open("rb") as opened:
            start = opened.read(1 << 20)
            opened.seek(max(file.stat().st_size - (1 << 20), 0))
            text = start + opened.read()
    except OSError:
        return False
    return b'"images"' in text and b'"annotations"' in text


def _said(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(text_of(file, 1 << 31))
    except (ValueError, RecursionError) as error:  # of numbers with thousands of digits, too
        line = getattr(error, "lineno", 1)
        raise InputError(f"{file}:{line}: no JSON", got=str(error), do="write it again") from error
    if not isinstance(said, dict) or not all(isinstance(said.get(key), list) for key in _KEYS):
        got = ", ".join(map(str, said)) if isinstance(said, dict) else type(said).__name__
        raise InputError(
            f"{file} is no COCO", got=got or "nothing", allowed=f"lists {', '.join(_KEYS)}", do="correct it"
        )
    for key in _KEYS:
        for number, one in enumerate(said[key], 1):
            if not isinstance(one, dict):
                raise InputError(f"{file}: {key} has no record in place {number}", got=repr(one)[:100], do="correct it")
    return said


def _categories(file: Path, said: Mapping[str, Any]) -> dict[int, str]:
    """Names by number, in the order of the numbers."""
    names: dict[int, str] = {}
    for one in said["categories"]:
        number, name = one.get("id"), one.get("name")
        if not isinstance(number, int) or not isinstance(name, str) or not name.strip():
            raise InputError(f"{file}: a category without id and name", got=repr(one)[:200], do="write both")
        if number in names:
            raise InputError(f"{file}: two categories have one id", got=number, do="give each its own")
        names[number] = name.strip()
    if len(set(names.values())) < len(names):
        got = ", ".join(names.values())
        raise InputError(f"{file}: two categories have one name", got=got, do="give each its own")
    return dict(sorted(names.items()))


def _images(file: Path, said: Mapping[str, Any]) -> tuple[dict[Any, _Image], list[InputError]]:
    images: dict[Any, _Image] = {}
    wrong = []
    for number, one in enumerate(said["images"], 1):
        place, name = f"{file}: image {number}", one.get("file_name")
        if not isinstance(name, str) or not isinstance(one.get("id"), int | str) or one["id"] in images:
            got = repr({key: one.get(key) for key in ("id", "file_name")})
            allowed = "an id of its own, and file_name"
            wrong.append(InputError(f"{place}: no image", got=got, allowed=allowed, do="correct it"))
            continue
        images[one["id"]] = _Image(name, _stated(one), place)
    return images, wrong


def _stated(one: Mapping[str, Any]) -> tuple[int, int] | None:
    width, height = one.get("width"), one.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return width, height
    return None


def _annotations(
    file: Path, said: Mapping[str, Any], names: Mapping[int, str], images: Mapping[Any, _Image]
) -> tuple[dict[Any, list[Written]], list[InputError], int]:
    """Boxes by the image's id, what is wrong with others, and how many crowds were left out."""
    boxes: dict[Any, list[Written]] = defaultdict(list)
    wrong, crowds = [], 0
    for number, one in enumerate(said["annotations"], 1):
        place = f"{file}: annotation {number}"
        try:
            written = _written(one, names, place)
            if not isinstance(one.get("image_id"), int | str) or one["image_id"] not in images:
                raise no_picture(place, f"image_id {one.get('image_id')}")
        except InputError as error:
            wrong.append(error)
            continue
        if one.get("iscrowd"):
            crowds += 1
        else:
            boxes[one["image_id"]].append(written)
    return boxes, wrong, crowds


def _written(one: Mapping[str, Any], names: Mapping[int, str], place: str) -> Written:
    category, box = one.get("category_id"), one.get("bbox")
    if not isinstance(category, int) or category not in names:
        known = ", ".join(f"{number} {name}" for number, name in names.items())
        raise InputError(f"{place}: unknown category", got=repr(category), allowed=known, do="correct it, or name it")
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(side, int | float) for side in box):
        raise InputError(f"{place}: no box", got=repr(box)[:100], allowed="[left, top, width, height]", do="correct it")
    try:
        left, top, width, height = map(float, box)
    except OverflowError as error:
        raise InputError(
            f"{place}: no box", got=f"a number beyond {sys.float_info.max:.0e}", do="correct it"
        ) from error
    return Written(names[category], (left, top, left + width, top + height), place)


def _picture_of(file: Path, image: _Image, folder: Path) -> Path:
    """Beside the file, in `images`, or in the folder that the file is named after."""
    name = PurePosixPath(image.name.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts:
        raise InputError(
            f"{image.place}: the path leads out of the set", got=image.name, do="move the picture into the folder"
        )
    bases = [file.parent, folder, folder / "images"]
    sides = [home for base in bases for home in (base, *(base / part for part in _named_after(file)))]
    for home in sides:
        if is_picture(home / name):
            return home / name
    raise no_picture(image.place, image.name)


def _named_after(file: Path) -> list[str]:
    """instances_train2017.json is of the pictures in train2017."""
    return [file.stem, file.stem.rpartition("_")[2]]


def _split_in(stem: str) -> str:
    """The side that a name such as instances_val2017 says."""
    said = stem.lower().rpartition("_")[2].rstrip("0123456789")
    return SPLIT_NAMES.get(said, "")

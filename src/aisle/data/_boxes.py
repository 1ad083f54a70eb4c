"""From boxes as a layout writes them to pictures with boxes; what every layout goes through."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Canvas
from PIL import ImageOps, UnidentifiedImageError

from aisle.core import InputError, LabelSet
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.core.video import Image

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
"""How the names of pictures end, in lower case."""

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "valid": "validation",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}
"""What folders and files call the three sides."""

ROUNDING = 1.0
"""Pixels by which a box may reach beyond its picture without a word: programs round, and some count from 1."""

MANY_PIXELS = 200_000_000
"""A picture of more is none that a camera made."""

_ORIENTATION = 274
_TURNED = {5, 6, 7, 8}
"""EXIF orientations that swap width and height."""


@dataclass(frozen=True, slots=True)
class Written:
    """A box as it is written: left, top, right and bottom, in pixels, or as shares of the picture where `relative`."""

    label: str
    corners: tuple[float, float, float, float]
    place: str
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """The size of the upright picture, and the EXIF orientation in which it is stored."""

    width: int
    height: int
    orientation: int

    @property
    def stored(self) -> tuple[int, int]:
        return (self.height, self.width) if self.orientation in _TURNED else (self.width, self.height)


def is_picture(path: Path) -> bool:
    try:
        return path.suffix.lower() in PICTURES and not path.name.startswith(".") and path.is_file()
    except OSError:  # a name longer than any disk has
        return False


def pictures_below(folder: Path) -> list[Path]:
    """Sorted; without what lies in hidden folders."""
    found = (path for path in folder.rglob("*") if is_picture(path))
    return sorted(path for path in found if not _hidden(path, folder))


def split_of(path: Path, folder: Path) -> str:
    """Which side the name of `path`, or of a folder above it, says; empty where none does."""
    parts = path.relative_to(folder).with_suffix("").parts
    return next((SPLIT_NAMES[part.lower()] for part in parts if part.lower() in SPLIT_NAMES), "")


def load_picture(path: Path) -> Image:
    """Upright, RGB. Raises InputError for what is no picture, is cut off, or is larger than any camera's."""
    with _readable(path), Canvas.open(path) as opened:
        _modest(opened, path)
        return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))


def mark_of(path: Path) -> str:
    """The start of the file's SHA-256, enough to tell its content from any other. Raises InputError."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError as error:
        raise InputError(f"cannot read {path}", got=error.strerror, do="check that it is there and readable") from error


def sight_of(path: Path) -> Sight:
    """Reads no pixel. Raises InputError for what is no picture, or a larger one than any camera's."""
    with _readable(path), Canvas.open(path) as opened:
        _modest(opened, path)
        orientation = int(opened.getexif().get(_ORIENTATION, 1))
        width, height = opened.size[::-1] if orientation in _TURNED else opened.size
        return Sight(width, height, orientation)


def boxed(
    path: Path,
    folder: Path,
    written: Sequence[Written],
    *,
    place: str,
    split: str = "",
    stated: tuple[int, int] | None = None,
) -> tuple[BoxedPicture, list[InputError]]:
    """The picture with its boxes, and what was wrong with some of them. `stated` is the size that the labels say.

    Boxes are clipped to the picture; those outside it, empty, negative, or there twice are left out; each is told.
    Raises InputError for a picture that cannot be read or has another size than stated.
    """
    sight = sight_of(path)
    turned = _turned(sight, stated, place)
    kept: dict[tuple[str, tuple[float, ...]], None] = {}
    problems = []
    for box in written:
        try:
            corners, told = _clipped(_in_pixels(box, sight, turned=turned), box, sight)
        except InputError as error:
            problems.append(error)
            continue
        problems += told
        if (box.label, corners) in kept:
            problems.append(_wrong(box, "the box is there twice", "delete one of them"))
        kept[box.label, corners] = None
    found = np.array([corners for _, corners in kept], np.float32).reshape(-1, 4)
    labels = tuple(label for label, _ in kept)
    name = path.relative_to(folder).as_posix()
    return BoxedPicture(name, path, sight.width, sight.height, found, labels, split, place), problems


def boxed_set(
    kind: str,
    folder: Path,
    pictures: Sequence[BoxedPicture],
    problems: Sequence[InputError],
    *,
    order: Sequence[str] = (),
    notes: Iterable[str] = (),
) -> BoxedSet:
    """`order` is that of the classes where the layout has one; others are sorted. Classes without a box are left out.

    Raises InputError where no picture with a box is left.
    """
    used = {label for picture in pictures for label in picture.labels}
    if not used:
        got = problems[0] if problems else f"{len(pictures)} pictures, no box"
        raise InputError(f"{folder} has no box that can be used", got=got, do="correct it, then: aisle data check DIR")
    labels = LabelSet((*(label for label in order if label in used), *sorted(used - set(order))))
    said = [*notes, *_notes(pictures, [label for label in order if label not in used], labels)]
    return BoxedSet(kind, folder, labels, tuple(pictures), tuple(said), tuple(problems))


def text_of(file: Path, most: int = 1 << 28) -> str:
    """Raises InputError for what cannot be read, is no UTF-8, or is longer than `most` bytes."""
    try:
        size = file.stat().st_size
        if size > most:
            raise InputError(f"{file} is too long", got=f"{size} bytes", allowed=f"up to {most}", do="split it")
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {file}", got=error.strerror, do="check that it is there and readable") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no text", got=str(error), do="save the file as UTF-8") from error


def no_picture(place: str, name: str) -> InputError:
    return InputError(f"{place}: labels without a picture", got=name, do="put the picture there, or delete the labels")


def no_labels(picture: Path) -> InputError:
    return InputError(
        f"{picture}: a picture without labels",
        got="nothing says what is in it",
        do="write its boxes; if nothing is in it, say so as its layout does; or take it away",
    )


# --- one box


def _in_pixels(box: Written, sight: Sight, *, turned: bool) -> tuple[float, ...]:
    """Of the upright picture. Raises InputError for numbers that are none."""
    if not all(map(math.isfinite, box.corners)):
        raise _wrong(box, "a side of the box is no number", "write it again")
    width, height = sight.stored if turned else (sight.width, sight.height)
    left, top, right, bottom = box.corners
    if box.relative:
        left, top, right, bottom = left * width, top * height, right * width, bottom * height
    if not turned:
        return left, top, right, bottom
    across, down = _UPRIGHT[sight.orientation]
    places = {"x": (left, right), "-x": (width - right, width - left)}
    places |= {"y": (top, bottom), "-y": (height - bottom, height - top)}
    (left, right), (top, bottom) = places[across], places[down]
    return left, top, right, bottom


_UPRIGHT = {
    2: ("-x", "y"),
    3: ("-x", "-y"),
    4: ("x", "-y"),
    5: ("y", "x"),
    6: ("-y", "x"),
    7: ("-y", "-x"),
    8: ("y", "-x"),
}
"""By EXIF orientation, which stored axis goes across and which goes down in the upright picture."""


def _clipped(
    corners: tuple[float, ...], box: Written, sight: Sight
) -> tuple[tuple[float, float, float, float], list[InputError]]:
    """Raises InputError for a box with nothing of the picture in it."""
    left, top, right, bottom = corners
    if left >= right or top >= bottom:
        raise _empty(box)
    inside = max(left, 0.0), max(top, 0.0), min(right, float(sight.width)), min(bottom, float(sight.height))
    size = f"a picture of {sight.width} x {sight.height}"
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        raise _wrong(box, f"the box lies outside {size}", "correct or delete it")
    beyond = max(abs(one - other) for one, other in zip(corners, inside, strict=True))
    # float32 holds what comes out, and must not bring a side beyond the picture again
    rounded = tuple(float(np.float32(side)) for side in inside)
    if rounded[0] >= rounded[2] or rounded[1] >= rounded[3]:
        raise _empty(box)
    told = [] if beyond <= ROUNDING else [_wrong(box, f"the box reaches beyond {size}; clipped", "correct it")]
    return (rounded[0], rounded[1], rounded[2], rounded[3]), told


def _empty(box: Written) -> InputError:
    return _wrong(box, "the box is empty or negative", "write left < right and top < bottom")


def _wrong(box: Written, what: str, do: str) -> InputError:
    return InputError(f"{box.place}: {what}", got=f"{box.label} {[round(side, 4) for side in box.corners]}", do=do)


# --- one picture


def _turned(sight: Sight, stated: tuple[int, int] | None, place: str) -> bool:
    """Whether the boxes are of the picture as it is stored, not as it is shown."""
    shown = (sight.width, sight.height)
    if stated is None or stated == shown:
        return False
    if stated == sight.stored:
        return True
    got = f"{stated[0]} x {stated[1]} in the labels, {shown[0]} x {shown[1]} in the picture"
    raise InputError(f"{place}: the picture has another size than its labels say", got=got, do="label this very file")


def _modest(opened: Canvas.Image, path: Path) -> None:
    if opened.width * opened.height > MANY_PIXELS:
        got = f"{opened.width} x {opened.height}"
        raise InputError(f"{path} is too large", got=got, allowed=f"{MANY_PIXELS:,} pixels", do="make it smaller")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What Pillow says of a file becomes an InputError; its warnings are for programmers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (OSError, SyntaxError, ValueError, Canvas.DecompressionBombError) as error:
        if isinstance(error, OSError) and error.errno:
            do = "check that it is there and readable"
            raise InputError(f"cannot read the picture {path}", got=error.strerror, do=do) from error
        got = "no picture that is known" if isinstance(error, UnidentifiedImageError) else str(error)
        raise InputError(f"cannot read the picture {path}", got=got, do="save it again as JPEG") from error


# --- all of them


def _notes(pictures: Sequence[BoxedPicture], unused: Sequence[str], labels: LabelSet) -> Iterator[str]:
    if len(labels) == 1:
        yield f"there is one class, {labels[0]}: a detector of it tells it from everything else, and names nothing else"
    if unused:
        yield f"classes without a box are left out: {', '.join(unused)}"
    empty = sum(not picture.labels for picture in pictures)
    if empty:
        yield f"pictures without a box: {empty} of {len(pictures)}; they show what is not to be found"


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)

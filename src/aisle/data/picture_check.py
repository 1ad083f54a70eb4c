"""What is wrong with pictures of products: all of it, before anything is learnt from them.

Two pictures show the same if they are the same file, or if no colour of 12 x 12 blocks, less the mean of the
picture, differs by more than `NEAR` of 255: a copy that was saved anew or made smaller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.core import InputError, Progress, UnknownNameError, UsageError, silent
from aisle.core.pictures import Pictured, PictureSet
from aisle.core.video import Image
from aisle.data._boxes import load_picture, mark_of
from aisle.data.duplicates import near

NEAR = 25.0
"""Copies of 300 pictures of grocery_store at JPEG quality 40 and at half the size differed by at most 7, different
pictures by at least 95.
"""

_SIDE = 12
_VALUES = _SIDE * _SIDE * 3


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of pictures that were decoded: `prints` (N, 432), a row each, and who could not be."""

    sound: tuple[Pictured, ...]
    marks: tuple[str, ...]
    prints: npt.NDArray[np.float32]
    wrong: tuple[InputError, ...]


def picture(one: Pictured) -> Image:
    """Upright, RGB. Raises InputError for what cannot be decoded whole."""
    return load_picture(one.path)


def check_pictures(
    pictures: PictureSet, *, labels: Sequence[str] = (), progress: Progress = silent
) -> list[InputError]:
    """Every problem of `pictures`; `labels`, if any, are the only products it may have. Decodes each picture;
    `progress` counts them.
    """
    looked = look(pictures.pictures, progress=progress)
    clean = look(pictures.clean)
    said = [*pictures.problems, *_strange(pictures, labels), *_few(pictures)]
    return [*said, *looked.wrong, *clean.wrong, *_each_once(looked)[1], *_nearly(looked)]


def usable_pictures(pictures: PictureSet, *, progress: Progress = silent) -> PictureSet:
    """Only the pictures that can be decoded, each once, as a copy of what was learnt must not be judged by; the others
    become problems. Raises InputError where none is left.
    """
    looked, clean = look(pictures.pictures, progress=progress), look(pictures.clean)
    if not (looked.sound or clean.sound):
        raise (*looked.wrong, *clean.wrong)[0]
    sound, copies = _each_once(looked)
    problems = (*pictures.problems, *looked.wrong, *clean.wrong, *copies)
    return replace(pictures, pictures=sound, clean=clean.sound, problems=problems)


def at_least_two(pictures: PictureSet) -> None:
    """Raises UsageError where all pictures show one product."""
    shown = sorted({one.label for one in (*pictures.pictures, *pictures.clean)})
    if len(shown) < 2:
        raise UsageError(
            "there is nothing to tell apart",
            got=f"{pictures.folder} holds one product: {', '.join(shown)}",
            allowed="two products or more",
            do="add pictures of another product, each product in a folder of its own",
        )


def mark(one: Pictured) -> str:
    """What a bundle keeps of a picture that it learnt from. Raises InputError where it cannot be read."""
    return mark_of(one.path)


def look(pictures: Sequence[Pictured], *, progress: Progress = silent) -> Looked:
    """Decodes each of them; `progress` counts them."""
    sound, marks, prints, wrong = [], [], [], []
    for number, one in enumerate(pictures, 1):
        try:
            prints.append(_print(picture(one)))
            marks.append(mark(one))
            sound.append(one)
        except InputError as error:
            wrong.append(InputError(f"{one.place}: {error.what}", got=error.got, allowed=error.allowed, do=error.do))
        progress(number, len(pictures))
    rows = np.array(prints, np.float32).reshape(-1, _VALUES)
    return Looked(tuple(sound), tuple(marks), rows, tuple(wrong))


def alike(prints: npt.NDArray[np.float32]) -> list[tuple[int, int]]:
    """Pairs of rows that show the same, the first before the second."""
    return sorted((min(pair), max(pair)) for pair in near(prints, NEAR))


def _print(image: Image) -> npt.NDArray[np.float32]:
    small = Canvas.fromarray(image).resize((_SIDE, _SIDE), Canvas.Resampling.BOX)
    blocks = np.asarray(small, np.float32).ravel()
    centred: npt.NDArray[np.float32] = blocks - blocks.mean()
    return centred


def _strange(pictures: PictureSet, allowed: Sequence[str]) -> Iterator[InputError]:
    for label in pictures.labels if allowed else ():
        if label not in allowed:
            home = next(one for one in (*pictures.pictures, *pictures.clean) if one.label == label)
            error = UnknownNameError("product", label, allowed)
            yield InputError(f"{home.place}: {error.what}", got=error.got, allowed=error.allowed, do=error.do)


def _few(pictures: PictureSet) -> Iterator[InputError]:
    shown = {label: count for label, count in pictures.counts().items() if count}
    if len(shown) < 2:
        only, do = ", ".join(shown) or "none", "add pictures of another product"
        yield InputError(f"{pictures.folder} has nothing to tell apart", got=f"products: {only}", do=do)
    for label, count in shown.items():
        if count == 1:
            home = next(one for one in pictures.pictures if one.label == label)
            yield InputError(
                f"{home.place}: the only picture of {label}",
                got="1 picture",
                allowed="2 or more, to learn from one and to judge by another",
                do="add some; or learn it with --model prototypes, unjudged",
            )
    sides = {one.split for one in pictures.pictures}
    learnt = {one.label for one in pictures.pictures if one.split == "train"}
    for label in shown:
        if "train" in sides and label not in learnt:
            yield InputError(f"{pictures.folder} has no {label} to learn from", got="0 in train", do="put some there")


def _each_once(looked: Looked) -> tuple[tuple[Pictured, ...], list[InputError]]:
    """The pictures without their copies, and what is said of these."""
    first: dict[str, Pictured] = {}
    copies = []
    for one, content in zip(looked.sound, looked.marks, strict=True):
        other = first.setdefault(content, one)
        if other is not one:
            copies.append(_same(other, one, "is the same picture as"))
    return tuple(first.values()), copies


def _nearly(looked: Looked) -> Iterator[InputError]:
    """Pictures of two splits, or of two products, that are not the same file."""
    for one, other in alike(looked.prints):
        a, b = looked.sound[one], looked.sound[other]
        if looked.marks[one] != looked.marks[other] and (a.split, a.label) != (b.split, b.label):
            yield _same(a, b, "shows the same as")


def _same(one: Pictured, other: Pictured, what: str) -> InputError:
    sides = [f"{each.label}{f' in {each.split}' if each.split else ''}" for each in (other, one)]
    return InputError(f"{other.place}: {other.name} {what} {one.name}", got=" and ".join(sides), do="keep one of them")

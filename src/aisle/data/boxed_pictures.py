"""Which pictures with boxes lie in a folder. Each file of this room called boxes_NAME, with `TITLE`, `holds` and
`read_boxes`, is one layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from aisle.core import InputError, Progress, UnknownNameError, UsageError, silent
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.core.video import Image
from aisle.data._boxes import load_picture, mark_of

PREFIX = "boxes_"
FEW = 5
"""Boxes of a class under which little can be learnt and nothing said of it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`holds` says whether a folder is written so, `read_boxes` reads it; neither decodes a picture."""

    name: str
    title: str
    holds: Callable[[Path], bool]
    read_boxes: Callable[[Path], BoxedSet]


def layouts() -> tuple[Layout, ...]:
    """Sorted by name."""
    names = sorted(file.stem for file in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    modules = {name: import_module(f"aisle.data.{name}") for name in names}
    return tuple(Layout(name, one.TITLE, one.holds, one.read_boxes) for name, one in modules.items())


def holds_boxes(folder: str | Path, kind: str | None = None) -> bool:
    """Whether pictures with boxes lie there, or `kind` names a layout of them."""
    if kind is not None:
        return kind in {layout.name for layout in layouts()}
    path = Path(folder)
    return path.is_dir() and any(layout.holds(path) for layout in layouts())


def open_boxed(folder: str | Path, kind: str | None = None) -> BoxedSet:
    """Reads the pictures with boxes in `folder`, in whatever layout claims it, or in `kind`.

    Raises UsageError for what is no folder and where no layout or several claim it, UnknownNameError for an unknown
    layout, InputError where nothing there can be used.
    """
    path, known = Path(folder), {layout.name: layout for layout in layouts()}
    if not path.is_dir():
        raise UsageError(
            "pictures with boxes are a folder", got=f"{path}: {'a file' if path.exists() else 'not there'}"
        )
    if kind is not None:
        if kind not in known:
            raise UnknownNameError("layout of boxes", kind, known)
        return known[kind].read_boxes(path)
    claiming = [layout for layout in known.values() if layout.holds(path)]
    if len(claiming) != 1:
        said = "; ".join(f"{layout.name} ({layout.title})" for layout in claiming or known.values())
        raise UsageError(
            f"it is not clear in which layout the boxes in {path} are",
            got="several" if claiming else "none that is known",
            allowed=said,
            do="name one with --kind" if claiming else "bring the folder into one of these layouts",
        )
    return claiming[0].read_boxes(path)


def picture(one: BoxedPicture) -> Image:
    """Upright, RGB. Raises InputError for what cannot be decoded whole."""
    return load_picture(one.path)


def mark(one: BoxedPicture) -> str:
    """What a bundle keeps of a picture that it learnt from. Raises InputError where it cannot be read."""
    return mark_of(one.path)


def check_boxes(boxes: BoxedSet, *, labels: Sequence[str] = (), progress: Progress = silent) -> list[InputError]:
    """Every problem of `boxes`; `labels`, if any, are the only classes it may have. Decodes each picture; `progress`
    counts them.
    """
    unusable = (one.said for one in _each_unusable(boxes, progress))
    return [*boxes.problems, *_unknown(boxes, labels), *_rare(boxes), *unusable]


def usable_boxes(boxes: BoxedSet, *, progress: Progress = silent) -> BoxedSet:
    """Only the pictures that can be decoded, each once, as a copy of what was learnt must not be judged by; the others
    become problems. Raises InputError where none with a box is left.
    """
    wrong = {error.place: error.said for error in _each_unusable(boxes, progress)}
    sound = tuple(one for one in boxes.pictures if one.name not in wrong)
    if not any(one.labels for one in sound):
        raise next(iter(wrong.values()))
    return replace(boxes, pictures=sound, problems=(*boxes.problems, *wrong.values()))


@dataclass(frozen=True, slots=True)
class _Unusable:
    place: str
    said: InputError


def _each_unusable(boxes: BoxedSet, progress: Progress) -> Iterator[_Unusable]:
    for number, one in enumerate(boxes.pictures, 1):
        try:
            picture(one)
        except InputError as error:
            yield _Unusable(one.name, error)
        progress(number, len(boxes.pictures))
    seen: dict[str, BoxedPicture] = {}
    for one in boxes.pictures:
        first = seen.setdefault(mark(one), one)
        if first is not one:
            what = f"{one.path} is the same picture as {first.path}"
            yield _Unusable(one.name, InputError(what, got=one.name, do="keep one of them"))


def _unknown(boxes: BoxedSet, allowed: Sequence[str]) -> Iterator[InputError]:
    for label in boxes.labels if allowed else ():
        if label not in allowed:
            home = next(one for one in boxes.pictures if label in one.labels)
            error = UnknownNameError("class", label, allowed)
            yield InputError(f"{home.place}: {error.what}", got=error.got, allowed=error.allowed, do=error.do)


def _rare(boxes: BoxedSet) -> Iterator[InputError]:
    for label, count in boxes.counts().items():
        if count < FEW:
            home = next(one for one in boxes.pictures if label in one.labels)
            what = f"{home.place}: the class {label} is too rare to learn"
            yield InputError(what, got=f"{count} boxes", allowed=f"{FEW} or more", do="label more, or leave it out")

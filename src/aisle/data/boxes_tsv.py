"""Boxes as Microsoft's grocery example writes them: beside N.jpg lie N.bboxes.tsv, a line a box, left, top, right and
bottom in pixels, and N.bboxes.labels.tsv with their names, line by line. Folders are `positive`, `negative`, whose
pictures show nothing that is looked for and so have no labels, and `testImages`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aisle.core import InputError
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.core.rows import Line, problem, read_lines
from aisle.data._boxes import Written, boxed, boxed_set, no_labels, no_picture, pictures_below

TITLE = "N.jpg with N.bboxes.tsv (x1 y1 x2 y2) and N.bboxes.labels.tsv, in positive, negative and testImages"
CORNERS, LABELS = ".bboxes.tsv", ".bboxes.labels.tsv"
NEGATIVE = "negative"
_SPLITS = {"positive": "train", NEGATIVE: "train", "testimages": "test"}


def holds(folder: Path) -> bool:
    return any(folder.glob(f"*{CORNERS}")) or any(folder.glob(f"*/*{CORNERS}"))


def read_boxes(folder: Path) -> BoxedSet:
    """Opens no picture further than to learn its size. Raises InputError where no box can be used."""
    pictures: list[BoxedPicture] = []
    problems: list[InputError] = []
    paths = pictures_below(folder)
    for path in paths:
        try:
            found, told = _picture(path, folder)
        except InputError as error:
            problems.append(error)
            continue
        pictures.append(found)
        problems += told
    return boxed_set("boxes_tsv", folder, pictures, [*problems, *_lonely(folder, paths)])


def _picture(path: Path, folder: Path) -> tuple[BoxedPicture, list[InputError]]:
    file, names = (path.with_name(path.stem + end) for end in (CORNERS, LABELS))
    split = next((_SPLITS[part.lower()] for part in path.parent.parts[::-1] if part.lower() in _SPLITS), "")
    if not file.is_file():
        if path.parent.name.lower() != NEGATIVE:
            raise no_labels(path)
        return boxed(path, folder, [], place=str(path), split=split)
    if not names.is_file():
        raise InputError(f"{file}: boxes without names", got=f"no {names.name}", do="write a line for each box")
    rows, labels = read_lines(file), read_lines(names)
    if len(rows) != len(labels):
        got = f"{len(rows)} boxes, {len(labels)} names in {names.name}"
        raise problem(file, len(rows) + 1, "boxes and names are not as many", got, "write a line for each box")
    written, wrong = [], []
    for row, (line, cells) in zip(rows, labels, strict=True):
        try:
            written.append(Written(_name(names, line, cells), _corners(file, row), f"{file}:{row[0]}"))
        except InputError as error:
            wrong.append(error)
    picture, told = boxed(path, folder, written, place=str(file), split=split)
    return picture, [*wrong, *told]


def _corners(file: Path, row: Line) -> tuple[float, float, float, float]:
    line, cells = row
    try:
        left, top, right, bottom = map(float, cells)
    except ValueError:
        got = " ".join(cells)
        raise problem(file, line, "the line is no box", got, "correct it", "x1 y1 x2 y2 in pixels, by tabs") from None
    return left, top, right, bottom


def _name(file: Path, line: int, cells: tuple[str, ...]) -> str:
    if len(cells) != 1:
        raise problem(file, line, "the line is no name", " ".join(cells), "write one name a line")
    return cells[0]


def _lonely(folder: Path, pictures: list[Path]) -> Iterator[InputError]:
    known = {path.with_suffix("") for path in pictures}
    for file in sorted({*folder.glob(f"*{CORNERS}"), *folder.glob(f"*/*{CORNERS}")}):
        if file.with_name(file.name.removesuffix(CORNERS)) not in known:
            yield no_picture(str(file), f"{file.name.removesuffix(CORNERS)}.jpg")

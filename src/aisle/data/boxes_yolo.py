"""Boxes as YOLO writes them: beside each picture, or in `labels` where the picture is in `images`, a text file with a
line a box: the number of its class, the middle, width and height as shares of the picture. A longer line is an outline.
The classes' names are in data.yaml, or a line each in classes.txt. A picture without a file shows nothing.
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from pathlib import Path

from aisle.core import InputError, MissingPartError
from aisle.core.boxed import BoxedPicture, BoxedSet
from aisle.core.rows import problem
from aisle.data._boxes import Written, boxed, boxed_set, no_picture, pictures_below, split_of, text_of

TITLE = "YOLO: a text file a picture, and data.yaml or classes.txt with the names of the classes"
LISTS = ("classes.txt", "obj.names", "labels/classes.txt")
TABLES = ("*.yaml", "*.yml")
_NOT_BOXES = {"classes", "train", "val", "valid", "test", "readme", "readme.roboflow", "readme.dataset", "notes"}


def holds(folder: Path) -> bool:
    return bool(pictures_below(folder)) and (_list(folder) is not None or _table(folder) is not None)


def read_boxes(folder: Path) -> BoxedSet:
    """Opens no picture further than to learn its size. Raises InputError where the names cannot be read, or no box can
    be used; MissingPartError for data.yaml without PyYAML.
    """
    names = _names(folder)
    pictures: list[BoxedPicture] = []
    problems: list[InputError] = []
    files = {path: _labels_of(path, folder) for path in pictures_below(folder)}
    bare = 0
    for path, file in files.items():
        try:
            written, wrong = _written(file, names) if file.is_file() else ([], [])
            found, told = boxed(path, folder, written, place=str(file), split=split_of(path, folder))
        except InputError as error:
            problems.append(error)
            continue
        bare += not file.is_file()
        pictures.append(found)
        problems += [*wrong, *told]
    lonely = sorted(set(_label_files(folder)) - set(files.values()))
    problems += [no_picture(str(file), f"{file.stem}.jpg") for file in lonely]
    note = f"pictures without a file of labels: {bare}; in this layout nothing is in them"
    return boxed_set("boxes_yolo", folder, pictures, problems, order=names, notes=[note] if bare else [])


def _labels_of(picture: Path, folder: Path) -> Path:
    parts = list(picture.relative_to(folder).parts)
    places = [index for index, part in enumerate(parts) if part == "images"]
    if places:
        parts[places[-1]] = "labels"
    return folder.joinpath(*parts).with_suffix(".txt")


def _label_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.txt") if path.stem.lower() not in _NOT_BOXES]


def _written(file: Path, names: Sequence[str]) -> tuple[list[Written], list[InputError]]:
    written, wrong = [], []
    for line, text in enumerate(text_of(file).splitlines(), 1):
        if not text.strip():
            continue
        try:
            written.append(_box(file, line, text, names))
        except InputError as error:
            wrong.append(error)
    return written, wrong


def _box(file: Path, line: int, text: str, names: Sequence[str]) -> Written:
    allowed = "a class, and x y width height as shares of the picture"
    try:
        number, *numbers = map(float, text.split())
    except ValueError:
        raise problem(file, line, "the line is no box", text, "correct it", allowed) from None
    if not (0 <= number < len(names) and number.is_integer()):
        known = f"0 to {len(names) - 1}: {', '.join(names)}"
        raise problem(file, line, "unknown number of a class", text.split()[0], "correct it, or add its name", known)
    if len(numbers) == 4:
        x, y, width, height = numbers
        corners = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    elif len(numbers) >= 6 and len(numbers) % 2 == 0:
        corners = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    else:
        raise problem(file, line, "the line is no box", f"{len(numbers) + 1} numbers", "correct it", allowed)
    if max(map(abs, numbers)) > _MOST:
        raise problem(file, line, "the box is in pixels", text, "divide by the picture's width and height", allowed)
    return Written(names[int(number)], corners, f"{file}:{line}", relative=True)


_MOST = 4.0
"""Shares beyond this are no shares."""


# --- the names of the classes


def _list(folder: Path) -> Path | None:
    return next((folder / name for name in LISTS if (folder / name).is_file()), None)


def _table(folder: Path) -> Path | None:
    files = [file for pattern in TABLES for file in sorted(folder.glob(pattern))]
    return next((file for file in files if "names:" in text_of(file)), None)


def _names(folder: Path) -> tuple[str, ...]:
    table, plain = _table(folder), _list(folder)
    if table is not None:
        return _of_table(table)
    if plain is None:
        allowed = "data.yaml with names, or classes.txt"
        raise InputError(f"{folder} does not name its classes", got="neither", allowed=allowed, do="write one of them")
    names = tuple(line.strip() for line in text_of(plain).splitlines() if line.strip())
    return _different(plain, names)


def _of_table(file: Path) -> tuple[str, ...]:
    try:
        import yaml
    except ImportError as error:
        raise MissingPartError(f"reading {file.name}", name="pyyaml", extra="objects") from error
    try:
        said = yaml.safe_load(text_of(file, 1_000_000))
        names = said["names"] if isinstance(said, dict) else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{file} is no YAML", got=str(error), do="correct it") from error
    if isinstance(names, dict) and set(names) == set(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names or not all(isinstance(name, str | int) for name in names):
        allowed = "names: a list, or 0: first, 1: second and so on"
        got = reprlib.repr(names)[:200]  # references of YAML can make little text endless
        raise InputError(f"{file} does not name the classes", got=got, allowed=allowed, do="correct it")
    return _different(file, tuple(str(name) for name in names))


def _different(file: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        got = f"twice: {', '.join(twice)}" if twice else "no name"
        raise InputError(f"{file} does not name the classes", got=got, allowed="different names", do="correct it")
    return names

"""Boxes as Pascal VOC writes them: an XML file a picture, in `Annotations` with the pictures in `JPEGImages` and the
splits in `ImageSets/Main`, or beside the pictures. Pixels are counted from 1 and the last one belongs to the box.

A file whose XML defines a type of document of its own is refused, as entities can be made to fill any memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET
from xml.parsers import expat

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

TITLE = "Pascal VOC: an XML file a picture, in Annotations or beside the pictures"
ANNOTATIONS, PICTURES = "Annotations", ("JPEGImages", "images", "Images")
_LONGEST = 10_000_000
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def holds(folder: Path) -> bool:
    return any(_says_boxes(file) for file in _files(folder)[:5])


def read_boxes(folder: Path) -> BoxedSet:
    """Opens no picture further than to learn its size. Raises InputError where no box can be used."""
    splits = _splits(folder)
    pictures: dict[Path, BoxedPicture] = {}
    problems: list[InputError] = []
    hard = 0
    for file in _files(folder):
        try:
            root = _parsed(file)
            path = _picture_of(file, root, folder)
            if path in pictures:
                raise InputError(f"{file}: a picture with two files of labels", got=path.name, do="keep one of them")
            written, wrong = _objects(file, root)
            split = splits.get(file.stem) or split_of(file, folder)
            found, told = boxed(path, folder, written, place=str(file), split=split, stated=_size(root))
        except InputError as error:
            problems.append(error)
            continue
        pictures[path] = found
        problems += [*wrong, *told]
        hard += sum(_text(one, "difficult") == "1" for one in root.iter("object"))
    named = {file.stem for file in _files(folder)} | {path.stem for path in pictures}
    unused = [path for path in pictures_below(folder) if path.stem not in named]
    notes = [f"{hard} boxes are marked as difficult, and count like the others"] if hard else []
    return boxed_set("boxes_voc", folder, list(pictures.values()), [*problems, *map(no_labels, unused)], notes=notes)


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*.xml")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _says_boxes(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return b"<annotation" in opened.read(4096).lower()
    except OSError:
        return False


def _parsed(file: Path) -> ET.Element:
    """Raises InputError, with the line, for what is no such XML."""
    text = text_of(file, _LONGEST)
    looking = expat.ParserCreate()

    def refuse(*_: object) -> None:
        do = "take it away: such files are not for labels"
        raise InputError(f"{file}:{looking.CurrentLineNumber}: a type of document", got="<!DOCTYPE", do=do)

    looking.StartDoctypeDeclHandler = refuse
    try:
        looking.Parse(text.encode(), True)
        root = ET.fromstring(text.encode())
    except (expat.ExpatError, ET.ParseError, LookupError, ValueError) as error:  # of encodings nobody knows, too
        raise InputError(f"{file}:{looking.CurrentLineNumber}: no XML", got=str(error), do="write it again") from error
    if root.tag != "annotation":
        raise InputError(
            f"{file}: no labels of Pascal VOC", got=f"<{root.tag}>", allowed="<annotation>", do="remove it"
        )
    return root


def _text(element: ET.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _picture_of(file: Path, root: ET.Element, folder: Path) -> Path:
    """By the name that the file says, else by its own; beside it, or where Pascal VOC keeps pictures."""
    said = PurePosixPath(_text(root, "filename").replace("\\", "/")).name
    homes = [file.parent, *(file.parent.parent / name for name in PICTURES), *(folder / name for name in PICTURES)]
    for home in homes:
        named = [home / said] if said else []
        alike = sorted(home.glob(f"{_plain(file.stem)}.*")) if home.is_dir() else []
        for path in [*named, *alike]:
            if is_picture(path):
                return path
    raise no_picture(str(file), said or file.stem)


def _plain(stem: str) -> str:
    """What glob reads as this very text."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _size(root: ET.Element) -> tuple[int, int] | None:
    """None where the file does not say it, or says 0."""
    try:
        width, height = (int(float(_text(root, f"size/{side}"))) for side in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if width > 0 and height > 0 else None


def _objects(file: Path, root: ET.Element) -> tuple[list[Written], list[InputError]]:
    written, wrong = [], []
    for number, one in enumerate(root.iter("object"), 1):
        place, label = f"{file}: object {number}", _text(one, "name")
        said = [_text(one, f"bndbox/{side}") for side in _SIDES]
        try:
            left, top, right, bottom = map(float, said)
        except ValueError:
            got = ", ".join(f"{side} {text!r}" for side, text in zip(_SIDES, said, strict=True))
            wrong.append(InputError(f"{place}: no box", got=got, allowed="four numbers", do="correct it"))
            continue
        if not label:
            wrong.append(InputError(f"{place}: no name", got="nothing in <name>", do="write what it is"))
            continue
        written.append(Written(label, (left - 1, top - 1, right, bottom), place))
    return written, wrong


def _splits(folder: Path) -> Mapping[str, str]:
    """By the names of files, without their ends."""
    return {name: side for side, names in _lists(folder) for name in names}


def _lists(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for file in sorted(folder.glob("ImageSets/Main/*.txt")):
        if file.stem in SPLIT_NAMES:
            lines = text_of(file).splitlines()
            yield SPLIT_NAMES[file.stem], [line.split()[0] for line in lines if line.split()]

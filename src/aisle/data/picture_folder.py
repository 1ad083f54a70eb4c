"""Folders of product pictures: a folder for each product, or lists of pictures with the numbers of their products.

Class folders may lie in others, `Fruit/Apple/Golden-Delicious`: the innermost is the product, the one around it its
kind. Folders called train, val or test at the top, or right above the pictures' classes, are splits. The lists are
those of GroceryStoreDataset (Klasson et al., WACV 2019): `train.txt`, `val.txt` and `test.txt` with `path, product,
kind` a line, and `classes.csv` that names them and their clean pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aisle.core import InputError, LabelSet, UnknownNameError, UsageError
from aisle.core.pictures import Pictured, PictureSet
from aisle.core.rows import problem, read_lines
from aisle.data._boxes import SPLIT_NAMES, is_picture, pictures_below
from aisle.data.clips import VIDEOS

LISTS, FOLDERS = "picture-lists", "picture-folders"
CLASSES = "classes.csv"
LAYOUTS = f"{FOLDERS} (a folder of pictures for each product), {LISTS} (train.txt: path, product, kind; {CLASSES})"

_COLUMNS = ("Class Name (str)", "Class ID (int)", "Coarse Class Name (str)", "Coarse Class ID (int)")
_CLEAN = "Iconic Image Path (str)"
_STRANGERS = {".txt", ".md", ".json", ".csv", ".xml"}
"""What describes pictures may lie beside them."""


@dataclass(frozen=True, slots=True)
class _Product:
    name: str
    coarse: str
    clean: str
    place: str


def holds_pictures(folder: str | Path, kind: str | None = None) -> bool:
    """Whether pictures of products lie there, or `kind` names a layout of them."""
    if kind is not None:
        return kind in (LISTS, FOLDERS)
    path = Path(folder)
    return path.is_dir() and (_has_lists(path) or _has_folders(path))


def open_pictures(folder: str | Path, kind: str | None = None) -> PictureSet:
    """Reads no picture. Raises UsageError for what is no folder of pictures of products, UnknownNameError for an
    unknown layout, InputError for lists that cannot be read and where no picture can be used.
    """
    path = Path(folder)
    if not path.is_dir():
        got = f"{path}: {'a file' if path.exists() else 'not there'}"
        raise UsageError("pictures of products are a folder", got=got, allowed=LAYOUTS)
    if kind not in (None, LISTS, FOLDERS):
        raise UnknownNameError("layout of pictures of products", kind, (LISTS, FOLDERS))
    if kind is None and not holds_pictures(path):
        do = "bring the folder into one of these layouts"
        raise UsageError(f"{path} holds no pictures of products", got="no picture in a folder", allowed=LAYOUTS, do=do)
    return _lists(path) if kind == LISTS or (kind is None and _has_lists(path)) else _folders(path)


def _has_lists(folder: Path) -> bool:
    return (folder / CLASSES).is_file() and any(_list_files(folder))


def _has_folders(folder: Path) -> bool:
    """Pictures in folders, and no video, of which pictures may be a by-product."""
    inside = [path for path in folder.rglob("*") if path.parent != folder]
    return any(map(is_picture, inside)) and not any(path.suffix.lower() in VIDEOS for path in inside)


# --- lists with numbers


def _list_files(folder: Path) -> dict[str, Path]:
    """The lists by split."""
    files = sorted(path for path in folder.glob("*.txt") if path.stem.lower() in SPLIT_NAMES)
    return {SPLIT_NAMES[path.stem.lower()]: path for path in files}


def _lists(folder: Path) -> PictureSet:
    products = _products(folder / CLASSES)
    pictures: dict[str, Pictured] = {}
    problems: list[InputError] = []
    for split, file in _list_files(folder).items():
        for line, cells in read_lines(file):
            try:
                one = _row(folder, file, line, cells, split, products)
                if one.name in pictures:
                    twice = f"in {pictures[one.name].place} too"
                    raise problem(file, line, f"{one.name} is listed twice", twice, "keep one of them")
                pictures[one.name] = one
            except InputError as error:
                problems.append(error)
    clean = []
    for product in products.values():
        path = folder / product.clean.lstrip("/")
        if product.clean and not _inside(path, folder):
            got, do = product.clean, "move it inside"
            problems.append(InputError(f"{product.place}: the picture lies outside of the folder", got=got, do=do))
        elif product.clean and not is_picture(path):
            problems.append(InputError(f"{product.place}: no clean picture", got=product.clean, do="put it there"))
        elif product.clean:
            clean.append(Pictured(product.clean.lstrip("/"), path, product.name, place=product.place))
    coarse = {product.name: product.coarse for product in products.values()}
    return _picture_set(LISTS, folder, list(pictures.values()), coarse, problems, clean=clean, order=list(coarse))


def _row(
    folder: Path, file: Path, line: int, cells: Sequence[str], split: str, products: dict[int, _Product]
) -> Pictured:
    if len(cells) < 2 or not cells[1].isdecimal():
        raise problem(file, line, "no picture with its product", ", ".join(cells), "write it anew", "path, product")
    if int(cells[1]) not in products:
        allowed = f"0 to {max(products)}, as in {CLASSES}"
        raise problem(file, line, "an unknown product", cells[1], f"correct it, or add it to {CLASSES}", allowed)
    path, name = folder / cells[0], PurePosixPath(cells[0]).as_posix()
    if not _inside(path, folder):
        raise problem(file, line, "the picture lies outside of the folder", cells[0], "move it inside")
    if not is_picture(path):
        raise problem(file, line, "a label without a picture", cells[0], "put the picture there, or delete the line")
    return Pictured(name, path, products[int(cells[1])].name, split, f"{file}:{line}")


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _products(file: Path) -> dict[int, _Product]:
    """By their number. Raises InputError, with the line."""
    lines = read_lines(file)
    head, heading = lines[0] if lines else (1, ())
    missing = [name for name in _COLUMNS if name not in heading]
    if missing:
        raise problem(file, head, "the heading lacks columns", ", ".join(missing), "add them", ",".join(_COLUMNS))
    name, number, coarse, _ = (heading.index(column) for column in _COLUMNS)
    clean = heading.index(_CLEAN) if _CLEAN in heading else None
    found: dict[int, _Product] = {}
    for line, cells in lines[1:]:
        if len(cells) != len(heading) or not cells[number].isdecimal() or not cells[name]:
            raise problem(file, line, "no product with its number", ", ".join(cells), "write the line anew")
        if int(cells[number]) in found or cells[name] in {one.name for one in found.values()}:
            raise problem(file, line, "the product is there twice", cells[name], "keep one of them")
        shown = cells[clean] if clean is not None else ""
        found[int(cells[number])] = _Product(cells[name], cells[coarse], shown, f"{file}:{line}")
    if not found:
        raise problem(file, head, "there is no product", "a heading alone", "write a line for each product")
    return found


# --- a folder for each product


def _folders(folder: Path) -> PictureSet:
    paths = pictures_below(folder)
    homes = {path: _home(path, folder) for path in paths}
    problems = [
        InputError(f"{path}: a picture without a product", got="it lies in no folder of a product", do="move it there")
        for path, (_, parts) in homes.items()
        if not parts
    ]
    problems += _empty(folder)
    named = {path: (split, parts) for path, (split, parts) in homes.items() if parts}
    often = Counter(parts[-1] for parts in {parts for _, parts in named.values()})
    pictures, coarse = [], {}
    for path, (split, parts) in named.items():
        label = parts[-1] if often[parts[-1]] == 1 else "/".join(parts)
        coarse[label] = parts[-2] if len(parts) > 1 else ""
        pictures.append(Pictured(path.relative_to(folder).as_posix(), path, label, split, str(path)))
    return _picture_set(FOLDERS, folder, pictures, coarse, problems)


def _home(path: Path, folder: Path) -> tuple[str, tuple[str, ...]]:
    """The split, "" where no folder is named after one, and the folders that name the product."""
    parts = path.relative_to(folder).parts[:-1]
    if parts and parts[0].lower() in SPLIT_NAMES:
        return SPLIT_NAMES[parts[0].lower()], parts[1:]
    return "", parts


def _empty(folder: Path) -> Iterator[InputError]:
    """Folders of products without a picture, and what is no picture among pictures."""
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        if path.is_dir() and not any(path.iterdir()):
            got, do = "an empty folder", "put pictures there, or take it away"
            yield InputError(f"{path}: a product without pictures", got=got, do=do)
        strange = path.is_file() and path.parent != folder and not is_picture(path)
        if strange and path.suffix.lower() not in _STRANGERS:
            yield InputError(f"{path} is no picture", got=f"a file {path.suffix}", do="move it elsewhere")


# --- both


def _picture_set(
    kind: str,
    folder: Path,
    pictures: Sequence[Pictured],
    coarse: dict[str, str],
    problems: Sequence[InputError],
    *,
    clean: Sequence[Pictured] = (),
    order: Sequence[str] = (),
) -> PictureSet:
    """Products without any picture are left out, with a note."""
    used = {one.label for one in (*pictures, *clean)}
    if not used:
        got = problems[0] if problems else "no picture"
        raise InputError(f"{folder} has no picture that can be used", got=got, do="correct it, then: aisle data check")
    labels = [label for label in order if label in used] or sorted(used)
    unseen = [label for label in order if label not in used]
    notes = [f"products without a picture, left out: {', '.join(unseen)}"] if unseen else []
    return PictureSet(
        kind,
        folder,
        LabelSet(tuple(labels)),
        tuple(coarse[label] for label in labels),
        tuple(pictures),
        tuple(clean),
        tuple(notes),
        tuple(problems),
    )

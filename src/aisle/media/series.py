"""Numbered pictures in a folder as a video: FOLDER@RATE, such as Test001@10 for 001.tif, 002.tif ... at 10 a second.

The rate belongs to the name, as no picture knows it and a wrong one would change all that is seen of time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from aisle.core import InputError

PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp")
_NAMED = re.compile(r"(?P<folder>.+)@(?P<rate>\d+(?:\.\d+|/\d+)?)", re.DOTALL)
_NUMBERED = re.compile(r"(?P<before>.*?)(?P<number>\d+)(?P<ending>\.\w+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Series:
    """`files` in the order of their numbers, of which none is missing, shown `rate` a second.

    Their names are `before`, the number with at least `digits` digits, and `ending`; the first number is `first`.
    """

    files: tuple[Path, ...]
    rate: Fraction
    before: str
    digits: int
    ending: str
    first: int

    @property
    def pattern(self) -> str:
        """As libav writes it, where a percent sign in a name is doubled."""
        start = f"{self.files[0].parent}/{self.before}".replace("%", "%%")
        return f"{start}%0{self.digits}d{self.ending.replace('%', '%%')}"


def named_series(folder: Path, rate: Fraction) -> Path:
    """What names the pictures in `folder`, shown `rate` a second, wherever a video is named."""
    return Path(f"{folder}@{rate}")


def series_folder(path: Path) -> Path | None:
    """The folder that a name like FOLDER@RATE means; None for any other name, and for what exists by its whole name."""
    named = _NAMED.fullmatch(str(path))
    if named is None or path.exists() or not Path(named["folder"]).is_dir():
        return None
    return Path(named["folder"])


def read_series(path: Path) -> Series:
    """Opens no picture. Raises InputError for a folder without numbered pictures, with several series of them, with a
    number that is missing or there twice, an empty file, or a rate of 0.
    """
    named, folder = _NAMED.fullmatch(str(path)), series_folder(path)
    if named is None or folder is None:
        raise InputError(
            "no folder of numbered pictures", got=path, allowed="FOLDER@RATE", do="name it as in Test001@10"
        )
    rate = _rate(named["rate"])
    files = [file for file in folder.iterdir() if file.suffix.lower() in PICTURES and not file.name.startswith(".")]
    found = [(match, file) for file in files if (match := _NUMBERED.fullmatch(file.name))]
    names = sorted({(match["before"], match["ending"]) for match, _ in found})
    if len(names) != 1:
        got = ", ".join(f"{before}N{ending}" for before, ending in names[:4]) or "none"
        do = "leave one series of pictures in the folder, numbered at the end of their names"
        raise InputError(
            f"{folder} holds no series of numbered pictures", got=got, allowed="001.jpg, 002.jpg ...", do=do
        )
    ordered = sorted(found, key=lambda one: int(one[0]["number"]))
    numbers = [int(match["number"]) for match, _ in ordered]
    _check_numbers(folder, numbers, [file for _, file in ordered])
    (before, ending), digits = names[0], min(len(match["number"]) for match, _ in ordered)
    return Series(tuple(file for _, file in ordered), rate, before, digits, ending, numbers[0])


def _rate(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except ZeroDivisionError:
        rate = Fraction(0)
    if rate <= 0:
        raise InputError("pictures are shown at a positive rate", got=text, do="name it as in Test001@10")
    return rate


def _check_numbers(folder: Path, numbers: list[int], files: list[Path]) -> None:
    for (one, other), file in zip(pairwise(numbers), files[1:], strict=True):
        if other == one:
            raise InputError(f"{folder} has two pictures of one number", got=file.name, do="keep one of them")
        if other > one + 1:
            missing = f"{one + 1}" if other == one + 2 else f"{one + 1} to {other - 1}"
            raise InputError(
                f"{folder} lacks pictures", got=f"no number {missing} before {file.name}", do="copy the folder again"
            )
    if empty := [file for file in files if file.stat().st_size == 0]:
        raise InputError("a picture is empty", got=empty[0], do="copy the folder again")

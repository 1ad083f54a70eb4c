"""CSV as people and spreadsheets write it, with the line of every row for the errors."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from aisle.core.errors import InputError
from aisle.core.files import whole

Line = tuple[int, tuple[str, ...]]
"""Its number, from 1, and its cells, trimmed."""

Cell = str | float | int | None

# What spreadsheets take for a formula: = + - @, also in full width and behind blanks, and a leading tab or line break.
_FORMULA = re.compile(r"\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n]")


def write_lines(file: Path, lines: Iterable[Sequence[Cell]]) -> None:
    """Whole or absent; the first of `lines` is the heading. Text that a spreadsheet would run as a formula gets a ' in
    front, which keeps it text; NaN and None are empty cells. Raises OutputError where the disk refuses.
    """
    with whole(file) as part:
        with part.open("w", encoding="utf-8", newline="") as written:  # line by line, as there may be millions
            csv.writer(written).writerows([_written(cell) for cell in line] for line in lines)
        # Spreadsheets read UTF-8 rightly only behind a mark, over which other programs trip: it stands where needed.
        text = part.read_bytes()
        if not text.isascii():
            part.write_bytes(codecs.BOM_UTF8 + text)


def _written(cell: Cell) -> Cell:
    if isinstance(cell, str):
        text = legible(cell)
        return f"'{text}" if is_formula(text) else text
    return None if cell is None or not math.isfinite(cell) else cell


def legible(value: str) -> str:
    """Text that can be written as UTF-8: a file name need not be, and is not a reason to lose a result."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run it."""
    return bool(_FORMULA.match(text))


def read_lines(file: Path, delimiter: str = "") -> list[Line]:
    """Every line of `file` that is not empty.

    UTF-8, with or without a byte order mark, or UTF-16 with one; cells by `delimiter`, or else by comma, semicolon or
    tab, whichever the heading has most of. Raises InputError, with the line, for other text and for quotes that do not
    close.
    """
    return [(line, cells) for line, cells in _numbered(file, _text(file), delimiter) if any(cells)]


def problem(file: Path, line: int, what: str, got: object, do: str, allowed: str = "") -> InputError:
    """What is wrong in one line of `file`."""
    return InputError(f"{file}:{line}: {what}", got=got, allowed=allowed, do=do)


def _numbered(file: Path, text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, tuple(cell.strip() for cell in cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise problem(file, line, "the line is no CSV", str(error), "write it again, with quotes in pairs") from error


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}", got=error.strerror, do="check that it is there and readable") from error
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(coding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        got = f"the byte 0x{data[error.start]:02x}"
        raise problem(file, line, f"the text is not {coding[:5].upper()}", got, "save the file as UTF-8") from error


def _delimiter(text: str) -> str:
    """Of the first line that says something, the sign that stands there most often."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=heading.count)

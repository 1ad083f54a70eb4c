"""Label files: which columns a table of clips has, and its rows with their lines for the errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aisle.core import InputError
from aisle.core.rows import problem, read_lines

ALIASES = {"actor": "group"}
"""Other names that a column goes by."""

_COLUMNS = ("path", "label", "group", "split", "start", "end")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line, trimmed; what has no column is empty."""

    line: int
    path: str = ""
    label: str = ""
    group: str = ""
    split: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are those of Row that `file` has; `ignored` its others; `problems` the lines left out."""

    file: Path
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[InputError, ...]


def read_table(file: Path, needs: tuple[str, ...] = ("path", "label")) -> Table:
    """Columns may stand in any order. Raises InputError, with the line, for what is no CSV, a column of `needs` that is
    missing and a column that is there twice.
    """
    (head, names), *lines = read_lines(file) or [(1, ())]
    columns = [ALIASES.get(name.lower(), name.lower()) for name in names]
    for column in needs:
        if column not in columns:
            raise problem(file, head, f"the column {column} is missing", ", ".join(names) or "nothing", "add it")
    for column in columns:
        if columns.count(column) > 1:
            raise problem(file, head, f"the column {column} is there twice", ", ".join(names), "keep one of them")
    rows, problems = [], []
    for line, cells in lines:
        if len(cells) == len(columns):
            known = {column: cell for column, cell in zip(columns, cells, strict=True) if column in _COLUMNS}
            rows.append(Row(line, **known))
        else:
            got = f"{len(cells)} cells for {len(columns)} columns"
            problems.append(problem(file, line, "the line does not fit the heading", got, "quote cells with commas"))
    ignored = tuple(name for name, column in zip(names, columns, strict=True) if column not in _COLUMNS)
    return Table(file, tuple(c for c in _COLUMNS if c in columns), ignored, tuple(rows), tuple(problems))


def ignored(table: Table) -> tuple[str, ...]:
    """What a person should know of the columns that nobody reads."""
    return (f"{table.file.name} has columns that are not read: {', '.join(table.ignored)}",) if table.ignored else ()

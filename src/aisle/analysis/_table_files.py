"""Rows as CSV for spreadsheets and as Parquet for data tools, and what was written read again.

The columns are the fields of a NamedTuple, of str, int and float, without an underscore at the end, which keeps names
from Python's own words; NaN is an empty cell. In the CSV a column `x_s` of
seconds is there a second time as `x`, h:mm:ss.mmm, for people. Bytes of a path that are no text are `\\udcff`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints

from aisle.core.errors import InputError, MissingPartError, UsageError
from aisle.core.files import whole
from aisle.core.rows import is_formula, problem, read_lines, write_lines
from aisle.core.time import clock

Row = TypeVar("Row", bound=NamedTuple)

_AT_ONCE = 20_000
"""Rows that are held in memory: every thing in every frame of two hours is millions of rows."""

_TYPES = {str: "string", int: "int64", float: "float64"}
_NUMBERS = {int: "a whole number", float: "a number"}


def write_csv_rows(path: Path, kind: type[Row], rows: Iterable[Row]) -> None:
    """Text that a spreadsheet would run as a formula gets a ' in front, which keeps it text."""
    names = _names(kind)
    times = [place for place, column in enumerate(names) if column.endswith("_s")]
    head = (*names, *(names[place].removesuffix("_s") for place in times))
    write_lines(path, chain([head], ((*row, *(clock(Fraction(row[place])) for place in times)) for row in rows)))


def write_parquet_rows(
    path: Path, kind: type[Row], rows: Iterable[Row], about: Mapping[bytes, bytes] | None = None
) -> None:
    """`about` is told beside the columns. Raises MissingPartError without pyarrow."""
    pa, pq = _arrow()
    types = get_type_hints(kind)
    of = [getattr(pa, _TYPES[types[field]])() for field in kind._fields]
    schema = pa.schema(list(zip(_names(kind), of, strict=True)), metadata=about)
    left = iter(rows)
    # pyarrow itself opens no path that is not UTF-8
    with whole(path) as part, part.open("wb") as file, pq.ParquetWriter(file, schema) as table:
        while some := list(islice(left, _AT_ONCE)):
            pairs = zip(zip(*some, strict=True), schema, strict=True)
            arrays = [pa.array(map(_known, column), field.type) for column, field in pairs]
            table.write_table(pa.Table.from_arrays(arrays, schema=schema))


def read_rows(path: Path, kind: type[Row]) -> list[tuple[str, Row]]:
    """Each row of a .csv or .parquet file with its place, for errors; other columns are not read.

    Raises InputError, with line or row, for what is no such table, lacks a column or has a cell that is no number, and
    UsageError for another ending.
    """
    if path.suffix.lower() == ".csv":
        return list(_csv_rows(path, kind))
    if path.suffix.lower() == ".parquet":
        return parquet_rows(path, kind)[0]
    raise UsageError("a table ends in .csv or .parquet", got=path)


def parquet_rows(path: Path, kind: type[Row]) -> tuple[list[tuple[str, Row]], dict[bytes, bytes]]:
    """As `read_rows`, with what is told beside the columns."""
    pa, pq = _arrow()
    types = get_type_hints(kind)
    try:
        with path.open("rb") as file:
            table = pq.read_table(file)
    except OSError as error:
        got = error.strerror or " ".join(str(error).split())
        raise InputError(f"cannot read {path}", got=got, do="check that it is there and whole") from error
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"cannot read {path}", got=str(error), allowed="a Parquet file") from error
    _all_there(kind, table.column_names, str(path))
    pairs = zip(_names(kind), kind._fields, strict=True)
    columns = [_values(table.column(name), types[field], f"{path}, column {name}") for name, field in pairs]
    rows = [(f"{path}, row {number}", kind(*cells)) for number, cells in enumerate(zip(*columns, strict=True), 1)]
    return rows, dict(table.schema.metadata or {})


def _csv_rows(path: Path, kind: type[Row]) -> Iterator[tuple[str, Row]]:
    (head, names), *lines = read_lines(path) or [(1, ())]
    _all_there(kind, names, f"{path}:{head}")
    types = get_type_hints(kind)
    places = [(names.index(name), name, types[of]) for name, of in zip(_names(kind), kind._fields, strict=True)]
    for line, cells in lines:
        if len(cells) != len(names):
            got = f"{len(cells)} cells for {len(names)} columns"
            raise problem(path, line, "the line does not fit the heading", got, "write the table again")
        values: list[Any] = [_read(cells[place], of, f"{path}:{line}, {name}") for place, name, of in places]
        yield f"{path}:{line}", kind(*values)


def _read(cell: str, of: type, where: str) -> str | int | float:
    if of is str:
        return cell[1:] if cell[:1] == "'" and is_formula(cell[1:]) else cell
    if of is float and not cell:
        return math.nan
    try:
        number: int | float = of(cell)
    except ValueError as error:
        raise InputError(f"{where}: not a number", got=repr(cell), allowed=_NUMBERS[of]) from error
    return number


def _values(column: Any, of: type, where: str) -> list[Any]:
    """Raises InputError for cells of another kind."""
    pa, _ = _arrow()
    try:
        values = column.cast(getattr(pa, _TYPES[of])()).to_pylist()
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"{where}: not what it should be", got=str(column.type), allowed=_TYPES[of]) from error
    if of is not float and None in values:
        raise InputError(f"{where}: a cell is empty", got=f"row {values.index(None) + 1}", do="write the table again")
    return [math.nan if value is None else value for value in values]


def _all_there(kind: type[NamedTuple], names: Sequence[str], where: str) -> None:
    for column in _names(kind):
        if column not in names:
            got = ", ".join(names) or "nothing"
            raise InputError(f"{where}: the column {column} is missing", got=got, allowed=", ".join(_names(kind)))


def _names(kind: type[NamedTuple]) -> tuple[str, ...]:
    return tuple(field.removesuffix("_") for field in kind._fields)


def _known(value: str | float) -> str | float | None:
    return None if isinstance(value, float) and math.isnan(value) else value


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise MissingPartError("a Parquet table", name="pyarrow", extra="tables") from None
    return pa, pq

"""A till's export, a CSV with a line for each thing that was sold, on the till's own clock.

Columns are found by their names in any order, or told. A line needs a time; without a quantity it is one thing. Times
may be ISO 8601 with or without an offset, seconds since 1970, and days and months with points, slashes or dashes; all
lines have one form. Where days and months cannot be told apart by any line, the form has to be told: a guess would be
wrong by months.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from aisle.core.errors import InputError, UnknownNameError
from aisle.core.rows import Line, problem, read_lines
from aisle.core.sale import Sale

NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "datetime", "date_time", "timestamp", "sold_at", "zeit", "uhrzeit", "zeitstempel", "heure"),
    "date": ("date", "day", "datum", "jour"),
    "product": ("product", "item", "article", "product_name", "description", "name", "sku", "artikel", "produit"),
    "quantity": ("quantity", "qty", "count", "pieces", "units", "menge", "anzahl", "quantite"),
    "receipt": ("receipt", "receipt_id", "transaction", "transaction_id", "order", "order_id", "bon", "beleg"),
}
"""What a column goes by, the likeliest first. The date may stand in the column of the times, or in its own."""

_DAY_FIRST = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_EPOCH = range(100_000_000, 10_000_000_000)  # seconds since 1970, from 1973 to 2286
_TRIED = 500  # lines by which a form is tried before it is tried on all
_MOST = 10_000  # of one product in a line; more is a number of another kind


@dataclass(frozen=True, slots=True)
class Till:
    """`sales` in order of time; `problems` are lines left out; `notes` what a reader must know of the others.

    `placed` says that the times carry their own offset from UTC.
    """

    sales: tuple[Sale, ...]
    problems: tuple[InputError, ...]
    notes: tuple[str, ...]
    placed: bool


def read_till(
    file: Path,
    *,
    zone: tzinfo = UTC,
    ahead: timedelta = timedelta(),
    columns: Mapping[str, str] | None = None,
    delimiter: str = "",
    form: str = "",
) -> Till:
    """`zone` is that of times without an offset, and the till's clock is `ahead` of the right time.

    `columns` are the file's names by ours, `form` the time's as strptime has it. Raises InputError for a file that
    cannot be read, without a column of times, in which no line can be used, or whose days and months cannot be told
    apart; UsageError for a column in `columns` that we do not know or the file does not have.
    """
    (head, names), *lines = read_lines(file, delimiter) or [(1, ())]
    places = _places(file, head, names, columns or {})
    fitting, problems = _fitting(file, lines, len(names))
    times, moments = _times(file, fitting, places, form, zone)
    sales, refunds = [], 0
    for line, cells in fitting:
        try:
            quantity = _quantity(file, line, _cell(cells, places, "quantity"))
            time = _time(file, line, times[line], moments)
        except InputError as error:
            problems.append(error)
            continue
        if quantity <= 0:
            refunds += 1
            continue
        sales.append(Sale(time - ahead, _cell(cells, places, "product"), quantity, _cell(cells, places, "receipt")))
    if not sales:
        raise _unusable(file, head, lines, problems)
    notes = [f"{refunds} lines with a quantity of 0 or less are left out: they are no sales."] if refunds else []
    if "quantity" not in places:
        notes.append("The till's file has no column of quantities: each line counts as one thing.")
    return Till(tuple(sorted(sales, key=lambda sale: sale.time)), tuple(problems), tuple(notes), moments.placed)


def _places(file: Path, head: int, names: Sequence[str], told: Mapping[str, str]) -> dict[str, int]:
    """Where our columns stand among the file's."""
    plain = ["_".join(name.lower().split()) for name in names]
    for ours, theirs in told.items():
        if ours not in NAMES:
            raise UnknownNameError("column of a till", ours, NAMES)
        if theirs not in names:
            raise UnknownNameError(f"column of {file}", theirs, names)
    found = {ours: names.index(theirs) for ours, theirs in told.items()}
    for ours, aliases in NAMES.items():
        place = next((plain.index(alias) for alias in aliases if alias in plain), None)
        if ours not in found and place is not None and place not in found.values():
            found[ours] = place
    if not {"time", "date"} & set(found):
        do = "name it: --till-columns time=NAME,product=NAME,quantity=NAME"
        raise problem(file, head, "no column has the times", ", ".join(names) or "nothing", do, "time")
    return found


def _fitting(file: Path, lines: Sequence[Line], count: int) -> tuple[list[Line], list[InputError]]:
    fitting = [(line, cells) for line, cells in lines if len(cells) == count]
    do = "quote cells that hold the delimiter"
    problems = [
        problem(file, line, "the line does not fit the heading", f"{len(cells)} cells for {count} columns", do)
        for line, cells in lines
        if len(cells) != count
    ]
    return fitting, problems


def _cell(cells: Sequence[str], places: Mapping[str, int], column: str) -> str:
    return cells[places[column]] if column in places else ""


def _quantity(file: Path, line: int, cell: str) -> int:
    """A weight, which is no whole number, is one thing."""
    try:
        number = float(cell.replace(",", ".")) if cell else 1.0
    except ValueError:
        number = math.nan
    if not abs(number) <= _MOST:
        raise problem(file, line, "the quantity is no number", repr(cell), "mend the line", f"1 to {_MOST}")
    return int(number) if number == int(number) else 1 if number > 0 else -1


def _time(file: Path, line: int, cell: str, moments: _Form) -> datetime:
    time = moments.read(cell)
    if time is None:
        do = "mend the line, or name the form of all: --till-time '%d.%m.%Y %H:%M'"
        raise problem(file, line, "the time cannot be read", repr(cell), do, "2026-11-30 09:15:00")
    return time


def _unusable(file: Path, head: int, lines: Sequence[Line], problems: Sequence[InputError]) -> InputError:
    if not problems:
        got = f"{len(lines)} lines"
        return problem(file, head, "nothing was sold", got, "export a day with sales")
    first = problems[0]
    return InputError(f"no line can be used: {first.what}", got=first.got, allowed=first.allowed, do=first.do)


# --- the form of the times


@dataclass(frozen=True, slots=True)
class _Form:
    """`parse` gives UTC, as times of one zone are subtracted by the wall's clock, which is put forward and back.
    `placed` says that its times carry an offset from UTC.
    """

    name: str
    parse: Callable[[str], datetime | None]
    placed: bool = False

    def read(self, cell: str) -> datetime | None:
        try:
            return self.parse(cell)
        except (ValueError, OverflowError, OSError, re.error):  # the last, of a form that has one part twice
            return None


def _times(
    file: Path, lines: Sequence[Line], places: Mapping[str, int], told: str, zone: tzinfo
) -> tuple[dict[int, str], _Form]:
    """The text of each line's time, from one column or two, and the form that fits most of them."""
    forms = [_by(told, zone)] if told else _forms(zone)
    ways = [
        {line: " ".join(cells[places[column]] for column in columns) for line, cells in lines}
        for columns in (("time",), ("date", "time"), ("date",))
        if set(columns) <= set(places)
    ]
    tried = [(cells, form) for cells in ways for form in forms if _fits(form, list(cells.values())[:: _every(cells)])]
    if not tried:
        return ways[0], forms[0]
    cells, form = max(tried, key=lambda way: _fits(way[1], way[0].values()))
    _check_told_apart(file, cells, form, [other for others, other in tried if others is cells])
    return cells, form


def _every(cells: Mapping[int, str]) -> int:
    return len(cells) // _TRIED + 1


def _fits(form: _Form, cells: Iterable[str]) -> int:
    return sum(form.read(cell) is not None for cell in cells)


def _check_told_apart(file: Path, cells: Mapping[int, str], form: _Form, forms: Sequence[_Form]) -> None:
    """Raises InputError where another form fits all that `form` fits, and means another day."""
    fitting = {line: cell for line, cell in cells.items() if form.read(cell) is not None}
    for other in forms:
        read = {line: other.read(cell) for line, cell in fitting.items()}
        if fitting and None not in read.values() and any(read[line] != form.read(fitting[line]) for line in fitting):
            line = next(line for line in fitting if read[line] != form.read(fitting[line]))
            do = f"name the form: --till-time '{form.name}' or '{other.name}'"
            raise problem(file, line, "days and months cannot be told apart", repr(fitting[line]), do)


def _forms(zone: tzinfo) -> list[_Form]:
    days = [_by(f"{day} {clock}", zone) for day in (*_DAY_FIRST, *_MONTH_FIRST) for clock in _CLOCKS]
    return [_ISO_PLACED, _by_iso(zone), _Form("seconds since 1970", _epoch, placed=True), *days]


def _by(form: str, zone: tzinfo) -> _Form:
    if "%z" in form:
        return _Form(form, lambda cell: datetime.strptime(cell, form).astimezone(UTC), placed=True)
    return _Form(form, lambda cell: datetime.strptime(cell, form).replace(tzinfo=zone).astimezone(UTC))


def _by_iso(zone: tzinfo) -> _Form:
    def parse(cell: str) -> datetime | None:
        time = datetime.fromisoformat(cell)
        return None if time.tzinfo else time.replace(tzinfo=zone).astimezone(UTC)

    return _Form("%Y-%m-%d %H:%M:%S", parse)


def _iso_placed(cell: str) -> datetime | None:
    time = datetime.fromisoformat(cell)
    return time if time.tzinfo else None


_ISO_PLACED = _Form("%Y-%m-%d %H:%M:%S%z", _iso_placed, placed=True)


def _epoch(cell: str) -> datetime | None:
    return datetime.fromtimestamp(float(cell), UTC) if _EPOCH[0] <= float(cell) <= _EPOCH[-1] else None

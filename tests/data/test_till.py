"""A till's export: whatever columns, delimiters and clocks it has, and every line that cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aisle.core import InputError, UnknownNameError
from aisle.core.sale import Sale
from aisle.data.till import Till, read_till

VIENNA = ZoneInfo("Europe/Vienna")
NINE = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "till.csv"


def of(file: Path, text: str, **told: Any) -> Till:
    file.write_text(text, encoding="utf-8")
    return read_till(file, **told)


@pytest.mark.parametrize(
    "text",
    [
        "time,product,quantity\n2026-11-30 09:15,tea,2\n",
        "Quantity;Product;Time\n2;tea;2026-11-30T09:15:00\n",
        "Zeit\tArtikel\tMenge\n30.11.2026 09:15:00\ttea\t2\n",
        "Datum;Uhrzeit;Artikel;Menge\n30.11.2026;09:15;tea;2,0\n",
        "date,time,item,qty\n11/30/2026,9:15 AM,tea,2\n",
        "date,timestamp,item,qty\n30.11.2026,2026-11-30 09:15,tea,2\n",
        "timestamp,name,count,cashier\n2026-11-30T10:15:00+01:00,tea,2,Eva\n",
        "timestamp,name,count\n2026-11-30T09:15:00Z,tea,2\n",
        "timestamp,name,count\n1796030100,tea,2\n",
        "\ufefftime,product,quantity\n\n30/11/26 09:15,tea,2\n",
    ],
)
def test_a_till_is_read_whatever_it_calls_things(file: Path, text: str) -> None:
    found = of(file, text)
    assert (found.sales, found.problems) == ((Sale(NINE, "tea", 2),), ())


def test_columns_delimiter_and_form_may_be_told(file: Path) -> None:
    text = "a|b|c|time\n02/03/2026 09h15|tea|2|never\n"
    columns = {"time": "a", "product": "b", "quantity": "c"}
    found = of(file, text, columns=columns, delimiter="|", form="%m/%d/%Y %Hh%M")
    assert found.sales[0].time == datetime(2026, 2, 3, 9, 15, tzinfo=UTC)
    placed = of(file, "time\n30.11.2026 10:15 +0100\n", form="%d.%m.%Y %H:%M %z")
    assert (placed.sales[0].time, placed.placed) == (NINE, True)


def test_other_clocks_are_set_right(file: Path) -> None:
    local = of(file, "time\n2026-11-30 10:15\n2026-07-01 09:00\n", zone=VIENNA)
    assert [sale.time for sale in local.sales] == [datetime(2026, 7, 1, 7, tzinfo=UTC), NINE]  # summer is two hours off
    assert not local.placed
    late = of(file, "time\n2026-10-25 04:00\n", zone=VIENNA, ahead=timedelta(hours=3))  # put back at 3 in between
    assert late.sales[0].time == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert of(file, "time\n2026-11-30 09:20\n", ahead=timedelta(minutes=5)).sales[0].time == NINE
    placed = of(file, "time\n2026-11-30 10:15+01:00\n", zone=ZoneInfo("Asia/Tokyo"))
    assert (placed.sales[0].time, placed.placed) == (NINE, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("yesterday,tea,1", "till.csv:3: the time cannot be read; got: 'yesterday'"),
        (",tea,1", "till.csv:3: the time cannot be read; got: ''"),
        ("2026-02-30 09:00,tea,1", "till.csv:3: the time cannot be read"),
        ("2026-11-30 09:00+01:00,tea,1", "till.csv:3: the time cannot be read"),
        ("2026-11-30 09:00,tea,two", "till.csv:3: the quantity is no number; got: 'two'"),
        ("2026-11-30 09:00,tea,4006381333931", "till.csv:3: the quantity is no number"),
        ("2026-11-30 09:00,tea,nan", "till.csv:3: the quantity is no number"),
        ("2026-11-30 09:00,tea", "till.csv:3: the line does not fit the heading; got: 2 cells for 3 columns"),
    ],
)
def test_a_bad_line_is_left_out_and_named(file: Path, line: str, told: str) -> None:
    found = of(file, f"time,product,quantity\n2026-11-30 09:15,tea,1\n{line}\n2026-11-30 09:16,tea,1\n")
    assert len(found.sales) == 2
    [problem] = found.problems
    assert told in str(problem)


def test_weights_refunds_and_missing_quantities(file: Path) -> None:
    found = of(file, 'time,quantity\n2026-11-30 09:15,"0,534"\n2026-11-30 09:16,\n2026-11-30 09:17,-1\n')
    assert [sale.quantity for sale in found.sales] == [1, 1]
    assert found.notes == ("1 lines with a quantity of 0 or less are left out: they are no sales.",)
    assert "each line counts as one" in of(file, "time\n2026-11-30 09:15\n").notes[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no column has the times; got: nothing"),
        ("when,what\n2026-11-30,tea\n", "no column has the times; got: when, what; allowed: time; do: name it"),
        ("time\n", "nothing was sold"),
        ("time,quantity\nnever,1\nnever,2\n", "no line can be used"),
        ("time\n03/04/2026 09:15\n05/06/2026 10:00\n", "till.csv:2: days and months cannot be told apart"),
        ('time\n"2026\n', "the line is no CSV"),
    ],
)
def test_what_cannot_be_used_is_refused(file: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        of(file, text)
    assert told in str(error.value)


def test_one_line_tells_days_from_months(file: Path) -> None:
    found = of(file, "time\n03/04/2026 09:15\n25/06/2026 10:00\n")
    assert found.sales[0].time == datetime(2026, 4, 3, 9, 15, tzinfo=UTC)


def test_a_told_column_must_be_there(file: Path) -> None:
    with pytest.raises(UnknownNameError, match="column of a till"):
        of(file, "time\n2026-11-30 09:15\n", columns={"price": "time"})
    with pytest.raises(UnknownNameError, match="unknown column of"):
        of(file, "time\n2026-11-30 09:15\n", columns={"time": "tme"})


def test_a_missing_file_is_told(file: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_till(file)

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.core import InputError
from aisle.core.rows import read_lines

READABLE = {
    "plain": b"a,b\n1,2\n",
    "no end of line": b"a,b\n1,2",
    "windows": b"a,b\r\n1,2\r\n",
    "old mac": b"a,b\r1,2\r",
    "mark": b"\xef\xbb\xbfa,b\n1,2\n",
    "utf-16": "a,b\n1,2\n".encode("utf-16"),
    "semicolons": b"a;b\n1;2\n",
    "tabs": b"a\tb\n1\t2\n",
    "blanks": b" a , b \n 1 ,2\n",
    "quotes": b'"a","b"\n"1","2"\n',
    "empty lines at the end": b"a,b\n1,2\n\n,\n",
}


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE)
def test_what_people_and_spreadsheets_write_is_read(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(data)
    assert read_lines(file) == [(1, ("a", "b")), (2, ("1", "2"))]


def test_a_line_has_its_number_behind_empty_lines_and_lines_of_several(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text('\na,b\n"1\n2",3\n4,5\n')
    assert read_lines(file) == [(2, ("a", "b")), (3, ("1\n2", "3")), (5, ("4", "5"))]


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "table.csv").touch()
    assert read_lines(tmp_path / "table.csv") == []


UNREADABLE = {
    "latin 1": (b"a,b\n1,caf\xe9\n", ":2: the text is not UTF-8; got: the byte 0xe9; do: save the file as UTF-8"),
    "open quote": (b'a,b\n"1,2\n', ":2: the line is no CSV; got: unexpected end of data; do: "),
}


@pytest.mark.parametrize(("data", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_table_is_told_with_its_line(data: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_lines(file)
    assert str(caught.value).startswith(f"{file}{said}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_lines(tmp_path / "table.csv")

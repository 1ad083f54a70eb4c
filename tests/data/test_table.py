"""Columns of label files, as people name and order them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.core import InputError
from aisle.data.table import Row, ignored, read_table
from datasets import write_rows


@pytest.mark.parametrize(
    "content",
    [
        b"path,label,group\na.mp4,take,one\n",
        b"\xef\xbb\xbfpath,label,group\r\na.mp4,take,one\r\n",
        b"Label; Group ;PATH\ntake;one; a.mp4 \n",
        b"path\tlabel\tactor\na.mp4\ttake\tone",
        "path,label,group\na.mp4,take,one\n".encode("utf-16"),
        b'path,label,group\n"a.mp4","take","one"\n',
    ],
    ids=["plain", "BOM and CRLF", "semicolons, another order", "tabs, actor", "UTF-16", "quoted"],
)
def test_ways_to_write_the_same(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(content)
    table = read_table(file)
    assert table.rows == (Row(2, "a.mp4", "take", "one"),)
    assert table.columns == ("path", "label", "group")
    assert (table.ignored, table.problems) == ((), ())


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "labels.csv", "path,label", "", "a.mp4,take", ",", "b.mp4,take,more", "c.mp4,look")
    table = read_table(file)
    assert [(row.line, row.path) for row in table.rows] == [(3, "a.mp4"), (6, "c.mp4")]
    (problem,) = table.problems
    assert str(problem).startswith(f"{file}:5: the line does not fit the heading; got: 3 cells for 2 columns; do: ")


def test_columns_that_nobody_reads_are_told(tmp_path: Path) -> None:
    table = read_table(write_rows(tmp_path / "labels.csv", "path,label,gruop", "a.mp4,take,one"))
    assert ignored(table) == ("labels.csv has columns that are not read: gruop",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ":1: the column path is missing; got: nothing"),
        (b"file,label\na.mp4,take\n", ":1: the column path is missing; got: file, label"),
        (b"path\na.mp4\n", ":1: the column label is missing"),
        (b"path,label,group,actor\n", ":1: the column group is there twice"),
        (b"path,label\nb.mp4,take\nM\xfcller.mp4,take\n", ":3: the text is not UTF-8; got: the byte 0xfc"),
        (b'path,label\na.mp4,take\n"b.mp4,take\n', ":3: the line is no CSV"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(file)
    assert f"{file}{said}" in str(caught.value)
    assert caught.value.do


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_table(tmp_path / "labels.csv")

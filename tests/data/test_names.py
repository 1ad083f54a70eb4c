"""Which labels of a model mean a class of the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.core import InputError
from aisle.data.names import read_names
from aisle.models.card import card
from datasets import write_rows

ROOT = Path(__file__).resolve().parents[2]


def test_a_class_may_have_several_labels(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "names.csv", "Class,label", "golf,golf driving", "bow,archery", "golf,golf putting")
    assert read_names(file) == {"golf": ("golf driving", "golf putting"), "bow": ("archery",)}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "names.csv:1: the heading is another; got: nothing; allowed: class,label"),
        (("path,label", "a,b"), "names.csv:1: the heading is another; got: path, label"),
        (("class,label",), "names.csv:1: the table has no row"),
        (("class,label", "a,b,c"), "names.csv:2: a row is a class and a label; got: 3 of 3 cells filled"),
        (("class,label", "a,b", "a,"), "names.csv:3: a row is a class and a label; got: 1 of 2 cells filled"),
        (("class,label", "a,b", "a,b"), "names.csv:3: the row is there twice; got: a,b"),
    ],
)
def test_a_bad_line_is_told(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputError) as error:
        read_names(write_rows(tmp_path / "names.csv", *rows))
    assert said in str(error.value)


def test_the_one_that_ships_names_labels_of_kinetics() -> None:
    meant = read_names(ROOT / "recipes" / "jhmdb-kinetics.csv")
    assert len(meant) == 8
    assert {label for labels in meant.values() for label in labels} <= set(card("kinetics-i3d").labels)

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.core import InputError, UsageError
from aisle.core.pictures import PictureSet
from aisle.data.picture_folder import FOLDERS, LISTS, holds_pictures, open_pictures
from goods import make_lists, make_products, product, save


def test_folders_within_folders_are_kinds_and_products(tmp_path: Path) -> None:
    pictures = open_pictures(make_products(tmp_path, 2))
    assert pictures.kind == FOLDERS
    assert tuple(pictures.labels) == ("green-bar", "green-disc", "red-bar", "red-disc")
    assert pictures.coarse == ("green", "green", "red", "red")
    assert pictures.counts() == dict.fromkeys(pictures.labels, 2)
    assert pictures.problems == ()


def test_products_of_one_name_in_two_kinds_stay_apart(tmp_path: Path) -> None:
    for kind in ("apple", "pepper"):
        save(product("red", "disc", 1), tmp_path / kind / "red" / "1.png")
    pictures = open_pictures(tmp_path)
    assert tuple(pictures.labels) == ("apple/red", "pepper/red")
    assert pictures.coarse == ("apple", "pepper")


def test_folders_named_after_splits_are_splits(tmp_path: Path) -> None:
    make_products(tmp_path / "train", 2)
    make_products(tmp_path / "Val", 1, first=2)
    pictures = open_pictures(tmp_path)
    assert {one.split for one in pictures.pictures} == {"train", "validation"}
    assert len(pictures.labels) == 4
    assert len(pictures.to_learn().pictures) == 8
    with pytest.raises(UsageError, match=r"empty split.*'test'"):
        pictures.split("test")


def test_lists_are_found_by_themselves(tmp_path: Path) -> None:
    pictures = open_pictures(make_lists(tmp_path))
    assert pictures.kind == LISTS
    assert tuple(pictures.labels) == ("red-disc", "red-bar", "green-disc", "green-bar")  # in the order of their numbers
    assert pictures.coarse == ("red", "red", "green", "green")
    assert [len(pictures.split(name).pictures) for name in ("train", "validation")] == [16, 8]
    assert [one.label for one in pictures.clean] == list(pictures.labels)
    assert pictures.pictures[0].place == f"{tmp_path / 'train.txt'}:1"


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return change


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (edit("train.txt", "0.png, 0", "nothing.png, 0"), r"train.txt:1: a label without a picture"),
        (edit("train.txt", "0.png, 0", "0.png, 77"), r"train.txt:1: an unknown product; got: 77; allowed: 0 to 3"),
        (edit("train.txt", "0.png, 0", "0.png, red"), r"train.txt:1: no picture with its product"),
        (edit("train.txt", "red-disc/1.png", "red-disc/0.png"), r"train.txt:2: .* is listed twice"),
        (edit("train.txt", "train/red", "../train/red"), r"train.txt:1: the picture lies outside"),
        (edit("classes.csv", "/clean/red-bar.png", "/clean/none.png"), r"classes.csv:3: no clean picture"),
        (edit("classes.csv", "/clean/red-bar.png", "/../red-bar.png"), r"classes.csv:3: the picture lies outside"),
    ],
)
def test_a_line_that_is_wrong_is_told_and_left_out(tmp_path: Path, spoil: Callable[[Path], None], told: str) -> None:
    spoil(make_lists(tmp_path))
    (problem,) = open_pictures(tmp_path).problems
    assert re.search(told, str(problem)), problem


def _bare(table: Path) -> None:
    """Only its heading is left."""
    table.write_text(table.read_text("utf-8").partition("\n")[0], "utf-8")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (edit("classes.csv", "Class ID (int),", "Number,"), r"classes.csv:1: the heading lacks columns; got: Class ID"),
        (edit("classes.csv", "red-bar,1", "red-bar,0"), r"classes.csv:3: the product is there twice; got: red-bar"),
        (edit("classes.csv", "red-bar,1", "red-bar,one"), r"classes.csv:3: no product with its number"),
        (lambda folder: _bare(folder / "classes.csv"), r"classes.csv:1: there is no product"),
    ],
)
def test_a_table_of_products_that_is_wrong_stops(tmp_path: Path, spoil: Callable[[Path], None], told: str) -> None:
    spoil(make_lists(tmp_path))
    with pytest.raises(InputError, match=told):
        open_pictures(tmp_path)


def test_what_is_no_product_is_told(tmp_path: Path) -> None:
    make_products(tmp_path, 2)
    save(product("red", "disc", 7), tmp_path / "loose.png")
    (tmp_path / "red" / "red-empty").mkdir()
    (tmp_path / "red" / "red-disc" / "film.gif").touch()
    (tmp_path / "red" / "red-disc" / "about.txt").touch()
    told = sorted(str(problem) for problem in open_pictures(tmp_path).problems)
    assert len(told) == 3
    assert "a picture without a product" in told[0]
    assert "is no picture; got: a file .gif" in told[1]
    assert "a product without pictures; got: an empty folder" in told[2]


def test_videos_with_pictures_beside_them_are_no_pictures_of_products(tmp_path: Path) -> None:
    make_products(tmp_path, 1)
    (tmp_path / "red" / "clip.mp4").touch()
    assert not holds_pictures(tmp_path)
    assert holds_pictures(tmp_path, FOLDERS)


@pytest.mark.parametrize("what", ["missing", "file", "empty"])
def test_what_is_no_folder_of_pictures_is_refused(tmp_path: Path, what: str) -> None:
    folder = tmp_path / what
    if what == "file":
        folder.touch()
    elif what == "empty":
        folder.mkdir()
    assert not holds_pictures(folder)
    with pytest.raises(UsageError, match=r"pictures of products"):
        open_pictures(folder)


def test_every_product_has_a_kind(tmp_path: Path) -> None:
    pictures = open_pictures(make_products(tmp_path, 1))
    with pytest.raises(UsageError, match="every product has a kind"):
        PictureSet("", tmp_path, pictures.labels, (), pictures.pictures)

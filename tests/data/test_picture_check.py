from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.core import InputError, UsageError
from aisle.data.picture_check import alike, at_least_two, check_pictures, look, usable_pictures
from aisle.data.picture_folder import open_pictures
from goods import make_lists, make_products, product, save


def test_sound_pictures_have_no_problem(tmp_path: Path) -> None:
    counted: list[float] = []
    pictures = open_pictures(make_lists(tmp_path))
    assert check_pictures(pictures, labels=list(pictures.labels), progress=lambda done, _: counted.append(done)) == []
    assert counted == list(range(1, 25))


def cut_off(folder: Path) -> None:
    path = folder / "train/red/red-disc/0.png"
    path.write_bytes(path.read_bytes()[:200])


def emptied(folder: Path) -> None:
    (folder / "train/red/red-disc/0.png").write_bytes(b"")


def copied(folder: Path) -> None:
    (folder / "val/red/red-disc/4.png").write_bytes((folder / "train/red/red-disc/1.png").read_bytes())


def saved_smaller(folder: Path) -> None:
    image = product("red", "disc", 1).astype(np.uint8)
    small = Image.fromarray(image).resize((64, 51), Image.Resampling.BILINEAR)
    small.save(folder / "val/red/red-disc/4.png", "JPEG", quality=60)


def one_left(folder: Path) -> None:
    for name in ("train.txt", "val.txt"):
        lines = [line for line in (folder / name).read_text("utf-8").splitlines() if "green-bar" not in line]
        kept = ["train/green/green-bar/0.png, 3, 1"] if name == "train.txt" else []
        (folder / name).write_text("\n".join([*lines, *kept]), "utf-8")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut_off, r"train.txt:1: .*0.png"),
        (emptied, r"train.txt:1: .*0.png"),
        (
            copied,
            r"val.txt:1: .*4.png is the same picture as .*1.png; got: red-disc in validation and red-disc in train",
        ),
        (saved_smaller, r"val.txt:1: .*4.png shows the same as .*1.png"),
        (one_left, r"the only picture of green-bar"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, spoil: Callable[[Path], None], told: str) -> None:
    spoil(make_lists(tmp_path))
    (problem,) = check_pictures(open_pictures(tmp_path))
    assert re.search(told, str(problem)), problem


def test_unknown_products_are_told(tmp_path: Path) -> None:
    pictures = open_pictures(make_products(tmp_path, 2))
    (problem,) = check_pictures(pictures, labels=["green-bar", "green-disc", "red-bar", "redd-disc"])
    assert "unknown product; got: 'red-disc'" in str(problem)
    assert "did you mean redd-disc" in str(problem)


def test_a_product_that_is_judged_and_never_learnt_is_told(tmp_path: Path) -> None:
    make_products(tmp_path / "train", 2, ("red",))
    make_products(tmp_path / "val", 2, ("red", "green"), first=2)
    told = [str(problem) for problem in check_pictures(open_pictures(tmp_path))]
    assert len(told) == 2
    assert all("to learn from" in line for line in told)


def test_one_product_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    save(product("red", "disc", 1), tmp_path / "only" / "1.png")
    save(product("red", "disc", 2), tmp_path / "only" / "2.png")
    pictures = open_pictures(tmp_path)
    assert any("nothing to tell apart" in str(problem) for problem in check_pictures(pictures))
    with pytest.raises(UsageError, match=r"nothing to tell apart; got: .* holds one product: only"):
        at_least_two(pictures)


def test_only_what_can_be_decoded_is_used(tmp_path: Path) -> None:
    cut_off(make_lists(tmp_path))
    pictures = usable_pictures(open_pictures(tmp_path))
    assert len(pictures.pictures) == 23
    assert len(pictures.problems) == 1
    for one in [*pictures.pictures, *pictures.clean]:
        one.path.write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"0.png|1.png"):
        usable_pictures(pictures)


def test_a_picture_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    pictures = open_pictures(make_products(tmp_path, 2))
    pictures.pictures[0].path.unlink()
    assert "got: No such file or directory; do: check that it is there" in str(look(pictures.pictures).wrong[0])


def test_a_copy_is_not_learnt_from_and_judged_by(tmp_path: Path) -> None:
    make_lists(tmp_path)
    first, second = (tmp_path / split / "red" / "red-disc" for split in ("train", "val"))
    (second / "4.png").write_bytes((first / "0.png").read_bytes())
    pictures = usable_pictures(open_pictures(tmp_path))
    assert len(pictures.pictures) == 23
    assert "is the same picture as" in str(pictures.problems[0])


def test_no_picture_is_like_none() -> None:
    assert alike(look(()).prints) == []

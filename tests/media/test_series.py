"""Numbered pictures in a folder, read as any video is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.core import InputError
from aisle.data.contents import Contents
from aisle.media import Reader, probe
from aisle.media.series import named_series, read_series, series_folder
from videos import number_of, numbered


def make_series(folder: Path, count: int = 12, name: str = "{:03}.png", first: int = 1, grey: bool = False) -> Path:
    """Pictures that show 0, 1, 2 ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture = Image.fromarray(numbered(number))
        (picture.convert("L") if grey else picture).save(folder / name.format(first + number))
    return folder


@pytest.mark.parametrize("ending", ["tif", "bmp", "png", "jpg"])
def test_pictures_come_in_order_at_their_rate(ending: str, tmp_path: Path) -> None:
    folder = make_series(tmp_path / "50% off: Test001", name="{:03}." + ending, grey=ending == "tif")
    path = named_series(folder, Fraction(10))
    info = probe(path)
    assert (info.rate, info.duration) == (Fraction(10), Fraction(12, 10))
    assert (info.width, info.height) == (64, 48)
    with Reader(path) as reader:
        seen = [(frame.time, number_of(frame.image)) for frame in reader]
    assert seen == [(Fraction(number, 10), number) for number in range(12)]
    assert (reader.duration, reader.skipped) == (Fraction(12, 10), ())


@pytest.mark.parametrize(("name", "first"), [("{}.jpg", 8), ("frame_{:03}.jpg", 995), ("img%d-{:05}.JPG", 0)])
def test_numbers_of_any_width_are_sorted_as_numbers(name: str, first: int, tmp_path: Path) -> None:
    path = named_series(make_series(tmp_path / "shots", name=name, first=first), Fraction(25))
    with Reader(path) as reader:
        assert [number_of(frame.image) for frame in reader] == list(range(12))


def test_reading_begins_anywhere(tmp_path: Path) -> None:
    path = named_series(make_series(tmp_path / "shots"), Fraction(30000, 1001))
    assert str(path).endswith("shots@30000/1001")
    assert probe(path).rate == Fraction(30000, 1001)
    path = named_series(tmp_path / "shots", Fraction(10))
    with Reader(path, rate=Fraction(5), start=Fraction(4, 10), end=Fraction(1)) as reader:
        assert [number_of(frame.image) for frame in reader] == [4, 6, 8]


def test_other_files_are_left_alone_and_a_name_that_exists_is_itself(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "shots")
    (folder / "._001.png").write_bytes(b"x")
    (folder / "readme.txt").write_text("x")
    assert len(read_series(named_series(folder, Fraction(10))).files) == 12
    (tmp_path / "shots@10").mkdir()
    assert series_folder(tmp_path / "shots@10") is None
    assert series_folder(tmp_path / "none@10") is None
    with pytest.raises(InputError, match="say their rate, as in FOLDER@25"):
        probe(folder)


def test_a_missing_number_is_named(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "shots")
    (folder / "005.png").unlink()
    with pytest.raises(InputError, match=r"lacks pictures; got: no number 5 before 006.png"):
        probe(named_series(folder, Fraction(10)))
    (folder / "006.png").unlink()
    with pytest.raises(InputError, match="no number 5 to 6 before 007"):
        probe(named_series(folder, Fraction(10)))


def _twice(folder: Path) -> None:
    Image.fromarray(numbered(0)).save(folder / "1.png")


def _others(folder: Path) -> None:
    make_series(folder, name="mask_{:03}.png")


def _none(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def _empty(folder: Path) -> None:
    (folder / "003.png").write_bytes(b"")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_twice, "two pictures of one number"),
        (_others, "got: N.png, mask_N.png"),
        (_none, "no series of numbered pictures; got: none"),
        (_empty, "a picture is empty"),
    ],
)
def test_a_folder_that_is_no_series_is_refused(change: object, said: str, tmp_path: Path) -> None:
    folder = make_series(tmp_path / "shots")
    assert callable(change)
    change(folder)
    with pytest.raises(InputError, match=said):
        read_series(named_series(folder, Fraction(10)))


def test_a_rate_of_nothing_is_refused(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "shots")
    with pytest.raises(InputError, match="positive rate"):
        probe(Path(f"{folder}@0"))
    with pytest.raises(InputError, match="positive rate"):
        probe(Path(f"{folder}@5/0"))


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "shots")
    Image.fromarray(numbered(4, 32, 24)).save(folder / "005.png")
    with pytest.raises(InputError, match="different sizes"), Reader(named_series(folder, Fraction(10))) as reader:
        list(reader)


def test_a_damaged_picture_is_told(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "shots")
    (folder / "005.png").write_bytes(b"not a picture")
    with Reader(named_series(folder, Fraction(10))) as reader:
        assert len(list(reader)) == 11
    (lost,) = reader.skipped
    assert (lost.start, lost.end) == (Fraction(4, 10), Fraction(5, 10))


def test_the_content_is_that_of_all_pictures_and_the_rate(tmp_path: Path) -> None:
    one, same = make_series(tmp_path / "one"), make_series(tmp_path / "same")
    kept = Contents().of(named_series(one, Fraction(10)))
    assert kept == Contents().of(named_series(same, Fraction(10)))
    assert kept != Contents().of(named_series(one, Fraction(25)))
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(same / "007.png")
    assert kept != Contents().of(named_series(same, Fraction(10)))

"""A sheet with a picture of each stretch: it holds them all, whatever their number and shape, with their words."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Canvas

from aisle.core import OutputError, UsageError, VideoInfo
from aisle.core.time_map import Stretch
from aisle.media.storyboard import MOST, Scene, short, tile, write_storyboard


def scene(number: int, width: int, height: int) -> Scene:
    colour = (40 + number * 3, 200 - number * 3, 90)
    image = np.broadcast_to(np.array(colour, np.uint8), (height, width, 3))
    return Scene(Stretch(Fraction(10 * number), Fraction(10 * number + 4)), image, "motion, people")


SHAPES = [(768, 432), (360, 640), (1920, 400), (100, 1000), (31, 17)]


@pytest.mark.parametrize(("count", "shape"), [(MOST, SHAPES[0]), (MOST, SHAPES[1]), *((7, shape) for shape in SHAPES)])
def test_every_picture_is_on_the_sheet(tmp_path: Path, count: int, shape: tuple[int, int]) -> None:
    width, height = tile(VideoInfo("v", *shape, Fraction(25), None, None, "h264", "yuv420p"))
    scenes = [scene(number, width, height) for number in range(count)]
    write_storyboard(scenes, tmp_path / "board.png", title="shop.mp4: 0:01:00 of 2:00:00", note=f"{count} stretches")
    sheet = np.asarray(Canvas.open(tmp_path / "board.png"))
    assert sheet.shape[1] <= 4000
    assert sheet.shape[0] <= 6000
    assert 0.9 < width / height / (shape[0] / shape[1]) < 1.1
    found = dict(zip(*np.unique(sheet @ np.array([1 << 16, 1 << 8, 1]), return_counts=True), strict=True))
    for each in scenes:
        red, green, blue = each.image[0, 0].tolist()
        assert found[red << 16 | green << 8 | blue] == width * height


def test_words_stay_within_their_place(tmp_path: Path) -> None:
    scenes = [scene(number, 57, 320) for number in range(4)]
    write_storyboard(scenes, tmp_path / "board.png", title="a" * 500, note="b" * 500)
    sheet = np.asarray(Canvas.open(tmp_path / "board.png")).astype(int)
    assert (sheet[:, -6:] < 60).all()
    assert (sheet[:60].max(axis=(1, 2)) > 200).any()


def test_times_are_short() -> None:
    assert [short(Fraction(each)) for each in ("0", "59.9", "61", "3600", "36061.5")] == [
        "0:00",
        "0:59",
        "1:01",
        "1:00:00",
        "10:01:01",
    ]


def test_a_sheet_has_some_pictures_and_a_place(tmp_path: Path) -> None:
    for count in (0, MOST + 1):
        with pytest.raises(UsageError, match="some pictures"):
            write_storyboard([scene(0, 40, 30)] * count, tmp_path / "board.png", title="")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        write_storyboard([scene(0, 40, 30)], tmp_path / "file" / "board.png", title="")

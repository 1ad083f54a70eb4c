"""What glows in an annotated video: what is hot, when the risk is high, and nothing else."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.core import Grid, Heat, Timeline
from aisle.core.unusual import Unusual
from aisle.media import Reader, annotate
from aisle.media._matrix import Matrix
from aisle.media._objects_wire import from_unusual, to_unusual
from aisle.media._surface import Pixels, Planes
from aisle.media.draw_heat import HeatMap
from aisle.media.draw_objects import ObjectOverlay
from seen import objects
from videos import Picture, make_video

GRID = Grid(Fraction(0), Fraction(1, 2), Fraction(1, 2), 4)
SIZES = [(64, 48), (102, 76), (320, 240), (640, 120), (720, 1280), (920, 680)]


def unusual(row: int = 1, column: int = 2, *, rows: int = 3, columns: int = 4) -> Unusual:
    """Hot in one cell from half a second to a second and a half."""
    values = np.zeros((4, rows, columns), np.float32)
    values[:, row, column] = 0.8
    return Unusual(Heat(values, GRID), np.array([0.0, 0.9, 0.8, 0.2], np.float32), 0.5)


def drawn(what: Unusual, time: Fraction, width: int = 320, height: int = 240) -> Picture:
    image = np.full((height, width, 3), 128, np.uint8)
    HeatMap(what, width, height).draw_on(Pixels(image), time)
    return image


def changed(image: Picture) -> tuple[int, int, int, int]:
    down, across = np.nonzero((image != 128).any(axis=2))
    return int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_hot_part_glows_and_fades_into_its_neighbours(width: int, height: int) -> None:
    image = drawn(unusual(), Fraction(3, 4), width, height)
    left, top, right, bottom = changed(image)
    assert width / 4 - 2 <= left <= width / 2
    assert right <= width + 1
    assert top <= height / 3
    assert bottom >= height * 2 / 3
    middle = image[height // 2, width * 5 // 8].astype(int)
    assert np.ptp(middle) > 30
    assert (image[:, : width // 4 - 2] == 128).all()


def test_nothing_is_drawn_while_all_is_usual() -> None:
    for time in (Fraction(0), Fraction(7, 4), Fraction(5)):
        assert (drawn(unusual(), time) == 128).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4), st.integers(0, 6), st.integers(8, 60), st.integers(8, 60))
def test_planes_and_pixels_glow_at_the_same_place(row: int, column: int, wide: int, high: int) -> None:
    what, (width, height) = unusual(row, column, rows=5, columns=7), (2 * wide, 2 * high)
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    HeatMap(what, width, height).draw_on(Planes(planes, Matrix.BT709), Fraction(1))
    image = drawn(what, Fraction(1), width, height)
    left, top, right, bottom = changed(image)
    outside = planes[:height].copy()
    outside[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1] = 128
    assert (outside == 128).all()
    assert (planes[height:] != 128).any()


def test_colours_grow_brighter_with_heat() -> None:
    values = np.linspace(0.3, 1, 8, dtype=np.float32).reshape(1, 1, 8).repeat(4, axis=0)
    what = Unusual(Heat(values, GRID), np.ones(4, np.float32), 0.5)
    image = np.zeros((60, 800, 3), np.uint8)
    HeatMap(what, 800, 60).draw_on(Pixels(image), Fraction(1))
    brightness = image[30, 60:760:100] @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(brightness) > 0).all()


def test_whoever_is_at_the_hottest_place_is_named_so() -> None:
    plain, named = (
        ObjectOverlay(920, 680, objects(920, 680), None, what)
        for what in (None, unusual(2, 1, rows=4, columns=4))  # person 1 is there
    )
    elsewhere = ObjectOverlay(920, 680, objects(920, 680), None, unusual(3, 3, rows=4, columns=4))
    images = []
    for overlay in (plain, named, elsewhere):
        image = np.full((680, 920, 3), 128, np.uint8)
        overlay.draw_on(Pixels(image), Fraction(1))
        images.append(image)
    assert not np.array_equal(images[0], images[1])
    assert np.array_equal(images[0], images[2])


def test_it_goes_to_another_process_as_it_is_drawn() -> None:
    what = unusual()
    told = to_unusual(json.loads(json.dumps(from_unusual(what))))
    assert told.threshold == what.threshold
    assert told.heat.grid == what.heat.grid
    assert np.allclose(told.heat.values, what.heat.values, atol=1 / 500)
    assert np.array_equal(told.risks, what.risks)


def test_a_copy_shows_it_at_its_time(tmp_path: Path) -> None:
    source = make_video(tmp_path / "a.mp4", 50)
    copies = [tmp_path / "plain.mp4", tmp_path / "hot.mp4"]
    for copy, what in zip(copies, (None, unusual()), strict=True):
        annotate(source, Timeline(Fraction(2), ()), copy, unusual=what)
    with Reader(copies[0]) as plain, Reader(copies[1]) as hot:
        apart = [float(np.abs(a.image.astype(int) - b.image).mean()) for a, b in zip(plain, hot, strict=True)]
    assert max(apart[:10] + apart[-3:]) < 2 < min(apart[17:40])

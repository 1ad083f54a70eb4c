"""Single pictures, and a place without who walks through it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import InputError
from aisle.media.still import jpeg, place, still
from videos import make_video, number_of, numbered


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("still") / "a.mp4", [numbered(n) for n in range(60)])


def test_what_is_on_screen_at_a_moment(video: Path) -> None:
    assert number_of(still(video, Fraction(1))) == 30
    assert number_of(still(video, Fraction("1.02"))) == 30
    assert still(video, Fraction(1), (32, 24)).shape == (24, 32, 3)


def test_there_is_nothing_behind_the_end(video: Path) -> None:
    with pytest.raises(InputError, match="has no picture there"):
        still(video, Fraction(9))


def test_a_place_is_seen_without_who_walks_through_it(tmp_path: Path) -> None:
    pictures = []
    for step in range(45):
        image = np.full((48, 96, 3), 60, np.uint8)
        image[10:40, 2 * step : 2 * step + 12] = 230
        pictures.append(image)
    video = make_video(tmp_path / "walk.mp4", pictures)
    assert np.abs(place(video, [Fraction(at, 30) for at in range(45)]).astype(int) - 60).max() < 25
    assert np.abs(still(video, Fraction(1)).astype(int) - 60).max() > 100


def test_a_place_is_seen_where_the_video_ends_early(video: Path) -> None:
    assert place(video, [Fraction(at) for at in range(20)]).shape == (48, 64, 3)
    with pytest.raises(InputError):
        place(video.with_name("missing.mp4"), [Fraction(0), Fraction(2)])


def test_a_jpeg_is_one() -> None:
    assert jpeg(np.zeros((8, 8, 3), np.uint8)).startswith(b"\xff\xd8")

"""Which mistakes are shown, and their pictures."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aisle.apps.mistakes import differences, strip
from aisle.core import BACKGROUND, InputError, Segment, Timeline
from videos import make_video

RED, BLUE = (200, 20, 20), (20, 20, 200)


def timeline(*acts: tuple[int, int, str], until: int = 10) -> Timeline:
    return Timeline(Fraction(until), tuple(Segment(Fraction(a), Fraction(b), label, 1.0) for a, b, label in acts))


@pytest.fixture(scope="module")
def red_then_blue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, 64x48."""
    pictures = [np.full((48, 64, 3), colour, np.uint8) for colour in (RED, BLUE) for _ in range(30)]
    return make_video(tmp_path_factory.mktemp("video") / "two.mp4", pictures)


def test_stretches_that_differ() -> None:
    truth, said = timeline((1, 4, "reach"), (6, 8, "look")), timeline((2, 5, "reach"), (6, 8, "take"))
    assert list(differences(truth, said)) == [
        (1, 2, "reach", BACKGROUND),
        (4, 5, BACKGROUND, "reach"),
        (6, 8, "look", "take"),
    ]
    assert list(differences(truth, truth)) == []


def test_a_video_that_goes_on_in_one_of_them() -> None:
    assert list(differences(timeline(until=3), timeline((2, 4, "look"), until=4))) == [(2, 4, BACKGROUND, "look")]


def test_a_strip_shows_what_is_on_screen_then(red_then_blue: Path) -> None:
    picture = np.asarray(Image.open(io.BytesIO(strip(red_then_blue, [Fraction(1, 2), Fraction(3, 2)]))))
    assert picture.shape == (120, 320, 3)
    left, right = picture[:, 8:152].mean((0, 1)), picture[:, 168:312].mean((0, 1))
    assert left.argmax() == 0
    assert right.argmax() == 2


def test_a_strip_past_the_end_is_an_error(red_then_blue: Path) -> None:
    with pytest.raises(InputError, match=r"has no picture there; got: 5\.00 s"):
        strip(red_then_blue, [Fraction(5)])

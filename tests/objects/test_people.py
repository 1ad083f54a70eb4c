from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from aisle.core import Frame
from aisle.core.boxes import Boxes
from aisle.objects.people import People

WIDTH, HEIGHT = 320, 240
RNG = np.random.default_rng(7)
SHELVES = np.kron(RNG.integers(60, 200, (12, 16, 3)), np.ones((20, 20, 1))).astype(np.int16)


def nobody(image: np.ndarray) -> Boxes:
    del image
    return Boxes.joined()


def shop(count: int, *, light: int = 0, start: int = 0, still: int = 10_000) -> Iterator[Frame]:
    """An overhead view with noise, in which somebody of 40 x 40 pixels walks from the left and stops at `still`."""
    for k in range(count):
        image = SHELVES + np.random.default_rng(k).normal(0, 3, SHELVES.shape) + light * (k % 2)
        if k >= start:
            x = min(k - start, still) * 6 % 280
            image[100:140, x : x + 40] = (30, 90, 40)
        yield Frame(Fraction(k, 5), np.clip(image, 0, 255).astype(np.uint8))


def hidden(boxes: Boxes, x: float, y: float) -> bool:
    left, top, right, bottom = boxes.corners.T
    return bool(((left <= x) & (x < right) & (top <= y) & (y < bottom)).any())


def share(boxes: Boxes) -> float:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    for left, top, right, bottom in np.clip(boxes.corners, 0, [WIDTH, HEIGHT] * 2).astype(int):
        mask[top:bottom, left:right] = True
    return float(mask.mean())


def test_who_walks_is_found_from_above() -> None:
    answers = list(People(people=nobody)(shop(40)))
    assert len(answers) == 40
    for k, boxes in enumerate(answers):
        x = k * 6 % 280
        assert all(hidden(boxes, x + right, 100 + down) for right in (2, 38) for down in (2, 38)), k
    assert np.mean([share(boxes) for boxes in answers]) < 0.12


def test_an_empty_shop_stays_as_it_is() -> None:
    answers = list(People(people=nobody)(shop(40, start=1000)))
    assert np.mean([share(boxes) for boxes in answers]) < 0.01


def test_a_flickering_light_is_nobody() -> None:
    answers = list(People(people=nobody)(shop(40, start=1000, light=30)))
    assert np.mean([share(boxes) for boxes in answers]) < 0.01


def test_who_stands_still_for_a_stretch_is_found_by_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.objects.people._STRETCH", 40)
    answers = list(People(people=nobody)(shop(80, start=20, still=20)))
    assert len(answers) == 80
    assert all(hidden(boxes, 140, 120) for boxes in answers[40:])


def test_who_is_detected_need_not_move() -> None:
    def detect(image: np.ndarray) -> Boxes:
        assert image.shape == (HEIGHT, WIDTH, 3)
        return Boxes(np.array([[100, 100, 120, 140]], np.float32), np.ones(1, np.float32))

    answers = list(People(people=detect)(shop(3, start=1000)))
    np.testing.assert_allclose([boxes.corners[0] for boxes in answers], [[98, 96, 122, 144]] * 3)


def test_no_frames_no_answers() -> None:
    assert list(People(people=nobody)(iter(()))) == []


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (40, 300)])
def test_pictures_of_any_size(size: tuple[int, int]) -> None:
    frames = [Frame(Fraction(k), np.full((*size, 3), k, np.uint8)) for k in range(3)]
    assert len(list(People(people=nobody)(frames))) == 3

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import NOBODY, PERSON, Detections, Hand, Observation
from aisle.objects.overhead_hands import EVIDENCE, SAID, SIDE, OverheadHandling, OverheadHands


def people(
    *corners: tuple[int, int, int, int], labels: tuple[str, ...] = (), tracks: tuple[int, ...] = ()
) -> Detections:
    count = len(corners)
    boxes = Boxes(np.array(corners, np.float32).reshape(-1, 4), np.ones(count, np.float32))
    return Detections(boxes, labels or (PERSON,) * count, np.array(tracks or range(1, count + 1), np.int64))


class Brightest:
    """In place of the network: both palms are where the square is brightest, and a product is in the right one."""

    def __init__(self) -> None:
        self.squares: list[npt.NDArray[Any]] = []

    def __call__(self, squares: Sequence[npt.NDArray[Any]]) -> list[tuple[Floats, Floats, Floats]]:
        self.squares += squares
        return [self._answer(square) for square in squares]

    def _answer(self, square: npt.NDArray[Any]) -> tuple[Floats, Floats, Floats]:
        y, x = np.unravel_index(square[0].argmax(), square[0].shape)
        said = np.zeros(SAID, np.float32)
        said[:4] = 2, -2, -5, 5
        place = (np.array([x, y], np.float32) + 0.5) / SIDE
        return np.stack([place, place]), said, np.arange(EVIDENCE, dtype=np.float32)


@pytest.mark.parametrize("at", [(200, 100), (500, 400), (20, 10), (900, 660)])
def test_hands_are_told_in_pixels_of_the_picture(at: tuple[int, int]) -> None:
    image = np.zeros((680, 920, 3), np.uint8)
    x, y = at
    image[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] = 255
    left, right = OverheadHands(Brightest())(image, people((x - 60, y - 50, x + 100, y + 90), tracks=(7,)))
    assert (left.side, right.side, left.track, right.track) == ("left", "right", 7, 7)
    assert (right.x, right.y) == pytest.approx(at, abs=5)
    assert [left.score, right.score] == pytest.approx([0.88, 0.12], abs=0.01)
    assert left.holds < 0.01 < 0.99 < right.holds
    assert len(left.evidence) == EVIDENCE + SAID + 4
    assert isinstance(left.evidence, array), "two hours of it must fit into memory"
    assert left.evidence is right.evidence


def test_only_people_have_hands_and_the_network_is_asked_once() -> None:
    network = Brightest()
    image = np.zeros((68, 92, 3), np.uint8)
    found = people(
        (0, 0, 9, 9), (20, 20, 40, 40), (50, 20, 60, 40), labels=("bottle", PERSON, PERSON), tracks=(1, 2, -1)
    )
    hands = OverheadHands(network)(image, found)
    assert [hand.track for hand in hands] == [2, 2, NOBODY, NOBODY]
    assert [square.shape for square in network.squares] == [(3, SIDE, SIDE)] * 2
    assert OverheadHands(network)(image, Detections.none()) == ()


def look(number: int, *tracks: int) -> Observation:
    hands = tuple(Hand(track, "left", 0, 0, 1, evidence=(float(number),) * (EVIDENCE + SAID + 4)) for track in tracks)
    return Observation(Fraction(number, 5), number, 9, 9, Detections.none(), hands=hands)


def test_looks_at_one_person_are_read_together_and_missing_ones_are_told_as_missing() -> None:
    given = []

    def follow(looks: Floats) -> Floats:
        given.append(looks)
        return np.stack([looks[-1] * 9 - 4.5, *(looks[:4] - 3)])

    told = OverheadHandling(follow)([look(0, 3), look(1), look(2, 3, 5), look(3, NOBODY), look(4, 5)])
    assert [looks[-1].tolist() for looks in given] == [[1, 0, 1], [1, 0, 1]]
    assert [[each.track for each in one.handling] for one in told] == [[3], [], [3, 5], [], [5]]
    assert told[2].handling[0].holds > 0.98
    assert told[0].handling[0].picked_up == pytest.approx(1 / (1 + np.exp(3)))
    assert OverheadHandling(follow)([]) == ()

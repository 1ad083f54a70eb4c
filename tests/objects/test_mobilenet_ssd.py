from __future__ import annotations

import numpy as np

from aisle.core.boxes import Floats
from aisle.core.weights import WeightsSource
from aisle.objects.detector import Network
from aisle.objects.mobilenet_ssd import WEIGHTS, MobileNetSSD

PERSON, DOG = 1, 18
FINEST = 3  # boxes a cell of the grid of 20 x 20; others have 6


class Drawn:
    """Stands in for the network: it answers the same for every picture, with boxes that are exactly the anchors'."""

    def __init__(self, *found: tuple[int, int, float]) -> None:
        self.found = found
        self.asked = 0

    def __call__(self, weights: WeightsSource, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
        assert weights == WEIGHTS
        assert shape == (1, 320, 320, 3)
        assert len(outputs) == 2

        def network(pixels: Floats) -> list[Floats]:
            assert pixels.shape == shape
            assert -1 <= pixels.min() <= pixels.max() <= 1
            self.asked += 1
            boxes, classes = np.zeros((1, 2034, 4), np.float32), np.zeros((1, 2034, 91), np.float32)
            for anchor, label, score in self.found:
                classes[0, anchor, label] = score
            return [boxes, classes]

        return network


def test_people_are_found_and_dogs_are_not() -> None:
    middle = (20 * 10 + 10) * FINEST
    drawn = Drawn((middle, PERSON, 0.8), (0, DOG, 0.9), (30, PERSON, 0.2))
    found = MobileNetSSD(drawn)(np.zeros((240, 320, 3), np.uint8))
    assert drawn.asked == 1
    np.testing.assert_allclose(found.corners, [[168 - 16, 126 - 12, 168 + 16, 126 + 12]], rtol=1e-5)
    np.testing.assert_allclose(found.scores, [0.8])


def test_the_last_box_fills_nearly_the_whole_picture() -> None:
    found = MobileNetSSD(Drawn((2033, PERSON, 0.8)))(np.zeros((200, 300, 3), np.uint8))
    side = (0.95 * 1.0) ** 0.5
    low, high = 0.5 - side / 2, 0.5 + side / 2
    np.testing.assert_allclose(found.corners[0], [300 * low, 200 * low, 300 * high, 200 * high], rtol=1e-5)


def test_large_pictures_are_looked_at_in_quarters_as_well() -> None:
    anchor = (20 * 10 + 10) * FINEST
    drawn = Drawn((anchor, PERSON, 0.6))
    found = MobileNetSSD(drawn)(np.zeros((640, 960, 3), np.uint8))
    assert drawn.asked == 5
    middles = (found.corners[:, :2] + found.corners[:, 2:]) / 2
    quarters = [(left + 600 * 0.525, top + 400 * 0.525) for left in (0, 360) for top in (0, 240)]
    expected = sorted([(960 * 0.525, 640 * 0.525), *quarters])
    np.testing.assert_allclose(sorted(map(tuple, middles.tolist())), expected, rtol=1e-5)


def test_quarters_must_be_surer() -> None:
    drawn = Drawn(((20 * 10 + 10) * FINEST, PERSON, 0.4))
    assert len(MobileNetSSD(drawn)(np.zeros((640, 960, 3), np.uint8))) == 1

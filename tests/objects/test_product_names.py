from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aisle.core import Prediction
from aisle.core.boxes import Boxes
from aisle.core.detections import Detections
from aisle.core.video import Image
from aisle.objects.product_names import named

PICTURE = np.zeros((100, 200, 3), np.uint8)
PICTURE[20:80, 50:70] = (255, 0, 0)


class Asked:
    """Answers by colour, and keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[Image] = []

    def __call__(self, images: Sequence[Image]) -> list[tuple[Prediction, ...]]:
        self.shown += images
        return [(Prediction("milk" if image[..., 0].any() else "unknown", 0.9),) for image in images]


def things(*rows: tuple[str, float, float, float, float]) -> Detections:
    corners = np.array([row[1:] for row in rows], np.float32)
    return Detections.of(Boxes(corners, np.full(len(rows), 0.5, np.float32)), [row[0] for row in rows])


def test_only_chosen_things_are_named() -> None:
    asked = Asked()
    found = things(("bottle", 50, 20, 70, 80), ("person", 50, 20, 70, 80), ("bottle", 120, 20, 160, 60))
    said = named(PICTURE, found, asked, ["bottle"])
    assert said.labels == ("milk", "person", "bottle")  # what is unknown keeps the detector's name
    assert said.boxes is found.boxes
    assert len(asked.shown) == 2


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ((50, 20, 70, 80), (60, 60)),  # high: as wide as high, with what is beside it
        ((-30, 10, 60, 30), (60, 60)),  # beyond the picture: cut there, and moved into it
        ((0, 0, 200, 100), (100, 200)),  # no larger than the picture
    ],
)
def test_a_box_is_shown_as_a_square(box: tuple[float, ...], shape: tuple[int, int]) -> None:
    asked = Asked()
    named(PICTURE, things(("bottle", *box)), asked)  # type: ignore[arg-type]
    assert asked.shown[0].shape[:2] == shape


def test_small_things_and_none_are_not_asked_about() -> None:
    asked = Asked()
    assert named(PICTURE, things(("bottle", 5, 5, 12, 60)), asked).labels == ("bottle",)
    assert len(named(PICTURE, Detections.none(), asked)) == 0
    assert asked.shown == []

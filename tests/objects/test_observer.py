from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from aisle.core import Frame, UsageError
from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import PERSON, Detections, Hand, Masks, Observation
from aisle.core.video import Image
from aisle.objects.movenet import JOINTS
from aisle.objects.observer import Observer
from squares import crossing


class _Squares:
    """Finds what is red and what is green, as people, and remembers how many pictures it was asked at once."""

    labels = (PERSON,)

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        self.asked.append(len(images))
        return [_people(image) for image in images]


def _people(image: Image) -> Detections:
    lit = [np.argwhere(image[..., channel] > 100) for channel in (0, 1)]
    boxes = [[*places.min(axis=0)[::-1], *places.max(axis=0)[::-1] + 1] for places in lit if len(places)]
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections.of(Boxes(corners, np.full(len(corners), 0.9, np.float32)), (PERSON,) * len(corners))


def _frames(count: int = 12, rate: int = 5) -> list[Frame]:
    return [Frame(Fraction(number, rate), image) for number, image in enumerate(crossing(count, step=2))]


def _all(observer: Observer, frames: Sequence[Frame]) -> list[Observation]:
    looks = [look for number, frame in enumerate(frames) for look in observer.push(frame, number)]
    return [*looks, *observer.finish()]


def _told(looks: Sequence[Observation]) -> list[object]:
    return [(look.time, look.frame, look.found.tracks.tolist(), look.found.boxes.corners.tolist()) for look in looks]


def test_people_are_found_and_followed() -> None:
    looks = _all(Observer(_Squares()), _frames())
    assert [look.found.tracks.tolist() for look in looks[1:]] == [[1, 2]] * 11
    assert looks[3].found.boxes.corners.tolist() == [[10, 20, 34, 44], [94, 50, 118, 74]]
    assert (looks[3].time, looks[3].frame, looks[3].width, looks[3].height) == (Fraction(3, 5), 3, 128, 96)


@pytest.mark.parametrize("batch", [1, 3, 5, 100])
def test_batches_change_nothing(batch: int) -> None:
    detector = _Squares()
    assert _told(_all(Observer(detector, batch=batch), _frames())) == _told(_all(Observer(_Squares()), _frames()))
    assert detector.asked == [batch] * (12 // batch) + [12 % batch] * (12 % batch > 0)


def test_a_camera_is_answered_at_once() -> None:
    observer = Observer(_Squares())
    assert [len(observer.push(frame, number)) for number, frame in enumerate(_frames())] == [1] * 12
    assert observer.finish() == ()


def test_only_frames_that_fall_due_are_looked_at() -> None:
    detector = _Squares()
    looks = _all(Observer(detector, rate=Fraction(5)), _frames(31, rate=30))
    assert [look.frame for look in looks] == [0, 6, 12, 18, 24, 30]
    late = [Frame(Fraction(1, 3) + frame.time, frame.image) for frame in _frames(31, rate=30)]
    assert [look.time for look in _all(Observer(_Squares()), late)] == [
        Fraction(number, 30) for number in (10, 12, 18, 24, 30, 36)
    ]


def test_poses_become_hands() -> None:
    def find(image: Image) -> Floats:
        poses = np.zeros((2, len(JOINTS), 3), np.float32)
        for pose, box in zip(poses, _people(image).boxes.corners, strict=True):
            pose[:, 0] = np.linspace(box[0] + 1, box[2] - 1, len(JOINTS)) / image.shape[1]
            pose[:, 1] = np.linspace(box[1] + 1, box[3] - 1, len(JOINTS)) / image.shape[0]
            pose[:, 2] = 0.9
        return poses

    look = _all(Observer(_Squares(), poses=find), _frames())[-1]
    assert [pose.track for pose in look.poses] == [1, 2]
    assert [(hand.track, hand.side) for hand in look.hands] == [(1, "left"), (1, "right"), (2, "left"), (2, "right")]
    assert np.allclose((look.hands[0].x, look.hands[0].y), look.poses[0].joints[9, :2])


def test_hands_of_another_network_take_their_place() -> None:
    def hands(image: Image, found: Detections) -> tuple[Hand, ...]:
        assert image.shape == (96, 128, 3)
        return tuple(Hand(int(track), "left", 1.0, 2.0, 0.5, holds=0.75) for track in found.tracks)

    look = _all(Observer(_Squares(), hands=hands), _frames(2))[-1]
    assert [(hand.track, hand.holds) for hand in look.hands] == [(1, 0.75), (2, 0.75)]
    assert look.poses == ()


def test_masks_are_of_the_boxes() -> None:
    def masks(image: Image, boxes: Boxes) -> Masks:
        return np.stack([image[..., channel] > 100 for channel in range(len(boxes))])

    look = _all(Observer(_Squares(), masks=masks), _frames(1))[0]
    assert look.mask_percent().tolist() == pytest.approx([100 * 24 * 24 / (128 * 96)] * 2)


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(UsageError, match="a rate is positive"):
        Observer(_Squares(), rate=Fraction(0))
    with pytest.raises(UsageError, match="at least one picture"):
        Observer(_Squares(), batch=0)
    observer, frames = Observer(_Squares()), _frames(2)
    observer.push(frames[1], 1)
    with pytest.raises(UsageError, match="in order of time"):
        observer.push(frames[0], 0)

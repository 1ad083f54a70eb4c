from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aisle.core.boxes import Boxes, Floats
from aisle.core.detections import PERSON, Detections, Pose
from aisle.core.video import Image
from aisle.objects.movenet import JOINTS
from aisle.objects.wrists import hands_of, poses_of

IMAGE = np.zeros((200, 400, 3), np.uint8)


def _pose(left: float, top: float, width: float = 40, height: float = 120, sure: float = 0.9) -> Floats:
    """Joints spread over a box in pixels, from head to foot; their wrists at its sides."""
    joints = np.full((len(JOINTS), 3), sure, np.float32)
    joints[:, 0] = left + width * np.where(np.arange(len(JOINTS)) % 2, 0.1, 0.9)
    joints[:, 1] = top + height * np.linspace(0.05, 0.95, len(JOINTS))
    return joints


def _people(*boxes: tuple[float, float, float, float], labels: Sequence[str] = ()) -> Detections:
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    tracks = np.arange(1, len(boxes) + 1, dtype=np.int64)
    return Detections(Boxes(corners, np.ones(len(boxes), np.float32)), tuple(labels) or (PERSON,) * len(boxes), tracks)


class _Finds:
    """FindPoses that finds the same in every picture, told in pixels."""

    def __init__(self, *poses: Floats) -> None:
        self._poses = np.array(poses, np.float32).reshape(-1, len(JOINTS), 3)

    def __call__(self, image: Image) -> Floats:
        size = np.array([image.shape[1], image.shape[0], 1], np.float32)
        shares: Floats = np.divide(self._poses, size, dtype=np.float32)
        return shares


def test_poses_are_given_to_those_whose_boxes_they_fill() -> None:
    people = _people((10, 20, 50, 140), (200, 20, 240, 140), (300, 20, 340, 140))
    poses = poses_of(_Finds(_pose(205, 20), _pose(10, 22)), IMAGE, people)
    assert [pose.track for pose in poses] == [1, 2]
    assert np.allclose(poses[0].joints, _pose(10, 22), atol=1e-3)
    assert np.allclose(poses[1].joints, _pose(205, 20), atol=1e-3)


def test_of_two_who_stand_close_each_gets_their_own() -> None:
    people = _people((100, 20, 150, 150), (125, 30, 175, 160))
    poses = poses_of(_Finds(_pose(128, 32), _pose(104, 24)), IMAGE, people)
    assert [(pose.track, round(float(pose.joints[0, 1]))) for pose in poses] == [(1, 30), (2, 38)]


@pytest.mark.parametrize(
    "pose",
    [
        pytest.param(_pose(300, 20), id="elsewhere"),
        pytest.param(_pose(10, 20, sure=0.1), id="unsure"),
        pytest.param(_pose(20, 30, 8, 10), id="much smaller"),
        pytest.param(_pose(30, 20), id="half outside"),
    ],
)
def test_a_pose_that_is_nobodys_is_left_out(pose: Floats) -> None:
    assert poses_of(_Finds(pose), IMAGE, _people((10, 20, 50, 140))) == ()


def test_things_have_no_joints_and_are_not_looked_at() -> None:
    def find(image: Image) -> Floats:
        raise AssertionError(f"nobody is in this picture of {image.shape}")

    assert poses_of(find, IMAGE, _people((10, 20, 50, 140), labels=["bottle"])) == ()
    assert poses_of(_Finds(), IMAGE, _people((10, 20, 50, 140))) == ()


def test_hands_are_at_wrists_that_are_sure() -> None:
    joints = _pose(10, 20)
    joints[9], joints[10] = (12, 80, 0.75), (48, 85, 0.1)
    (hand,) = hands_of((Pose(7, joints),))
    assert (hand.track, hand.side, hand.x, hand.y, hand.score) == (7, "left", 12, 80, 0.75)

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from aisle.analysis.viewer import Viewer, read_clip
from aisle.core import UsageError
from aisle.core.boxes import Floats
from aisle.core.clip import JOINTS, MIRRORED
from aisle.core.weights import WeightsSource
from aisle.deploy.detectors import Networks
from aisle.objects import movenet
from aisle.objects.detector import Network
from aisle.objects.movenet import WEIGHTS, MoveNet
from datasets import shared

ROOM = 6  # people in one answer of the network
GOLFER = "golf/Cobra_Golf_-_Camilo_Villegas_golf_f_cm_np1_ri_goo_1.mp4"


class Drawn:
    """Stands in for the network: it answers with people, each a score and the place of all joints in what it reads."""

    def __init__(self, *people: tuple[float, float, float]) -> None:
        self.people = people
        self.read: list[npt.NDArray[np.uint8]] = []

    def __call__(self, weights: WeightsSource, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
        assert weights == WEIGHTS
        assert outputs == ()

        def network(pixels: npt.NDArray[Any]) -> list[Floats]:
            assert pixels.shape == shape
            assert pixels.dtype == np.uint8
            self.read.append(pixels[0])
            said = np.zeros((1, ROOM, 56), np.float32)
            for person, (score, x, y) in zip(said[0], self.people, strict=False):
                person[:51] = np.tile([y, x, 0.9], JOINTS)
                person[51:] = y, x, y, x, score
            return [said]

        return network


def white(height: int, width: int) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 3), 255, np.uint8)


@pytest.mark.parametrize(
    ("size", "read", "filled"),
    [
        ((240, 320), (192, 256), (192, 256)),
        ((180, 320), (160, 256), (144, 256)),  # 256 x 144, and black below
        ((320, 180), (256, 160), (256, 144)),
        ((1080, 1920), (160, 256), (144, 256)),
        ((100, 100), (256, 256), (256, 256)),
        ((1, 300), (32, 256), (1, 256)),
    ],
)
def test_the_whole_picture_is_read_and_keeps_its_shape(
    size: tuple[int, int], read: tuple[int, int], filled: tuple[int, int]
) -> None:
    drawn = Drawn()
    assert MoveNet(drawn)(white(*size)).shape == (0, JOINTS, 3)
    assert drawn.read[0].shape[:2] == read
    rows, columns = np.nonzero(drawn.read[0].any(axis=2))
    assert (rows.max() + 1, columns.max() + 1) == filled


def test_places_are_shares_of_the_picture_and_not_of_what_is_read() -> None:
    found = MoveNet(Drawn((0.8, 0.5, 0.45)))(white(180, 320))  # 144 of 160 rows are the picture
    assert found.shape == (1, JOINTS, 3)
    np.testing.assert_allclose(found[0], np.tile([0.5, 0.5, 0.9], (JOINTS, 1)), rtol=1e-6)


def test_the_surest_person_comes_first_and_the_unsure_not_at_all() -> None:
    found = MoveNet(Drawn((0.3, 0.1, 0), (0.05, 0.2, 0), (0.7, 0.3, 0)))(white(256, 256))
    np.testing.assert_allclose(found[:, 0, 0], [0.3, 0.1], rtol=1e-6)


def test_joints_are_named_and_mirrored_as_coco_has_them() -> None:
    assert len(movenet.JOINTS) == JOINTS
    for joint, mirrored in zip(movenet.JOINTS, (movenet.JOINTS[other] for other in MIRRORED), strict=True):
        assert mirrored == joint.replace("left", "?").replace("right", "left").replace("?", "right")


def test_poses_without_a_way_to_open_networks_say_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"MultiPoseEstimationLightning.tflite was asked for; do: give a load"):
        Viewer(["poses"]).push(white(32, 32)[np.newaxis])


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Networks:
    folder = Path(os.environ["AISLE_TEST_WEIGHTS"])
    if not (folder / WEIGHTS.name).is_file():
        pytest.skip(f"needs the published weights, and {folder} lacks {WEIGHTS.name}; no test downloads them")
    monkeypatch.setenv("AISLE_WEIGHTS", str(folder))
    return Networks()


def test_a_golfer_has_his_joints_where_they_are(published: Networks) -> None:
    clip = read_clip(
        shared("jhmdb") / GOLFER, ["poses"], rate=Fraction(5), short_side=240, end=Fraction(1), load=published
    )
    first = dict(zip(movenet.JOINTS, clip.views["poses"][0, 0], strict=True))
    for joint, x, y in [("left ear", 0.50, 0.27), ("left wrist", 0.38, 0.52), ("right ankle", 0.34, 0.86)]:
        assert np.hypot(first[joint][0] - x, first[joint][1] - y) < 0.05, joint
    assert (clip.views["poses"][:, 0, :, 2].mean(axis=1) > 0.4).all()
    assert not clip.views["poses"][:, 1].any()  # nobody else is there


def test_an_empty_wall_has_nobody(published: Networks) -> None:
    assert len(MoveNet(published)(np.full((240, 320, 3), 120, np.uint8))) == 0

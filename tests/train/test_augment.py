from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aisle.core.clip import JOINTS
from aisle.models.clip import Sampling
from aisle.train.augment import Augmentation, Drawn, augmented, scaled

SAMPLING = Sampling(8, 2, Fraction(15), 72, 64, 64)
WHOLE = Drawn(0, 0, 4, 6)


def test_the_same_part_of_pixels_and_of_motion() -> None:
    rgb = np.zeros((2, 4, 6, 3), np.uint8)
    flow = np.full((2, 4, 6, 2), 128, np.uint8)
    rgb[:, 1:3, 2:4], flow[:, 1:3, 2:4] = 200, 30
    made = augmented({"rgb": rgb, "flow": flow}, Drawn(1, 2, 2, 2), 2)
    assert torch.equal(made["rgb"], torch.full((2, 2, 2, 3), 200, dtype=torch.uint8))
    assert torch.equal(made["flow"], torch.full((2, 2, 2, 2), 30, dtype=torch.uint8))


@pytest.mark.parametrize("names", [("rgb", "flow"), ("person_rgb", "person_flow")], ids=["pictures", "people"])
def test_in_a_mirror_what_went_right_goes_left(names: tuple[str, str]) -> None:
    rgb = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1).repeat(3, 3)
    flow = np.array([[[[255, 10], [128, 10]], [[0, 10], [100, 10]]]], np.uint8)
    given = dict(zip(names, (rgb, flow), strict=True))
    made = augmented(given, Drawn(0, 0, 2, 2, mirrored=True), 2)
    assert made[names[0]][0, :, :, 0].tolist() == [[1, 0], [3, 2]]
    assert made[names[1]][0].tolist() == [[[127, 10], [0, 10]], [[155, 10], [255, 10]]]
    assert flow[0, 0, 0, 0] == 255


def test_in_a_mirror_left_joints_are_right_ones() -> None:
    poses = np.zeros((1, 2, JOINTS, 3), np.float32)
    poses[0, 0, 9], poses[0, 0, 0] = (0.25, 0.5, 0.9), (0.375, 0.1, 0.8)  # the left wrist and the nose of the first
    made = augmented({"poses": poses}, Drawn(0, 0, 4, 4, mirrored=True), 2)["poses"]
    wanted = np.zeros_like(poses)
    wanted[0, 0, 10], wanted[0, 0, 0] = (0.75, 0.5, 0.9), (0.625, 0.1, 0.8)
    np.testing.assert_allclose(made.numpy(), wanted)


def test_light() -> None:
    rgb = np.array([[[[0, 100, 255]]]], np.uint8)
    made = augmented({"rgb": rgb}, Drawn(0, 0, 1, 1, brightness=0.1, contrast=0.5), 1)["rgb"]
    assert made.tolist() == [[[[89, 139, 217]]]]
    assert augmented({"rgb": rgb}, Drawn(0, 0, 1, 1), 1)["rgb"].tolist() == rgb.tolist()


def test_a_pixel_that_is_scaled_down_is_the_mean_of_what_it_covers() -> None:
    board = np.indices((8, 8)).sum(0) % 2 * 200
    small = scaled(np.repeat(board[None, :, :, None], 3, 3).astype(np.uint8), 4, 4)
    assert small.shape == (1, 4, 4, 3)
    assert (small[:, 1:-1, 1:-1].float() - 100).abs().max() <= 1


@given(st.integers(32, 300), st.integers(32, 300), st.integers(0, 999), st.sampled_from(["scales", "jitter"]))
def test_what_is_cut_lies_in_the_picture(height: int, width: int, seed: int, cut: str) -> None:
    drawn = Augmentation(cut).draw(height, width, SAMPLING, np.random.default_rng(seed))  # type: ignore[arg-type]
    assert 0 <= drawn.top <= height - drawn.height
    assert 0 <= drawn.left <= width - drawn.width
    assert min(drawn.height, drawn.width) >= 0.6 * min(height, width)
    assert 0.5 <= drawn.width / drawn.height <= 2
    assert drawn.width == drawn.height or cut == "scales"


def test_the_seed_decides() -> None:
    draws = [Augmentation("jitter").draw(72, 96, SAMPLING, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_nothing_is_mirrored_or_lit_where_that_is_not_wanted() -> None:
    still = Augmentation("jitter", flip=False, light=0.0)
    drawn = [still.draw(72, 96, SAMPLING, np.random.default_rng(seed)) for seed in range(20)]
    assert not any(one.mirrored for one in drawn)
    assert {(one.brightness, one.contrast) for one in drawn} == {(0.0, 1.0)}
    assert any(Augmentation("jitter").draw(72, 96, SAMPLING, np.random.default_rng(s)).mirrored for s in range(9))

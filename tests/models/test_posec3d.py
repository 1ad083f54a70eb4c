from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from aisle.core.clip import JOINTS
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.posec3d import HeatMaps, published
from aisle.models.renaming import filled
from published import published_state

SIDE = 10
NEXT = math.exp(-1 / (2 * 0.6**2))  # of a spot's height, one cell aside


def clip(*people: dict[int, tuple[float, float, float]]) -> Tensor:
    """One picture of these people, each with a few joints; the others were not found."""
    poses = torch.zeros(1, len(people), 1, JOINTS, 3)
    for person, joints in zip(poses[0, :, 0], people, strict=True):
        for joint, values in joints.items():
            person[joint] = torch.tensor(values)
    return poses


def maps(poses: Tensor, *, aspect: float = 1) -> Tensor:
    """(V, S, S) of a clip of one picture."""
    return HeatMaps(SIDE, aspect)(poses)[0, :, 0]  # type: ignore[no-any-return]


def test_spots_are_where_the_joints_are_in_the_box_around_them() -> None:
    """From .2 to .6, half a quarter more on each side: the square from .15 to .65, cells of .05."""
    found = maps(clip({0: (0.2, 0.2, 0.8), 9: (0.6, 0.4, 0.5), 16: (0.3, 0.6, 1.0)}))
    assert found.shape == (JOINTS, SIDE, SIDE)
    for joint, x, y, sure in ((0, 1, 1, 0.8), (9, 9, 5, 0.5), (16, 3, 9, 1.0)):
        assert found[joint].max() == found[joint, y, x] == pytest.approx(sure, rel=1e-4)
    assert found[9, 5, 8] == found[9, 4, 9] == pytest.approx(0.5 * NEXT, rel=1e-4)
    assert found[9, 4, 8] == pytest.approx(0.5 * NEXT**2, rel=1e-4)
    assert found.sum((1, 2)).nonzero().flatten().tolist() == [0, 9, 16]


def test_spots_are_cut_off_at_whole_cells_as_published() -> None:
    """1.8 cells from the joint, and then down to a whole one: of cell 5 that is from 3 to 6."""
    found = maps(clip({0: (0.2, 0.2, 1), 1: (0.4, 0.4, 1), 2: (0.6, 0.6, 1)}))
    seen = [sorted({int(row) for row in found[joint].nonzero()[:, 0]}) for joint in range(3)]
    assert seen == [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9]]


def test_a_joint_of_two_people_is_as_sure_as_the_surer() -> None:
    corners = {1: (0.0, 0.0, 0.3), 2: (0.8, 0.8, 0.3)}
    found = maps(clip({**corners, 0: (0.4, 0.4, 0.5)}, {0: (0.4, 0.4, 0.9)}))
    assert found[0].max() == pytest.approx(0.9, rel=1e-4)


def test_one_box_holds_all_pictures_of_a_clip() -> None:
    poses = torch.zeros(1, 1, 2, JOINTS, 3)
    poses[0, 0, 0, 0] = torch.tensor([0.2, 0.2, 1])
    poses[0, 0, 1, 0] = torch.tensor([0.6, 0.6, 1])
    first, second = HeatMaps(SIDE, 1)(poses)[0, 0]
    assert (first.argmax(), second.argmax()) == (1 * SIDE + 1, 9 * SIDE + 9)


def test_the_box_is_a_square_of_the_picture_not_of_shares() -> None:
    """In a picture twice as wide as high: 8 cells across are half as many shares."""
    found = maps(clip({0: (0.2, 0.3, 1), 1: (0.4, 0.5, 1)}), aspect=2)
    assert found[0].argmax() == 3 * SIDE + 1
    assert found[1].argmax() == 7 * SIDE + 9


@pytest.mark.parametrize("people", [({},), ({}, {})])
def test_nobody_is_an_empty_map(people: tuple[dict[int, tuple[float, float, float]], ...]) -> None:
    assert not maps(clip(*people)).any()


def test_of_a_single_joint_the_whole_picture_is_drawn() -> None:
    assert maps(clip({0: (0.5, 0.2, 1)}))[0].argmax() == 2 * SIDE + 5


def person(seed: int = 0) -> Tensor:
    poses = torch.rand(1, 2, 6, JOINTS, 3, generator=torch.Generator().manual_seed(seed))
    poses[..., :2] = 0.3 + 0.2 * poses[..., :2]
    return poses


def features(name: str, poses: Tensor) -> Tensor:
    torch.manual_seed(0)
    built = network(clip_model(name), 5)
    for said, weight in built.named_parameters():
        if said.endswith("norm.weight"):
            torch.nn.init.ones_(weight)  # some are 0 before training
    with torch.no_grad():
        return built.eval().features(poses)  # type: ignore[no-any-return, operator]


@pytest.mark.parametrize(("scale", "aside", "down"), [(1, 0.3, -0.1), (0.5, 0, 0), (1.7, -0.2, 0.1)])
def test_where_and_how_large_people_are_does_not_matter(scale: float, aside: float, down: float) -> None:
    moved = person()
    moved[..., :2] = moved[..., :2] * scale + torch.tensor([aside, down])
    here = features("posec3d-tiny", person())
    assert (
        features("posec3d-tiny", moved) - here
    ).abs().max() < 0.02 * here.abs().max()  # spots are cut at whole cells
    assert (features("posec3d-tiny", person(1)) - here).abs().max() > 0.1 * here.abs().max()


def test_it_is_as_large_as_published() -> None:
    assert sum(weight.numel() for weight in network(clip_model("posec3d"), 60).parameters()) == 2_024_860


def test_the_published_weights_fit() -> None:
    state = published_state("posec3d")
    built = filled(network(clip_model("posec3d"), 60), published(state))
    taken = built.get_parameter("stage3.0.shortcut.conv.weight")
    assert torch.equal(taken, state["backbone.layer3.0.downsample.conv.weight"])
    assert torch.equal(built.get_parameter("classifier.1.weight"), state["cls_head.fc_cls.weight"])


def test_it_answers_as_the_publishers_code_does() -> None:
    """What mmaction2 1.2.0 says with these weights about these poses in a picture of 1920 x 1080."""
    built = filled(network(clip_model("posec3d"), 60), published(published_state("posec3d")))
    given = torch.from_numpy(np.random.default_rng(0).random((1, 2, 8, JOINTS, 3), np.float32))
    with torch.no_grad():
        np.testing.assert_allclose(built(given)[0, :4].numpy(), [1.4204, -0.1169, -2.5862, -0.6062], atol=2e-4)


def test_time_is_halved_once() -> None:
    built = network(clip_model("posec3d-tiny"), 5).eval()
    x = torch.rand(1, JOINTS, 8, 24, 24)
    for name in built.stages[:-1]:  # type: ignore[index, union-attr]
        x = built.get_submodule(str(name))(x)
    assert x.shape == (1, 128, 4, 3, 3)

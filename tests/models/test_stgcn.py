from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from aisle.core import DamagedError
from aisle.core.clip import JOINTS
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.models.renaming import filled
from aisle.models.stgcn import BONES, by_direction, by_distance, centred, published
from published import published_state

NOSE, LEFT_EYE, LEFT_SHOULDER, LEFT_ELBOW, LEFT_HIP, LEFT_KNEE, LEFT_ANKLE = 0, 1, 5, 7, 11, 13, 15


def poses(people: int = 2, frames: int = 12, seed: int = 0) -> Tensor:
    return torch.rand(1, people, frames, JOINTS, 3, generator=torch.Generator().manual_seed(seed)) * 0.9 + 0.1


def answers(name: str, given: Tensor) -> Tensor:
    torch.manual_seed(0)
    built = network(clip_model(name), 5).eval()
    with torch.no_grad():
        return built.features(given)  # type: ignore[no-any-return, operator]


def test_every_joint_hangs_on_the_nose() -> None:
    inner = dict(BONES)
    assert sorted(inner) == list(range(1, JOINTS))
    reached = {NOSE}
    for _ in BONES:
        reached |= {outer for outer, nearer in BONES if nearer in reached}
    assert reached == set(range(JOINTS))


def test_the_graph_of_st_gcn_is_cut_by_distance_from_the_nose() -> None:
    itself, not_nearer, nearer = by_distance()
    # the left shoulder has itself, the nose, the elbow and the hip: a quarter of each
    assert itself[LEFT_SHOULDER, LEFT_SHOULDER] == nearer[NOSE, LEFT_SHOULDER] == 1 / 4
    assert not_nearer[LEFT_ELBOW, LEFT_SHOULDER] == not_nearer[LEFT_HIP, LEFT_SHOULDER] == 1 / 4
    # the nose has itself, two eyes and two shoulders
    assert itself[NOSE, NOSE] == not_nearer[LEFT_EYE, NOSE] == not_nearer[LEFT_SHOULDER, NOSE] == torch.tensor(1 / 5)
    # beyond one step all are equally far
    assert not_nearer[LEFT_KNEE, LEFT_ANKLE] == not_nearer[LEFT_ANKLE, LEFT_KNEE] * 3 / 2 == 1 / 2
    assert not nearer[LEFT_KNEE, LEFT_ANKLE]
    torch.testing.assert_close(by_distance().sum((0, 1)), torch.ones(JOINTS))


def test_the_graph_of_st_gcn_pp_is_cut_by_direction() -> None:
    itself, inward, outward = by_direction()
    assert torch.equal(itself, torch.eye(JOINTS))
    assert inward[LEFT_KNEE, LEFT_ANKLE] == inward[NOSE, LEFT_SHOULDER] == 1
    assert outward[LEFT_ANKLE, LEFT_KNEE] == 1
    assert outward[LEFT_HIP, LEFT_SHOULDER] == outward[LEFT_ELBOW, LEFT_SHOULDER] == 1 / 2
    assert outward[LEFT_EYE, NOSE] == 1 / 4
    assert inward.count_nonzero() == outward.count_nonzero() == JOINTS - 1


def test_places_are_from_the_middle_of_the_picture() -> None:
    given = torch.tensor([[0.5, 0.5, 0.9], [0.0, 1.0, 0.4], [0.25, 0.5, 1.0], [0.3, 0.8, 0.0]])
    wanted = [[0, 0, 0.9], [-1, 1, 0.4], [-0.5, 0, 1], [0, 0, 0]]
    np.testing.assert_allclose(centred(given).numpy(), wanted, atol=1e-6)


@pytest.mark.parametrize("name", ["stgcn", "stgcn-pp"])
def test_joints_that_were_not_found_may_be_anywhere(name: str) -> None:
    one, other = poses(), poses()
    one[..., 9, 2] = other[..., 9, 2] = 0
    other[..., 9, :2] = 0.3
    assert torch.equal(answers(name, one), answers(name, other))
    assert not torch.equal(answers(name, one), answers(name, poses()))


@pytest.mark.parametrize("name", ["stgcn", "stgcn-pp"])
def test_who_of_two_people_comes_first_does_not_matter(name: str) -> None:
    torch.testing.assert_close(answers(name, poses().flip(1)), answers(name, poses()))


@pytest.mark.parametrize("name", ["stgcn", "stgcn-pp"])
@pytest.mark.parametrize(("people", "frames"), [(1, 1), (2, 7), (3, 100)])
def test_any_number_of_people_and_pictures(name: str, people: int, frames: int) -> None:
    found = answers(name, poses(people, frames))
    assert found.shape == (1, 256)
    assert found.isfinite().all()


@pytest.mark.parametrize(("name", "parameters"), [("stgcn", 3.1e6), ("stgcn-pp", 1.39e6)])
def test_it_is_as_large_as_published(name: str, parameters: float) -> None:
    own = sum(weight.numel() for weight in network(clip_model(name), 60).parameters())
    assert own == pytest.approx(parameters, rel=0.01)


@pytest.mark.parametrize("name", ["stgcn", "stgcn-pp"])
def test_the_published_weights_fit(name: str) -> None:
    state = published_state(name)
    built = filled(network(clip_model(name), 60), published(state))
    assert torch.equal(
        built.get_submodule("blocks.4.residual.conv").weight, state["backbone.gcn.4.residual.conv.weight"]
    )
    assert torch.equal(built.get_parameter("classifier.bias"), state["cls_head.fc.bias"])


@pytest.mark.parametrize(
    ("name", "said"),
    [("stgcn", [15.3467, -3.0247, -10.5766, 0.5525]), ("stgcn-pp", [56.6535, -22.5657, -2.0919, -9.3828])],
)
def test_it_answers_as_the_publishers_code_does(name: str, said: list[float]) -> None:
    """What mmaction2 1.2.0 says with these weights about these poses."""
    built = filled(network(clip_model(name), 60), published(published_state(name)))
    given = torch.from_numpy(np.random.default_rng(0).random((1, 2, 8, JOINTS, 3), np.float32))
    with torch.no_grad():
        np.testing.assert_allclose(built(given)[0, :4].numpy(), said, atol=2e-4)


def test_weights_of_the_other_one_are_told_apart() -> None:
    with pytest.raises(DamagedError, match="these are weights of another network"):
        filled(network(clip_model("stgcn"), 60), published(published_state("stgcn-pp")))


def test_ntu_has_its_60_labels() -> None:
    labels = clip_model("stgcn").labels
    assert len(labels) == len(set(labels)) == 60
    assert (labels[0], labels[42], labels[59]) == ("drink water", "falling", "walking apart from each other")
    assert labels == clip_model("posec3d").labels

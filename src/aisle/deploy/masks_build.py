"""MobileSAM from its published weights to two OpenVINO models, compared with PyTorch. Needs PyTorch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aisle.core import DamagedError
from aisle.deploy.build import save
from aisle.deploy.masks_runtime import DECODER, ENCODER, Opened
from aisle.deploy.runtime import openvino
from aisle.deploy.weights import read_state
from aisle.models.sam import SAM, published

APART = 1e-3
"""How far the converted networks' answers may be from PyTorch's, as a share of the largest."""


def build(weights: Path, side: int, folder: Path) -> None:
    """Writes the two networks into `folder`, for pictures whose long side is `side`, and compares them with PyTorch.

    Raises DamagedError for weights of another network, and where the converted ones answer otherwise.
    """
    convert(published(read_state(weights), side=side), side, folder)


def convert(network: SAM, side: int, folder: Path) -> None:
    """As `build`, from the network."""
    wide, high = _picture(side // 2, side), _picture(side, side // 2)
    boxes = torch.tensor([[0.1, 0.2, 0.4, 0.45], [0.2, 0.1, 0.5, 0.3], [0.0, 0.0, 0.5, 0.5]]) * side
    with torch.no_grad():
        maps = network.image_encoder(wide)
    _save(network.image_encoder, (wide,), [[1, 3, -1, -1]], folder / ENCODER)
    _save(network, (maps, boxes), [[1, maps.shape[1], -1, -1], [-1, 4]], folder / DECODER)
    compare(network, folder, high, boxes[:2])  # neither shape is the one that was traced


def compare(network: SAM, folder: Path, pixels: Tensor, boxes: Tensor) -> None:
    """Raises DamagedError where what lies in `folder` answers otherwise than `network`."""
    encode, decode = Opened(folder, precision="f32")(*pixels.shape[2:])
    with torch.no_grad():
        maps = network.image_encoder(pixels)
        masks, _ = network(maps, boxes)
    pairs = {ENCODER: (encode(pixels.numpy()), maps), DECODER: (decode(maps.numpy(), boxes.numpy()), masks)}
    for name, (got, wanted) in pairs.items():
        apart = float(np.abs(got - wanted.numpy()).max() / wanted.abs().max())
        if not apart < APART:
            what = f"the converted {name} answers otherwise than PyTorch"
            raise DamagedError(what, got=apart, allowed=f"below {APART}, as a share of the largest value")


def _picture(height: int, width: int) -> Tensor:
    """Something like a picture: blocks of a few colours."""
    coarse = np.random.default_rng(0).normal(size=(1, 3, height // 16, width // 16)).astype(np.float32)
    return torch.from_numpy(coarse.repeat(16, axis=2).repeat(16, axis=3))


def _save(network: nn.Module, example: tuple[Tensor, ...], shapes: list[list[int]], path: Path) -> None:
    ov = openvino()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of sizes that it may have fixed; what comes out is compared
        traced: Any = torch.jit.trace(network, example, check_trace=False)  # type: ignore[no-untyped-call]
        model = ov.convert_model(traced, input=[ov.PartialShape(shape) for shape in shapes])
    save(model, path)

"""MobileSAM from its published weights to two OpenVINO models, compared with PyTorch. Needs PyTorch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aisle.core import DamagedError
from aisle.core.boxes import Floats
from aisle.deploy.build import save
from aisle.deploy.masks import DECODER, ENCODER, Opened
from aisle.deploy.runtime import openvino
from aisle.deploy.weights import read_state
from aisle.models.mobile_sam import MobileSAM, published

APART = 1e-3
"""How far the converted networks' answers may be from PyTorch's, as a share of the largest."""


def build(weights: Path, side: int, folder: Path) -> None:
    """Writes the two networks into `folder`, for pictures whose long side is `side`, and compares them with PyTorch.

    Raises DamagedError for weights of another network, and where the converted ones answer otherwise.
    """
    convert(published(read_state(weights), side=side), side, folder)


def convert(network: MobileSAM, side: int, folder: Path) -> None:
    """As `build`, from the network."""
    pixels = torch.from_numpy(_example(side))
    boxes = torch.tensor([[0.1, 0.2, 0.5, 0.6], [0.3, 0.1, 0.9, 0.7]]) * side
    with torch.no_grad():
        maps = network.image_encoder(pixels)
        masks, _ = network(maps, boxes)
    _save(network.image_encoder, (pixels,), [[1, 3, -1, -1]], folder / ENCODER)
    _save(network, (maps, boxes), [[1, maps.shape[1], -1, -1], [-1, 4]], folder / DECODER)
    encode, decode = Opened(folder)(*pixels.shape[2:])
    for name, got, wanted in (
        (ENCODER, encode(pixels.numpy()), maps.numpy()),
        (DECODER, decode(maps.numpy(), boxes.numpy()), masks.numpy()),
    ):
        apart = float(np.abs(got - wanted).max() / np.abs(wanted).max())
        if not apart < APART:
            raise DamagedError(
                f"the converted {name} answers otherwise than PyTorch", got=apart, allowed=f"below {APART}"
            )


def _example(side: int) -> Floats:
    """Something like a picture, wider than high, as the networks must not take one for the other."""
    rng = np.random.default_rng(0)
    coarse = rng.normal(size=(1, 3, side // 32, side // 16)).astype(np.float32)
    return coarse.repeat(16, axis=2).repeat(16, axis=3)


def _save(network: nn.Module, example: tuple[Tensor, ...], shapes: list[list[int]], path: Path) -> None:
    ov = openvino()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of sizes that it may have fixed; what comes out is compared
        traced: Any = torch.jit.trace(network, example, check_trace=False)  # type: ignore[no-untyped-call]
        model = ov.convert_model(traced, input=[ov.PartialShape(shape) for shape in shapes])
    save(model, path)

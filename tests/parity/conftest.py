"""Makes torchvision and pytorchvideo importable beside a PyTorch for CPUs, where both are installed."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.util import find_spec

import pytest
import torch

PACKAGES = ("torchvision", "pytorchvideo")
MISSED = ("nms", "qnms")
"""Operators that torchvision describes as it is imported, and that only its compiled part defines."""


@pytest.fixture(scope="session")
def importable() -> None:
    """Skips where they are not: neither is part of Aisle, and torchvision does not go with what Aisle needs."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed: make parity has an environment of its own for this")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, and both packages are pinned
        _import_torchvision()
        # its name when pytorchvideo was written
        renamed = import_module("torchvision.transforms._functional_tensor")
        sys.modules["torchvision.transforms.functional_tensor"] = renamed
        import_module("pytorchvideo.models.hub")


def _import_torchvision() -> None:
    try:
        import_module("torchvision")
    except RuntimeError:  # its compiled part was made for a PyTorch with CUDA, and did not load
        for operator in MISSED:
            torch.library.define(
                f"torchvision::{operator}", "(Tensor boxes, Tensor scores, float iou_threshold) -> Tensor"
            )
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        import_module("torchvision")

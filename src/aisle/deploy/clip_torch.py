"""The PyTorch network of a packaged network that reads clips: for fine-tuning, and as a runtime like the others."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from aisle.core import DamagedError
from aisle.core.clip import Array
from aisle.deploy.bundle import mend
from aisle.deploy.clip import WEIGHTS, read_clip_bundle
from aisle.deploy.network import ClipNetwork
from aisle.models.entry import Entry
from aisle.models.renaming import filled


def torch_network(folder: Path) -> Entry:
    """The PyTorch network of a bundle, in evaluation mode: for fine-tuning, and as a runtime.

    Raises DamagedError for weights that are missing, damaged, or of another network.
    """
    bundle = read_clip_bundle(folder)
    path = folder / WEIGHTS
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        got = "no such file" if not path.is_file() else str(error).splitlines()[0]
        raise DamagedError(f"cannot read {path}", got=got, allowed="the network's weights", do=mend(folder)) from error
    module = importlib.import_module(f"aisle.models.{bundle.network}")
    return Entry(filled(module.build(len(bundle.labels), **bundle.options), state), bundle).eval()


def as_network(entry: Entry) -> ClipNetwork:
    """A runtime like the others, in PyTorch fp32."""

    def run(views: Sequence[Array]) -> tuple[Array, Array]:
        with torch.no_grad():
            features, logits = entry(*(torch.from_numpy(np.ascontiguousarray(view)) for view in views))
        return features.numpy(), logits.numpy()

    return run

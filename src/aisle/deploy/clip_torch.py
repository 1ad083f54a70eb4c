"""The PyTorch network of a packaged network that reads clips: for fine-tuning, and as a runtime like the others."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from aisle.core import DamagedError
from aisle.core.clip import Array
from aisle.deploy.bundle import mend
from aisle.deploy.clip import WEIGHTS, ClipBundle, read_clip_bundle
from aisle.deploy.network import ClipNetwork
from aisle.models.entry import Entry
from aisle.models.renaming import filled


def torch_network(folder: Path) -> Entry:
    """The PyTorch network of a bundle, in evaluation mode: for fine-tuning, and as a runtime.

    Raises DamagedError for weights that are missing, damaged, or of another network, and for a card that names no
    network there is, or options that it does not have.
    """
    bundle = read_clip_bundle(folder)
    path = folder / WEIGHTS
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        got = "no such file" if not path.is_file() else str(error).splitlines()[0]
        raise DamagedError(f"cannot read {path}", got=got, allowed="the network's weights", do=mend(folder)) from error
    return Entry(filled(built(bundle, folder), state), bundle).eval()


def built(bundle: ClipBundle, folder: Path) -> nn.Module:
    """The network of a card in `folder`, with random weights. Raises DamagedError where there is none to build."""
    try:
        if not bundle.network.isidentifier():
            raise ModuleNotFoundError(f"{bundle.network!r} is no name of a network")
        module = importlib.import_module(f"aisle.models.{bundle.network}")
        built: nn.Module = module.build(len(bundle.labels), **bundle.options)
    except (ImportError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise DamagedError(
            f"the card in {folder} names no network that can be built",
            got=f"{bundle.network} with {dict(bundle.options)}: {str(error).partition(chr(10))[0]}",
            allowed="a network of `aisle models list --networks`, with its options",
            do=mend(folder),
        ) from error
    return built


def as_network(entry: Entry) -> ClipNetwork:
    """A runtime like the others, in PyTorch fp32."""

    def run(views: Sequence[Array]) -> tuple[Array, Array]:
        with torch.no_grad():
            features, logits = entry(*(torch.from_numpy(np.ascontiguousarray(view)) for view in views))
        return features.numpy(), logits.numpy()

    return run

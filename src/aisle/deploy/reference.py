"""The PyTorch network behind a bundle: what conversions start from and are compared with."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core import MissingPartError
from aisle.deploy.bundle import read_card
from aisle.deploy.network import Array, Arrays, Network
from aisle.deploy.weights import find_weights, read_arrays
from aisle.models.card import Card


def streaming_network(card: Card, *, centre: float = 127.5, weights: Path | None = None) -> Any:
    """The network of `card` with its published weights, ready for streams. Needs PyTorch; may fetch the weights."""
    try:
        module = importlib.import_module(f"aisle.models.{card.network}")
    except ImportError as error:
        raise MissingPartError(f"building {card.name}", name="torch", extra="convert") from error
    return module.Streaming(module.published(read_arrays(find_weights(card, folder=weights))), centre=centre)


def reference_network(folder: Path) -> Network:
    """A runtime like the others, in PyTorch fp32."""
    return as_runtime(streaming_network(read_card(folder).card))


def as_runtime(network: Any) -> Network:
    import torch

    def run(inputs: Arrays) -> list[Array]:
        with torch.no_grad():
            answers = network(*(torch.from_numpy(np.ascontiguousarray(array)) for array in inputs))
        return [answer.numpy() for answer in answers]

    return run

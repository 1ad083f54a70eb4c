"""A network that reads clips, packaged with random weights: it answers nonsense, at the cost of the trained one."""

from __future__ import annotations

from pathlib import Path

from aisle.core import LabelSet, MissingPartError, Progress, silent
from aisle.deploy.published import bundle_card
from aisle.models.clip import ClipCard

CLASSES = 400
"""As many as Kinetics has, where the card names none."""

TOLD = "random"


def build_untrained(card: ClipCard, target: Path, *, progress: Progress = silent) -> Path:
    """The new folder `target`, a bundle. Raises what `package_network` raises, and MissingPartError without PyTorch."""
    try:
        import torch

        from aisle.deploy.clip_package import package_network
        from aisle.models.entry import network
    except ImportError as error:
        raise MissingPartError(f"building {card.name}", name=error.name or "torch", extra="convert") from error
    labels = card.labels or tuple(f"class {number}" for number in range(1, CLASSES + 1))
    torch.manual_seed(0)
    built = network(card, len(labels))
    package_network(
        built, bundle_card(card, LabelSet(labels), weights_told=TOLD), target, samples=(), progress=progress
    )
    return target

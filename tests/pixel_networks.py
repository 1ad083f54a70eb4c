"""Bundles that paint pictures, with small networks that have learnt nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from aisle.core import LabelSet
from aisle.deploy.pixels import PixelsCard
from aisle.deploy.pixels_package import package_pixels
from aisle.deploy.published import bundle_card
from aisle.models.entry import network
from aisle.train.pretexts import METHODS

QUICK: dict[str, dict[str, Any]] = {"simvp": {"ahead": 2}, "masked": {"passes": 2, "blocks": 1, "width": 24}}
FEW: dict[str, dict[str, int]] = {"simvp": {"inner": 32, "blocks": 1}, "masked": {"blocks": 1}}
"""Options of the pretext and of the network that make packaging quicker."""


def pretext_of(name: str, *, seed: int = 0) -> Any:
    """With weights drawn at random."""
    way = METHODS[name]
    card = way.card(None)
    card = replace(card, options={**card.options, **FEW.get(name, {})})
    torch.manual_seed(seed)
    made: Any = way.pretext(card, network(card, 1), QUICK.get(name, {}))
    return made.eval()


def card_of(name: str, folder: Path) -> None:
    """A bundle of which there is nothing but the card."""
    told = bundle_card(METHODS[name].card(None), LabelSet(("clip",)), weights_told="drawn at random")
    folder.mkdir()
    told.write(folder)


def painted(name: str, folder: Path) -> tuple[Any, PixelsCard]:
    """Such a bundle with its pixels, of 32 x 32 pixels, in the new `folder`; and what was packaged."""
    card_of(name, folder)
    made = pretext_of(name)
    return made, package_pixels(made, folder, size=(32, 32))

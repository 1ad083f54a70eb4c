"""What is learnt without labels around a network that reads clips.

A network that can be learnt so has in its file, beside `build`,

    pretext(network, **options) -> nn.Module            `network` and all else that is learnt with it; the options are
                                                        its own and all have defaults

Those that learn from pixels are `Pictured`; what each minimises stands in aisle.train.objectives.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from torch import Tensor, nn

from aisle.models.clip import ClipCard


class Pictured(Protocol):
    """Clips x are (B, 3, T, H, W) in [0, 1], with T = `frames`.

    `ahead` of them, the last, are predicted from those before them alone; with 0 all are reconstructed. `network` is
    the one that gives features.
    """

    frames: int
    ahead: int
    network: nn.Module

    def pictures(self, x: Tensor) -> Tensor:
        """The last T' pictures of `x`, as the network has them: (B, 3, T', H, W) in [0, 1]; nothing is drawn."""
        ...


def pretext(card: ClipCard, network: nn.Module, **options: Any) -> nn.Module:
    """What is learnt around `network`, which is of `card`; see above. Weights are drawn from torch's generator."""
    made: nn.Module = importlib.import_module(f"aisle.models.{card.network}").pretext(network, **options)
    return made

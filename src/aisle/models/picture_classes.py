"""Names for a picture as a whole: an image network with its last layer.

Shapes: N pictures, S side, D features, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from aisle.models._image import ImageNetwork
from aisle.models.efficientnet_lite import PUBLISHED, EfficientNetLite0
from aisle.models.picture_features import MIDDLE, SPREAD
from aisle.models.renaming import filled, renamed

LAYER = "_fc"
"""What the published weights call the last layer."""


class PictureClasses(nn.Module):
    """Pixels (N, S, S, 3), RGB, 0 to 255, to logits (N, C) and the features (N, D) that they are read from."""

    def __init__(self, network: ImageNetwork, classes: int) -> None:
        super().__init__()
        self.network = network
        self.layer = nn.Linear(network.features, classes)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.network.pooled(self.network((pixels.permute(0, 3, 1, 2) - MIDDLE) / SPREAD))
        return self.layer(features), features

    def with_layer(self, weight: Tensor, bias: Tensor) -> PictureClasses:
        """The same image network with another last layer, `weight` (C, D) and `bias` (C,)."""
        found = PictureClasses(self.network, len(weight))
        with torch.no_grad():
            found.layer.weight.copy_(weight)
            found.layer.bias.copy_(bias)
        return found.eval()


def published(state: Mapping[str, Tensor]) -> PictureClasses:
    """EfficientNet-Lite0 with its thousand classes. Raises DamagedError for weights of another network."""
    layer = {name.replace(LAYER, "layer"): value for name, value in state.items() if name.startswith(f"{LAYER}.")}
    inner = {f"network.{name}": value for name, value in renamed(state, PUBLISHED).items()}
    classes = len(layer.get("layer.bias", torch.empty(1000)))
    found = PictureClasses(EfficientNetLite0(), classes)
    filled(found, {**inner, **layer})
    return found.eval()

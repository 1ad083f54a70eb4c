"""TSN (Wang et al., ECCV 2016): an image network looks at one picture of each segment of a clip, and they vote.

Shapes: B batch, C classes, T pictures, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from torch import Tensor, nn

from aisle.core import UnknownNameError
from aisle.models import mobilenetv2, resnet
from aisle.models._image import ImageNetwork, Mix, unmixed
from aisle.models.renaming import Table, renamed, within

IMAGES: dict[str, Callable[[float], ImageNetwork]] = {
    "mobilenetv2": mobilenetv2.MobileNetV2,
    **{f"resnet{depth}": partial(resnet.ResNet, depth) for depth in resnet.DEPTHS},
}
"""Image networks by their name, for a multiple of their published width."""

PUBLISHED: Table = [
    *within([*resnet.MMACTION, *mobilenetv2.MMACTION], "backbone.", "image."),
    (r"cls_head\.fc_cls\.(.*)", r"classifier.1.\1"),
]
"""mmaction2's names to ours, of TSN and of TSM."""

INITIAL: Table = within([*resnet.TORCHVISION, *mobilenetv2.TONYLINS], "", "image.")
"""Names of image networks with weights of ImageNet to ours."""


class Tsn(nn.Module):
    """`features` are averaged over the pictures, then classified: as the last layer is linear, that is the average of
    their scores, the consensus that the paper recommends (section 4.3).
    """

    def __init__(self, image: ImageNetwork, classes: int, *, dropout: float, spread: float) -> None:
        super().__init__()
        self.image = image
        last = nn.Linear(image.features, classes)
        nn.init.normal_(last.weight, std=spread)
        nn.init.zeros_(last.bias)
        self.classifier = nn.Sequential(nn.Dropout(dropout), last)
        self.stages = (*(f"image.{stage}" for stage in image.stages), "classifier")

    def mix(self, frames: int) -> Mix:
        """What passes between the `frames` pictures of each clip: nothing."""
        del frames
        return unmixed

    def per_picture(self, rgb: Tensor) -> Tensor:
        """(B, 3, T, H, W) to (B, T, D). Raises UsageError for pictures below 32 pixels, and for none."""
        return self.image.per_picture(rgb, self.mix(rgb.shape[2]))

    def logits_per_picture(self, rgb: Tensor) -> Tensor:
        """(B, 3, T, H, W) to (B, T, C), before the consensus."""
        logits: Tensor = self.classifier(self.per_picture(rgb))
        return logits

    def features(self, rgb: Tensor) -> Tensor:
        """(B, 3, T, H, W) to (B, D)."""
        return self.per_picture(rgb).mean(1)

    def forward(self, rgb: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(rgb))
        return logits


def image_network(name: str, width: float) -> ImageNetwork:
    """Raises UnknownNameError with the nearest names."""
    if name not in IMAGES:
        raise UnknownNameError("image network", name, IMAGES)
    return IMAGES[name](width)


def build(classes: int, *, image: str, width: float, dropout: float, spread: float) -> nn.Module:
    return Tsn(image_network(image, width), classes, dropout=dropout, spread=spread)


def published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """mmaction2's checkpoints, of TSN and of TSM."""
    return renamed(state, PUBLISHED)


def initial(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """torchvision's ResNets, and the MobileNetV2 of tonylins/pytorch-mobilenet-v2."""
    return renamed(state, INITIAL)

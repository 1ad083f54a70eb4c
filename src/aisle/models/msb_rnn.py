"""MSB-RNN (Singh et al., CVPR 2016): four streams look at short chunks of a video, and a bidirectional LSTM reads what
they saw. Two streams see a picture of each chunk, two its motion; of each two, one sees the person and one everything.

Shapes: B batch, C classes, T pictures, K of them a chunk, N chunks (T / K), H height, W width, D features of a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from aisle.core import UnknownNameError, UsageError
from aisle.models import mobilenetv2, resnet, vgg
from aisle.models._image import ImageNetwork, initialise
from aisle.models.renaming import Table, renamed, within

STREAMS = ("person_rgb", "rgb", "person_flow", "flow")

IMAGES: dict[str, Callable[[float], ImageNetwork]] = {
    "mobilenetv2": mobilenetv2.MobileNetV2,
    "resnet14": partial(resnet.ResNet, 14),
    "vgg16": vgg.Vgg16,
}
"""Image networks by their name, for a multiple of their published width."""

INITIAL: Table = [*vgg.TORCHVISION, *mobilenetv2.TONYLINS]


class MsbRnn(nn.Module):
    """Views come in the order of STREAMS, (B, 3 or 2, T, H, W).

    Each stream gives D' numbers a chunk; those of all streams become `projected` ones, and the LSTM gives `units` in
    each direction.
    """

    def __init__(
        self, classes: int, *, image: Callable[[], ImageNetwork], chunk: int, projected: int, units: int, dropout: float
    ) -> None:
        super().__init__()
        self.chunk = chunk
        self.streams = nn.ModuleDict({name: image() for name in STREAMS})
        for name in STREAMS:
            if name.endswith("flow"):
                _see(self._stream(name), 2 * chunk)
        widths = [self._stream(name).features for name in STREAMS]
        self.project = nn.Sequential(nn.Linear(sum(widths), projected), nn.ReLU(), nn.Dropout(dropout))
        self.lstm = nn.LSTM(projected, units, batch_first=True, bidirectional=True)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * units, classes))
        deep = self._stream(STREAMS[0]).stages
        self.stages = (
            *(tuple(f"streams.{name}.{stage}" for name in STREAMS) for stage in deep),
            "project",
            "lstm",
            "classifier",
        )

    def features(self, *views: Tensor) -> Tensor:
        """To (B, N, D). Raises UsageError for pictures below 32 pixels, and where chunks are not whole."""
        seen = [self._seen(name, view) for name, view in zip(STREAMS, views, strict=True)]
        projected = self.project(torch.cat(seen, 2))
        steps: Tensor = self.lstm(projected)[0]
        return steps

    def forward(self, *views: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(*views))
        return logits

    def _seen(self, name: str, view: Tensor) -> Tensor:
        """(B, 3, T, H, W) or (B, 2, T, H, W) to (B, N, D')."""
        frames = view.shape[2]
        if frames < self.chunk or frames % self.chunk:
            raise UsageError(
                "a clip of MSB-RNN is cut into chunks",
                got=f"{int(frames)} pictures",
                allowed=f"a multiple of {self.chunk}",
                do="take more pictures, or fewer",
            )
        chunks = view.reshape(*view.shape[:2], -1, self.chunk, *view.shape[3:])  # (B, 3 or 2, N, K, H, W)
        if name.endswith("flow"):
            return self._stream(name).per_picture(chunks.permute(0, 3, 1, 2, 4, 5).flatten(1, 2))
        return self._stream(name).per_picture(chunks[:, :, :, self.chunk // 2])

    def _stream(self, name: str) -> ImageNetwork:
        stream: ImageNetwork = self.streams[name]  # type: ignore[assignment]
        return stream


def build(
    classes: int, *, image: str, width: float, chunk: int, projected: int, units: int, dropout: float
) -> nn.Module:
    if image not in IMAGES:
        raise UnknownNameError("image network", image, IMAGES)
    wide = partial(IMAGES[image], width)
    return MsbRnn(classes, image=wide, chunk=chunk, projected=projected, units=units, dropout=dropout)


def initial(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """An image network's weights for the two streams that see pictures."""
    streams = [name for name in STREAMS if name.endswith("rgb")]
    return {
        name: value
        for stream in streams
        for name, value in renamed(state, within(INITIAL, "", f"streams.{stream}.")).items()
    }


def _see(image: ImageNetwork, channels: int) -> None:
    """Its first convolution, drawn again, takes so many channels."""
    first = next(part for part in image.modules() if isinstance(part, nn.Conv2d))
    first.in_channels = channels
    first.weight = nn.Parameter(first.weight.new_empty(first.out_channels, channels, *first.kernel_size))
    initialise(first)

"""SimVP with gated spatio-temporal attention: predicts pictures without recurrence (Gao et al.: SimVP. CVPR 2022; Tan
et al.: SimVPv2. IEEE Transactions on Multimedia 2025).

Each picture goes down through convolutions; the maps of all pictures, laid side by side as channels, are translated
into those of the pictures to come.

Shapes: B batch, T pictures, C channels, H height, W width, D features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aisle.core import UsageError
from aisle.models._pixels import centred
from aisle.models.resnet3d import check, classifier

DOWN = 4
"""How much smaller the translated maps are than the picture."""


class Step(nn.Module):
    """A convolution, group norm, SiLU; with `stride` 2 half as large, with `up` twice as large, by sub-pixels."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1, up: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, 4 * outputs if up else outputs, 3, stride, 1)
        self.grow = nn.PixelShuffle(2) if up else nn.Identity()
        self.norm = nn.GroupNorm(2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        stepped: Tensor = nn.functional.silu(self.norm(self.grow(self.conv(x))))
        return stepped


class Gated(nn.Module):
    """A block of the translator: attention from a large kernel, taken apart into a small and a spread one, times a
    gate; then a perceptron that looks at the neighbours.
    """

    def __init__(self, width: int, wider: int) -> None:
        super().__init__()
        self.norm, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.enter, self.leave = nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1)
        self.near = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.far = nn.Conv2d(width, width, 7, padding=9, dilation=3, groups=width)
        self.gate = nn.Conv2d(width, 2 * width, 1)
        self.widen, self.narrow = nn.Conv2d(width, wider * width, 1), nn.Conv2d(wider * width, width, 1)
        self.around = nn.Conv2d(wider * width, wider * width, 3, padding=1, groups=wider * width)
        self.scale, self.scale2 = (nn.Parameter(torch.full((width, 1, 1), 0.01)) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.gate(self.far(self.near(nn.functional.gelu(self.enter(self.norm(x)))))).chunk(2, 1)
        x = x + self.scale * self.leave(value * gate.sigmoid())
        mixed: Tensor = x + self.scale2 * self.narrow(nn.functional.gelu(self.around(self.widen(self.norm2(x)))))
        return mixed


class SimVp(nn.Module):
    """(B, 3, T, H, W), T being `frames`, to features (B, D): means of the translated maps."""

    stages = ("eye", "translator", "classifier")

    def __init__(
        self, classes: int, *, frames: int, width: int, inner: int, blocks: int, wider: int, dropout: float
    ) -> None:
        super().__init__()
        self.frames, self.width = frames, width
        self.eye = nn.ModuleList(
            [Step(3, width), Step(width, width, stride=2), Step(width, width), Step(width, width, stride=2)]
        )
        self.translator = nn.Sequential(
            nn.Conv2d(frames * width, inner, 1), *(Gated(inner, wider) for _ in range(blocks))
        )
        self.classifier = classifier(inner, classes, dropout)

    def seen(self, clip: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures to the maps of the first step (B T, width, H, W), and of the last (B, T width, H / 4, W / 4).

        Raises UsageError for another number of pictures, and for too small ones.
        """
        check(clip, frames=1, side=2 * DOWN)
        if clip.shape[2] != self.frames:
            raise UsageError(
                "this network reads a fixed number of pictures", got=clip.shape[2], allowed=f"{self.frames}"
            )
        first = self.eye[0](clip.transpose(1, 2).flatten(0, 1))
        maps = first
        for step in list(self.eye)[1:]:
            maps = step(maps)
        return first, torch.unflatten(maps, 0, (-1, self.frames)).flatten(1, 2)

    def features(self, clip: Tensor) -> Tensor:
        """What the translator makes of all pictures, averaged over the picture: (B, D)."""
        translated: Tensor = self.translator(self.seen(clip)[1])
        return translated.mean((2, 3))

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


def build(classes: int, *, frames: int, width: int, inner: int, blocks: int, wider: int, dropout: float) -> nn.Module:
    return SimVp(classes, frames=frames, width=width, inner=inner, blocks=blocks, wider=wider, dropout=dropout)


class Predictor(nn.Module):
    """`network`, and convolutions that go up again to as many pictures as it reads, the first `ahead` of which are
    used. What the first step saw is added before the last, picture by picture, as published.
    """

    def __init__(self, network: SimVp, *, ahead: int) -> None:
        super().__init__()
        self.network, self.ahead = network, ahead or network.frames
        if self.ahead > network.frames:
            raise UsageError(
                "SimVP predicts as many pictures as it reads, or fewer", got=ahead, allowed=f"1 to {network.frames}"
            )
        self.frames = network.frames + self.ahead
        width, inner = network.width, network.translator[0].out_channels
        self.back = nn.Conv2d(inner, network.frames * width, 1)  # type: ignore[arg-type]
        self.rise = nn.Sequential(Step(width, width, up=True), Step(width, width), Step(width, width, up=True))
        self.last, self.paint = Step(width, width), nn.Conv2d(width, 3, 1)

    def pictures(self, x: Tensor) -> Tensor:
        """(B, 3, ahead, H, W), predicted from what comes before them in `x`."""
        return ((self.painted(x) + 1) / 2).clamp(0, 1)

    def painted(self, x: Tensor) -> Tensor:
        """As `pictures`, in [-1, 1] but for what is beyond black and white."""
        first, maps = self.network.seen(centred(x[:, :, : -self.ahead]))
        translated = self.back(self.network.translator(maps)).unflatten(1, (self.network.frames, -1)).flatten(0, 1)
        pictures: Tensor = self.paint(self.last(self.rise(translated) + first))
        return torch.unflatten(pictures, 0, (-1, self.network.frames))[:, : self.ahead].transpose(1, 2)


def pretext(network: nn.Module, *, ahead: int = 0) -> nn.Module:
    """With 0 as many pictures are predicted as are seen."""
    return Predictor(network, ahead=ahead)  # type: ignore[arg-type]

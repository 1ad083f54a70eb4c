"""TinyViT (Wu et al.: TinyViT: Fast Pretraining Distillation for Small Vision Transformers. ECCV 2022) as MobileSAM has
it: the last stage keeps the size of its maps, so that they are a sixteenth of the picture's.

Names of weights are the published ones. Shapes: B pictures, C channels, H height, W width, N tokens of a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Stage:
    """`depth` blocks of `width` channels; `heads` that attend within windows of `window` x `window`, none in the first
    stage, which is made of convolutions. What follows makes the maps `stride` times smaller.
    """

    width: int
    depth: int
    heads: int = 0
    window: int = 0
    stride: int = 1


TINY_VIT_5M = (
    Stage(64, 2, stride=2),
    Stage(128, 2, heads=4, window=7, stride=2),
    Stage(160, 6, heads=5, window=14),
    Stage(320, 2, heads=10, window=7),
)

PATCH = 16
"""Pixels of a side that make one cell of the last maps."""


class TinyViT(nn.Module):
    """Normalised pictures (B, 3, H, W), sides multiples of `PATCH`, to maps (B, `stages[-1].width`, H/16, W/16)."""

    def __init__(self, stages: tuple[Stage, ...] = TINY_VIT_5M) -> None:
        super().__init__()
        first = stages[0].width
        seq = [ConvNorm(3, first // 2, 3, stride=2), nn.GELU(), ConvNorm(first // 2, first, 3, stride=2)]
        self.patch_embed = nn.ModuleDict({"seq": nn.Sequential(*seq)})
        following = [*(stage.width for stage in stages[1:]), 0]
        self.layers = nn.ModuleList(_Layer(stage, after) for stage, after in zip(stages, following, strict=True))

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed["seq"](x)
        for layer in self.layers:
            x = layer(x)
        return x


class ConvNorm(nn.Sequential):
    """Convolution without bias that keeps the size at stride 1, and batch norm."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.add_module("c", nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False))
        self.add_module("bn", nn.BatchNorm2d(outputs))


class _Layer(nn.Module):
    def __init__(self, stage: Stage, after: int) -> None:
        """`after` is the width of the stage that follows; 0 where this is the last."""
        super().__init__()
        self.blocks = nn.ModuleList(
            _Block(stage.width, stage.heads, stage.window) if stage.heads else _MBConv(stage.width)
            for _ in range(stage.depth)
        )
        self.downsample = _Merging(stage.width, after, stage.stride) if after else None

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return x if self.downsample is None else self.downsample(x)


class _MBConv(nn.Module):
    def __init__(self, width: int, expand: int = 4) -> None:
        super().__init__()
        hidden = width * expand
        self.conv1 = ConvNorm(width, hidden)
        self.conv2 = ConvNorm(hidden, hidden, 3, groups=hidden)
        self.conv3 = ConvNorm(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        inside = functional.gelu(self.conv2(functional.gelu(self.conv1(x))))
        return functional.gelu(x + self.conv3(inside))


class _Merging(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, outputs)
        self.conv2 = ConvNorm(outputs, outputs, 3, stride=stride, groups=outputs)
        self.conv3 = ConvNorm(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        merged: Tensor = self.conv3(functional.gelu(self.conv2(functional.gelu(self.conv1(x)))))
        return merged


class _Block(nn.Module):
    """Attention within windows, a convolution that lets windows know of each other, and two linear layers."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.attn = _Attention(width, heads, window)
        self.local_conv = ConvNorm(width, width, 3, groups=width)
        self.mlp = _Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._within_windows(x)
        x = self.local_conv(x)
        mixed: Tensor = x + self.mlp(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return mixed

    def _within_windows(self, x: Tensor) -> Tensor:
        """Zeros fill up the last windows, and are attended to like the rest: so it was trained."""
        (batch, width, high, wide), side = x.shape, self.window
        x = functional.pad(x, (0, -wide % side, 0, -high % side))
        rows, columns = x.shape[2] // side, x.shape[3] // side
        windows = x.view(batch, width, rows, side, columns, side).permute(0, 2, 4, 3, 5, 1)
        seen: Tensor = self.attn(windows.reshape(-1, side * side, width))
        seen = seen.view(batch, rows, columns, side, side, width).permute(0, 5, 1, 3, 2, 4)
        return seen.reshape(batch, width, rows * side, columns * side)[:, :, :high, :wide]


class _Attention(nn.Module):
    """Tokens (B, N, C) of windows; what two of them have for each other depends on how far apart they lie, too."""

    offsets: Tensor

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))
        self.register_buffer("offsets", _offsets(window), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        query, key, value = self.qkv(self.norm(x)).view(batch, tokens, self.heads, -1).transpose(1, 2).chunk(3, dim=-1)
        bias = self.attention_biases[:, self.offsets]
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        projected: Tensor = self.proj(seen.transpose(1, 2).reshape(batch, tokens, width))
        return projected


class _Mlp(nn.Module):
    """On maps whose channels come last."""

    def __init__(self, width: int, expand: int = 4) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, width * expand)
        self.fc2 = nn.Linear(width * expand, width)

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.fc2(functional.gelu(self.fc1(self.norm(x))))
        return mixed


def _offsets(window: int) -> Tensor:
    """(N, N): for each pair of a window's places the number of rows and columns between them, as one index."""
    rows, columns = (places.flatten() for places in torch.meshgrid(*[torch.arange(window)] * 2, indexing="ij"))
    return (rows[:, None] - rows).abs() * window + (columns[:, None] - columns).abs()

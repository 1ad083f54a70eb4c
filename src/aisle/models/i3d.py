"""Inception-I3D (Carreira and Zisserman, CVPR 2017): the published network, and the same network fed piece by piece.

`InceptionI3d` is exact to the published one: TensorFlow's 'SAME' padding, batch norm without scale, epsilon 1e-3.
`Streaming` gives the same numbers for a video that arrives in pieces and computes every frame once: each convolution in
time keeps the last frames of its input as state. Neither knows files, training or runtimes.

Shapes: B batch, C channels, T time, H height, W width, N steps (8 frames each), D feature width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import DamagedError, UsageError
from aisle.models._moving import AROUND, CELL, changes, in_cells, moving_more, where

Size = tuple[int, int, int]

STEM = "Conv3d_1a_7x7"
ENTRY = ("Conv3d_2b_1x1", "Conv3d_2c_3x3")
# Output channels of the branches: 0, 1 (1x1, 3x3), 2 (1x1, 3x3), 3 (after pooling), as in the published code.
MIXED: dict[str, Sequence[int]] = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}
# Where the published network pools before a block: kernel and stride.
POOLED: dict[str, tuple[Size, Size]] = {
    "Conv3d_2b_1x1": ((1, 3, 3), (1, 2, 2)),
    "Mixed_3b": ((1, 3, 3), (1, 2, 2)),
    "Mixed_4b": ((3, 3, 3), (2, 2, 2)),
    "Mixed_5b": ((2, 2, 2), (2, 2, 2)),
}


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """How many zeros TensorFlow's 'SAME' puts before and after an axis of `size`."""
    beyond = (stride - size % stride) % stride if stride > 1 else 0
    total = kernel - stride + beyond
    if kernel < stride:  # only then can it be negative; to compare a size is to fix it where a network is traced
        total = max(total, 0)
    return total // 2, total - total // 2


def pad_same(x: Tensor, kernel: Size, stride: Size) -> Tensor:
    """(B, C, T, H, W) with zeros around the last three axes."""
    sizes = [same_padding(n, k, s) for n, k, s in zip(x.shape[2:], kernel, stride, strict=True)]
    return functional.pad(x, [amount for pair in reversed(sizes) for amount in pair])


def max_pool(x: Tensor, kernel: Size, stride: Size) -> Tensor:
    """Zeros may pad because every input comes out of a ReLU."""
    return functional.max_pool3d(pad_same(x, kernel, stride), kernel, stride)


class Unit3D(nn.Module):
    """Convolution without bias, batch norm without scale, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.kernel: Size = (kernel,) * 3
        self.stride: Size = (stride,) * 3
        self.conv = nn.Conv3d(inputs, outputs, self.kernel, self.stride, bias=False)
        self.norm = nn.BatchNorm3d(outputs, eps=1e-3, momentum=0.001)
        del self.norm.weight  # what would scale is 1, and not learnt
        self.norm.register_buffer("weight", torch.ones(outputs))

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(pad_same(x, self.kernel, self.stride)))
        return functional.relu(normed)

    def fused(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of the one convolution that does the same in evaluation."""
        mean, variance = self.norm.running_mean, self.norm.running_var
        if mean is None or variance is None:  # torch types them so; BatchNorm3d always tracks them by default
            raise UsageError("a batch norm without running statistics cannot be fused", got=self.norm)
        scale = torch.rsqrt(variance + self.norm.eps)
        return self.conv.weight.detach() * scale.view(-1, 1, 1, 1, 1), self.norm.bias.detach() - mean * scale


class InceptionModule(nn.Module):
    """Four branches over one input, joined along the channels (section 3.1, figure 3 of the paper)."""

    def __init__(self, inputs: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.outputs = channels[0] + channels[2] + channels[4] + channels[5]
        self.Branch_0 = Unit3D(inputs, channels[0])
        self.Branch_1a = Unit3D(inputs, channels[1])
        self.Branch_1b = Unit3D(channels[1], channels[2], 3)
        self.Branch_2a = Unit3D(inputs, channels[3])
        self.Branch_2b = Unit3D(channels[3], channels[4], 3)
        self.Branch_3 = Unit3D(inputs, channels[5])

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(
            [
                self.Branch_0(x),
                self.Branch_1b(self.Branch_1a(x)),
                self.Branch_2b(self.Branch_2a(x)),
                self.Branch_3(max_pool(x, (3, 3, 3), (1, 1, 1))),
            ],
            1,
        )


class Inception(nn.Module):
    """RGB in [-1, 1], or two channels of motion. `slim` divides every inner width; 1 is the published network."""

    def __init__(self, *, channels: int = 3, slim: int = 1) -> None:
        super().__init__()
        width = 64 // slim
        self.blocks = nn.ModuleDict({STEM: Unit3D(channels, width, 7, 2)})
        self.blocks["Conv3d_2b_1x1"] = Unit3D(width, width)
        self.blocks["Conv3d_2c_3x3"] = Unit3D(width, 192 // slim, 3)
        width = 192 // slim
        for name, counts in MIXED.items():
            slimmed = [max(count // slim, 1) for count in counts]
            self.blocks[name] = block = InceptionModule(width, slimmed)
            width = block.outputs
        self.features = width

    def maps(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) to the last feature maps, (B, D, T/8, H/32, W/32), sizes rounded up."""
        for name, block in self.blocks.items():
            if name in POOLED:
                x = max_pool(x, *POOLED[name])
            x = block(x)
        return x


class InceptionI3d(Inception):
    """The published network of RGB, whole."""

    def __init__(self, classes: int = 400, *, slim: int = 1) -> None:
        super().__init__(slim=slim)
        self.dropout = nn.Dropout(0.5)
        self.logits = nn.Conv3d(self.features, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, T, H, W) to logits (B, classes): averages over 2 x 7 x 7 cells, then over time, as published.

        Raises UsageError for fewer than 9 frames or less than 193 pixels, which leave nothing to average.
        """
        maps = self.maps(x)
        if maps.shape[2] < 2 or min(maps.shape[3:]) < 7:
            raise UsageError("input too small", got=tuple(x.shape[2:]), allowed="at least 9 x 193 x 193")
        pooled = functional.avg_pool3d(maps, (2, 7, 7), (1, 1, 1))
        classes: Tensor = self.logits(self.dropout(pooled))
        return classes.mean((2, 3, 4))


def published(arrays: Mapping[str, Any]) -> InceptionI3d:
    """The network with the published arrays (flax layout: T, H, W, in, out) in it, in evaluation mode.

    Raises KeyError when a name is missing, DamagedError when a shape differs.
    """
    params, stats = arrays["params"], arrays["batch_stats"]
    net = InceptionI3d(classes=params["Logits/Conv3d_0c_1x1"]["Conv_0"]["bias"].size)
    with torch.no_grad():
        for path, unit in _units(net):
            weights, norm = _at(params, path), _at(stats, path)["BatchNorm_0"]
            _fill(unit.conv.weight, weights["Conv_0"]["kernel"].transpose(4, 3, 0, 1, 2))
            _fill(unit.norm.bias, weights["BatchNorm_0"]["bias"])
            _fill(unit.norm.running_mean, norm["mean"].ravel())
            _fill(unit.norm.running_var, norm["var"].ravel())
        head = params["Logits/Conv3d_0c_1x1"]["Conv_0"]
        _fill(net.logits.weight, head["kernel"].transpose(4, 3, 0, 1, 2))
        _fill(net.logits.bias, head["bias"])
    return net.eval()


BRANCHES = {
    "Branch_0": "Branch_0/Conv3d_0a_1x1",
    "Branch_1a": "Branch_1/Conv3d_0a_1x1",
    "Branch_1b": "Branch_1/Conv3d_0b_3x3",
    "Branch_2a": "Branch_2/Conv3d_0a_1x1",
    "Branch_2b": "Branch_2/Conv3d_0b_3x3",
    "Branch_3": "Branch_3/Conv3d_0b_1x1",
}


def _units(net: InceptionI3d) -> list[tuple[tuple[str, ...], Unit3D]]:
    found: list[tuple[tuple[str, ...], Unit3D]] = []
    for name, block in net.blocks.items():
        if isinstance(block, Unit3D):
            found.append(((name,), block))
        else:
            found += [((name, published), getattr(block, ours)) for ours, published in BRANCHES.items()]
    return found


def _at(tree: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    for key in path:
        tree = tree[key]
    return tree


def _fill(target: Tensor | None, values: np.ndarray[Any, Any]) -> None:
    if target is None or target.shape != values.shape:
        raise DamagedError(
            "weights do not fit", got=values.shape, allowed=str(target if target is None else target.shape)
        )
    target.copy_(torch.from_numpy(np.ascontiguousarray(values)))


@dataclass(frozen=True, slots=True)
class State:
    """The last `keep` time steps of a layer's input; `lead` zeros before the first. `down` shrinks height and width."""

    name: str
    channels: int
    down: int
    lead: int
    keep: int


class Tap(Protocol):
    def __call__(self, name: str, x: Tensor, behind: int = 1) -> Tensor:
        """The state `name`, then `x`, then, at the stream's end, `behind` zeros."""
        ...


BEHIND = 6
"""Steps by which the last maps trail behind the frames until the end."""

TAPPED = {"Mixed_3c": 19, "Mixed_4f": 4}
"""Earlier blocks that are features too, and how many of their steps wait for the last maps."""


def in_blocks(weight: Tensor) -> Tensor:
    """(out, 3, 7, 7, 7) to (out, 24, 4, 4, 4): the same sums over 2x2x2 blocks of pixels, channels (t, h, w,
    colour).
    """
    outputs = weight.shape[0]
    split = functional.pad(weight, (0, 1) * 3).view(outputs, 3, 4, 2, 4, 2, 4, 2)
    return split.permute(0, 3, 5, 7, 1, 2, 4, 6).reshape(outputs, 24, 4, 4, 4)


class _Fused(nn.Module):
    """A convolution with its batch norm folded in, padded in space only: time is padded by the stream."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.padding = (0, 1, 1) if weight.shape[-1] == 3 else (0, 0, 0)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(functional.conv3d(x, self.weight, self.bias, padding=self.padding))


class _StreamingInception(nn.Module):
    def __init__(self, name: str, module: InceptionModule) -> None:
        super().__init__()
        self.name = name
        self.inputs, self.outputs = module.Branch_0.conv.in_channels, module.outputs
        self.Branch_0 = _Fused(*module.Branch_0.fused())
        self.Branch_1a = _Fused(*module.Branch_1a.fused())
        self.Branch_1b = _Fused(*module.Branch_1b.fused())
        self.Branch_2a = _Fused(*module.Branch_2a.fused())
        self.Branch_2b = _Fused(*module.Branch_2b.fused())
        self.Branch_3 = _Fused(*module.Branch_3.fused())

    def states(self, down: int) -> list[State]:
        widths = {"": self.inputs, "_1": len(self.Branch_1a.bias), "_2": len(self.Branch_2a.bias)}
        return [State(self.name + suffix, width, down, lead=1, keep=2) for suffix, width in widths.items()]

    def forward(self, x: Tensor, tap: Tap) -> Tensor:
        grown = tap(self.name, x)
        return torch.cat(
            [
                self.Branch_0(grown[:, :, 1:-1]),
                self.Branch_1b(tap(f"{self.name}_1", self.Branch_1a(x))),
                self.Branch_2b(tap(f"{self.name}_2", self.Branch_2a(x))),
                self.Branch_3(functional.max_pool3d(grown, (3, 3, 3), 1, padding=(0, 1, 1))),
            ],
            1,
        )


class Streaming(nn.Module):
    """The published network over a stream of frames, each computed once.

    Every convolution or pooling in time with kernel k and stride s first puts the `k - s` steps that it still needs in
    front of its input, and keeps the last ones for the next call. A stream starts with 'SAME' padding's zeros as state
    and ends with its zeros behind (`end`), so the result is that of the whole video at once, edges included.

    The 7x7x7 stem runs on 2x2x2 blocks of pixels: the same sums as a 4x4x4 convolution over 24 channels, which
    processors do several times faster than one over 3. `centre` is the byte that stands for 0: 127.5 is exact; 128
    differs by 1/255 at the picture's border only, and lets integers hold every input exactly.
    """

    def __init__(self, net: InceptionI3d, *, centre: float = 127.5) -> None:
        super().__init__()
        self.centre = centre
        weight, bias = _unit(net, STEM).fused()
        self.stem = _Fused(in_blocks(weight / 127.5), bias + weight.sum((1, 2, 3, 4)) * (centre / 127.5 - 1))
        self.entry_0, self.entry_1 = (_Fused(*_unit(net, name).fused()) for name in ENTRY)
        blocks = [(name, block) for name, block in net.blocks.items() if isinstance(block, InceptionModule)]
        self.mixed = tuple(_StreamingInception(name, block) for name, block in blocks)
        self.registered = nn.ModuleList(self.mixed)
        self.logits = nn.Linear(net.features, net.logits.out_channels)
        self.logits.load_state_dict({"weight": net.logits.weight.flatten(1), "bias": net.logits.bias})
        self.states = self._list_states(_unit(net, ENTRY[1]).conv.in_channels)
        self.requires_grad_(False).eval()

    def _list_states(self, entry_width: int) -> tuple[State, ...]:
        found = [State(ENTRY[1], entry_width, 4, lead=1, keep=2)]
        for block in self.mixed:
            if block.name == "Mixed_4b":
                found.append(State(f"{block.name}_pool", block.inputs, 8, lead=0, keep=1))
            found += block.states(_down(block.name))
            if block.name in TAPPED:
                found.append(State(f"{block.name}_cells", block.outputs, CELL, lead=0, keep=TAPPED[block.name]))
        return (*found, State("motion", 1, CELL, lead=AROUND, keep=BEHIND + AROUND))

    def forward(self, frames: Tensor, lead: Tensor, end: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One piece of a stream.

        `frames` (T, H, W, 3) are bytes: the `history` of the last call, then new ones, a multiple of 8; H and W are
        multiples of 16. `lead` and `end` say by their lengths, 0 or 1, whether the stream starts and ends here.
        Returns features (N, D), logits (N, classes) and the states for the next call. N trails behind by 6 steps until
        the end. The features of a step, in the order of the card's blocks: the mean of the last maps over the picture;
        the mean and the maximum, where things move, of the last maps, of Mixed_4f (twice: it has two steps in this
        one) and of Mixed_3c; last, how much moves.
        """
        given = dict(zip((state.name for state in self.states), states, strict=True))
        keep = {state.name: state.keep for state in self.states}
        kept: list[Tensor] = []

        def tap(name: str, x: Tensor, behind: int = 1) -> Tensor:
            zeros = torch.zeros((1, x.shape[1], behind * end.shape[0], x.shape[3], x.shape[4]))
            grown = torch.cat([given[name], x, zeros], 2)
            kept.append(grown[:, :, -keep[name] :])
            return grown

        x = self.stem(self._blocks(frames, lead, end))
        x = self.entry_1(tap(ENTRY[1], self.entry_0(_pool_space(x))))
        x = _pool_space(x)
        cells: dict[str, Tensor] = {}
        for block in self.mixed:
            if block.name == "Mixed_4b":
                x = functional.max_pool3d(functional.pad(tap(f"{block.name}_pool", x), (0, 1, 0, 1)), 3, 2)
            if block.name == "Mixed_5b":
                x = functional.max_pool3d(functional.pad(x, (0, x.shape[4] % 2, 0, x.shape[3] % 2)), 2, 2)
            x = block(x, tap)
            if block.name in TAPPED:
                cells[block.name] = tap(f"{block.name}_cells", in_cells(x, 1, CELL // _down(block.name)), behind=0)
        steps = x.shape[2]
        mean = x.mean((3, 4)).transpose(1, 2).reshape(-1, x.shape[1])
        motion = tap("motion", in_cells(changes(frames, lead), 8, CELL), behind=AROUND)
        moving = moving_more(motion)[:, :, :steps]
        earlier = cells["Mixed_4f"][:, :, : 2 * steps], in_cells(cells["Mixed_3c"][:, :, : 4 * steps], 4, 1)
        looked_at = [where(moving, x, 1), where(moving, earlier[0], 2), where(moving, earlier[1], 1)]
        moved = motion[:, :, AROUND : AROUND + steps].mean((3, 4)).reshape(-1, 1)
        return torch.cat([mean, *looked_at, moved], 1), self.logits(mean), *kept

    def _blocks(self, frames: Tensor, lead: Tensor, end: Tensor) -> Tensor:
        t, h, w = frames.shape[0] // 2, frames.shape[1] // 2, frames.shape[2] // 2
        bytes_ = frames.view(t, 2, h, 2, w, 2, 3).permute(1, 3, 5, 6, 0, 2, 4).reshape(1, 24, t, h, w)
        before = torch.zeros((1, 24, lead.shape[0], h, w))
        behind = torch.zeros((1, 24, end.shape[0] * 2, h, w))
        return functional.pad(torch.cat([before, bytes_.float() - self.centre, behind], 2), (1, 2, 1, 2))


def _unit(net: InceptionI3d, name: str) -> Unit3D:
    block = net.blocks[name]
    if not isinstance(block, Unit3D):
        raise UsageError("not a single convolution", got=name, allowed=", ".join([STEM, *ENTRY]))
    return block


def _down(name: str) -> int:
    """How much smaller a block's maps are than the picture."""
    return {"3": 8, "4": 16, "5": 32}[name[6]]


def _pool_space(x: Tensor) -> Tensor:
    return functional.max_pool3d(functional.pad(x, (0, 1, 0, 1)), (1, 3, 3), (1, 2, 2))

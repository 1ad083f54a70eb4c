"""YOLOX (Ge et al.: YOLOX: Exceeding YOLO Series in 2021. arXiv:2107.08430), as YOLOX-nano: depthwise convolutions, a
quarter of the width, a third of the depth.

Batch norms are folded into the convolutions, as in the published ONNX file, so that a short training on a few pictures
has no statistics to spoil, and what is trained is what is packaged. Parts are made in the order in which they run, by
which the published weights find their places.

Shapes: B pictures, C classes, H and W of the picture, multiples of 32; A places, one a cell of the maps at strides 8,
16 and 32, which lie behind each other, each row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import DamagedError

STRIDES = (8, 16, 32)

WIDTHS = (16, 32, 64, 128, 256)
"""Channels of the stem and of the four stages behind it."""

_CLASS_SURENESS = 0.01
"""What a class that nobody has learnt is given at first (Lin et al.: Focal loss. ICCV 2017)."""


class Unit(nn.Sequential):
    """Convolution and SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups)
        super().__init__(convolution, nn.SiLU())


class Depthwise(nn.Sequential):
    """Each channel for itself, then all in each place."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(Unit(inputs, inputs, kernel, stride, groups=inputs), Unit(inputs, outputs))


class Bottleneck(nn.Module):
    """Where it is `residual`, what comes in is added to what goes out."""

    def __init__(self, width: int, *, residual: bool) -> None:
        super().__init__()
        self.residual = residual
        self.branch = nn.Sequential(Unit(width, width), Depthwise(width, width))

    def forward(self, x: Tensor) -> Tensor:
        branch: Tensor = self.branch(x)
        return x + branch if self.residual else branch


class CrossStage(nn.Module):
    """Half of the channels go through `depth` bottlenecks, the other half past them."""

    def __init__(self, inputs: int, outputs: int, depth: int = 1, *, residual: bool = False) -> None:
        super().__init__()
        half = outputs // 2
        self.through, self.past = Unit(inputs, half), Unit(inputs, half)
        self.deep = nn.Sequential(*(Bottleneck(half, residual=residual) for _ in range(depth)))
        self.joined = Unit(2 * half, outputs)

    def forward(self, x: Tensor) -> Tensor:
        joined: Tensor = self.joined(torch.cat([self.deep(self.through(x)), self.past(x)], 1))
        return joined


class Pyramid(nn.Module):
    """Maxima over 5, 9 and 13 cells, beside the cells themselves."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow, self.joined = Unit(width, width // 2), Unit(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.narrow(x)
        wider = [functional.max_pool2d(x, size, 1, size // 2) for size in (5, 9, 13)]
        joined: Tensor = self.joined(torch.cat([x, *wider], 1))
        return joined


class Head(nn.Module):
    """Of one stride: (B, 4 + 1 + C, h, w), what says where, whether and what."""

    def __init__(self, inputs: int, width: int, classes: int) -> None:
        super().__init__()
        self.stem = Unit(inputs, width)
        self.what = nn.Sequential(Depthwise(width, width), Depthwise(width, width))
        self.classes = nn.Conv2d(width, classes, 1)
        self.where = nn.Sequential(Depthwise(width, width), Depthwise(width, width))
        self.box, self.thing = nn.Conv2d(width, 4, 1), nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        where = self.where(x)
        return torch.cat([self.box(where), self.thing(where), self.classes(self.what(x))], 1)


class YoloxNano(nn.Module):
    """`forward` takes BGR pictures (B, 3, H, W), 0 to 255, to (B, A, 5 + C): box, whether a thing is there, and which,
    as `where` reads them; the last two are logits while it is trained, else probabilities, as in the published file.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        stem, two, three, four, five = WIDTHS
        self.stem = Unit(12, stem, 3)
        self.two = nn.Sequential(Depthwise(stem, two, stride=2), CrossStage(two, two, residual=True))
        self.three = nn.Sequential(Depthwise(two, three, stride=2), CrossStage(three, three, 3, residual=True))
        self.four = nn.Sequential(Depthwise(three, four, stride=2), CrossStage(four, four, 3, residual=True))
        self.five = nn.Sequential(Depthwise(four, five, stride=2), Pyramid(five), CrossStage(five, five))
        self.narrow_five, self.down_four = Unit(five, four), CrossStage(2 * four, four)
        self.narrow_four, self.down_three = Unit(four, three), CrossStage(2 * three, three)
        self.halve_three, self.up_four = Depthwise(three, three, stride=2), CrossStage(2 * three, four)
        self.halve_four, self.up_five = Depthwise(four, four, stride=2), CrossStage(2 * four, five)
        self.heads = nn.ModuleList(Head(width, three, classes) for width in (three, four, five))

    def forward(self, pictures: Tensor) -> Tensor:
        maps = [head(one) for head, one in zip(self.heads, self.features(pictures), strict=True)]
        found = torch.cat([one.flatten(2) for one in maps], 2).transpose(1, 2)
        return found if self.training else torch.cat([found[..., :4], found[..., 4:].sigmoid()], 2)

    def features(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The maps that the heads read, at strides 8, 16 and 32."""
        quarters = [pictures[..., down::2, across::2] for across in (0, 1) for down in (0, 1)]
        three = self.three(self.two(self.stem(torch.cat(quarters, 1))))
        four = self.four(three)
        five = self.narrow_five(self.five(four))
        four = self.narrow_four(self.down_four(torch.cat([_doubled(five), four], 1)))
        first = self.down_three(torch.cat([_doubled(four), three], 1))
        second = self.up_four(torch.cat([self.halve_three(first), four], 1))
        return first, second, self.up_five(torch.cat([self.halve_four(second), five], 1))


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def cells(height: int, width: int) -> tuple[Tensor, Tensor]:
    """The left upper corner (A, 2) of each place, x and y in pixels, and its stride (A, 1)."""
    corners, strides = [], []
    for stride in STRIDES:
        down, across = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        corners.append(torch.stack([across, down], 2).reshape(-1, 2) * stride)
        strides.append(torch.full((len(corners[-1]), 1), stride))
    return torch.cat(corners).float(), torch.cat(strides).float()


def where(boxes: Tensor, corners: Tensor, strides: Tensor) -> Tensor:
    """The first four numbers of each place (B, A, 4) as left, top, right and bottom in pixels."""
    centre = boxes[..., :2] * strides + corners
    half = boxes[..., 2:].clamp(max=10).exp() * strides / 2  # e^10 cells are more than any picture has
    return torch.cat([centre - half, centre + half], -1)


def begin_from(network: YoloxNano, file: Path) -> None:
    """Takes the weights of a published YOLOX-nano ONNX `file`. Classes keep theirs where their number is the file's;
    others begin unsure.

    Raises DamagedError for a file that is no such network.
    """
    read = list(_convolutions(file))
    ours = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    if len(read) != len(ours):
        raise DamagedError(f"{file} is no YOLOX-nano", got=f"{len(read)} convolutions", allowed=str(len(ours)))
    new = {id(head.classes): head for head in network.heads if isinstance(head, Head)}
    for number, (module, (weight, bias)) in enumerate(zip(ours, read, strict=True)):
        if id(module) in new and module.weight.shape[1:] == weight.shape[1:] and len(weight) != len(module.weight):
            _unsure(module)
            continue
        if module.weight.shape != weight.shape:
            got = f"convolution {number} of {tuple(weight.shape)}"
            raise DamagedError(f"{file} is no YOLOX-nano", got=got, allowed=str(tuple(module.weight.shape)))
        module.weight.data.copy_(weight)
        if module.bias is not None:
            module.bias.data.copy_(bias)


def _unsure(classes: nn.Conv2d) -> None:
    nn.init.normal_(classes.weight, std=0.01)
    if classes.bias is not None:
        nn.init.constant_(classes.bias, -torch.tensor(1 / _CLASS_SURENESS - 1).log().item())


def _convolutions(file: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Weight and bias of each, in the order in which they run."""
    import onnx
    import openvino
    from onnx import numpy_helper

    try:
        openvino.Core().read_model(file)  # what onnx raises for a damaged file is a class of yet another package
    except RuntimeError as error:
        got = str(error).strip().splitlines()[-1]
        raise DamagedError(f"cannot read the network in {file}", got=got, allowed="ONNX") from error
    graph = onnx.load(str(file)).graph
    values = {one.name: one for one in graph.initializer}
    for node in graph.node:
        names: Sequence[str] = node.input
        if node.op_type == "Conv" and len(names) == 3 and set(names[1:]) <= set(values):
            weight, bias = (torch.from_numpy(numpy_helper.to_array(values[name]).copy()) for name in names[1:])
            yield weight, bias

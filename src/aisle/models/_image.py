"""What the image networks of this room have in common, so that a network of videos can look at each picture with any.

Shapes: N pictures, C channels, H height, W width, D features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from aisle.core import UsageError

SMALLEST = 32
"""Pixels of a side that make one cell of the last maps."""

Mix = Callable[[Tensor], Tensor]
"""(N, C, H, W) to the same shape: what a residual block does with its input before the first convolution of its
branch. A network of videos mixes pictures there; called once for each of `places`, in their order.
"""


def unmixed(x: Tensor) -> Tensor:
    """Every picture for itself."""
    return x


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures can be mixed: `channels` there, and how much smaller than the picture its maps are."""

    name: str
    channels: int
    down: int


class ImageNetwork(nn.Module):
    """`forward(x, mix)` takes pictures (N, 3, H, W) to maps (N, D, H/32, W/32), sizes rounded up.

    `features` is D. `stages` are the names of its parts from input to output; every weight is in one of them.
    """

    features: int
    stages: tuple[str, ...]
    places: tuple[Place, ...]

    def per_picture(self, rgb: Tensor, mix: Mix = unmixed) -> Tensor:
        """Pictures of clips (B, 3, T, H, W) to what is `pooled` of their last maps (B, T, D).

        Raises UsageError for pictures that leave no whole cell of those maps, and for clips without pictures.
        """
        frames, height, width = rgb.shape[2:]
        if frames < 1 or min(height, width) < SMALLEST:
            raise UsageError(
                "input too small",
                got=f"{frames} pictures of {width} x {height}",
                allowed=f"at least 1 of {SMALLEST} x {SMALLEST}",
                do="give longer clips or larger pictures",
            )
        maps: Tensor = self(rgb.transpose(1, 2).flatten(0, 1), mix)
        return self.pooled(maps).view(-1, frames, self.features)

    def pooled(self, maps: Tensor) -> Tensor:
        """The last maps (N, C, H/32, W/32) to (N, D): their means, but for networks that have more to say."""
        return maps.mean((2, 3))


class ConvNorm(nn.Module):
    """Convolution without bias that keeps the size at stride 1, batch norm, and `act`."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        act: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.act = act or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.act(self.bn(self.conv(x)))
        return normed


class Layer(nn.Sequential):
    """Residual blocks of one width, the first of which makes the maps smaller by `stride`.

    Each says how many channels it takes (`inputs`) and whether it mixes pictures (`mixes`).
    """

    def __init__(self, blocks: Iterable[nn.Module], stride: int) -> None:
        super().__init__(*blocks)
        self.stride = stride

    def forward(self, x: Tensor, mix: Mix = unmixed) -> Tensor:
        for block in self:
            x = block(x, mix)
        return x


def places(layers: Mapping[str, Layer], down: int) -> tuple[Place, ...]:
    """Where `layers`, by name in their order, mix pictures; the first takes maps `down` times smaller than these."""
    found = []
    for name, layer in layers.items():
        for index, block in enumerate(layer):
            if block.mixes:
                found.append(Place(f"{name}_{index}", int(block.inputs), down))  # type: ignore[arg-type]
            down *= layer.stride if index == 0 else 1
    return tuple(found)


def initialise(network: nn.Module) -> None:
    """He et al. (ICCV 2015) for every convolution, by how many outputs an input goes into."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            into = module.weight[0, 0].numel() * module.out_channels / module.groups
            nn.init.normal_(module.weight, std=(2 / into) ** 0.5)

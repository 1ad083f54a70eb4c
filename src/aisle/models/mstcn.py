"""MS-TCN (Abu Farha and Gall, CVPR 2019): dilated temporal convolutions, each stage correcting the one before."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class DilatedResidual(nn.Module):
    """Section 3.1, figure 3."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.wide = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.narrow = nn.Conv1d(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        added: Tensor = self.dropout(self.narrow(functional.relu(self.wide(x))))
        return x + added


class Stage(nn.Sequential):
    """(1, inputs, N) to (1, classes, N); sees 2^layers - 1 steps to each side."""

    def __init__(self, inputs: int, classes: int, layers: int, channels: int, dropout: float) -> None:
        middle = [DilatedResidual(channels, 2**layer, dropout) for layer in range(layers)]
        super().__init__(nn.Conv1d(inputs, channels, 1), *middle, nn.Conv1d(channels, classes, 1))


class MsTcn(nn.Module):
    """(N, inputs) of one video to the last stage's logits (N, classes)."""

    def __init__(self, inputs: int, classes: int, *, stages: int, layers: int, channels: int, dropout: float) -> None:
        super().__init__()
        self.entry = nn.Dropout1d(dropout)
        widths = [inputs, *[classes] * (stages - 1)]
        self.stages = nn.ModuleList(Stage(width, classes, layers, channels, dropout) for width in widths)

    def every_stage(self, x: Tensor) -> list[Tensor]:
        """(N, inputs) to the logits (N, classes) of each stage; all of them are trained (section 3.3)."""
        found, given = [], self.entry(x.T.unsqueeze(0))
        for stage in self.stages:
            found.append(stage(given))
            given = functional.softmax(found[-1], dim=1)
        return [logits.squeeze(0).T for logits in found]

    def forward(self, x: Tensor) -> Tensor:
        return self.every_stage(x)[-1]


def build(inputs: int, classes: int, *, stages: int, layers: int, channels: int, dropout: float) -> nn.Module:
    return MsTcn(inputs, classes, stages=stages, layers=layers, channels=channels, dropout=dropout)

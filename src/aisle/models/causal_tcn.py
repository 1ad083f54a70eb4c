"""Causal temporal convolutions for live use (Lea et al., CVPR 2017, section 4; Bai, Kolter and Koltun 2018, section
3): an answer depends on what was before it, and on `ahead` rows behind it where these are granted.

The layers and the stages are those of MS-TCN, its convolutions looking back only.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

KERNEL = 3


class CausalResidual(nn.Module):
    """(1, channels, N) to the same; sees 2 `dilation` rows back."""

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.back = (KERNEL - 1) * dilation
        self.wide = nn.Conv1d(channels, channels, KERNEL, dilation=dilation)
        self.narrow = nn.Conv1d(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        before = functional.relu(self.wide(functional.pad(x, (self.back, 0))))
        added: Tensor = self.dropout(self.narrow(before))
        return x + added


class CausalStage(nn.Sequential):
    """(1, inputs, N) to (1, classes, N); sees 2^(layers + 1) - 2 rows back."""

    def __init__(self, inputs: int, classes: int, layers: int, channels: int, dropout: float) -> None:
        middle = [CausalResidual(channels, 2**layer, dropout) for layer in range(layers)]
        super().__init__(nn.Conv1d(inputs, channels, 1), *middle, nn.Conv1d(channels, classes, 1))


class CausalTcn(nn.Module):
    """(N, inputs) of one video, as far as it is known, to the last stage's logits (N, classes).

    Rows from `back` before one to `ahead` behind it can change its answer.
    """

    def __init__(
        self, inputs: int, classes: int, *, stages: int, layers: int, channels: int, dropout: float, ahead: int
    ) -> None:
        super().__init__()
        self.entry, self.ahead = nn.Dropout1d(dropout), ahead
        self.back = max(stages * (KERNEL - 1) * (2**layers - 1) - ahead, 0)
        widths = [inputs, *[classes] * (stages - 1)]
        self.stages = nn.ModuleList(CausalStage(width, classes, layers, channels, dropout) for width in widths)

    def every_stage(self, x: Tensor) -> list[Tensor]:
        """(N, inputs) to the logits (N, classes) of each stage; all of them are trained (MS-TCN, section 3.3)."""
        # each answer is given its rows late, so that the last of them are those ahead; none come behind the end
        found, given = [], functional.pad(self.entry(x.T.unsqueeze(0)), (0, self.ahead))
        for stage in self.stages:
            found.append(stage(given))
            given = functional.softmax(found[-1], dim=1)
        return [logits.squeeze(0).T[self.ahead :] for logits in found]

    def forward(self, x: Tensor) -> Tensor:
        return self.every_stage(x)[-1]


def build(
    inputs: int, classes: int, *, stages: int, layers: int, channels: int, dropout: float, ahead: int
) -> nn.Module:
    return CausalTcn(inputs, classes, stages=stages, layers=layers, channels=channels, dropout=dropout, ahead=ahead)

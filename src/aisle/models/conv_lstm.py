"""ConvLSTM that reads pictures and predicts those that follow (Shi et al.: Convolutional LSTM Network. NeurIPS 2015).

Shapes: B batch, T pictures, C channels, H height, W width, D features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aisle.models._pixels import centred, folded, unfolded
from aisle.models.resnet3d import check, classifier

PATCH = 4
"""Pixels a side that become the channels of one cell, as in the paper's experiments (section 4.1)."""

COLOURS = 3

State = tuple[Tensor, Tensor]
"""What a cell hands on: its output and its memory, each (B, width, H, W)."""


class Cell(nn.Module):
    """One step of one layer. Without the peepholes of the paper, which later work found to do nothing."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.gates = nn.Conv2d(inputs + width, 4 * width, 3, padding=1)
        nn.init.constant_(self.gates.bias[width : 2 * width], 1.0)  # type: ignore[index]  # memory lasts at first

    def forward(self, x: Tensor, state: State) -> State:
        enter, keep, leave, new = self.gates(torch.cat([x, state[0]], 1)).chunk(4, 1)
        memory = keep.sigmoid() * state[1] + enter.sigmoid() * new.tanh()
        return leave.sigmoid() * memory.tanh(), memory


class ConvLstm(nn.Module):
    """(B, 3, T, H, W) to features (B, D): the means of the memories of all layers behind the last picture."""

    stages = ("first", "second", "classifier")

    def __init__(self, classes: int, *, width: int, frames: int, dropout: float) -> None:
        super().__init__()
        self.width, self.frames = width, frames
        self.first = Cell(COLOURS * PATCH**2, width)
        self.second = Cell(width, width)
        self.classifier = classifier(2 * width, classes, dropout)

    def states(self, clip: Tensor) -> list[State]:
        """Of each layer, behind the last picture of `clip`. Raises UsageError for pictures without a whole patch."""
        check(clip, frames=1, side=PATCH)
        height, width = (size // PATCH * PATCH for size in clip.shape[3:])
        patches = folded(clip[..., :height, :width], PATCH)
        nothing = patches[:, :1, 0].expand(-1, self.width, -1, -1) * 0
        first = second = (nothing, nothing)
        for picture in patches.unbind(2):
            first = self.first(picture, first)
            second = self.second(first[0], second)
        return [first, second]

    def features(self, clip: Tensor) -> Tensor:
        """What both memories hold after the last picture, averaged over the picture: (B, D)."""
        return torch.cat([memory.mean((2, 3)) for _, memory in self.states(clip)], 1)

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


def build(classes: int, *, width: int, frames: int, dropout: float) -> nn.Module:
    return ConvLstm(classes, width=width, frames=frames, dropout=dropout)


class Predictor(nn.Module):
    """`network`, and a second ConvLSTM that begins with its states and sees no picture.

    Each predicted picture is a mixture, pixel by pixel, of the last one seen and a new one: what stands still need not
    be learnt by heart (Finn et al., NeurIPS 2016, section 3.2).
    """

    def __init__(self, network: ConvLstm, *, ahead: int) -> None:
        super().__init__()
        self.network, self.ahead = network, ahead or network.frames
        self.frames = network.frames + self.ahead
        width = network.width
        self.first, self.second = Cell(0, width), Cell(width, width)
        self.paint = nn.Conv2d(2 * width, (COLOURS + 1) * PATCH**2, 1)

    def pictures(self, x: Tensor) -> Tensor:
        """(B, 3, ahead, H, W), predicted from what comes before them in `x`."""
        seen = x[:, :, : -self.ahead]
        first, second = self.network.states(centred(seen))
        painted = []
        for _ in range(self.ahead):
            first = self.first(first[0][:, :0], first)
            second = self.second(first[0], second)
            painted.append(self.paint(torch.cat([first[0], second[0]], 1)))
        said = unfolded(torch.stack(painted, 2), PATCH).sigmoid()
        new, share = said[:, :COLOURS], said[:, COLOURS:]
        return share * new + (1 - share) * seen[:, :, -1:]


def pretext(network: nn.Module, *, ahead: int = 0) -> nn.Module:
    """With 0 as many pictures are predicted as are seen."""
    return Predictor(network, ahead=ahead)  # type: ignore[arg-type]

"""The three networks that know people from above: where they are, what their hands do, and what that comes to.

They were thought out for `aisle.train.overhead_looks`, the rendered shops. They know no video, no tracks and no times.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

PEOPLE_SIZE = 216, 160
"""Width and height of what `People` reads."""

STRIDE = 8
"""Pixels from one of its cells to the next."""

CROP = 160
"""Pixels of the sides of what `Hands` reads: a square around one person."""

PLACES, ACTIONS = 6, 6
EVIDENCE = 48
SAID = 2 + 2 + PLACES + ACTIONS + 1 + 2
"""Numbers that `Hands` says of a person beside where the palms are: visible, holds, place, action, basket, heading."""

_SELDOM = -4.0
"""The logit of a cell with somebody in it, before anything was learnt: there are few."""

EVENTS = 4
"""Picked up, put back, stowed, concealed."""


def _step(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class _Block(nn.Module):
    """Two steps and the way round them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            _step(width, width), nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.steps(features))


class People(nn.Module):
    """Centre points of people and their sizes (Zhou et al., "Objects as Points", 2019, on one coarse map)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(_step(3, 16, 2), _step(16, 32, 2), _step(32, 48, 2), _Block(48), _Block(48))
        last = nn.Conv2d(48, 5, 1)
        if last.bias is not None:
            nn.init.constant_(last.bias[:1], _SELDOM)
        self.head = nn.Sequential(_step(48, 48), last)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) from 0 to 255 becomes (N, 5, H/8, W/8): how surely a middle lies in the cell (a logit), where in
        the cell (x, y) and the logarithms of width and height, in cells.
        """
        said: Tensor = self.head(self.body(pixels / 128 - 1))
        return said


class Hands(nn.Module):
    """One person's palms, what is in them and what the person does, from one picture."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(_step(3, 16, 2), _step(16, 32, 2))
        self.middle = nn.Sequential(_step(32, 64, 2), _Block(64))
        self.coarse = nn.Sequential(_step(64, 128, 2), _Block(128))
        self.down = nn.Conv2d(128, 64, 1)
        self.finer = nn.Conv2d(64, 32, 1)
        self.join = _step(64, 64)
        self.sharpen = _step(32, 32)
        self.heat = nn.Conv2d(32, 2, 1)
        self.mix = nn.Sequential(nn.Linear(128 + 2 * (64 + 32) + 4, 128), nn.ReLU(), nn.Dropout(0.1))
        self.evidence = nn.Linear(128, EVIDENCE)
        self.say = nn.Linear(EVIDENCE, SAID)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(N, 3, 160, 160) from 0 to 255 becomes palms (N, 2, 2), left and right, x and y as shares of the square;
        what is said (N, SAID), as logits; the evidence (N, EVIDENCE); and where palms are thought to be (N, 2, h, w).
        """
        fine = self.fine(pixels / 128 - 1)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        joined = self.join(middle + functional.interpolate(self.down(coarse), scale_factor=2.0))
        sharp = self.sharpen(fine + functional.interpolate(self.finer(joined), scale_factor=2.0))
        heat = self.heat(sharp)
        where = heat.flatten(2).softmax(2).unflatten(2, (heat.shape[2], heat.shape[3]))
        palms = _expected(where)
        near = functional.avg_pool2d(where, 2) * 4
        parts = [
            coarse.mean((2, 3)),
            torch.einsum("nkhw,nchw->nkc", near, joined).flatten(1),
            torch.einsum("nkhw,nchw->nkc", where, sharp).flatten(1),
            palms.flatten(1),
        ]
        evidence = functional.relu(self.evidence(self.mix(torch.cat(parts, 1))))
        return palms, self.say(evidence), evidence, heat


def _expected(where: Tensor) -> Tensor:
    """(N, K, 2) x and y, 0 to 1, on average over maps (N, K, h, w) that add up to 1."""
    height, width = where.shape[2:]
    x = (torch.arange(width, device=where.device) + 0.5) / width
    y = (torch.arange(height, device=where.device) + 0.5) / height
    return torch.stack([(where.sum(2) * x).sum(2), (where.sum(3) * y).sum(2)], 2)


class _Turn(nn.Module):
    """One look at both sides of each moment, `far` looks away, and the way round it."""

    def __init__(self, width: int, far: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            nn.Conv1d(width, width, 3, padding=far, dilation=far),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Conv1d(width, width, 1),
        )

    def forward(self, looks: Tensor) -> Tensor:
        turned: Tensor = looks + self.steps(looks)
        return turned


class Handling(nn.Module):
    """What a person does with products, from what was seen at all looks (a dilated temporal convolution)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.into = nn.Conv1d(EVIDENCE + SAID + 5, width, 1)
        self.turns = nn.Sequential(*(_Turn(width, far) for far in (1, 2, 4, 8, 16, 1, 2, 4, 8)))
        self.say = nn.Conv1d(width, 1 + EVENTS, 1)

    def forward(self, looks: Tensor) -> Tensor:
        """(N, EVIDENCE + SAID + 5, T) becomes logits (N, 5, T): holds, and each event."""
        said: Tensor = self.say(self.turns(self.into(looks)))
        return said


class Together(nn.Module):
    """What several networks of time say on average; they learnt in different order and are wrong at different times."""

    def __init__(self, networks: Sequence[Handling]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, looks: Tensor) -> Tensor:
        """As Handling."""
        said = [network(looks) for network in self.networks]
        return torch.stack(said).mean(0)

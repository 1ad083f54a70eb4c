"""How heads read a backbone's features: a clip as one vector, a timeline step by step.

Shapes: N steps, D numbers a step as the card's blocks lay them out, P numbers that a head takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.models.card import Block

UNREAD = "maximum"
"""Blocks that a timeline is not read from have this in their names."""

MOTION = "motion"
"""The block, of width 1, that says how much moves."""


FIRM = 0.25
"""Of a trailing window; see `Trailing`."""

LEAST = 1e-6
"""A spread below which a feature is taken for constant."""


class Layout(nn.Module):
    """Cuts (N, D) into its blocks, each (N * times, width) in order of time."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        super().__init__()
        self.blocks = tuple(blocks)
        self.widths = [block.width * block.times for block in blocks]

    def forward(self, x: Tensor) -> list[Tensor]:
        parts = torch.split(x, self.widths, dim=1)
        return [part.reshape(-1, block.width) for part, block in zip(parts, self.blocks, strict=True)]


class ClipReading(nn.Module):
    """(N, D) to (1, P): for each block its mean over time, steps in which much moves counting more where a block says
    so; then, with `trend`, whether it grows or falls over the clip, else the mean size of its change from step to step.
    Each has length 1.

    Moving moments decide what a clip shows. The trend tells sitting down from standing up; where the order does not
    matter, the size of change tells a short act from a pose that lasts. Both at once are worse (docs/log.md).
    """

    def __init__(self, blocks: Sequence[Block], *, trend: bool) -> None:
        super().__init__()
        self.layout, self.trend = Layout(blocks), trend
        self.outputs = 2 * sum(block.width for block in blocks if block.name != MOTION)
        self.at = next((at for at, block in enumerate(blocks) if block.name == MOTION), None)

    def forward(self, x: Tensor) -> Tensor:
        parts = self.layout(x)
        weight = self._weight(x, parts)
        read = []
        for block, part in zip(self.layout.blocks, parts, strict=True):
            if block.name == MOTION:
                continue
            read.append((part * _repeated(weight, block.times)).mean(0))
            if self.trend:
                place = torch.cumsum(torch.ones_like(part[:, :1]), 0)
                read.append((part * (place - place.mean())).mean(0))
            else:
                read.append((torch.cat([part[1:], part[-1:]]) - part).abs().mean(0))
        return torch.cat([functional.normalize(one, dim=0, eps=1e-6) for one in read])[None]

    def _weight(self, x: Tensor, parts: Sequence[Tensor]) -> Tensor:
        """(N, 1), 1 on average."""
        if self.at is None:
            return torch.ones_like(x[:, :1])
        motion = parts[self.at] + 1e-3  # in a still clip all steps count alike
        return motion / motion.mean()


class StepReading(nn.Module):
    """(N, D) to (N * `pieces`, P): a row for each part of a step, `pieces` being the most that a block has in one.

    Blocks with fewer repeat theirs. Maxima are left out: they only made it easier to learn few videos by heart
    (docs/log.md). Square roots tame the few large values that rectified maps have; what is negative stays so.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        super().__init__()
        self.layout = Layout(blocks)
        self.pieces = max(block.times for block in blocks)
        self.read = [UNREAD not in block.name for block in blocks]
        self.outputs = sum(block.width for block, read in zip(blocks, self.read, strict=True) if read)

    def forward(self, x: Tensor) -> Tensor:
        parts = zip(self.layout.blocks, self.layout(x), self.read, strict=True)
        rows = [_repeated(part, self.pieces // block.times) for block, part, read in parts if read]
        values = torch.cat(rows, 1)
        return values.sign() * values.abs().sqrt()


def _repeated(x: Tensor, times: int) -> Tensor:
    """(N, P) to (N * times, P), each row `times` times."""
    return x[:, None].expand(-1, times, -1).reshape(-1, x.shape[1])


class Centred(nn.Module):
    """(N, P) less its mean over N: what a place looks like all the time says nothing of what happens in it."""

    def forward(self, x: Tensor) -> Tensor:
        return x - x.mean(0, keepdim=True)


class Trailing(nn.Module):
    """As `Centred`, for those that cannot wait for the end of a video: (N, P) less the mean of the last `window` rows.

    As long as few rows are known, `usual` (P,), the mean of the training data, stands for what the place looks like; it
    counts as `FIRM` of the window.
    """

    usual: Tensor

    def __init__(self, usual: Tensor, window: int) -> None:
        super().__init__()
        self.register_buffer("usual", usual)
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        weight = FIRM * self.window
        count = torch.cumsum(torch.ones_like(x[:, :1]), 0).clamp(max=self.window)
        away = x - self.usual  # what is summed up stays small, and so exact
        total = torch.cumsum(away, 0)
        gone = torch.cat([torch.zeros_like(total[:1]).expand(self.window, -1), total])[: -self.window]
        return away - (total - gone) / (count + weight)


class Standard(nn.Module):
    """Subtracts `mean` and divides by `spread`, both (P,): what the training data had."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)

    @classmethod
    def of(cls, rows: Tensor) -> Standard:
        """Learnt from (any, P). What never changed there is not blown up where it does later."""
        spread = rows.std(0)
        return cls(rows.mean(0), torch.where(spread > LEAST, spread, torch.ones_like(spread)) + LEAST)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.spread


class Principal(nn.Module):
    """(N, P) to (N, K): along the `axes` (P, K) in which the training data differs most.

    Few videos cannot teach a network which of thousands of numbers matter. The axes with the largest spread are drawn
    in a little, towards all having the same.
    """

    axes: Tensor

    def __init__(self, axes: Tensor) -> None:
        super().__init__()
        self.register_buffer("axes", axes)

    @classmethod
    def of(cls, rows: Tensor, most: int) -> Principal:
        """Learnt from standardised (any, P): `most` axes, or as many as the data has. Draws from torch's generator."""
        _, sizes, axes = torch.svd_lowrank(rows, min(most, *rows.shape), niter=4)
        spread = (sizes / len(rows) ** 0.5).clamp(min=LEAST)
        return cls(axes / (spread * spread.mean()).sqrt())

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.axes


class Calibrated(nn.Module):
    """Logits times `scale` plus `shift`, so that their softmax is a probability that can be taken at its word.

    Guo et al.: On Calibration of Modern Neural Networks. ICML 2017; with a shift for two classes, as Platt has.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, scale: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)

    def forward(self, logits: Tensor) -> Tensor:
        return logits * self.scale + self.shift

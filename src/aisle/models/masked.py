"""A small video transformer that learns to fill in tubes that were masked (Tong et al.: VideoMAE. NeurIPS 2022).

A tube is one square of the picture through all pictures. Tokens are made by convolutions that look over time, but never
out of their square: so what is masked is seen by nothing.

Shapes: B batch, T pictures, H height, W width, S steps of two pictures, P squares of a picture, V of them visible, D
features.
"""

from __future__ import annotations

import random

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.models._pixels import centred
from aisle.models.resnet3d import check, classifier

SIDE, STEP = 8, 2
"""Pixels a side of a square, and pictures of a token."""

COLOURS = 3


class Block(nn.Module):
    """Attention among tokens (B, N, D), and a perceptron for each; both after layer norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.enter, self.leave = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        parts = torch.unflatten(self.enter(self.norm(x)), 2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        weights = (query @ key.transpose(2, 3) * query.shape[-1] ** -0.5).softmax(3)
        x = x + self.leave((weights @ value).transpose(1, 2).flatten(2))
        mixed: Tensor = x + self.narrow(functional.gelu(self.widen(self.norm2(x))))
        return mixed


class Stem(nn.Module):
    """(B, 3, T, H, W) to tokens (B, S, H / 8, W / 8, D)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv3d(COLOURS, width // 2, (3, SIDE // 2, SIDE // 2), (1, SIDE // 2, SIDE // 2), (1, 0, 0))
        self.second = nn.Conv3d(width // 2, width, (STEP, 2, 2), (STEP, 2, 2))

    def forward(self, clip: Tensor) -> Tensor:
        height, width = (size // SIDE * SIDE for size in clip.shape[3:])
        tokens: Tensor = self.second(functional.gelu(self.first(clip[..., :height, :width])))
        return tokens.permute(0, 2, 3, 4, 1)


class Transformer(nn.Module):
    """(B, 3, T, H, W) to features (B, D), the mean of all tokens; for pictures of any size."""

    stages = ("stem", "blocks", "norm", "classifier")

    def __init__(self, classes: int, *, width: int, heads: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.width = width
        self.stem = Stem(width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(blocks)))
        self.norm = nn.LayerNorm(width)
        self.classifier = classifier(width, classes, dropout)

    def tokens(self, clip: Tensor) -> Tensor:
        """(B, S, P, D) with their places. Raises UsageError for pictures without a whole square, and for one alone."""
        check(clip, frames=STEP, side=SIDE)
        tokens: Tensor = self.stem(clip)
        return (tokens + places(tokens)).flatten(2, 3)

    def attended(self, tokens: Tensor) -> Tensor:
        """(B, N, D) to the same."""
        attended: Tensor = self.norm(self.blocks(tokens))
        return attended

    def features(self, clip: Tensor) -> Tensor:
        """The mean of all tokens, of which none is masked: (B, D)."""
        return self.attended(self.tokens(clip).flatten(1, 2)).mean(1)

    def forward(self, clip: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(clip))
        return logits


def places(tokens: Tensor) -> Tensor:
    """(1, S, H / 8, W / 8, D): sines and cosines of when and where (Vaswani et al., NeurIPS 2017), a third of D each.

    Counted, so that a converted network does it anew for every size of picture.
    """
    width = tokens.shape[-1]
    pairs = width // 6
    pace = torch.exp(torch.arange(pairs, device=tokens.device) * (-4.6 / max(pairs - 1, 1)))
    waves = []
    for axis in (1, 2, 3):
        counted = torch.cumsum(torch.ones_like(tokens[:1, ..., :1]), axis) * pace
        waves += [counted.sin(), counted.cos()]
    return functional.pad(torch.cat(waves, -1), (0, width - 6 * pairs))


def build(classes: int, *, width: int, heads: int, blocks: int, dropout: float) -> nn.Module:
    return Transformer(classes, width=width, heads=heads, blocks=blocks, dropout=dropout)


class Masked(nn.Module):
    """`network` sees the share 1 - `masked` of the squares, through all pictures; a smaller transformer paints the
    others.

    Its pictures are painted `passes` times, each time from other squares, the same in every clip; a square is the mean
    of those in which it was masked, so that it never sees itself. Pixels are painted as they are: brought to mean 0 and
    spread 1 in each square, as published, they could not be painted without having seen the square.
    """

    ahead = 0

    def __init__(
        self, network: Transformer, *, masked: float, width: int, heads: int, blocks: int, frames: int, passes: int
    ) -> None:
        super().__init__()
        self.network, self.frames, self.masked, self.passes = network, frames, masked, passes
        self.narrow = nn.Linear(network.width, width)
        self.hidden = nn.Parameter(torch.randn(width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(blocks)))
        self.norm, self.paint = nn.LayerNorm(width), nn.Linear(width, COLOURS * STEP * SIDE**2)

    def visible(self, squares: int) -> int:
        """How many of so many are seen: one at least, and half at most, so that two passes can show different ones."""
        return max(min(round((1 - self.masked) * squares), squares // 2), 1)

    def chosen(self, clips: int, squares: int, device: torch.device) -> Tensor:
        """(B, V): squares that are seen, others in every clip, drawn by torch's generator."""
        return torch.rand(clips, squares, device=device).argsort(1)[:, : self.visible(squares)]

    def painted(self, x: Tensor, seen: Tensor) -> Tensor:
        """(B, S, P, pixels) in [0, 1], from the squares `seen` (B, V) of `x` alone; `squares` says which pixels."""
        tokens = self.network.tokens(centred(x))
        clips, steps, squares, width = tokens.shape
        shown = tokens.gather(2, seen[:, None, :, None].expand(-1, steps, -1, width))
        known = torch.unflatten(self.narrow(self.network.attended(shown.flatten(1, 2))), 1, (steps, -1))
        full = self.hidden.expand(clips, steps, squares, -1).scatter(
            2, seen[:, None, :, None].expand(-1, steps, -1, known.shape[-1]), known
        )
        grid = torch.unflatten(full, 2, (x.shape[3] // SIDE, -1))
        placed = (grid + places(grid)).flatten(1, 3)
        said = self.paint(self.norm(self.blocks(placed))).sigmoid()
        return torch.unflatten(said, 1, (steps, squares))

    def pictures(self, x: Tensor) -> Tensor:
        """The reconstruction of every square from others."""
        rows, columns = int(x.shape[3]) // SIDE, int(x.shape[4]) // SIDE
        shown = self.passing(rows * columns)
        hidden = torch.ones(len(shown), rows * columns, device=x.device)
        for number, seen in enumerate(shown):
            hidden[number, seen] = 0
        weights = (hidden / hidden.sum(0))[:, None, None, :, None]
        painted = [self.painted(x, torch.tensor(seen, device=x.device).expand(len(x), -1)) for seen in shown]
        parts = [weight * one for weight, one in zip(weights, painted, strict=True)]
        return pixelled(torch.stack(parts).sum(0), rows)

    def passing(self, squares: int) -> list[list[int]]:
        """Which squares are seen in each pass; none is in two of them."""
        count, order = self.visible(squares), list(range(squares))
        random.Random(0).shuffle(order)
        return [order[at * count : (at + 1) * count] for at in range(min(self.passes, squares // count))]


def squared(x: Tensor) -> Tensor:
    """(B, 3, T, H, W) to (B, S, P, pixels): the pixels of every token."""
    clips, colours, frames, height, width = x.shape
    parts = x.reshape(clips, colours, frames // STEP, STEP, height // SIDE, SIDE, width // SIDE, SIDE)
    return parts.permute(0, 2, 4, 6, 1, 3, 5, 7).flatten(4).flatten(2, 3)


def pixelled(tokens: Tensor, rows: int) -> Tensor:
    """The other way round than `squared`, of pictures with so many `rows` of squares."""
    clips, steps, squares = tokens.shape[:3]
    parts = tokens.reshape(clips, steps, rows, squares // rows, COLOURS, STEP, SIDE, SIDE)
    return parts.permute(0, 4, 1, 5, 2, 6, 3, 7).flatten(6, 7).flatten(4, 5).flatten(2, 3)


def pretext(
    network: nn.Module,
    *,
    masked: float = 0.9,
    width: int = 64,
    heads: int = 4,
    blocks: int = 2,
    frames: int = 8,
    passes: int = 4,
) -> nn.Module:
    return Masked(
        network,  # type: ignore[arg-type]
        masked=masked,
        width=width,
        heads=heads,
        blocks=blocks,
        frames=frames,
        passes=passes,
    )

"""ASFormer (Yi, Wen and Jiang, BMVC 2021): attention within windows that grow from layer to layer, over dilated
convolutions; decoders correct the encoder.

As published but for two things, so that an answer depends on what is near it, and a stream answers as a file does: each
step attends to the window around itself, as the paper draws it, where the published code takes whole blocks; and
instance normalisation takes its mean and spread from the steps around one, not from the whole video.

Shapes: C channels, N steps, B blocks of `side` steps.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

NARROWING = 2
"""Queries, keys and values have so many times fewer channels (r1 and r2 of the published code)."""

DECAY = 3.0
"""The attention of decoder s counts exp(-3 s): later ones only smooth (section 3.3)."""

NEAR = 64
"""Steps before and after one whose mean and spread it is normalised by."""

HIDDEN = -1e4
"""What is added to the score of a step that must not be seen: after the softmax nothing is left of it."""


class LocalNorm(nn.Module):
    """(1, C, N), each channel less its mean and by its spread among the steps nearby."""

    def forward(self, x: Tensor) -> Tensor:
        mean, square = (
            functional.avg_pool1d(part, 2 * NEAR + 1, 1, NEAR, count_include_pad=False) for part in (x, x.square())
        )
        return (x - mean) / ((square - mean.square()).clamp(min=0) + 1e-5).sqrt()


class LocalAttention(nn.Module):
    """(1, C, N) and what values are taken of, (1, C, N), to (1, C, N): each step looks at the `window` steps around it
    (section 3.2).
    """

    seen: Tensor

    def __init__(self, channels: int, window: int) -> None:
        super().__init__()
        narrow = channels // NARROWING
        self.window, self.side = window, window // 2
        if self.side:  # else a step sees itself only
            self.query, self.key = (nn.Conv1d(channels, narrow, 1) for _ in range(2))
        self.value, self.exit = nn.Conv1d(channels, narrow, 1), nn.Conv1d(narrow, channels, 1)
        place, other = torch.arange(window)[:, None], torch.arange(2 * window)[None]
        within = (other >= place) & (other < place + window)
        self.register_buffer("seen", torch.where(within, 0.0, HIDDEN), persistent=False)

    def forward(self, x: Tensor, values: Tensor) -> Tensor:
        value = self.value(values)
        if self.side:
            value = self._mixed(self.query(x), self.key(x), value)
        found: Tensor = self.exit(functional.relu(value))
        return found

    def _mixed(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Blocks of `window` queries, each with the keys from half a window before it to half a window behind it."""
        missing = (-query.shape[2]) % self.window
        inside = functional.pad(torch.zeros_like(query[:, :1]), (self.side, missing + self.side), value=HIDDEN)
        queries = self._blocks(functional.pad(query, (0, missing)), self.window)
        keys, values, hidden = (
            self._around(padded)
            for padded in (*(functional.pad(one, (self.side, missing + self.side)) for one in (key, value)), inside)
        )
        scores = queries.transpose(1, 2) @ keys / query.shape[1] ** 0.5
        weights = functional.softmax(scores + self.seen + hidden, dim=2)  # (B, window, 2 window)
        mixed = values @ weights.transpose(1, 2)
        return mixed.transpose(0, 1).reshape(1, query.shape[1], -1)[:, :, : query.shape[2]]

    @staticmethod
    def _blocks(x: Tensor, length: int) -> Tensor:
        """(1, C, N) to (B, C, length)."""
        return x.reshape(x.shape[1], -1, length).transpose(0, 1)

    def _around(self, padded: Tensor) -> Tensor:
        """(1, C, N + window) to (N / window, C, 2 window)."""
        halves = self._blocks(padded, self.side)
        return torch.cat([halves[:-2:2], halves[1:-1:2], halves[2::2], halves[3::2]], 2)


class Layer(nn.Module):
    """Figure 2. `alpha` is how much the attention counts; `given` is what a decoder takes its values of."""

    def __init__(self, channels: int, reach: int, alpha: float, dropout: float) -> None:
        super().__init__()
        self.forwards = nn.Conv1d(channels, channels, 3, padding=reach, dilation=reach)
        self.norm = LocalNorm()
        self.attention = LocalAttention(channels, reach)
        self.narrow = nn.Conv1d(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)
        self.alpha = alpha

    def forward(self, x: Tensor, given: Tensor | None) -> Tensor:
        near = functional.relu(self.forwards(x))
        level = self.norm(near)
        mixed = self.alpha * self.attention(level, level if given is None else given) + near
        added: Tensor = self.dropout(self.narrow(mixed))
        return x + added


class Coder(nn.Module):
    """(1, inputs, N) to logits (1, classes, N) and features (1, channels, N); windows double from layer to layer."""

    def __init__(self, inputs: int, classes: int, layers: int, channels: int, alpha: float, dropout: float) -> None:
        super().__init__()
        self.entry = nn.Conv1d(inputs, channels, 1)
        self.layers = nn.ModuleList(Layer(channels, 2**layer, alpha, dropout) for layer in range(layers))
        self.exit = nn.Conv1d(channels, classes, 1)

    def forward(self, x: Tensor, given: Tensor | None = None) -> tuple[Tensor, Tensor]:
        features = self.entry(x)
        for layer in self.layers:
            features = layer(features, given)
        return self.exit(features), features


class AsFormer(nn.Module):
    """(N, inputs) of one video to the last decoder's logits (N, classes)."""

    def __init__(self, inputs: int, classes: int, *, decoders: int, layers: int, channels: int, dropout: float) -> None:
        super().__init__()
        self.mask = nn.Dropout1d(dropout)
        self.encoder = Coder(inputs, classes, layers, channels, 1.0, dropout)
        self.decoders = nn.ModuleList(
            Coder(classes, classes, layers, channels, math.exp(-DECAY * number), dropout) for number in range(decoders)
        )

    def every_stage(self, x: Tensor) -> list[Tensor]:
        """(N, inputs) to the logits (N, classes) of the encoder and each decoder; all of them are trained (section
        3.4).
        """
        logits, features = self.encoder(self.mask(x.T.unsqueeze(0)))
        found = [logits]
        for decoder in self.decoders:
            logits, features = decoder(functional.softmax(logits, dim=1), features)
            found.append(logits)
        return [logits.squeeze(0).T for logits in found]

    def forward(self, x: Tensor) -> Tensor:
        return self.every_stage(x)[-1]


def build(inputs: int, classes: int, *, decoders: int, layers: int, channels: int, dropout: float) -> nn.Module:
    return AsFormer(inputs, classes, decoders=decoders, layers=layers, channels=channels, dropout=dropout)

"""ED-TCN (Lea et al., CVPR 2017, section 3.1): long temporal convolutions, pooled down and brought up again."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class NormalisedRelu(nn.Module):
    """Divides by the largest channel at each step (section 3.1)."""

    def forward(self, x: Tensor) -> Tensor:
        positive = functional.relu(x)
        return positive / (positive.amax(1, keepdim=True) + 1e-5)


class EdTcn(nn.Module):
    """(N, inputs) of one video to logits (N, classes)."""

    def __init__(self, inputs: int, classes: int, *, levels: int, channels: int, kernel: int, dropout: float) -> None:
        super().__init__()
        widths = [channels + 32 * level for level in range(levels)]
        self.entry = nn.Sequential(nn.Dropout1d(dropout), nn.Conv1d(inputs, channels, 1))
        self.encoder = nn.ModuleList(
            self._level(before, after, kernel, dropout)
            for before, after in zip([channels, *widths], widths, strict=False)
        )
        self.decoder = nn.ModuleList(
            self._level(before, after, kernel, dropout)
            for before, after in zip(widths[::-1], [*widths[-2::-1], channels], strict=True)
        )
        self.exit = nn.Conv1d(channels, classes, 1)

    @staticmethod
    def _level(before: int, after: int, kernel: int, dropout: float) -> nn.Module:
        return nn.Sequential(
            nn.Conv1d(before, after, kernel, padding=kernel // 2), nn.Dropout1d(dropout), NormalisedRelu()
        )

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.entry(x.T.unsqueeze(0))
        lengths = []
        for level in self.encoder:
            lengths.append(hidden.shape[2])
            # nothing is negative here, so a zero behind only completes the last pair, where one is missing
            hidden = functional.max_pool1d(functional.pad(level(hidden), (0, 1)), 2)
        for level, length in zip(self.decoder, reversed(lengths), strict=True):
            hidden = level(hidden.repeat_interleave(2, dim=2)[:, :, :length])
        logits: Tensor = self.exit(hidden)
        return logits.squeeze(0).T


def build(inputs: int, classes: int, *, levels: int, channels: int, kernel: int, dropout: float) -> nn.Module:
    return EdTcn(inputs, classes, levels=levels, channels=channels, kernel=kernel, dropout=dropout)

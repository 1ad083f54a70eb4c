"""The recurrent reader of MSB-RNN (Singh et al., CVPR 2016, section 3.3): an LSTM forwards and one backwards."""

from __future__ import annotations

from torch import Tensor, nn


class BiLstm(nn.Module):
    """(N, inputs) of one video to logits (N, classes)."""

    def __init__(self, inputs: int, classes: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.entry = nn.Sequential(nn.Dropout(dropout), nn.Linear(inputs, hidden), nn.ReLU())
        self.recurrent = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.exit = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * hidden, classes))

    def forward(self, x: Tensor) -> Tensor:
        both, _ = self.recurrent(self.entry(x).unsqueeze(0))
        logits: Tensor = self.exit(both.squeeze(0))
        return logits


def build(inputs: int, classes: int, *, hidden: int, dropout: float) -> nn.Module:
    return BiLstm(inputs, classes, hidden, dropout)

"""TSM (Lin et al., ICCV 2019): TSN, in which pictures hand a part of their maps to their neighbours.

`Tsm` sees a whole clip. With `online` pictures hand on to later ones alone, so that `Streaming` can give the same
answers picture by picture, as they come.

Shapes: B batch, C channels or classes, T pictures, H height, W width, D features.
"""

from __future__ import annotations

import copy
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.core import UsageError
from aisle.models import tsn
from aisle.models._image import ImageNetwork, Mix
from aisle.models.clip import ClipCard
from aisle.models.i3d import State

published, initial = tsn.published, tsn.initial


def shifted(x: Tensor, *, frames: int, share: int, online: bool) -> Tensor:
    """(B*T, C, H, W) with the pictures' maps in part exchanged within each clip of T `frames`; zeros where there is no
    neighbour.

    The first of `share` equal parts of the channels comes from the next picture and the second from the one before;
    `online`, the first comes from the one before (section 3, figure 1 b and c).
    """
    clips = x.view(-1, frames, *x.shape[1:])
    part = x.shape[1] // share
    if online:
        parts = [_before(clips[:, :, :part]), clips[:, :, part:]]
    else:
        parts = [_next(clips[:, :, :part]), _before(clips[:, :, part : 2 * part]), clips[:, :, 2 * part :]]
    return torch.cat(parts, 2).flatten(0, 1)


def _next(clips: Tensor) -> Tensor:
    """(B, T, C, H, W): in the place of each picture the one after it."""
    return functional.pad(clips[:, 1:], (0, 0, 0, 0, 0, 0, 0, 1))


def _before(clips: Tensor) -> Tensor:
    """(B, T, C, H, W): in the place of each picture the one before it."""
    return functional.pad(clips[:, :-1], (0, 0, 0, 0, 0, 0, 1, 0))


class Tsm(tsn.Tsn):
    """Shifts where a residual branch begins, so that the shortcut keeps each picture's own maps (section 4.1)."""

    def __init__(
        self, image: ImageNetwork, classes: int, *, dropout: float, spread: float, share: int, online: bool
    ) -> None:
        super().__init__(image, classes, dropout=dropout, spread=spread)
        self.share, self.online = share, online

    def mix(self, frames: int) -> Mix:
        return partial(shifted, frames=frames, share=self.share, online=self.online)


class Streaming(nn.Module):
    """A network that hands on to later pictures alone, over a stream: each picture is computed once.

    What a picture hands on at every residual branch is kept for the one after it; before the first there are zeros.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, net: Tsm, card: ClipCard) -> None:
        super().__init__()
        if not net.online:
            raise UsageError(
                "a network that waits for the next picture cannot answer at once",
                got=card.name,
                allowed="a network with online = true",
                do="see aisle models list --networks",
            )
        self.net = copy.deepcopy(net).eval().requires_grad_(False)
        self.register_buffer("mean", 255 * torch.tensor(card.mean).view(3, 1, 1))
        self.register_buffer("spread", 255 * torch.tensor(card.spread).view(3, 1, 1))
        self.states = tuple(
            State(place.name, place.channels // net.share, place.down, lead=1, keep=1) for place in net.image.places
        )

    def forward(self, frames: Tensor, lead: Tensor, end: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One piece of a stream: any number of pictures (T, H, W, 3), bytes, none of them given before.

        Returns features (T, D), logits (T, C), and the states for the next call. `lead` and `end`, whether the stream
        starts and ends here, change nothing.
        """
        del lead, end
        given, kept = iter(zip(self.states, states, strict=True)), []

        def mix(x: Tensor) -> Tensor:
            state, earlier = next(given)
            handed = x[:, : state.channels].transpose(0, 1).unsqueeze(0)
            grown = torch.cat([earlier, handed], 2)
            kept.append(grown[:, :, -1:])
            return torch.cat([grown[0, :, :-1].transpose(0, 1), x[:, state.channels :]], 1)

        pictures = (frames.permute(0, 3, 1, 2).float() - self.mean) / self.spread
        features = self.net.image(pictures, mix).mean((2, 3))
        return features, self.net.classifier(features), *kept


def build(
    classes: int, *, image: str, width: float, dropout: float, spread: float, share: int, online: bool
) -> nn.Module:
    network = tsn.image_network(image, width)
    return Tsm(network, classes, dropout=dropout, spread=spread, share=share, online=online)

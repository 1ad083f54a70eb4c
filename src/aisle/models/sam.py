"""MobileSAM (Zhang et al.: Faster Segment Anything. arXiv:2306.14289, 2023): TinyViT in place of the encoder of SAM
(Kirillov et al.: Segment Anything. ICCV 2023), whose prompt encoder and mask decoder it keeps. Prompts are boxes here.

Names of weights are the published ones. Shapes: P prompts, T tokens, C channels, h x w the maps, a sixteenth of the
picture; masks are a quarter of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from aisle.models.renaming import Table, filled, renamed
from aisle.models.tiny_vit import PATCH, TINY_VIT_5M, Stage, TinyViT

WIDTH = 256
SIDE = 1024
"""Pixels of the long side of the pictures that it was trained on; below or beside them were zeros to make a square."""
MASKS = 4
"""Of one prompt: first the one to take where a prompt leaves no doubt, as a box does, then whole, part and subpart."""

UNUSED: Table = [
    (r"image_encoder\.(norm_head|head)\..*", ""),  # the classes it was pretrained on
    (r"prompt_encoder\.(mask_downscaling|not_a_point_embed)\..*", ""),  # prompts that are no boxes
    (r"prompt_encoder\.point_embeddings\.[01]\..*", ""),
]


class SAM(nn.Module):
    """The two networks, `image_encoder` for each picture and `decoder` for its prompts, under their published names."""

    def __init__(self, stages: tuple[Stage, ...] = TINY_VIT_5M, width: int = WIDTH, *, side: int = SIDE) -> None:
        """`width` is that of the maps and tokens, `side` the long side of the pictures, of which it is a whole part."""
        super().__init__()
        self.image_encoder = Encoder(stages, width)
        self.prompt_encoder = PromptEncoder(width, side)
        self.mask_decoder = MaskDecoder(width)

    def forward(self, maps: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (1, C, h, w) of a picture and corners (P, 4) in its pixels to masks (P, 4, 4h, 4w), above 0 where the
        thing is, and (P, 4) how well they are thought to fit (IoU).
        """
        sparse, dense, places = self.prompt_encoder(boxes, maps.shape[2], maps.shape[3])
        answers: tuple[Tensor, Tensor] = self.mask_decoder(maps + dense, places, sparse)
        return answers


def published(state: Mapping[str, Tensor], *, side: int = SIDE) -> SAM:
    """The network with the published weights, in evaluation mode, for pictures whose long side is `side`.

    Raises DamagedError for weights of another network.
    """
    network = SAM(side=side)
    filled(network, renamed(state, UNUSED))
    return network


class ChannelNorm(nn.Module):
    """Layer norm over the channels of maps (B, C, H, W)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        last = functional.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, eps=1e-6)
        return last.permute(0, 3, 1, 2)


class Encoder(TinyViT):
    """Normalised pictures (B, 3, H, W) to maps (B, C, H/16, W/16)."""

    def __init__(self, stages: tuple[Stage, ...], width: int) -> None:
        super().__init__(stages)
        self.neck = nn.Sequential(
            nn.Conv2d(stages[-1].width, width, 1, bias=False),
            ChannelNorm(width),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            ChannelNorm(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        maps: Tensor = self.neck(super().forward(x))
        return maps


class PromptEncoder(nn.Module):
    """What the decoder is asked for, and where the cells of the maps lie."""

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.pe_layer = Waves(width)
        # 0 and 1 are for points outside and inside; boxes need those of the upper left and of the lower right corner
        self.point_embeddings = nn.ModuleDict({kind: nn.Embedding(1, width) for kind in ("2", "3")})
        self.no_mask_embed = nn.Embedding(1, width)

    def forward(self, boxes: Tensor, high: int, wide: int) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens (P, 2, C), what stands for no mask (1, C, 1, 1), and the places (1, C, h, w)."""
        corners = self.pe_layer((boxes.view(-1, 2, 2) + 0.5) / self.side)
        kinds = torch.cat([*self.point_embeddings.parameters()])
        rows, columns = ((torch.arange(count) + 0.5) * (PATCH / self.side) for count in (high, wide))
        grid = torch.stack([columns.expand(high, wide), rows[:, None].expand(high, wide)], dim=-1)
        return corners + kinds, self.no_mask_embed.weight[..., None, None], self.pe_layer(grid).permute(2, 0, 1)[None]


class Waves(nn.Module):
    """Places (..., 2), x and y as shares of the side, to the sines and cosines of random projections (..., C)."""

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, width // 2))

    def forward(self, shares: Tensor) -> Tensor:
        turns = 2 * math.pi * ((2 * shares - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([turns.sin(), turns.cos()], dim=-1)


class MaskDecoder(nn.Module):
    """Tokens of prompts and of its own look at the maps; then a small network makes of each a kernel for its mask."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.transformer = TwoWay(width)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(MASKS, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, 2, stride=2),
            ChannelNorm(width // 4),
            nn.GELU(),
            nn.ConvTranspose2d(width // 4, width // 8, 2, stride=2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(_Mlp(width, width // 8) for _ in range(MASKS))
        self.iou_prediction_head = _Mlp(width, MASKS)

    def forward(self, maps: Tensor, places: Tensor, prompts: Tensor) -> tuple[Tensor, Tensor]:
        """Maps and places (1, C, h, w) and prompts (P, T, C), as SAM answers."""
        count, width, high, wide = prompts.shape[0], *maps.shape[1:]
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([own.expand(count, -1, -1), prompts], dim=1)
        cells = maps.flatten(2).transpose(1, 2).expand(count, -1, -1)
        tokens, cells = self.transformer(tokens, cells, places.flatten(2).transpose(1, 2))
        fine = self.output_upscaling(cells.transpose(1, 2).reshape(count, width, high, wide))
        kernels = torch.stack([mlp(tokens[:, 1 + k]) for k, mlp in enumerate(self.output_hypernetworks_mlps)], dim=1)
        masks = (kernels @ fine.flatten(2)).view(count, MASKS, 4 * high, 4 * wide)
        return masks, self.iou_prediction_head(tokens[:, 0])


class TwoWay(nn.Module):
    """Tokens (P, T, C) look at the cells (P, h*w, C) of the maps, and these at them, twice."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_TwoWayLayer(width, first=first) for first in (True, False))
        self.final_attn_token_to_image = _Attention(width, width // 2)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, prompts: Tensor, cells: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """The tokens are their own places."""
        tokens = prompts
        for layer in self.layers:
            tokens, cells = layer(tokens, cells, prompts, places)
        seen = self.final_attn_token_to_image(tokens + prompts, cells + places, cells)
        return self.norm_final_attn(tokens + seen), cells


class _TwoWayLayer(nn.Module):
    def __init__(self, width: int, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn = _Attention(width, width)
        self.cross_attn_token_to_image = _Attention(width, width // 2)
        self.cross_attn_image_to_token = _Attention(width, width // 2)
        self.mlp = nn.ModuleDict({"lin1": nn.Linear(width, 8 * width), "lin2": nn.Linear(8 * width, width)})
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(width) for _ in range(4))

    def forward(self, tokens: Tensor, cells: Tensor, prompts: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        if self.first:
            tokens = self.norm1(self.self_attn(tokens, tokens, tokens))
        else:
            placed = tokens + prompts
            tokens = self.norm1(tokens + self.self_attn(placed, placed, tokens))
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + prompts, cells + places, cells))
        tokens = self.norm3(tokens + self.mlp["lin2"](functional.relu(self.mlp["lin1"](tokens))))
        cells = self.norm4(cells + self.cross_attn_image_to_token(cells + places, tokens + prompts, tokens))
        return tokens, cells


class _Attention(nn.Module):
    def __init__(self, width: int, inner: int, heads: int = 8) -> None:
        """`inner` channels are attended in."""
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, inner) for _ in range(3))
        self.out_proj = nn.Linear(inner, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        projected = self.q_proj(query), self.k_proj(key), self.v_proj(value)
        heads = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in projected)
        seen: Tensor = self.out_proj(functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))
        return seen


class _Mlp(nn.Module):
    """Three layers."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, outputs)])

    def forward(self, x: Tensor) -> Tensor:
        first, second, last = self.layers
        answer: Tensor = last(functional.relu(second(functional.relu(first(x)))))
        return answer

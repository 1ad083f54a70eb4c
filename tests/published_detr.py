"""Folders as transformers writes published detectors, with networks that are small and know nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def write_published(kind: str, folder: Path, *, classes: int) -> None:
    """An `rt_detr` or a `d_fine`."""
    import transformers

    sizes: dict[str, Any] = {
        **dict.fromkeys(("d_model", "encoder_hidden_dim", "encoder_ffn_dim", "decoder_ffn_dim"), 32),
        **dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads", "decoder_layers"), 2),
        "decoder_in_channels": [32, 32, 32],
        "num_queries": 20,
        "num_denoising": 4,
    }
    if kind == "rt_detr":
        look = transformers.RTDetrResNetConfig(
            embedding_size=8,
            hidden_sizes=[8, 16, 16, 16],
            depths=[1, 1, 1, 1],
            layer_type="basic",
            out_features=["stage2", "stage3", "stage4"],
        )
        config: Any = transformers.RTDetrConfig(backbone_config=look, encoder_in_channels=[16, 16, 16], **sizes)
        network: Any = transformers.RTDetrForObjectDetection
    else:
        look = transformers.HGNetV2Config(
            stem_channels=[3, 8, 8],
            stage_in_channels=[8, 8, 16, 16],
            stage_mid_channels=[8, 8, 8, 8],
            stage_out_channels=[8, 16, 16, 16],
            stage_num_blocks=[1, 1, 1, 1],
            stage_numb_of_layers=[1, 1, 1, 1],
            hidden_sizes=[8, 16, 16, 16],
            depths=[1, 1, 1, 1],
            embedding_size=8,
            out_features=["stage2", "stage3", "stage4"],
            stage_light_block=[False] * 4,
        )
        config = transformers.DFineConfig(backbone_config=look, encoder_in_channels=[16, 16, 16], **sizes)
        network = transformers.DFineForObjectDetection
    config.num_labels = classes
    made = network(config)
    stir(made)
    made.save_pretrained(folder)


def stir(network: Any) -> None:
    """Other weights, with which no two places look alike: of equal guesses the order is nobody's business."""
    import torch

    torch.manual_seed(0)
    for weight in network.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=1.5 * weight[0].numel() ** -0.5)

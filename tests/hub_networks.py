"""Networks as the Hugging Face hub has them, tiny and with random weights, in folders that transformers wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from aisle.deploy.hub import needs_parts

LABELS = ("falling", "picking up", "walking")
VIT: dict[str, Any] = {
    "image_size": 32,
    "num_frames": 4,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}
VJEPA2: dict[str, Any] = {
    "crop_size": 32,
    "frames_per_clip": 4,
    "hidden_size": 24,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "mlp_ratio": 2.0,
    "num_pooler_layers": 1,
    "pred_hidden_size": 24,
    "pred_num_attention_heads": 2,
    "pred_num_hidden_layers": 1,
}
NAMES = {"vjepa2": "VJEPA2", "videomae": "VideoMAE", "timesformer": "Timesformer", "vivit": "Vivit"}
"""How transformers begins the names of a kind's classes."""

PROCESSOR: dict[str, Any] = {
    "do_resize": True,
    "size": {"shortest_edge": 36},
    "do_center_crop": True,
    "crop_size": {"height": 32, "width": 32},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}


def hub_network(folder: Path, kind: str = "vjepa2", *, names_clips: bool = True, licence: str = "") -> Path:
    """Writes one of `kind` into `folder`, with its processor's file, and a page where it has a `licence`."""
    needs_parts()
    import transformers

    transformers.utils.logging.disable_progress_bar()
    labels = dict(enumerate(LABELS))
    given = {"id2label": labels, "label2id": {name: key for key, name in labels.items()}} if names_clips else {}
    config = getattr(transformers, f"{NAMES[kind]}Config")(**(VJEPA2 if kind == "vjepa2" else VIT), **given)
    torch.manual_seed(0)
    made = getattr(transformers, f"{NAMES[kind]}{'ForVideoClassification' if names_clips else 'Model'}")(config)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.1 * torch.randn_like(weight))  # else it hardly answers to what it sees
    made.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR), "utf-8")
    if licence:
        (folder / "README.md").write_text(f"---\nlicense: {licence}\ntags:\n- video\n---\n# A model\n", "utf-8")
    return folder

"""RT-DETR and D-FINE against transformers' own reading of them, and the authors' export by hand."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import (
    DFineConfig,
    DFineForObjectDetection,
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrResNetConfig,
)
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil
from transformers.models.rt_detr.modeling_rt_detr import RTDetrObjectDetectionOutput

from aisle.core import UsageError
from aisle.core.video import Image
from aisle.deploy.object_detectors import open_detector
from aisle.objects.coco import COCO
from aisle.objects.family import Port, Signature
from aisle.objects.guesses import best_guesses
from aisle.objects.rtdetr import reader
from detector_networks import NAMES, write_deciding

SIDE, GUESSES, CLASSES = 96, 20, 6
SMALL: dict[str, Any] = {
    "encoder_hidden_dim": 32,
    "d_model": 32,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "decoder_layers": 2,
    "num_queries": GUESSES,
    "num_denoising": 0,
    "num_labels": CLASSES,
    "decoder_in_channels": [32, 32, 32],
}


class Answers(nn.Module):
    """What an export keeps."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        said = self.network(pixel_values=pixel_values)
        return said.logits, said.pred_boxes


def small(kind: str) -> nn.Module:
    """Random, and sure enough of something: the answers of a fresh network are all alike. Its norms have seen a few
    pictures, without which signals die out and every runtime rounds what is left in its own way.
    """
    torch.manual_seed(0)
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 24, 32],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    wanted = SMALL | {"backbone_config": backbone, "encoder_in_channels": [16, 24, 32]}
    if kind == "D-FINE":
        network: nn.Module = DFineForObjectDetection(DFineConfig(**wanted))
    else:
        network = RTDetrForObjectDetection(RTDetrConfig(**wanted))
    for name, weight in network.named_parameters():
        if "class_embed" in name or "bbox_embed" in name:
            nn.init.normal_(weight, std=0.3)
        if "enc_score_head.weight" in name:
            nn.init.normal_(weight)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the mean of all that it sees
    with torch.no_grad():
        network.train()(pixel_values=torch.rand(8, 3, SIDE, SIDE))
    return Answers(network).eval()


def exported(network: nn.Module, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, SIDE, SIDE),),
            path,
            input_names=["pixel_values"],
            output_names=["logits", "pred_boxes"],
            dynamo=False,
            opset_version=17,
        )
    return path


def pictures() -> list[Image]:
    """Of noise, which has no two places that look alike: where they do, runtimes choose in their own order."""
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, (*size, 3), np.uint8) for size in ((120, 200), (100, 177), (60, 50))]  # shrunk, grown


@pytest.mark.parametrize("kind", ["RT-DETR", "D-FINE"])
def test_it_agrees_with_transformers(kind: str, tmp_path: Path) -> None:
    network, processor = small(kind), RTDetrImageProcessorPil(size={"height": SIDE, "width": SIDE})
    detector = open_detector(exported(network, tmp_path / "small.onnx"), names=COCO[:CLASSES], score=0.5)
    for image, found in zip(pictures(), detector(pictures()), strict=True):
        with torch.no_grad():
            logits, boxes = network(processor(images=[image], return_tensors="pt")["pixel_values"])
        said = RTDetrObjectDetectionOutput(logits=logits, pred_boxes=boxes)
        (expected,) = processor.post_process_object_detection(said, threshold=0.5, target_sizes=[image.shape[:2]])
        assert len(found) == len(expected["scores"]) > 3
        assert [COCO.index(label) for label in found.labels] == expected["labels"].tolist()
        np.testing.assert_allclose(found.boxes.scores, expected["scores"], atol=1e-4)
        np.testing.assert_allclose(found.boxes.corners, expected["boxes"], atol=0.02)


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_the_authors_export_is_told_the_size_of_each_picture(tmp_path: Path, runtime: str) -> None:
    detector = open_detector(write_deciding(tmp_path / "own.onnx"), names=NAMES, score=0.15, runtime=runtime)
    wide, high = detector([np.zeros((100, 200, 3), np.uint8), np.zeros((300, 50, 3), np.uint8)])
    assert wide.labels == high.labels == ("bottle", "person", "bag")
    np.testing.assert_allclose(wide.boxes.scores, [0.6, 0.5, 0.2], atol=1e-6)
    shares = np.array([[0.65, 0.3, 0.75, 0.5], [0.2, 0.2, 0.4, 0.8], [0.3, 0.7, 0.7, 0.9]])
    np.testing.assert_allclose(wide.boxes.corners, shares * [200, 100, 200, 100], atol=1e-3)
    np.testing.assert_allclose(high.boxes.corners, shares * [50, 300, 50, 300], atol=1e-3)


def test_the_inputs_may_stand_in_either_order() -> None:
    images, sizes = Port("images", (None, 3, None, None)), Port("orig_target_sizes", (None, 2))
    answers = tuple(Port(name, (None, None)) for name in ("boxes", "labels", "scores"))
    image = np.full((10, 20, 3), 255, np.uint8)
    for ports in ((images, sizes), (sizes, images)):
        ours = reader(Signature(ports, answers), (32, 64))
        prepared = dict(zip([port.name for port in ports], ours.prepared(image), strict=True))
        assert prepared["orig_target_sizes"].tolist() == [20, 10]
        assert prepared["orig_target_sizes"].dtype == np.int64
        assert prepared["images"].shape == (3, 32, 64)
        assert prepared["images"].dtype == np.float32
        assert prepared["images"].max() == 1


def test_as_many_classes_as_names() -> None:
    with pytest.raises(UsageError, match="got: 2 names; allowed: 3"):
        best_guesses(np.ones((5, 3), np.float32), score=0.5, wanted=np.ones(2, bool))

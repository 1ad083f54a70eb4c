"""YOLOX-nano: the published weights find their places, and it answers as the published file does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.core import DamagedError
from aisle.models.yolox import YoloxNano, begin_from
from datasets import SHARED
from detector_networks import Answer, write_network

FILE = SHARED / "weights/yolox_nano_coco.onnx"
GUESS = Answer("output", np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))
needs_weights = pytest.mark.skipif(not FILE.is_file(), reason=f"needs {FILE}; AISLE_SHARED names the folder")


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 64)])
def test_it_answers_for_every_cell(height: int, width: int) -> None:
    network = YoloxNano(3).eval()
    said = network(torch.rand(2, 3, height, width) * 255)
    assert said.shape == (2, height * width // 64 * 21 // 16, 8)
    assert ((said[..., 4:] >= 0) & (said[..., 4:] <= 1)).all()
    logits = network.train()(torch.rand(1, 3, height, width))
    assert logits.shape[2] == 8


def test_a_file_of_another_network_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"no network")
    with pytest.raises(DamagedError, match="cannot read the network"):
        begin_from(YoloxNano(3), tmp_path / "a.onnx")


def test_a_network_of_other_convolutions_is_told(tmp_path: Path) -> None:
    write_network(tmp_path / "a.onnx", [GUESS], shape=(1, 3, 8, 8), range_of=(0, 1))
    with pytest.raises(DamagedError, match="no YOLOX-nano; got: 0 convolutions; allowed: 113"):
        begin_from(YoloxNano(3), tmp_path / "a.onnx")


@needs_weights
def test_it_answers_as_the_published_file() -> None:
    import openvino

    network = YoloxNano(80).eval()
    begin_from(network, FILE)
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 3, 416, 416)).astype(np.float32)
    core = openvino.Core()
    published = core.compile_model(core.read_model(FILE), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(pixels)[0]
    with torch.no_grad():
        ours = network(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(ours, published, atol=2e-3)


@needs_weights
def test_other_classes_begin_unsure_and_all_else_as_published() -> None:
    network, published = YoloxNano(2).eval(), YoloxNano(80).eval()
    begin_from(network, FILE)
    begin_from(published, FILE)
    pixels = torch.full((1, 3, 64, 64), 114.0)
    with torch.no_grad():
        ours, theirs = network(pixels), published(pixels)
    torch.testing.assert_close(ours[..., :5], theirs[..., :5])
    assert float(ours[..., 5:].max()) < 0.2

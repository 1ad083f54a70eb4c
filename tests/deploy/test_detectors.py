from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from aisle.core import DamagedError
from aisle.core.weights import WeightsSource
from aisle.deploy.detectors import Networks, load_detector
from aisle.deploy.weights import sha256


def write_network(path: Path) -> Path:
    """Two ends: the pictures doubled, and that plus one."""
    size = [1, 3, "height", "width"]
    names = ("pictures", "double", "more")
    pictures, *ends = (helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name in names)
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    nodes = [
        helper.make_node("Add", ["pictures"] * 2, ["double"]),
        helper.make_node("Add", ["double", "one"], ["more"]),
    ]
    graph = helper.make_graph(nodes, "tiny", [pictures], ends, [one])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


@pytest.mark.parametrize(("outputs", "said"), [((), [2, 3]), (("more",), [3]), (("more", "double"), [3, 2])])
def test_a_network_answers_with_the_ends_that_are_asked_for(
    tmp_path: Path, outputs: tuple[str, ...], said: list[int]
) -> None:
    pixels = np.ones((1, 3, 4, 6), np.float32)
    answers = load_detector(write_network(tmp_path / "tiny.onnx"), pixels.shape, outputs)(pixels)
    assert [answer.shape for answer in answers] == [pixels.shape] * len(said)
    assert [float(answer.mean()) for answer in answers] == said


@pytest.mark.parametrize("name", ["noise.onnx", "noise.pb", "noise.tflite"])
def test_what_is_no_network_is_damaged(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"noise" * 100)
    with pytest.raises(DamagedError, match=f"cannot read the network in .*{name}"):
        load_detector(tmp_path / name, (1, 3, 4, 6))


def test_a_network_is_found_and_opened_once_for_pictures_of_one_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_network(tmp_path / "tiny.onnx")
    weights = WeightsSource(url="https://nowhere.invalid/tiny.onnx", member=file.name, member_sha256=sha256(file))
    monkeypatch.setenv("AISLE_WEIGHTS", str(tmp_path))
    networks = Networks()
    network = networks(weights, (1, 3, 4, 6))
    assert float(network(np.ones((1, 3, 4, 6), np.float32))[0].mean()) == 2
    assert networks(weights, (1, 3, 4, 6)) is network
    assert networks(weights, (1, 3, 8, 6)) is not network
    assert networks(weights, (1, 3, 4, 6), ("more",)) is not network

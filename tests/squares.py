"""Coloured squares that walk through a video, and a small but real detector that finds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from videos import Picture

SIDE = 64
COLOURS = ((230, 0, 0), (0, 230, 0))
LABELS = 80
"""As many as in COCO, whose first is people."""

Place = tuple[int, int] | None


def picture(*squares: Place, width: int = 128, height: int = 96, side: int = 24) -> Picture:
    """Black, with a square of each of `COLOURS` at its left upper corner; None for one that is not there."""
    image = np.zeros((height, width, 3), np.uint8)
    for colour, place in zip(COLOURS, squares, strict=False):
        if place is not None:
            x, y = place
            image[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)] += np.array(colour, np.uint8)
    return image


def crossing(pictures: int, step: int = 1) -> list[Picture]:
    """Red walks to the right and green to the left, one above the other."""
    return [picture((4 + step * k, 20), (100 - step * k, 50)) for k in range(pictures)]


def write_square_detector(path: Path) -> Path:
    """RT-DETR's form, for any number of pictures: two guesses, people around what is red and around what is green."""
    along = np.arange(SIDE, dtype=np.float32)
    constants: dict[str, Any] = {
        "half": np.float32(0.5),
        "two": np.array([0, 1], np.int64),
        "right": (along + 1) / SIDE,
        "left": (SIDE - along) / SIDE,
        "one": np.float32(1),
        "sure": np.float32(8),
        "unsure": np.float32(4),
        "others": np.full((1, 2, LABELS - 1), -9, np.float32),
        "zero": np.float32(0),
        "axis": np.array([2], np.int64),
        "kinds": np.array([1, 1, LABELS - 1], np.int64),
    }
    nodes: list[Any] = [
        _node("Gather", ["pixel_values", "two"], "colours", axis=1),
        _node("Greater", ["colours", "half"], "bright"),
        _node("Cast", ["bright"], "lit", to=TensorProto.FLOAT),
        *_ends("x", over=2),
        *_ends("y", over=3),
        _node("Concat", ["x_middle", "y_middle", "x_size", "y_size"], "pred_boxes", axis=2),
        _node("ReduceMax", ["lit"], "any4", axes=[2, 3], keepdims=0),
        _node("Unsqueeze", ["any4", "axis"], "any"),
        _node("Mul", ["any", "sure"], "raised"),
        _node("Sub", ["raised", "unsure"], "people"),
        _node("Mul", ["any", "zero"], "nothing"),
        _node("Expand", ["nothing", "kinds"], "blank"),
        _node("Add", ["blank", "others"], "rest"),
        _node("Concat", ["people", "rest"], "logits", axis=2),
    ]
    graph = helper.make_graph(
        nodes,
        "squares",
        [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["pictures", 3, SIDE, SIDE])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["pictures", 2, LABELS]),
            helper.make_tensor_value_info("pred_boxes", TensorProto.FLOAT, ["pictures", 2, 4]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def _node(kind: str, inputs: Sequence[str], output: str, **more: Any) -> Any:
    return helper.make_node(kind, inputs, [output], **more)


def _ends(axis: str, over: int) -> list[Any]:
    """Middle and size (N, 2, 1) of what is lit along one axis, as shares: from how far it reaches on either side."""

    def named(part: str) -> str:
        return f"{axis}_{part}"

    return [
        _node("ReduceMax", ["lit"], named("lit"), axes=[over], keepdims=0),
        _node("Mul", [named("lit"), "right"], named("rights")),
        _node("ReduceMax", [named("rights")], named("end"), axes=[2], keepdims=1),
        _node("Mul", [named("lit"), "left"], named("lefts")),
        _node("ReduceMax", [named("lefts")], named("back"), axes=[2], keepdims=1),
        _node("Sub", ["one", named("back")], named("start")),
        _node("Sub", [named("end"), named("start")], named("size")),
        _node("Mul", [named("size"), "half"], named("reach")),
        _node("Add", [named("start"), named("reach")], named("middle")),
    ]

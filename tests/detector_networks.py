"""A small network of every kind of detector, as an ONNX file: it finds things in the bright half of what can be seen,
and the brighter a picture is, the surer it is and the larger they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, GUESSES = 64, 4
NAMES = ("person", "bag", "bottle")
CELLS = 8 * 8 + 4 * 4 + 2 * 2
ANCHORS, NUMBERED = 2034, 91


@dataclass(frozen=True)
class Answer:
    """`dark` (N, ...) is what the network answers on a black picture, `bright` on a white one."""

    name: str
    dark: npt.NDArray[Any]
    bright: npt.NDArray[Any]


def write_network(
    path: Path, answers: Sequence[Answer], *, shape: Sequence[Any], range_of: tuple[float, float], reads: str = "images"
) -> Path:
    """Pictures of `shape` with numbers in `range_of`, black to white, in; `answers` in between, by the mean, out."""
    low, high = range_of
    constants = {"low": np.float32(low), "span": np.float32(high - low)}
    nodes = [
        helper.make_node("ReduceMean", [reads], ["mean"], axes=list(range(1, len(shape)))),
        helper.make_node("Sub", ["mean", "low"], ["above"]),
        helper.make_node("Div", ["above", "span"], ["share"]),
    ]
    outputs = []
    for answer in answers:
        rank, name = answer.dark.ndim + 1, answer.name
        constants |= {
            f"{name}_rank": np.array([-1] + [1] * (rank - 1)),
            f"{name}_dark": answer.dark[np.newaxis].astype(np.float32),
            f"{name}_more": (answer.bright - answer.dark)[np.newaxis].astype(np.float32),
        }
        nodes += [
            helper.make_node("Reshape", ["share", f"{name}_rank"], [f"{name}_share"]),
            helper.make_node("Mul", [f"{name}_share", f"{name}_more"], [f"{name}_shift"]),
            helper.make_node("Add", [f"{name}_shift", f"{name}_dark"], [name]),
        ]
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [shape[0], *answer.dark.shape]))
    inputs = [helper.make_tensor_value_info(reads, TensorProto.FLOAT, shape)]
    return _saved(path, nodes, inputs, outputs, constants)


def _saved(path: Path, nodes: Any, inputs: Any, outputs: Any, constants: dict[str, Any]) -> Path:
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def write_yolox(path: Path) -> Path:
    """Fixed to one picture, as the published ones are; two things, in cells of the coarsest grid."""
    rows = np.zeros((CELLS, 5 + len(NAMES)), np.float32)
    rows[-4] = [0.5, 0.5, np.log(0.5), np.log(0.9), 0.6, 0.9, 0.1, 0]  # a person around (16, 16), 16 wide, 29 high
    rows[-1] = [0.5, 0.5, np.log(0.4), np.log(0.4), 0.6, 0, 0.1, 0.9]
    white = rows.copy()
    white[:, 4] *= 1.5
    white[:, 2:4] *= 0.5
    return write_network(path, [Answer("output", rows, white)], shape=[1, 3, SIDE, SIDE], range_of=(0, 255))


def _guesses() -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Boxes (Q, 4), middle and size as shares, and logits (Q, C) in the dark and in the light."""
    boxes = np.array([[0.3, 0.5, 0.2, 0.6], [0.7, 0.4, 0.1, 0.2], [0.5, 0.8, 0.4, 0.2], [0.9, 0.9, 0.4, 0.4]])
    dark = np.full((GUESSES, len(NAMES)), -4.0)
    dark[0, 0], dark[1, 2], dark[2, 1] = 0.2, 0.3, -1
    return boxes.astype(np.float32), dark.astype(np.float32), (dark + 1.5).astype(np.float32)


def write_rtdetr(path: Path) -> Path:
    """As transformers exports it, for any number of pictures."""
    boxes, dark, bright = _guesses()
    answers = [Answer("logits", dark, bright), Answer("pred_boxes", boxes, boxes * np.float32([1, 1, 1.2, 1.2]))]
    return write_network(path, answers, shape=["pictures", 3, SIDE, SIDE], range_of=(0, 1), reads="pixel_values")


def write_rfdetr(path: Path) -> Path:
    """With masks; its last class is none."""
    boxes, dark, bright = _guesses()
    dark, bright = (np.concatenate([part, np.full((GUESSES, 1), -9, np.float32)], axis=1) for part in (dark, bright))
    masks = np.full((GUESSES, 8, 8), -1, np.float32)
    masks[:, 2:6, 2:6] = 1
    answers = [Answer("dets", boxes, boxes), Answer("labels", dark, bright), Answer("masks", masks, masks)]
    return write_network(path, answers, shape=["pictures", 3, SIDE, SIDE], range_of=(-2, 2.5), reads="input")


def write_ssd(path: Path) -> Path:
    """The boxes are the network's anchors; a person, a bottle and a car."""
    boxes, dark = np.zeros((ANCHORS, 4), np.float32), np.zeros((ANCHORS, NUMBERED), np.float32)
    dark[600, 1] = dark[1000, 44] = dark[2033, 3] = 0.6
    answers = [Answer("boxes", boxes, boxes), Answer("classes", dark, dark * np.float32(1.3))]
    return write_network(path, answers, shape=[1, 320, 320, 3], range_of=(-1, 1))


def write_deciding(path: Path) -> Path:
    """RT-DETR as its authors export it: it is told the size of each picture, and decodes."""
    boxes, *_ = _guesses()
    corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1)
    constants = {
        "shares": corners[np.newaxis],
        "four": np.array([-1, 1, 4]),
        "kinds": np.array([[0, 2, 1, 0]], np.int64),
        "one": np.array([-1, 1]),
        "half": np.array([[0.5, 0.6, 0.2, 0.1]], np.float32),
        "nothing": np.array(0, np.int64),
    }
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["share"], axes=[1, 2, 3]),
        helper.make_node("Reshape", ["share", "one"], ["column"]),
        helper.make_node("Mul", ["column", "half"], ["more"]),
        helper.make_node("Mul", ["more", "half"], ["shift"]),
        helper.make_node("Add", ["shift", "half"], ["scores"]),
        helper.make_node("Cast", ["orig_target_sizes"], ["size"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["size", "size"], ["sizes"], axis=1),
        helper.make_node("Reshape", ["sizes", "four"], ["scale"]),
        helper.make_node("Mul", ["scale", "shares"], ["boxes"]),
        helper.make_node("Cast", ["column"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Mul", ["whole", "nothing"], ["zero"]),
        helper.make_node("Add", ["zero", "kinds"], ["labels"]),
    ]
    inputs = [
        helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, SIDE, SIDE]),
        helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, ["N", 2]),
    ]
    outputs = [
        helper.make_tensor_value_info("labels", TensorProto.INT64, ["N", GUESSES]),
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["N", GUESSES, 4]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", GUESSES]),
    ]
    return _saved(path, nodes, inputs, outputs, constants)


def write_overhead(path: Path) -> Path:
    """A map of 8 x 8 cells; two people."""
    cells = np.zeros((5, SIDE // 8, SIDE // 8), np.float32)
    cells[0] = -5
    cells[:, 3, 2], cells[:, 5, 6] = [0.2, 0.5, 0.5, 0.4, 0.9], [0.1, 0.5, 0.5, 0.2, 0.2]
    return write_network(path, [Answer("cells", cells, cells * 1.5)], shape=[1, 3, SIDE, SIDE], range_of=(0, 255))


@dataclass(frozen=True)
class Written:
    """What writes a small network, what its classes are called, () where its kind knows, and what it finds."""

    write: Callable[[Path], Path]
    names: tuple[str, ...] = ()
    finds: tuple[str, ...] = ("person", "bottle")


WRITTEN = {
    "mobilenet_ssd": Written(write_ssd),
    "overhead": Written(write_overhead, finds=("person",)),
    "rfdetr": Written(write_rfdetr, (*NAMES, "")),
    "rtdetr": Written(write_rtdetr, NAMES),
    "rtdetr, the authors' own": Written(write_deciding, NAMES),
    "yolox": Written(write_yolox, NAMES),
}
"""By the kind's name, to which a comma and more may be added."""

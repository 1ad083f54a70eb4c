"""A streaming PyTorch network to OpenVINO in fp32 and int8, and to ONNX. Needs PyTorch; quantising needs NNCF."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from aisle.deploy.bundle import StateShape
from aisle.deploy.network import Arrays
from aisle.deploy.quantize import fold_pads, tap_name
from aisle.deploy.runtime import openvino


class StreamingNetwork(Protocol):
    """What a network in aisle.models offers so that it can be packaged."""

    states: Sequence[Any]

    def __call__(self, frames: Any, lead: Any, end: Any, *states: Any) -> tuple[Any, ...]: ...


def state_shapes(network: StreamingNetwork) -> tuple[StateShape, ...]:
    return tuple(StateShape(s.name, s.channels, s.down, s.lead, s.keep) for s in network.states)


def to_openvino(network: torch.nn.Module, example: Arrays) -> Any:
    """An OpenVINO model with every size of the picture and every length of a piece left open."""
    ov = openvino()
    traced = _traced(network, example)
    shapes = [[-1, -1, -1, 3], [-1], [-1]] + [[1, state.shape[1], -1, -1, -1] for state in example[3:]]
    try:
        model = ov.convert_model(traced, input=[ov.PartialShape(shape) for shape in shapes])
    except RuntimeError as error:
        if "KeyboardInterrupt" in str(error):  # OpenVINO makes an error of its own of it
            raise KeyboardInterrupt from error
        raise
    for port, name in zip(model.inputs, _input_names(len(example) - 3), strict=True):
        port.get_node().set_friendly_name(name)
        port.get_tensor().set_names({name})
    fold_pads(model)
    for index, result in enumerate(model.get_results()[2:]):
        result.input_value(0).get_node().set_friendly_name(f"keep_{index}")
        result.input_value(0).get_node().input_value(0).get_node().set_friendly_name(tap_name(index))
    return model


def to_onnx(network: torch.nn.Module, example: Arrays, path: Path) -> None:
    """Writes an ONNX file (opset 17) that answers like the network for any picture size and piece length."""
    names = _input_names(len(example) - 3)
    open_axes = {"frames": {0: "time", 1: "height", 2: "width"}, "lead": {0: "lead"}, "end": {0: "end"}}
    open_axes |= {name: {2: f"{name}_t", 3: f"{name}_h", 4: f"{name}_w"} for name in names[3:]}
    with warnings.catch_warnings():
        # the exporter by tracing is the one that keeps empty pieces open; it announces its successor on every call
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            tuple(torch.from_numpy(array) for array in example),
            str(path),
            input_names=names,
            output_names=["features", "logits", *(f"new_{name}" for name in names[3:])],
            dynamic_axes=open_axes,
            opset_version=17,
            dynamo=False,
        )


def _input_names(states: int) -> list[str]:
    return ["frames", "lead", "end", *(f"state_{index}" for index in range(states))]


def _traced(network: torch.nn.Module, example: Arrays) -> Any:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns of every size it fixes; compare() checks what comes out
        inputs = tuple(torch.from_numpy(np.ascontiguousarray(array)) for array in example)
        traced: Any = torch.jit.trace(network, inputs, check_trace=False)  # type: ignore[no-untyped-call]
        return traced

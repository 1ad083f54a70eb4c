"""Published detectors on OpenVINO: what finds heads, people and joints in pictures, found and opened."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, Progress, silent
from aisle.core.boxes import Floats
from aisle.core.weights import WeightsSource
from aisle.deploy.runtime import openvino
from aisle.deploy.weights import find_file
from aisle.objects.detector import Network


class Networks:
    """A Load: finds the weights, which it fetches the first time, and opens a network once for pictures of one shape,
    so that whatever is made from the same one shares it. Threads may share it too.
    """

    def __init__(self, *, progress: Progress = silent) -> None:
        """`progress` hears megabytes of each that is fetched."""
        self._progress = progress
        self._open: dict[tuple[WeightsSource, tuple[int, ...], tuple[str, ...]], Network] = {}
        self._turn = Lock()

    def __call__(self, weights: WeightsSource, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
        """Raises what `find_file` raises: InputError, DamagedError, UnreachableError."""
        with self._turn:
            wanted = weights, shape, outputs
            if wanted not in self._open:
                self._open[wanted] = load_detector(find_file(weights, progress=self._progress), shape, outputs)
            return self._open[wanted]


def load_detector(path: Path, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
    """An ONNX, TensorFlow or TensorFlow Lite file on OpenVINO, in float32, for pictures of one `shape`.

    It ends at the tensors that `outputs` names, which in ONNX must be ends of its own; () are all of these. Several
    threads may call it. Raises DamagedError for a file that is not such a network.
    """
    ov = openvino()
    try:
        model = read_network(path, outputs)
        model.reshape(list(shape))
        hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        compiled = ov.Core().compile_model(model, "CPU", hints)
    except RuntimeError as error:
        raise unreadable(path, str(error).strip().splitlines()[-1]) from error

    turn = Lock()

    def run(pixels: npt.NDArray[Any]) -> list[Floats]:
        with turn:
            said = compiled([np.ascontiguousarray(pixels)])
            return [said[port].copy() for port in compiled.outputs]

    return run


def read_network(path: Path, outputs: tuple[str, ...] = ()) -> Any:
    """OpenVINO's model of an ONNX, TensorFlow or TensorFlow Lite file, as `load_detector` says. Raises DamagedError."""
    openvino()
    from openvino.frontend import FrontEndManager

    try:
        front = FrontEndManager().load_by_model(str(path))
        if front is None:
            raise unreadable(path, "unknown")
        read = front.load(str(path))
        if outputs:
            read.override_all_outputs([read.get_place_by_tensor_name(name) for name in outputs])
        return front.convert(read)
    except RuntimeError as error:
        raise unreadable(path, str(error).strip().splitlines()[-1]) from error


def unreadable(path: Path, got: str) -> DamagedError:
    return DamagedError(f"cannot read the network in {path}", got=got, allowed="ONNX, TensorFlow, TFLite")

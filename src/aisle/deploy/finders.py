"""What is to be made unrecognisable in a video, by name: published detectors on OpenVINO, found and opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import DamagedError, Progress, UnknownNameError, silent
from aisle.core.boxes import Floats
from aisle.core.weights import WeightsSource
from aisle.deploy.runtime import openvino
from aisle.deploy.weights import find_file, must_be_fetched
from aisle.media.blur import Find
from aisle.objects import centerface, mobilenet_ssd
from aisle.objects.centerface import CenterFace
from aisle.objects.detector import Load, Network
from aisle.objects.heads import Heads
from aisle.objects.mobilenet_ssd import MobileNetSSD
from aisle.objects.people import People

_MADE: dict[str, tuple[tuple[WeightsSource, ...], Callable[[Load], Find]]] = {
    "heads": (
        (centerface.WEIGHTS, mobilenet_ssd.WEIGHTS),
        lambda load: Heads(faces=CenterFace(load), people=MobileNetSSD(load)),
    ),
    "people": ((mobilenet_ssd.WEIGHTS,), lambda load: People(people=MobileNetSSD(load))),
}

FINDERS = tuple(_MADE)


def open_finder(name: str, *, progress: Progress = silent) -> Find:
    """`heads` or `people`; fetches the weights the first time, and hears megabytes of each as `progress`.

    Raises UnknownNameError, and what `find_file` raises: InputError, DamagedError, UnreachableError.
    """
    sources, make = _made(name)
    paths = {source: find_file(source, progress=progress) for source in sources}

    def load(weights: WeightsSource, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
        return load_detector(paths[weights], shape, outputs)

    return make(load)


class Published:
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


def to_fetch(name: str) -> int:
    """Megabytes that `open_finder` would fetch; 0 where it has all it needs."""
    sources, _ = _made(name)
    return sum(source.megabytes for source in sources if must_be_fetched(source))


def load_detector(path: Path, shape: tuple[int, ...], outputs: tuple[str, ...] = ()) -> Network:
    """An ONNX, TensorFlow or TensorFlow Lite file on OpenVINO, in float32, for pictures of one `shape`.

    It ends at the tensors that `outputs` names, which in ONNX must be ends of its own; () are all of these. Several
    threads may call it. Raises DamagedError for a file that is not such a network.
    """
    ov = openvino()
    try:
        model = _cut(path, outputs)
        model.reshape(list(shape))
        hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        compiled = ov.Core().compile_model(model, "CPU", hints)
    except RuntimeError as error:
        got = str(error).strip().splitlines()[-1]
        raise DamagedError(f"cannot read the network in {path}", got=got, allowed="ONNX, TensorFlow, TFLite") from error

    turn = Lock()

    def run(pixels: npt.NDArray[Any]) -> list[Floats]:
        with turn:
            said = compiled([np.ascontiguousarray(pixels)])
            return [said[port].copy() for port in compiled.outputs]

    return run


def _cut(path: Path, outputs: tuple[str, ...]) -> Any:
    from openvino.frontend import FrontEndManager

    front = FrontEndManager().load_by_model(str(path))
    if front is None:
        raise DamagedError(f"cannot read the network in {path}", got="unknown", allowed="ONNX, TensorFlow, TFLite")
    read = front.load(str(path))
    if outputs:
        read.override_all_outputs([read.get_place_by_tensor_name(name) for name in outputs])
    return front.convert(read)


def _made(name: str) -> tuple[tuple[WeightsSource, ...], Callable[[Load], Find]]:
    if name not in _MADE:
        raise UnknownNameError("thing to blur", name, _MADE)
    return _MADE[name]

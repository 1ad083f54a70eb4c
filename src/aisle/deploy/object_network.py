"""The network of a detector on a runtime: what the kinds of detectors in aisle.objects prepared in, its answers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from aisle.core import MissingPartError, UnknownNameError, UsageError
from aisle.deploy.detectors import read_network, unreadable
from aisle.deploy.runtime import openvino, session_of
from aisle.objects.family import Array, Port, Signature
from aisle.objects.network_detector import Run

PRECISIONS = ("bf16", "f32")

Shapes = Sequence[tuple[int, ...]]
"""Of what a Reader prepares of one picture."""


class OpenVINONetwork:
    """An ONNX or TensorFlow file, ending at `outputs` where these are named. Raises DamagedError where it is none."""

    def __init__(self, path: Path, outputs: tuple[str, ...] = ()) -> None:
        self._path = path
        self._model = read_network(path, outputs)
        self.signature = Signature(
            tuple(_port(port) for port in self._model.inputs), tuple(_port(port) for port in self._model.outputs)
        )

    def opened(self, shapes: Shapes, *, precision: str) -> Run:
        """For pictures that are prepared to these `shapes`. Raises UnknownNameError for none of `PRECISIONS`.

        Each picture is a request of its own, whether or not the network would take several: many published ones are
        fixed to one. A single picture gets all cores, and of several each gets one, so two plans are kept: one picture
        waits for nothing, and several together are done sooner.
        """
        ov, model = openvino(), self._model
        if precision not in PRECISIONS:
            raise UnknownNameError("precision", precision, PRECISIONS)
        try:
            model.reshape({port: [1, *shape] for port, shape in zip(model.inputs, shapes, strict=True)})
        except RuntimeError as error:
            raise unreadable(self._path, str(error).strip().splitlines()[-1]) from error
        core = ov.Core()
        turn, ready = Lock(), dict[str, list[Any]]()

        def requests_for(hint: str) -> list[Any]:
            if hint not in ready:
                hints = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": hint}
                compiled = core.compile_model(model, "CPU", hints)
                count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
                ready[hint] = [compiled.create_infer_request() for _ in range(count)]
            return ready[hint]

        def run(pictures: Sequence[Sequence[Array]]) -> list[list[Array]]:
            with turn:
                return _in_turns(requests_for("LATENCY" if len(pictures) < 2 else "THROUGHPUT"), pictures)

        return run


class ONNXRuntimeNetwork:
    """An ONNX file. Raises MissingPartError without the package, DamagedError where it is none."""

    def __init__(self, path: Path, outputs: tuple[str, ...] = ()) -> None:
        self._outputs = list(outputs) or None
        try:
            self._session = session_of(path)
        except MissingPartError:
            raise
        except Exception as error:  # its own errors have no other class in common
            raise unreadable(path, str(error).strip().splitlines()[-1]) from error
        self.signature = Signature(
            tuple(_onnx_port(port) for port in self._session.get_inputs()),
            tuple(_onnx_port(port) for port in self._session.get_outputs()),
        )

    def opened(self, shapes: Shapes, *, precision: str) -> Run:
        """Pictures go together where the network leaves open how many it takes. Raises UsageError for another
        precision than "f32".
        """
        del shapes
        if precision != "f32":
            raise UsageError("ONNX Runtime computes as the file says", got=precision, allowed="f32")
        names = [port.name for port in self.signature.inputs]
        together = all(port.shape[0] is None for port in self.signature.inputs)

        def run(pictures: Sequence[Sequence[Array]]) -> list[list[Array]]:
            if not pictures:
                return []
            most = len(pictures) if together else 1
            groups = [pictures[first : first + most] for first in range(0, len(pictures), most)]
            return [answers for group in groups for answers in self._group(names, group)]

        return run

    def _group(self, names: Sequence[str], pictures: Sequence[Sequence[Array]]) -> list[list[Array]]:
        arrays = [np.stack(of_input) for of_input in zip(*pictures, strict=True)]
        said = self._session.run(self._outputs, dict(zip(names, arrays, strict=True)))
        return [[answer[number] for answer in said] for number in range(len(pictures))]


ObjectNetwork = OpenVINONetwork | ONNXRuntimeNetwork

RUNTIMES: dict[str, Callable[[Path, tuple[str, ...]], ObjectNetwork]] = {
    "openvino": OpenVINONetwork,
    "onnxruntime": ONNXRuntimeNetwork,
}


def read_object_network(path: Path, outputs: tuple[str, ...] = (), *, runtime: str = "openvino") -> ObjectNetwork:
    """Raises UnknownNameError for a runtime that is not in `RUNTIMES`, DamagedError for a file that is no network."""
    if runtime not in RUNTIMES:
        raise UnknownNameError("runtime", runtime, RUNTIMES)
    return RUNTIMES[runtime](path, outputs)


def _in_turns(requests: Sequence[Any], pictures: Sequence[Sequence[Array]]) -> list[list[Array]]:
    """Each request takes the next picture once it has answered the one before."""
    answers: list[list[Array]] = []
    for number, picture in enumerate(pictures):
        request = requests[number % len(requests)]
        if number >= len(requests):
            answers.append(_said(request))
        request.start_async([np.ascontiguousarray(array)[np.newaxis] for array in picture])
    return answers + [_said(requests[number % len(requests)]) for number in range(len(answers), len(pictures))]


def _said(request: Any) -> list[Array]:
    """Of one picture, as soon as it is there."""
    request.wait()
    return [tensor.data[0].copy() for tensor in request.output_tensors]


def _port(port: Any) -> Port:
    shape = port.partial_shape
    lengths = list(shape) if shape.rank.is_static else []
    name = port.any_name if port.names else ""
    return Port(name, tuple(length.get_length() if length.is_static else None for length in lengths))


def _onnx_port(port: Any) -> Port:
    return Port(port.name, tuple(length if isinstance(length, int) else None for length in port.shape))

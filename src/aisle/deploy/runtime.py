"""Running a bundle's network: one callable per runtime, arrays in, arrays out.

`load_network` finds the runtime by name; each lives in a function of its own below and imports its library when
called, so that a machine needs only the one it uses.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.core import InputError, MissingPartError, UnknownNameError
from aisle.deploy.cache import cache_folder
from aisle.deploy.network import Array, Arrays, Network


def openvino() -> Any:
    """The openvino module, kept from reporting its use to its makers, which it does on import by default."""
    if "openvino" not in sys.modules:
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def load_network(runtime: str, folder: Path, *, height: int, width: int) -> Network:
    """`folder` is a bundle's; the picture size is fixed because runtimes plan their memory for it.

    Raises UnknownNameError for a runtime that is not in `RUNTIMES`, InputError when the bundle lacks its file.
    """
    if runtime not in RUNTIMES:
        raise UnknownNameError("runtime", runtime, RUNTIMES)
    return RUNTIMES[runtime](folder, height, width)


SIZES = 3
"""For so many picture sizes a network is kept ready; each takes memory, and a service sees any size."""


class Networks:
    """The networks of one bundle on one runtime, by the size of the pictures."""

    def __init__(self, load: Callable[..., Network]) -> None:
        """`load` takes the `height` and the `width` of pictures."""
        self._load = load
        self._ready: dict[tuple[int, int], Network] = {}

    def of(self, height: int, width: int) -> Network:
        """The network for pictures of this size, loaded once for each of the sizes that are kept."""
        size = (height, width)
        network = self._ready.pop(size, None) or self._load(height=height, width=width)
        self._ready[size] = network  # last in the row: the size that was not asked for longest goes first
        if len(self._ready) > SIZES:
            del self._ready[next(iter(self._ready))]
        return network


Rows = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""A head: features (N, D) to logits."""


def load_head(runtime: str, path: Path) -> Rows:
    """A head's ONNX file on the library behind `runtime`; always in fp32, as it is a thousandth of the work."""
    if runtime == "onnxruntime":
        session = session_of(path)
        name = session.get_inputs()[0].name
        return lambda features: session.run(None, {name: features})[0]
    ov = openvino()
    compiled = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"})
    return lambda features: compiled([features])[0].copy()


LENGTHS = 2
"""So many lengths of piece are kept ready for one picture size, as each takes the memory of a network: files and
cameras have one each.
"""


def _on_openvino(file: str, precision: str | None) -> Callable[[Path, int, int], Network]:
    def load(folder: Path, height: int, width: int) -> Network:
        ov = openvino()
        core = ov.Core()
        core.set_property(kept_compiled())
        path = file_of(folder, f"openvino/{file}.xml")
        hints = {"PERFORMANCE_HINT": "LATENCY"}  # one stream takes every core: its pieces wait for each other
        if precision is not None:
            hints["INFERENCE_PRECISION_HINT"] = precision
        requests: dict[tuple[int, ...], Any] = {}

        def request_for(inputs: Arrays) -> Any:
            # In the middle of a stream every piece has the same shape. Compiled for just that shape the network runs a
            # sixth faster; the first and the last piece share one that leaves lengths open.
            middle = inputs[1].size == inputs[2].size == 0
            key = inputs[0].shape if middle else ()
            if key not in requests:
                lengths = [kept for kept in requests if kept]
                if middle and len(lengths) >= LENGTHS:
                    del requests[lengths[0]]
                model = core.read_model(path)
                shapes = [array.shape for array in inputs] if middle else [(-1, height, width, 3)]
                ports = zip(model.inputs, shapes, strict=False)
                model.reshape({port: ov.PartialShape(list(shape)) for port, shape in ports})
                requests[key] = core.compile_model(model, "CPU", hints).create_infer_request()
            return requests[key]

        def run(inputs: Arrays) -> list[Array]:
            request = request_for(inputs)
            request.infer([np.ascontiguousarray(array) for array in inputs])
            return [request.get_output_tensor(index).data.copy() for index in range(len(inputs) - 1)]

        return run

    return load


def kept_compiled() -> dict[str, str]:
    """OpenVINO's setting for keeping what it compiles, so that the next start is quick; none in a read-only cache."""
    folder = cache_folder() / "compiled"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return {"CACHE_DIR": str(folder)} if os.access(folder, os.W_OK | os.X_OK) and folder.is_dir() else {}


def _on_onnxruntime(folder: Path, height: int, width: int) -> Network:
    del height, width  # the file leaves them open
    session = session_of(file_of(folder, "onnx/network.onnx"))
    names = [port.name for port in session.get_inputs()]

    def run(inputs: Arrays) -> list[Array]:
        return list(session.run(None, dict(zip(names, inputs, strict=True))))

    return run


def session_of(path: Path) -> Any:
    """An ONNX Runtime session. Raises MissingPartError without the package."""
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingPartError("running ONNX", name="onnxruntime", extra="onnx") from error
    return onnxruntime.InferenceSession(path, providers=onnxruntime.get_available_providers())


def _on_pytorch(folder: Path, height: int, width: int) -> Network:
    del height, width
    from aisle.deploy.reference import reference_network

    return reference_network(folder)


def file_of(folder: Path, name: str) -> Path:
    """A file of a bundle. Raises InputError where the bundle lacks it."""
    path = folder / name
    if not path.is_file():
        do = f"leave --runtime out, or make a bundle that has it: aisle models export MODEL --to {name.split('/')[0]}"
        raise InputError(f"the bundle lacks {name}", got=f"nothing at {path}", do=do)
    return path


RUNTIMES: dict[str, Callable[[Path, int, int], Network]] = {
    "openvino-int8": _on_openvino("int8", None),
    "openvino-bf16": _on_openvino("fp32", "bf16"),
    "openvino-fp32": _on_openvino("fp32", "f32"),
    "onnxruntime": _on_onnxruntime,
    "pytorch": _on_pytorch,
}

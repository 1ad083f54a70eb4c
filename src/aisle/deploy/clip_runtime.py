"""Running a packaged network that reads clips: the runtimes of aisle.deploy.runtime. Imports no PyTorch by itself.

Shapes: B windows or views, T pictures, D features, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core import InputError, UnknownNameError
from aisle.core.clip import Array
from aisle.deploy.clip import ONNX, ClipBundle
from aisle.deploy.network import ClipNetwork
from aisle.deploy.runtime import SIZES, Networks, file_of, kept_compiled, load_network, openvino, session_of
from aisle.deploy.stream import PieceStream

TOGETHER = 4
"""So many windows are computed at once where a runtime gains by it; a bound on memory."""


def load_clip_network(runtime: str, folder: Path, bundle: ClipBundle) -> ClipNetwork:
    """`folder` is that of `bundle`. Raises UnknownNameError for a runtime that is not in `CLIP_RUNTIMES`, InputError
    when the bundle lacks its file.
    """
    if runtime not in CLIP_RUNTIMES:
        raise UnknownNameError("runtime", runtime, CLIP_RUNTIMES)
    if bundle.states:
        return in_order(networks_of(runtime, folder), bundle)
    return CLIP_RUNTIMES[runtime](folder, bundle.views)


def networks_of(runtime: str, folder: Path) -> Networks:
    """Those of a network that looks back only."""
    if runtime != "pytorch":
        return Networks(partial(load_network, runtime, folder))
    from aisle.deploy.online import online_network
    from aisle.deploy.reference import as_runtime

    network = as_runtime(online_network(folder))
    return Networks(lambda **_: network)


def in_order(networks: Networks, bundle: ClipBundle) -> ClipNetwork:
    """A network that looks back only, over whole clips: the means of what it says of their pictures."""

    def run(views: Sequence[Array]) -> tuple[Array, Array]:
        said = [picture_stream(networks, bundle, *clip.shape[1:3]).push(clip, last=True) for clip in views[0]]
        return np.stack([features.mean(0) for features, _ in said]), np.stack([logits.mean(0) for _, logits in said])

    return run


def picture_stream(networks: Networks, bundle: ClipBundle, height: int, width: int) -> PieceStream:
    """A new stream of pictures of this size through a network that looks back only."""
    network = networks.of(height, width)
    return PieceStream(network, bundle.states, bundle.steps, height=height, width=width, ends=1)


def _on_openvino(file: str, precision: str | None) -> Callable[[Path, Sequence[str]], ClipNetwork]:
    def load(folder: Path, views: Sequence[str]) -> ClipNetwork:
        del views  # the file has them in the card's order
        path = _converted(folder, file)
        ov = openvino()
        core = ov.Core()
        core.set_property(kept_compiled())
        hints = {"PERFORMANCE_HINT": "LATENCY"}  # one window takes every core
        if precision is not None:
            hints["INFERENCE_PRECISION_HINT"] = precision
        requests: dict[tuple[tuple[int, ...], ...], Any] = {}

        def request_for(shapes: tuple[tuple[int, ...], ...]) -> Any:
            if shapes not in requests:
                model = core.read_model(path)
                ports = zip(model.inputs, shapes, strict=True)
                model.reshape({port: ov.PartialShape(list(shape)) for port, shape in ports})
                requests[shapes] = core.compile_model(model, "CPU", hints).create_infer_request()
            requests[shapes] = requests.pop(shapes)  # last in the row: what was not asked for longest goes first
            if len(requests) > SIZES:
                del requests[next(iter(requests))]
            return requests[shapes]

        def run(views: Sequence[Array]) -> tuple[Array, Array]:
            request = request_for(tuple(view.shape for view in views))
            request.infer([np.ascontiguousarray(view) for view in views])
            return request.get_output_tensor(0).data.copy(), request.get_output_tensor(1).data.copy()

        return _in_parts(run, 1)  # two windows side by side are no faster than one after the other

    return load


def _converted(folder: Path, file: str) -> Path:
    """Raises InputError where the bundle lacks it; int8 may have been left out."""
    path = folder / f"openvino/{file}.xml"
    if file == "int8" and (folder / "openvino/fp32.xml").is_file() and not path.is_file():
        raise InputError(
            "this network has no int8",
            got=f"nothing at {path}",
            allowed=", ".join(name for name in CLIP_RUNTIMES if name != "openvino-int8"),
            do="leave --runtime out; its card says how far off int8 was: aisle models show",
        )
    return file_of(folder, f"openvino/{file}.xml")


def _on_onnxruntime(folder: Path, views: Sequence[str]) -> ClipNetwork:
    session = session_of(file_of(folder, ONNX))

    def run(given: Sequence[Array]) -> tuple[Array, Array]:
        features, logits = session.run(None, dict(zip(views, given, strict=True)))
        return features, logits

    return _in_parts(run, TOGETHER)


def _on_pytorch(folder: Path, views: Sequence[str]) -> ClipNetwork:
    del views
    from aisle.deploy.clip_torch import as_network, torch_network

    return _in_parts(as_network(torch_network(folder)), TOGETHER)


def _in_parts(run: ClipNetwork, most: int) -> ClipNetwork:
    def parted(views: Sequence[Array]) -> tuple[Array, Array]:
        parts = [run([view[at : at + most] for view in views]) for at in range(0, len(views[0]), most)]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    return parted


CLIP_RUNTIMES: dict[str, Callable[[Path, Sequence[str]], ClipNetwork]] = {
    "openvino-int8": _on_openvino("int8", None),
    "openvino-bf16": _on_openvino("fp32", "bf16"),
    "openvino-fp32": _on_openvino("fp32", "f32"),
    "onnxruntime": _on_onnxruntime,
    "pytorch": _on_pytorch,
}

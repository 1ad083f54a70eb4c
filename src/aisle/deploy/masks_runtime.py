"""MobileSAM's two networks on OpenVINO."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from aisle.core import DamagedError
from aisle.core.boxes import Floats
from aisle.deploy.runtime import kept_compiled, openvino
from aisle.objects.mobile_sam import MULTIPLE, Answer

ENCODER, DECODER = "encoder.xml", "decoder.xml"


class Opened:
    """The two networks in `folder`, on OpenVINO, with `threads` of the processor (0: all); an `Open` of
    aisle.objects.mobile_sam. Threads of the program may share what it opens.
    """

    def __init__(self, folder: Path, *, precision: str, threads: int = 0) -> None:
        self._folder = folder
        self._hints = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
        }

    def __call__(self, height: int, width: int) -> tuple[Callable[[Floats], Floats], Answer]:
        """Raises DamagedError where the folder's files cannot be read."""
        encoder = self._compiled(ENCODER, [[1, 3, height, width]])
        channels = encoder.output(0).shape[1]
        decoder = self._compiled(DECODER, [[1, channels, height // MULTIPLE, width // MULTIPLE], [-1, 4]])
        turn = Lock()

        def encode(pixels: Floats) -> Floats:
            with turn:
                maps: Floats = encoder([pixels])[0].copy()
            return maps

        def decode(maps: Floats, corners: Floats) -> Floats:
            with turn:
                masks: Floats = decoder([maps, np.ascontiguousarray(corners)])[0].copy()
            return masks

        return encode, decode

    def _compiled(self, name: str, shapes: list[list[int]]) -> Any:
        ov, path = openvino(), self._folder / name
        try:
            model = ov.Core().read_model(path)
            model.reshape({port: ov.PartialShape(shape) for port, shape in zip(model.inputs, shapes, strict=True)})
            return ov.Core().compile_model(model, "CPU", self._hints | kept_compiled())
        except RuntimeError as error:
            got, do = str(error).strip().splitlines()[-1], f"rm -r {shlex.quote(str(self._folder))}, then run again"
            raise DamagedError(f"cannot read the network in {path}", got=got, do=do) from error

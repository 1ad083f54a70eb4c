"""Masks from boxes: MobileSAM on OpenVINO, built once from its published weights and kept in the cache."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from aisle.core import DamagedError, MissingPartError, Progress, UsageError, silent
from aisle.core.boxes import Floats
from aisle.deploy.cache import cache_folder, locked, rebuilt
from aisle.deploy.runtime import kept_compiled, openvino
from aisle.deploy.weights import find_file
from aisle.objects.mobile_sam import MULTIPLE, WEIGHTS, Answer, FindMasks, MobileSAM

ENCODER, DECODER = "encoder.xml", "decoder.xml"

SIDE = 512
"""Pixels of the long side of what is read: benchmarks/results/masks.json tells what others cost and change."""

SMALLEST, LARGEST = 128, 1024


def open_masks(*, side: int = SIDE, precision: str = "bf16", progress: Progress = silent) -> FindMasks:
    """What finds the mask of each box in a picture.

    Fetches the weights the first time, hears megabytes of it as `progress`, and converts them, which needs PyTorch and
    takes a minute; from then on neither is needed. `side` is the long side of what is read, a multiple of 16 up to
    1024. `precision` is "bf16", which a processor without it runs as "f32", or "f32".

    Raises UsageError for another side, what `find_file` raises, MissingPartError without PyTorch, and OutputError where
    the cache cannot be written.
    """
    if side % MULTIPLE or not SMALLEST <= side <= LARGEST:
        allowed = f"a multiple of {MULTIPLE}, {SMALLEST} to {LARGEST}"
        raise UsageError("masks are found in pictures of another size", got=side, allowed=allowed)
    folder = cache_folder() / "masks" / f"mobile-sam-{side}"
    with locked(folder.name):
        if not folder.is_dir():
            with rebuilt(folder) as place:
                place.mkdir()
                _build(find_file(WEIGHTS, progress=progress), side, place)
    return MobileSAM(Opened(folder, precision=precision), side=side)


def _build(weights: Path, side: int, folder: Path) -> None:
    try:
        from aisle.deploy.masks_build import build
    except ImportError as error:
        raise MissingPartError("converting MobileSAM", name="torch", extra="convert") from error
    build(weights, side, folder)


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

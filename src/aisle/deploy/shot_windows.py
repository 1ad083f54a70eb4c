"""TransNetV2 moved along the pictures of a video, on OpenVINO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.deploy.runtime import kept_compiled, openvino
from aisle.media.colour_likeness import colour_likeness
from aisle.media.cuts import wipes

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

NETWORK = "network.xml"
MARGIN, WINDOW, AROUND = 25, 200, 101
"""Pictures at either end that are there for the others, that are taken at once, and to which each is compared. The
paper takes 100 at once, of which half are there for others.
"""


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

"""Names pictures as a whole, with a packaged network, without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Canvas

from aisle.core import LabelSet, UsageError
from aisle.core.video import Image
from aisle.deploy.labeller_bundle import NETWORK, LabellerBundle
from aisle.deploy.runtime import kept_compiled, openvino, session_of

Floats = npt.NDArray[np.float32]

RUNTIMES = {"openvino": "f32", "openvino-bf16": "bf16", "onnxruntime": ""}
BATCH = 16
"""Pictures that are looked at together: memory does not grow with how many are asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Of N pictures: `probabilities` (N, C) along the labels, and the `features` (N, D) that they are read from."""

    probabilities: Floats
    features: Floats


class Labeller:
    """Opened by `open_labeller`. Several threads may share one."""

    def __init__(self, bundle: LabellerBundle, folder: Path, runtime: str) -> None:
        self.bundle, self.runtime = bundle, runtime
        self._run = _loaded(folder / NETWORK, runtime)
        self._turn = Lock()

    @property
    def labels(self) -> LabelSet:
        return self.bundle.labels

    @property
    def size(self) -> int:
        """Pixels of both sides of the pictures that it takes without scaling them."""
        return self.bundle.size

    @property
    def fingerprint(self) -> str:
        """Changes whenever its answers would."""
        return f"{self.bundle.fingerprint}-{self.runtime}"

    def look(self, images: Sequence[Image]) -> Looked:
        """Of pictures (H, W, 3), RGB uint8; the whole of each is seen. Raises UsageError for none, and for others."""
        if not len(images):
            raise UsageError("there is no picture to look at", got="none")
        logits, features = [], []
        for first in range(0, len(images), BATCH):
            pixels = np.stack([_prepared(image, self.size) for image in images[first : first + BATCH]])
            with self._turn:
                found = self._run(pixels)
            logits.append(found[0])
            features.append(found[1])
        return Looked(_softmax(np.concatenate(logits) * np.float32(self.bundle.scale)), np.concatenate(features))

    def probabilities(self, images: Sequence[Image]) -> Floats:
        """(N, C), along `labels`, rows that add up to 1; see `look`."""
        return self.look(images).probabilities


def _loaded(path: Path, runtime: str) -> Any:
    if runtime == "onnxruntime":
        session = session_of(path)
        return lambda pixels: session.run(["logits", "features"], {"pixels": pixels})
    ov = openvino()
    core = ov.Core()
    core.set_property(kept_compiled())
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": RUNTIMES[runtime]}
    compiled = core.compile_model(path, "CPU", hints)

    def run(pixels: Floats) -> list[Floats]:
        found = compiled([pixels])
        return [np.array(found[at], np.float32) for at in range(2)]

    return run


def _prepared(image: Image, size: int) -> Floats:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or min(image.shape) < 1:
        got = f"{image.shape}, {image.dtype}"
        raise UsageError("a picture is RGB", got=got, allowed="(height, width, 3), uint8")
    if image.shape[:2] != (size, size):
        image = np.asarray(Canvas.fromarray(image).resize((size, size), Canvas.Resampling.BILINEAR))
    return image.astype(np.float32)


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    shares: Floats = raised / raised.sum(1, keepdims=True)
    return shares

"""Names products in pictures with a packaged recogniser, without PyTorch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image as Canvas

from aisle.core import LabelSet, Prediction, UsageError
from aisle.core.video import Image
from aisle.deploy.product_bundle import NETWORK, UNKNOWN, ProductBundle, read_products, read_readout
from aisle.deploy.runtime import Rows, load_head
from aisle.models.product_readout import Floats, Readout, likelihoods

RUNTIMES = ("openvino", "onnxruntime")
BATCH = 16
"""Views that the network looks at together: memory does not grow with how many pictures are asked about."""


@dataclass(frozen=True, slots=True)
class View:
    """A square of a picture: its side as a share of the picture's short one, and where it lies, 0 left or above to 1
    right or below.
    """

    side: float = 1.0
    across: float = 0.5
    down: float = 0.5
    mirrored: bool = False


ASKED = (View(), View(0.7))
"""What is looked at to name a product: the middle, and the middle of that. Their features are averaged."""

LEARNT = (*ASKED, View(0.7, 0, 0, mirrored=True), View(0.7, 1, 1))
"""What a picture to learn from is seen as. The closer view matters most: with it and with angles 7 in 100 more pictures
of grocery_store that look unlike were named rightly; with the corners 1 more.
"""


class Embedder:
    """Pictures to features, on the network of a bundle. Several threads may share one."""

    def __init__(self, network: Rows, size: int) -> None:
        self._network, self._size, self._turn = network, size, Lock()

    def __call__(self, images: Iterable[Image]) -> Floats:
        """(N, D), as pictures are asked about. Raises UsageError for what is no RGB picture, and for none at all."""
        found: Floats = self.views(images, ASKED).mean(axis=1)
        return found

    def views(self, images: Iterable[Image], views: Sequence[View] = LEARNT) -> Floats:
        """(N, V, D). Raises UsageError for what is no RGB picture, and for none at all."""
        rows: list[Floats] = []
        batch: list[Floats] = []
        for image in images:
            for view in views:
                batch.append(prepared(image, self._size, view))
                if len(batch) == BATCH:
                    rows.append(self._run(batch))
                    batch = []
        if batch:
            rows.append(self._run(batch))
        if not rows:
            raise UsageError("there is no picture to look at", got="none")
        found = np.concatenate(rows)
        return found.reshape(-1, len(views), found.shape[1])

    def _run(self, batch: Sequence[Floats]) -> Floats:
        with self._turn:
            return self._network(np.stack(batch))


class Recogniser:
    """Names the product in each picture. `labels` are those that it knows; `coarse` is the kind of each."""

    def __init__(self, bundle: ProductBundle, embed: Embedder, readout: Readout) -> None:
        self.bundle, self.embed, self.readout = bundle, embed, readout

    @property
    def labels(self) -> LabelSet:
        return self.bundle.labels

    @property
    def coarse(self) -> dict[str, str]:
        """By label; a product of no kind is its own."""
        pairs = zip(self.labels, self.bundle.coarse, strict=True)
        return {label: coarse or label for label, coarse in pairs}

    def probabilities(self, images: Sequence[Image]) -> Floats:
        """(N, C), along `labels`, rows that add up to 1; (0, C) of no pictures."""
        if not len(images):
            return np.empty((0, len(self.labels)), np.float32)
        return likelihoods(self.readout.logits(self.embed(images)))

    def __call__(self, images: Sequence[Image]) -> list[tuple[Prediction, ...]]:
        """Of each picture (H, W, 3), RGB uint8, every product, best first.

        Where none is likely enough the first is UNKNOWN, with what is missing to certainty.
        """
        return [self._told(row) for row in self.probabilities(images)]

    def _told(self, row: Floats) -> tuple[Prediction, ...]:
        order = np.argsort(-row, kind="stable")
        best = tuple(Prediction(self.labels[int(one)], float(row[one])) for one in order)
        if best[0].probability >= self.bundle.threshold:
            return best
        return (Prediction(UNKNOWN, 1 - best[0].probability), *best)


def open_recogniser(folder: str | Path, *, runtime: str | None = None) -> Recogniser:
    """`runtime` is one of RUNTIMES; None is the first.

    Raises DamagedError for a folder that holds no sound recogniser, UsageError for an unknown runtime.
    """
    path = Path(folder)
    bundle = read_products(path)
    return Recogniser(
        bundle, open_embedder(path, bundle.size, runtime=runtime or RUNTIMES[0]), read_readout(path, bundle)
    )


def open_embedder(folder: Path, size: int, *, runtime: str = RUNTIMES[0]) -> Embedder:
    """Raises UsageError for an unknown runtime."""
    if runtime not in RUNTIMES:
        raise UsageError("nothing runs recognisers so", got=runtime, allowed=", ".join(RUNTIMES))
    return Embedder(load_head(runtime, folder / NETWORK), size)


def prepared(image: Image, size: int, view: View = ASKED[0]) -> Floats:
    """(`size`, `size`, 3) float32, 0 to 255. Raises UsageError for what is no RGB picture."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or min(image.shape) < 1:
        got = f"{image.shape}, {image.dtype}"
        raise UsageError("a picture is RGB", got=got, allowed="(height, width, 3), uint8")
    height, width = image.shape[:2]
    middle = min(height, width)
    side = middle * view.side
    left = (width - middle) / 2 + (middle - side) * view.across
    top = (height - middle) / 2 + (middle - side) * view.down
    square = (left, top, left + side, top + side)
    small = Canvas.fromarray(image).resize((size, size), Canvas.Resampling.BICUBIC, box=square)
    pixels = np.asarray(small, np.float32)
    return np.ascontiguousarray(pixels[:, ::-1]) if view.mirrored else pixels

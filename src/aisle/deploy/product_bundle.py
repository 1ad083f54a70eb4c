"""A packaged recogniser of products: a folder with a network that turns a picture into features, what is read from
them, and its card.

card.json      what it answers, how pictures are prepared, how it was trained and how good it was found to be, hashes
network.onnx   pixels to features; OpenVINO and ONNX Runtime both run it
products.npz   one point a product in the space of the features, and the way there
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core import DamagedError, LabelSet, UsageError, whole
from aisle.deploy.bundle import damaged, kind_of, mend, read_sealed, verify, write_sealed
from aisle.models.product_readout import Nearness, Readout

KIND = "products"
NETWORK, PRODUCTS = "network.onnx", "products.npz"
"""Names of what lies beside the card."""

UNKNOWN = "unknown"
"""What a product is called that the recogniser is not sure of."""


@dataclass(frozen=True, slots=True)
class ProductBundle:
    """`coarse` says of each of the `labels` what kind of product it is, "" where nobody said. Pictures are made `size`
    pixels wide and high.

    Below the probability `threshold` an answer is UNKNOWN. `apart` is how far the packaged network's features are from
    PyTorch's, at most. `measured` are figures, by what they are, on pictures that the measured readout had not learnt
    from. `seen` are marks of the pictures that it learnt from.
    """

    name: str
    title: str
    model: str
    labels: LabelSet
    coarse: tuple[str, ...]
    size: int
    nearness: Nearness
    scale: float
    threshold: float
    trained_on: str
    not_for: str
    licence: str
    apart: float
    seen: tuple[str, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.coarse) != len(self.labels):
            got = f"{len(self.coarse)} kinds of {len(self.labels)} products"
            raise UsageError("every product has a kind, or an empty one", got=got)
        if not 0 <= self.threshold < 1 or self.size < 32 or not self.scale > 0:
            got = f"threshold {self.threshold}, size {self.size}, scale {self.scale}"
            allowed = "a share, 32 or more pixels, and above 0"
            raise UsageError("a recogniser's numbers are out of range", got=got, allowed=allowed)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the card or a file does."""
        said = json.dumps(self._plain(), sort_keys=True)
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises OutputError."""
        write_sealed({"kind": KIND, **self._plain()}, folder)

    def _plain(self) -> dict[str, Any]:
        plain = asdict(replace(self, labels=LabelSet(("",)), coarse=("",)))
        return {**plain, "labels": list(self.labels), "coarse": list(self.coarse), "seen": list(self.seen)}


def read_products(folder: Path) -> ProductBundle:
    """Raises DamagedError where there is no card, one of another kind of bundle, or another file beside it."""
    plain = read_sealed(folder)
    with damaged(folder):
        if (kind := plain.pop("kind", "stream")) != KIND:
            raise DamagedError("this bundle names no products", got=kind, allowed=KIND, do=mend(folder))
        labels, coarse = LabelSet(tuple(plain.pop("labels"))), tuple(plain.pop("coarse"))
        bundle = ProductBundle(labels=labels, coarse=coarse, seen=tuple(plain.pop("seen")), **plain)
    verify(bundle.files, folder)
    return bundle


def write_readout(readout: Readout, folder: Path) -> None:
    """Raises OutputError."""
    with whole(folder / PRODUCTS) as part, part.open("wb") as file:
        np.savez(file, centre=readout.centre, turn=readout.turn, points=readout.points)


def read_readout(folder: Path, bundle: ProductBundle) -> Readout:
    """Raises DamagedError for a file that holds something else."""
    with damaged(folder), np.load(folder / PRODUCTS, allow_pickle=False) as file:
        centre, turn, points = (np.asarray(file[name], np.float32) for name in ("centre", "turn", "points"))
        if len(points) != len(bundle.labels):
            raise DamagedError("another number of products", got=len(points), allowed=str(len(bundle.labels)))
        return Readout(bundle.nearness, centre, turn, points, bundle.scale)


def is_products(folder: str | Path) -> bool:
    """Whether a bundle that names products lies there. Raises DamagedError for a card that cannot be read."""
    path = Path(folder)
    return (path / "card.json").is_file() and kind_of(path) == KIND

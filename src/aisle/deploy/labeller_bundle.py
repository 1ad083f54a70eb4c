"""A packaged network that names pictures as a whole: a folder with the network and its card.

card.json      what it answers, how pictures are prepared, how it was trained and how good it was found to be, hashes
network.onnx   pixels to a number for each label, and the features that it reads; OpenVINO and ONNX Runtime both run it
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from aisle.core import DamagedError, LabelSet, UsageError
from aisle.deploy.bundle import damaged, kind_of, mend, read_sealed, verify, write_sealed

KIND, NETWORK = "pictures", "network.onnx"

USUAL = "efficientnet-lite0"
"""The thousand classes of ImageNet."""


@dataclass(frozen=True, slots=True)
class LabellerBundle:
    """Pictures are made `size` pixels wide and high, whatever their shape. `scale` is what the network's numbers are
    multiplied by before their softmax, so that it can be taken at its word. `apart` is how far the packaged network's
    numbers are from PyTorch's, at most. `measured` are figures on pictures that the measured layer had not learnt from;
    `seen` are marks of those that it learnt from.
    """

    name: str
    title: str
    labels: LabelSet
    size: int
    scale: float
    trained_on: str
    not_for: str
    licence: str
    apart: float
    seen: tuple[str, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.size < 32 or not self.scale > 0:
            got = f"size {self.size}, scale {self.scale}"
            raise UsageError("a labeller's numbers are out of range", got=got, allowed="32 or more pixels, above 0")

    @property
    def fingerprint(self) -> str:
        """Changes whenever the labels, the scale or the network do."""
        said = json.dumps([list(self.labels), self.size, self.scale, dict(self.files)])
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises OutputError."""
        plain = asdict(replace(self, labels=LabelSet(("",))))
        write_sealed({"kind": KIND, **plain, "labels": list(self.labels), "seen": list(self.seen)}, folder)


def read_labeller(folder: Path) -> LabellerBundle:
    """Raises DamagedError where there is no card, one of another kind of bundle, or another file beside it."""
    plain = read_sealed(folder)
    with damaged(folder):
        if (kind := plain.pop("kind", "stream")) != KIND:
            raise DamagedError("this bundle names no pictures", got=kind, allowed=KIND, do=mend(folder))
        bundle = LabellerBundle(labels=LabelSet(tuple(plain.pop("labels"))), seen=tuple(plain.pop("seen")), **plain)
    verify(bundle.files, folder)
    return bundle


def is_labeller(folder: str | Path) -> bool:
    """Whether a bundle that names pictures lies there. Raises DamagedError for a card that cannot be read."""
    path = Path(folder)
    return (path / "card.json").is_file() and kind_of(path) == KIND

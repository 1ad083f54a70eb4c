"""A packaged detector: a folder with a network that finds things in pictures, and its card.

card.json      what kind of network it is, what it calls things, from which score on they count, how it was made, hashes
network.onnx   as the kind's file in aisle.objects reads it; OpenVINO and ONNX Runtime both run it
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

from aisle.core import DamagedError, UsageError, whole
from aisle.deploy.bundle import damaged, kind_of, mend, read_sealed, verify, write_sealed
from aisle.deploy.weights import sha256

FILE = "network.onnx"
"""The name of what lies beside the card."""

KIND = "detector"


@dataclass(frozen=True, slots=True)
class DetectorCard:
    """`family` is the network's kind, a file of aisle.objects; `labels` are in the network's order, "" for an output
    that names nothing. `size` is the (height, width) that the network reads, and `score` from where on a thing counts.
    `measured` are figures by what they are, all of them on pictures that it had not been trained on.
    """

    name: str
    title: str
    family: str
    labels: tuple[str, ...]
    score: float
    size: tuple[int, int]
    licence: str
    trained_on: str = ""
    not_for: str = ""
    measured: Mapping[str, float] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [label for label in self.labels if label]
        if not named or len(set(named)) < len(named):
            raise UsageError("a detector names what it finds, each once", got=self.labels, allowed="different names")
        if not 0 < self.score < 1:
            raise UsageError("a score is a share", got=self.score, allowed="above 0 and below 1")
        if len(self.size) != 2 or min(self.size) < 1:
            raise UsageError("a network reads pictures of a size", got=self.size, allowed="(height, width), in pixels")


def write_detector_bundle(folder: Path, network: Path, card: DetectorCard) -> DetectorCard:
    """Copies the ONNX file `network` into `folder` and writes the card beside it, with the file's hash, last: a folder
    with a card is whole. Raises OutputError.
    """
    with whole(folder / FILE) as part:
        shutil.copyfile(network, part)
    sealed = replace(card, files={FILE: sha256(folder / FILE)})
    write_sealed({"kind": KIND, **_plain(sealed)}, folder)
    return sealed


def read_detector_card(folder: Path) -> DetectorCard:
    """Raises DamagedError where there is no card, one of another kind of bundle, or another network beside it."""
    plain = read_sealed(folder)
    with damaged(folder):
        if (kind := plain.pop("kind", "stream")) != KIND:
            raise DamagedError("this bundle is no detector", got=kind, allowed=KIND, do=mend(folder))
        labels, size = tuple(plain.pop("labels")), tuple(plain.pop("size"))
        card = DetectorCard(labels=labels, size=size, **plain)
    verify(card.files, folder)
    return card


def is_detector(folder: Path) -> bool:
    """Raises DamagedError when the card cannot be read."""
    return kind_of(folder) == KIND


def shipped_detectors() -> dict[str, Path]:
    """The folders of detectors that come with this package, by name: those in aisle/objects/trained."""
    place = Path(str(resources.files("aisle.objects"))) / "trained"
    return {path.parent.name: path.parent for path in sorted(place.glob("*/card.json"))}


def _plain(card: DetectorCard) -> dict[str, Any]:
    return {**asdict(card), "labels": list(card.labels), "size": list(card.size)}

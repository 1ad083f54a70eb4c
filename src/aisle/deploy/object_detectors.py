"""Detectors of things, by name or by file: published ones, ours, and any network of a kind that is known."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aisle.core import InputError, Progress, UnknownNameError, silent
from aisle.deploy.detector_bundle import FILE, read_detector_card, shipped_detectors
from aisle.deploy.object_network import read_object_network
from aisle.deploy.weights import at_hand, find_file
from aisle.objects.detector import ObjectDetector
from aisle.objects.family import Family, Published, families, family, family_of
from aisle.objects.network_detector import NetworkDetector

BETTER, EVERYWHERE = "yolox-nano", "mobilenet-ssd"
"""What finds more people, from its publisher; and what any package registry has."""

PUBLISHED: dict[str, tuple[Family, Published]] = {
    name: (each, published) for each in families() for name, published in each.published.items()
}
"""Networks of others, by the name of the detector."""

DETECTORS = tuple(sorted({*PUBLISHED, *shipped_detectors()}))
"""What `open_detector` knows by name."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a detector is to be: what it tells, from which score on (None: its own), and what runs it, in "f32" or
    "bf16".
    """

    score: float | None = None
    labels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    runtime: str = "openvino"
    precision: str = "f32"


def open_detector(
    name_or_file: str | Path,
    *,
    score: float | None = None,
    labels: Sequence[str] = (),
    names: Sequence[str] = (),
    runtime: str = "openvino",
    precision: str = "f32",
    progress: Progress = silent,
) -> ObjectDetector:
    """One of `DETECTORS`, an ONNX file of a kind that is known, or a folder with a packaged detector.

    It tells what has at least `score`, or its own default, and of that only `labels`, where some are named. `names` are
    what the classes of a network of the user's are called, in the network's order. `progress` hears megabytes of what
    is fetched. Raises UnknownNameError for a name, label or runtime that does not exist, InputError for a network of no
    kind that is known, DamagedError for a file that is no network, and what `find_file` raises.
    """
    wish = Wish(score, tuple(labels), tuple(names), runtime, precision)
    said, path = str(name_or_file), Path(name_or_file)
    if said in PUBLISHED:
        each, published = PUBLISHED[said]
        return _opened(_found(published, progress), wish, each, outputs=published.outputs)
    if said in (ours := shipped_detectors()):
        return open_bundle_detector(ours[said], wish)
    if path.is_dir():
        return open_bundle_detector(path, wish)
    if path.is_file():
        return _opened(path, wish)
    if path.suffix or len(path.parts) > 1:
        raise InputError(f"no detector at {path}", got="no such file", allowed="an ONNX file or a packaged detector")
    raise UnknownNameError("detector", said, DETECTORS, do="or name an ONNX file, or a folder with a packaged detector")


def open_bundle_detector(folder: Path, wish: Wish | None = None) -> ObjectDetector:
    """A folder as `write_detector_bundle` makes it; its card says what `wish` leaves open. Raises DamagedError for one
    that is no packaged detector.
    """
    card, wish = read_detector_card(folder), wish or Wish()
    filled = Wish(
        score=card.score if wish.score is None else wish.score,
        labels=wish.labels,
        names=wish.names or card.labels,
        runtime=wish.runtime,
        precision=wish.precision,
    )
    return _opened(folder / FILE, filled, family(card.family), size=card.size)


def usual_detector() -> str:
    """`BETTER` where its weights are at hand, else `EVERYWHERE`: nothing comes from a publisher unasked."""
    _, published = PUBLISHED[BETTER]
    return BETTER if any(map(at_hand, (published.weights, *published.copies))) else EVERYWHERE


def detector_at_hand() -> str | None:
    """The usual detector, where its weights are on this machine already."""
    usual = usual_detector()
    return usual if usual == BETTER or at_hand(PUBLISHED[usual][1].weights) else None


def _found(published: Published, progress: Progress) -> Path:
    try:
        return find_file(published.weights, progress=progress)
    except InputError:  # the folder that the user names lacks it
        for copy in published.copies:
            with contextlib.suppress(InputError):
                return find_file(copy)
        raise


def _opened(
    path: Path,
    wish: Wish,
    kind: Family | None = None,
    *,
    outputs: tuple[str, ...] = (),
    size: tuple[int, int] | None = None,
) -> ObjectDetector:
    network = read_object_network(path, outputs, runtime=wish.runtime)
    kind = kind or family_of(network.signature, where=str(path))
    reader = kind.reader(network.signature, size)
    run = network.opened(reader.shapes, precision=wish.precision)
    score = kind.score if wish.score is None else wish.score
    return NetworkDetector(run, reader, score=score, names=wish.names, only=wish.labels)

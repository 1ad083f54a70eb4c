"""A trained detector to a bundle: ONNX, what it finds compared with what PyTorch does, and its card. Needs PyTorch."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from aisle.core import DamagedError, whole, whole_folder, writing
from aisle.core.boxes import intersection_over_union
from aisle.core.detections import Detections
from aisle.core.video import Image
from aisle.deploy.build import made
from aisle.deploy.detector_bundle import FILE, DetectorCard, write_detector_bundle
from aisle.deploy.object_detectors import open_detector
from aisle.train.detector import Student, network_detector

SEEN = "seen.json"
"""Beside the card: marks of the pictures that it learnt from, so that nobody judges it on them unawares."""

SURE, SAME_SCORE, SAME_PLACE = 0.1, 0.02, 0.95
"""Of what PyTorch finds with so much, the packaged network must find the same, as sure and at the same place."""


def package_detector(
    student: Student, card: DetectorCard, target: Path, *, samples: Sequence[Image], seen: Iterable[str]
) -> DetectorCard:
    """Writes the bundle into the new folder `target`; `samples` are pictures on which the two networks are compared,
    `seen` the marks of those that it learnt from.

    Raises OutputError when `target` exists or cannot be written, DamagedError when the packaged network finds
    otherwise.
    """
    with whole_folder(target) as scratch:
        with writing(scratch):
            _to_onnx(student, scratch / f".{FILE}")
        told = {**made("torch", "openvino"), **dict(card.made)}
        complete = write_detector_bundle(scratch, scratch / f".{FILE}", replace(card, made=told))
        (scratch / f".{FILE}").unlink()
        _check(student, card, scratch, samples)
        with whole(scratch / SEEN) as part:
            part.write_text(json.dumps(sorted(seen)), "utf-8")
    return complete


def seen_pictures(folder: Path) -> frozenset[str] | None:
    """The marks of the pictures that the bundle in `folder` learnt from; None where nobody wrote them."""
    try:
        return frozenset(map(str, json.loads((folder / SEEN).read_text("utf-8"))))
    except (OSError, ValueError, TypeError):
        return None


def _to_onnx(student: Student, path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter by tracing announces its successor each time
        torch.onnx.export(
            student.exported().eval(),
            (torch.zeros(1, 3, student.side, student.side),),
            str(path),
            input_names=["pixels"],
            output_names=list(student.outputs),
            opset_version=17,
            dynamo=False,
        )


def _check(student: Student, card: DetectorCard, folder: Path, samples: Sequence[Image]) -> None:
    wanted = network_detector(student, card.labels, SURE)(samples)
    got = open_detector(folder, score=SURE - SAME_SCORE)(samples)
    for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
        for row in range(len(one)):
            if not _found_again(one, row, other):
                said = f"picture {number}: no {one.labels[row]} like {one.boxes.scores[row]:.3f}"
                allowed = f"scores within {SAME_SCORE}, overlaps of {SAME_PLACE} or more"
                raise DamagedError("the packaged detector finds otherwise", got=said, allowed=allowed)


def _found_again(one: Detections, row: int, other: Detections) -> bool:
    alike = intersection_over_union(one.boxes.corners[row : row + 1], other.boxes.corners)[0] >= SAME_PLACE
    alike &= np.abs(other.boxes.scores - one.boxes.scores[row]) <= SAME_SCORE
    return bool((alike & (np.array(other.labels, object) == one.labels[row])).any())

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.core import DamagedError, UnknownNameError, UsageError
from aisle.deploy.bundle import write_sealed
from aisle.deploy.detector_bundle import (
    FILE,
    DetectorCard,
    is_detector,
    read_detector_card,
    shipped_detectors,
    write_detector_bundle,
)
from aisle.deploy.object_detectors import DETECTORS, open_bundle_detector, open_detector
from detector_networks import NAMES, SIDE, write_yolox

CARD = DetectorCard(
    name="shelf",
    title="What lies on a shelf",
    family="yolox",
    labels=NAMES,
    score=0.4,
    size=(SIDE, SIDE),
    licence="Apache-2.0",
    measured={"AP50": 0.5},
    made={"aisle": "1"},
)
BRIGHT = np.full((SIDE, SIDE, 3), 200, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_detector_bundle(tmp_path / "bundle", write_yolox(tmp_path / "tiny.onnx"), CARD)
    return tmp_path / "bundle"


def test_what_is_written_is_read_and_runs(folder: Path) -> None:
    card = read_detector_card(folder)
    assert replace(card, files={}) == CARD
    assert set(card.files) == {FILE}
    assert is_detector(folder)
    found = {labels: open_detector(folder, labels=labels)([BRIGHT])[0].labels for labels in ((), ("bottle",))}
    assert found == {(): ("person", "bottle"), ("bottle",): ("bottle",)}


def test_the_card_says_from_where_on_a_thing_counts_unless_somebody_else_does(folder: Path) -> None:
    assert len(open_detector(folder)([BRIGHT])[0]) == 2
    assert len(open_detector(folder, score=0.9)([BRIGHT])[0]) == 0
    write_detector_bundle(folder, folder / FILE, replace(CARD, score=0.9, labels=("a", "", "c")))
    detector = open_bundle_detector(folder)
    assert detector.labels == ("a", "c")
    assert len(detector([BRIGHT])[0]) == 0


def test_another_network_beside_the_card_is_damaged(folder: Path) -> None:
    with (folder / FILE).open("ab") as file:
        file.write(b"more")
    with pytest.raises(DamagedError, match=r"network\.onnx is damaged"):
        open_detector(folder)


def test_a_card_that_was_changed_is_damaged(folder: Path) -> None:
    plain = json.loads((folder / "card.json").read_text("utf-8"))
    (folder / "card.json").write_text(json.dumps(plain | {"score": 0.1}), "utf-8")
    with pytest.raises(DamagedError, match="it was changed after it was written"):
        read_detector_card(folder)


def test_another_kind_of_bundle_is_no_detector(tmp_path: Path) -> None:
    write_sealed({"kind": "head"}, tmp_path)
    with pytest.raises(DamagedError, match=r"no detector; got: head; allowed: detector"):
        read_detector_card(tmp_path)
    assert not is_detector(tmp_path)


def test_a_folder_without_a_card_is_told(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"cannot read .*card\.json; got: No such file"):
        open_detector(tmp_path)


def test_a_kind_that_this_version_does_not_know_is_told(tmp_path: Path) -> None:
    file = write_yolox(tmp_path / "tiny.onnx")
    write_detector_bundle(tmp_path / "later", file, replace(CARD, family="yolo27"))
    with pytest.raises(UnknownNameError, match="unknown kind of detector; got: 'yolo27'"):
        open_detector(tmp_path / "later")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"labels": ()}, "names what it finds, each once"),
        ({"labels": ("", "")}, "names what it finds, each once"),
        ({"labels": ("a", "a")}, "names what it finds, each once"),
        ({"score": 0}, "a score is a share; got: 0"),
        ({"size": (0, 5)}, r"got: \(0, 5\); allowed: \(height, width\)"),
    ],
)
def test_a_card_that_makes_no_sense_is_none(changed: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        replace(CARD, **changed)  # type: ignore[arg-type]


def test_detectors_that_come_along_are_whole_and_have_a_name() -> None:
    for name, place in shipped_detectors().items():
        assert name in DETECTORS
        assert read_detector_card(place).licence

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from aisle.analysis.backbone import Answers
from aisle.core import DamagedError, Features, Grid, LabelSet, OutputError, UsageError
from aisle.deploy.bundle import read_sealed, write_sealed
from aisle.deploy.head import FILE, HeadBundle, is_head, read_head
from aisle.deploy.model import open_backbone, open_model
from aisle.deploy.package import package
from heads import clip_head

HEAD = HeadBundle(
    name="thefts",
    title="Regularised least squares, 2 classes",
    head="linear",
    options={"penalty": 0.1, "trend": True, "looks": ["night"]},
    task="clips",
    labels=LabelSet(("normal", "théft")),
    backbone="kinetics-i3d",
    identity="kinetics-i3d-0123456789ab",
    window=9,
    context=0,
    answers=Answers(pieces=2, smooth=Fraction(1, 3), shortest=Fraction(1, 4), surest=0.0, threshold=0.43),
    trained_on="six films",
    not_for="decisions about persons",
    licence="none",
    seen=("0123456789ab",),
    measured={"top1": 0.75, "top1 95%": [0.5, 1.0]},
    made={"date": "2026-11-21"},
    files={FILE: "0" * 64},
)


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    HEAD.write(tmp_path)
    assert read_head(tmp_path) == HEAD
    assert is_head(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


def test_the_fingerprint_changes_with_the_card() -> None:
    others = [replace(HEAD, answers=Answers()), replace(HEAD, files={}), replace(HEAD, labels=LabelSet(("a", "b")))]
    assert len({one.fingerprint for one in (HEAD, *others)}) == 4
    assert HEAD.fingerprint.startswith("thefts-")


def test_a_card_that_was_edited_is_noticed(tmp_path: Path) -> None:
    HEAD.write(tmp_path)
    path = tmp_path / "card.json"
    path.write_text(path.read_text("utf-8").replace("0.43", "0.01"), "utf-8")
    with pytest.raises(DamagedError, match="changed after it was written"):
        read_head(tmp_path)


@pytest.mark.parametrize("change", [{"answers": None}, {"labels": []}, {"window": ...}, {"colour": "red"}])
def test_a_card_with_other_fields_is_damaged(tmp_path: Path, change: dict[str, Any]) -> None:
    HEAD.write(tmp_path)
    plain = {**read_sealed(tmp_path), **change}
    write_sealed({key: value for key, value in plain.items() if value is not ...}, tmp_path)
    with pytest.raises(DamagedError, match=r"card\.json is damaged"):
        read_head(tmp_path)


def test_a_network_is_no_head_and_a_head_no_backbone(tiny_bundle: Path, tmp_path: Path) -> None:
    assert not is_head(tiny_bundle)
    with pytest.raises(DamagedError):
        read_head(tiny_bundle)
    head = clip_head(tiny_bundle, tmp_path / "head")
    assert is_head(head)
    with pytest.raises(UsageError, match=r"a head is not a backbone; got: .*head; allowed: kinetics-i3d"):
        open_backbone(head)


def test_the_head_of_another_backbone_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    head = clip_head(tiny_bundle, tmp_path / "head")
    replace(read_head(head), identity="kinetics-i3d-0").write(head)
    wanted = (
        r"head reads the features of another backbone; got: kinetics-i3d-[0-9a-f]{12}; allowed: kinetics-i3d-0; do:"
    )
    with pytest.raises(DamagedError, match=wanted):
        open_model(head)


def test_a_head_whose_network_was_changed_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    head = clip_head(tiny_bundle, tmp_path / "head")
    content = bytearray((head / FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (head / FILE).write_bytes(content)
    with pytest.raises(DamagedError, match=r"head\.onnx is damaged"):
        open_model(head)


STEP = Fraction(8, 25)


def sample(count: int = 4) -> Features:
    return Features(
        np.random.default_rng(0).random((count, 3), np.float32), Grid(Fraction(0), STEP, STEP, count), "toy"
    )


def test_a_package_says_with_what_and_when_it_was_made(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "toy"
    package(nn.Linear(3, 2).eval(), HEAD, target, samples=[sample()])
    found = read_head(target)
    assert {"date", "machine", "python", "aisle", "torch"} <= set(found.made)
    assert set(found.files) == {FILE}
    assert replace(found, made=HEAD.made, files=HEAD.files) == HEAD
    assert json.loads((target / "card.json").read_text("utf-8"))["labels"] == ["normal", "théft"]
    assert [path.name for path in target.parent.iterdir()] == ["toy"]


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(OutputError, match="it exists"):
        package(nn.Linear(3, 2), HEAD, tmp_path / "mine", samples=[sample()])
    assert list((tmp_path / "mine").iterdir()) == []


class Moody(nn.Module):
    """Answers otherwise in PyTorch than where it was traced."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows + (0 if torch.jit.is_tracing() else 1)


def test_a_network_that_answers_otherwise_once_packaged_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"the packaged head answers otherwise; got: 1 off; allowed: 0\.001"):
        package(Moody().eval(), HEAD, tmp_path / "toy", samples=[sample()])
    assert list(tmp_path.iterdir()) == []

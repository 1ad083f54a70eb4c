from __future__ import annotations

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from aisle.core import DamagedError
from aisle.deploy.bundle import Bundle, Check, StateShape, bundle_folder, read_card, verify, write_card
from aisle.deploy.weights import sha256
from aisle.models.card import Reads, card

BUNDLE = Bundle(
    card=replace(card("kinetics-i3d"), reads=Reads(Fraction(30000, 1001), 96, 16)),
    states=(StateShape("Mixed_3b", 192, 8, 1, 2), StateShape("Mixed_4b_pool", 480, 8, 0, 1)),
    checks={"openvino-int8": Check(16, 0.984, 0.97, 0.9375)},
    made={"date": "2025-11-21"},
    files={"openvino/int8.xml": "0" * 64},
)


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_card(BUNDLE, tmp_path)
    assert read_card(tmp_path) == BUNDLE
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


def test_the_fingerprint_changes_with_the_card_and_with_every_file() -> None:
    others = [
        replace(BUNDLE, files={"openvino/int8.xml": "1" * 64}),
        replace(BUNDLE, files={}),
        replace(BUNDLE, card=replace(BUNDLE.card, labels=BUNDLE.card.labels[::-1])),
        replace(BUNDLE, card=card("kinetics-i3d")),
    ]
    assert len({one.fingerprint for one in [BUNDLE, *others]}) == 5
    assert BUNDLE.fingerprint.startswith("kinetics-i3d-")


def test_the_fingerprint_does_not_change_with_the_day() -> None:
    assert replace(BUNDLE, made={"date": "2030-01-01"}).fingerprint == BUNDLE.fingerprint
    reordered = replace(BUNDLE, files=dict(reversed([("b", "2"), ("a", "1")])))
    assert reordered.fingerprint == replace(BUNDLE, files={"b": "2", "a": "1"}).fingerprint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"format": 1}',
        json.dumps({"format": 1, "card": {}, "states": [], "checks": {}, "made": {}, "files": {}}),
        "\udcff",
    ],
)
def test_a_card_that_is_none_is_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DamagedError, match=r"card\.json"):
        read_card(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"), [("format", 2), ("states", [{"name": "x"}]), ("checks", {"a": {"steps": 1}}), ("card", None)]
)
def test_a_card_of_another_format_or_with_other_fields_is_damaged(tmp_path: Path, field: str, value: Any) -> None:
    write_card(BUNDLE, tmp_path)
    plain = json.loads((tmp_path / "card.json").read_text("utf-8"))
    (tmp_path / "card.json").write_text(json.dumps({**plain, field: value}), "utf-8")
    with pytest.raises(DamagedError):
        read_card(tmp_path)


def test_a_folder_without_a_card_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"cannot read .*card\.json"):
        read_card(tmp_path)


@pytest.fixture
def copy(tiny_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copy"))


def test_a_whole_bundle_is_verified(copy: Path) -> None:
    bundle = read_card(copy)
    verify(bundle.files, copy)
    assert set(bundle.files) == {f"openvino/{name}.{kind}" for name in ("fp32", "int8") for kind in ("xml", "bin")}
    assert bundle.files["openvino/int8.bin"] == sha256(copy / "openvino/int8.bin")


def test_one_changed_byte_is_found(copy: Path) -> None:
    with (copy / "openvino/int8.bin").open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)[0]
        file.seek(1000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(DamagedError, match=r"openvino/int8\.bin is damaged; got: [0-9a-f]{64}; allowed: [0-9a-f]{64}"):
        verify(read_card(copy).files, copy)
    verify(read_card(copy).files, copy, part="openvino/fp32")


def test_a_missing_file_is_found(copy: Path) -> None:
    (copy / "openvino/fp32.xml").unlink()
    with pytest.raises(DamagedError, match=r"fp32\.xml is damaged; got: no such file"):
        verify(read_card(copy).files, copy)


def test_what_to_do_depends_on_whose_the_bundle_is(copy: Path, tiny_bundle: Path) -> None:
    (copy / "openvino/fp32.xml").unlink()
    with pytest.raises(DamagedError, match="copy the bundle here again"):
        verify(read_card(copy).files, copy)
    gone = replace(read_card(tiny_bundle), files={"openvino/gone.xml": "0" * 64})
    with pytest.raises(DamagedError, match="aisle models get kinetics-i3d --again"):
        verify(gone.files, tiny_bundle)
    assert tiny_bundle == bundle_folder("kinetics-i3d")


def test_a_plausible_change_of_the_card_is_noticed(tmp_path: Path) -> None:
    write_card(BUNDLE, tmp_path)
    path = tmp_path / "card.json"
    path.write_text(path.read_text("utf-8").replace('"stride": 8', '"stride": 16'), "utf-8")
    with pytest.raises(DamagedError, match="changed after it was written"):
        read_card(tmp_path)

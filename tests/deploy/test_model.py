from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import aisle
from aisle.core import DamagedError, UnknownNameError, UsageError
from aisle.deploy.backbone import Model
from aisle.deploy.bundle import read_card, write_card
from aisle.deploy.model import SAME_ENOUGH, find_bundle, is_ready, open_model
from streams import answers, clip

Opener = Callable[[str], Model]


@pytest.fixture
def copy(tiny_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copy"))


def test_a_model_is_opened_by_name_and_by_folder(tiny_bundle: Path, copy: Path) -> None:
    by_name, by_folder = open_model("kinetics-i3d"), open_model(copy)
    assert (by_name.folder, by_folder.folder) == (tiny_bundle, copy)
    assert by_name.fingerprint == by_folder.fingerprint
    assert by_name.name == by_folder.name == "kinetics-i3d"
    assert len(by_name.labels) == 400
    assert aisle.open_model is open_model


def test_a_folder_beside_us_may_have_the_name_of_a_model(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy.parent)
    copy.rename("kinetics-i3d")
    assert find_bundle("kinetics-i3d") == Path("kinetics-i3d")


def test_an_unknown_name_is_met_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean kinetics-i3d"):
        open_model("kinetics-i3")
    with pytest.raises(UnknownNameError, match="unknown model"):
        open_model(tmp_path / "nowhere")


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not a bundle; got: no card\.json"):
        open_model(tmp_path)


def test_an_unknown_runtime_is_refused_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "empty"))
    with pytest.raises(UnknownNameError, match=r"unknown runtime; got: 'tensorrt'; allowed: .*openvino-int8"):
        open_model("kinetics-i3d", runtime="tensorrt")
    assert not (tmp_path / "empty").exists()


def test_what_is_ready_is_told_without_building_it(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_ready("kinetics-i3d")
    assert is_ready(tiny_bundle)
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "empty"))
    assert not is_ready("kinetics-i3d")
    assert not (tmp_path / "empty").exists()


def test_a_damaged_file_is_found_when_it_is_needed(copy: Path) -> None:
    (copy / "openvino/int8.bin").write_bytes(b"")
    with pytest.raises(DamagedError, match=r"int8\.bin is damaged"):
        open_model(copy)
    assert open_model(copy, runtime="openvino-fp32").runtime == "openvino-fp32"


def test_integers_are_the_default_where_they_agree_with_the_reference(copy: Path) -> None:
    bundle = read_card(copy)
    check = bundle.checks["openvino-int8"]
    for cosine, runtime in ((SAME_ENOUGH, "openvino-int8"), (SAME_ENOUGH - 0.001, "openvino-fp32")):
        write_card(replace(bundle, checks={"openvino-int8": replace(check, cosine=cosine)}), copy)
        assert open_model(copy).runtime == runtime


def test_features_of_different_runtimes_or_bundles_are_told_apart(copy: Path) -> None:
    prints = {open_model(copy, runtime=runtime).fingerprint for runtime in ("openvino-int8", "openvino-fp32")}
    assert len(prints) == 2
    bundle = read_card(copy)
    write_card(replace(bundle, card=replace(bundle.card, title="another")), copy)
    assert open_model(copy, runtime="openvino-int8").fingerprint not in prints


def test_a_model_takes_every_size_that_is_a_multiple(opened: Opener) -> None:
    model = opened("openvino-int8")
    assert model.reads.multiple == 16
    for height, width in ((16, 16), (48, 32)):
        features, logits = answers(model, clip(56, height, width), [56])
        assert (features.shape, logits.shape) == ((7, model.bundle.card.features), (7, 400))
        assert np.isfinite(logits).all()

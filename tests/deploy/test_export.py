from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.core import InputError, OutputError, UnknownNameError
from aisle.deploy.backbone import Model
from aisle.deploy.bundle import read_card, verify
from aisle.deploy.export import export_bundle
from aisle.deploy.head import read_head
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import missing, open_model
from heads import clip_head
from streams import answers, clip, difference

Opener = Callable[[str], Model]


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_onnx_opens_anywhere_and_says_how_far_it_is_from_pytorch(onnx_bundle: Path) -> None:
    assert names(onnx_bundle) == {"card.json", "onnx/network.onnx"}
    bundle = read_card(onnx_bundle)
    verify(bundle.files, onnx_bundle)
    assert set(bundle.files) == {"onnx/network.onnx"}
    assert set(bundle.checks) == {"onnxruntime"}
    assert bundle.checks["onnxruntime"].worst_cosine > 0.9999
    assert open_model(onnx_bundle).runtime == "onnxruntime"


def test_openvino_is_copied_with_what_was_checked(tiny_bundle: Path, opened: Opener, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "shop-openvino"
    assert export_bundle("kinetics-i3d", "openvino", target) is None
    exported, original = read_card(target), read_card(tiny_bundle)
    assert names(target) == {
        "card.json",
        *(f"openvino/{name}" for name in ("fp32.bin", "fp32.xml", "int8.bin", "int8.xml")),
    }
    verify(exported.files, target)
    assert exported.checks == original.checks
    assert exported.fingerprint == original.fingerprint
    frames = clip(56, 32, 48)
    moved = open_model(target, runtime="openvino-fp32")
    got, wanted = answers(moved, frames, [56])[0], answers(opened("openvino-fp32"), frames, [56])[0]
    assert difference(got, wanted) < 1e-5


def test_an_existing_folder_is_left_alone(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(OutputError, match="it exists"):
        export_bundle(tiny_bundle, "openvino", tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_an_unknown_format_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown format; got: 'coreml'; allowed: onnx, openvino"):
        export_bundle(tiny_bundle, "coreml", tmp_path / "out")


def test_a_failed_export_leaves_nothing(tiny_bundle: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, bundle)
    (bundle / "openvino/fp32.bin").unlink()
    (bundle / "openvino/fp32.bin").symlink_to(bundle / "nowhere")
    with pytest.raises(OutputError):
        export_bundle(bundle, "openvino", tmp_path / "out" / "exported")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_bundle_of_one_format_cannot_be_exported_to_another(onnx_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no OpenVINO network; got: onnx/network\.onnx"):
        export_bundle(onnx_bundle, "openvino", tmp_path / "out" / "exported")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_head_takes_its_backbone_along(tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = clip_head(tiny_bundle, tmp_path / "alarm")
    assert export_bundle(head, "openvino", tmp_path / "box") is None
    assert {"card.json", "head.onnx", "backbone/card.json", "backbone/openvino/int8.bin"} < names(tmp_path / "box")
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "empty"))
    wanted = missing(head)
    assert wanted is not None
    assert wanted.name == "kinetics-i3d"
    assert missing(tmp_path / "box") is None
    opened = open_model(tmp_path / "box")
    assert isinstance(opened, HeadedModel)
    assert opened.bundle.fingerprint == read_head(head).fingerprint
    assert opened.backbone.folder == tmp_path / "box" / "backbone"

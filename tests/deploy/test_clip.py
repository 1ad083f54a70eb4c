from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from aisle.analysis.backbone import Answers
from aisle.core import DamagedError, InputError, LabelSet, OutputError, UsageError
from aisle.deploy.bundle import read_sealed, verify, write_sealed
from aisle.deploy.clip import is_clip, read_clip_bundle
from aisle.deploy.clip_package import SAME, package_network
from aisle.deploy.clip_torch import torch_network
from aisle.deploy.export import export_bundle
from aisle.deploy.model import open_model
from clip_networks import SAMPLING, packaged, samples, toy, toy_bundle
from streams import answers, clip, difference


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clips") / "shop-toy"
    packaged(target, measured={"top1": 0.5, "top1 95%": [0.25, 0.75]}, answers=Answers(shortest=Fraction(1, 3)))
    return target


def test_the_folder_holds_a_network_for_every_runtime_and_a_card_that_tells_how_far_off_they_are(folder: Path) -> None:
    bundle = read_clip_bundle(folder)
    verify(bundle.files, folder)
    assert is_clip(folder)
    assert {"weights.pt", "onnx/network.onnx", "openvino/fp32.xml", "openvino/fp32.bin"} <= set(bundle.files)
    assert set(bundle.checks) == {"onnxruntime", "openvino-fp32", "openvino-bf16", "openvino-int8"}
    assert bundle.checks["openvino-fp32"].worst_cosine >= SAME
    assert bundle.answers == Answers(shortest=Fraction(1, 3))
    assert bundle.measured["top1 95%"] == [0.25, 0.75]
    assert bundle.parameters == sum(weight.numel() for weight in toy().parameters())
    assert bundle.gflops > 0
    assert bundle.identity.startswith("shop-toy-")
    assert not any(path.name.startswith(".") for path in folder.parent.iterdir())


def test_the_same_weights_have_the_same_identity_and_others_another(tmp_path: Path, folder: Path) -> None:
    same = packaged(tmp_path / "same" / "shop-toy")
    assert same.identity == read_clip_bundle(folder).identity
    card = toy_bundle("shop-toy")
    other = package_network(toy(seed=1), card, tmp_path / "other", samples=samples(2))
    assert other.identity != same.identity
    assert other.fingerprint != same.fingerprint


def test_the_pytorch_network_comes_back(folder: Path) -> None:
    entry = torch_network(folder)
    assert not entry.training
    rgb = torch.from_numpy(clip(SAMPLING.frames, 32, 32)[None])
    wanted = toy()(entry.prepared(rgb)[0])
    with torch.no_grad():
        torch.testing.assert_close(entry(rgb)[1], wanted)


def test_what_the_card_says_must_be_so(tmp_path: Path) -> None:
    wrong = replace(toy_bundle(), labels=LabelSet(("a", "b")))
    with pytest.raises(UsageError, match=r"toy is not what its card says; got: features .*, logits .*3\)"):
        package_network(toy(), wrong, tmp_path / "wrong", samples=samples(1))
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(OutputError, match="it exists"):
        package_network(toy(), toy_bundle(), tmp_path / "mine", samples=samples(1))


def test_int8_that_answers_otherwise_is_left_out_and_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.deploy.clip_package.SAME_INT8", 1.01)
    bundle = packaged(tmp_path / "toy")
    assert "openvino-int8" in bundle.checks
    assert not any("int8" in name for name in bundle.files)
    assert open_model(tmp_path / "toy").runtime == "openvino-fp32"
    with pytest.raises(InputError, match=r"this network has no int8; .*do: leave --runtime out"):
        open_model(tmp_path / "toy", runtime="openvino-int8")


@pytest.mark.parametrize("to", ["onnx", "openvino"])
def test_an_export_answers_alike_without_pytorchs_weights(folder: Path, tmp_path: Path, to: str) -> None:
    assert export_bundle(folder, to, tmp_path / "box") is None
    bundle = read_clip_bundle(tmp_path / "box")
    assert all(name.startswith(f"{to}/") for name in bundle.files)
    verify(bundle.files, tmp_path / "box")
    runtime = "onnxruntime" if to == "onnx" else "openvino-fp32"
    assert to == "openvino" or open_model(tmp_path / "box").runtime == runtime
    frames = clip(20, 32, 48)
    got = answers(open_model(tmp_path / "box", runtime=runtime), frames, [20])[0]
    wanted = answers(open_model(folder, runtime="pytorch"), frames, [20])[0]
    assert difference(got, wanted) < 1e-4


def damaged(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_a_bundle_with_a_missing_file_is_damaged(folder: Path, tmp_path: Path) -> None:
    copy = damaged(folder, tmp_path)
    (copy / "openvino/fp32.bin").unlink()
    with pytest.raises(DamagedError, match=r"fp32\.bin is damaged; got: no such file; .*do: copy the bundle"):
        open_model(copy, runtime="openvino-fp32")


@pytest.mark.parametrize("harm", ["gone", "short", "other"])
def test_weights_that_are_not_the_networks_are_refused(folder: Path, tmp_path: Path, harm: str) -> None:
    copy = damaged(folder, tmp_path)
    weights = copy / "weights.pt"
    if harm == "gone":
        weights.unlink()
    elif harm == "short":
        weights.write_bytes(weights.read_bytes()[:500])
    else:
        torch.save(torch.nn.Linear(2, 2).state_dict(), weights)
    with pytest.raises(DamagedError, match=r"weights\.pt; got: |weights of another network; got: lacks"):
        torch_network(copy)


@pytest.mark.parametrize("lost", ["sampling", "states", "labels"])
def test_a_card_that_lacks_something_is_damaged(folder: Path, tmp_path: Path, lost: str) -> None:
    copy = damaged(folder, tmp_path)
    plain = read_sealed(copy)
    del plain[lost]
    write_sealed(plain, copy)
    with pytest.raises(DamagedError, match=rf"card\.json is damaged; got: KeyError: '{lost}'"):
        read_clip_bundle(copy)


def test_a_network_of_timelines_says_how_many_answers_it_has(tmp_path: Path) -> None:
    bundle = packaged(tmp_path / "steps", steps=4)
    assert bundle.answered == 4
    assert bundle.steps.stride == SAMPLING.span // 4
    assert read_clip_bundle(tmp_path / "steps").steps == bundle.steps

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from aisle.analysis.backbone import Answers
from aisle.core import DamagedError, InputError, LabelSet, OutputError, UsageError
from aisle.deploy.bundle import Check, read_sealed, verify, write_sealed
from aisle.deploy.clip import is_clip, read_clip_bundle
from aisle.deploy.clip_package import SAME, _compared, _parted, _passes, package_network
from aisle.deploy.clip_torch import torch_network
from aisle.deploy.cost import counted
from aisle.deploy.export import export_bundle
from aisle.deploy.model import open_model
from aisle.deploy.published import bundle_card
from aisle.models.clip import clip_model
from aisle.models.entry import network
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


@pytest.mark.parametrize(
    ("check", "real", "kept"),
    [
        (Check(8, 0.98, 0.9, 1.0, 0.95), True, True),
        (Check(8, 0.96, 0.9, 1.0, 0.95), True, False),
        (Check(8, 0.98, 0.9, 0.875, 0.95), True, False),
        (Check(4, 0.98, 0.9, 0.5, 0.95), False, True),
        (Check(4, 0.999, 0.99, 1.0, 0.3), False, False),
        (Check(1, 0.98, 0.98, 1.0), True, True),
    ],
    ids=["alike", "turned", "other names", "names of drawn ones", "nothing but a mean alike", "one clip"],
)
def test_what_int8_must_do_to_be_kept(check: Check, real: bool, kept: bool) -> None:
    assert _passes(check, real=real) is kept


def answering(monkeypatch: pytest.MonkeyPatch, features: list[list[float]], logits: list[list[float]]) -> None:
    """Every runtime gives these, clip by clip."""
    given = iter(zip(np.array(features, float), np.array(logits, float), strict=True))

    def run(views: object) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        del views
        features, logits = next(given)
        return features[None], logits[None]

    monkeypatch.setattr("aisle.deploy.clip_package.load_clip_network", lambda *_: run)


def test_what_all_clips_share_hides_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Four clips that differ by a hundredth, told apart the wrong way round."""
    apart = [[1, 0.01], [1, -0.01], [1, 0.01], [1, -0.01]]
    answering(monkeypatch, [[one, -other] for one, other in apart], [[1, 0]] * 4)
    truth = np.array(apart), np.array([[1.0, 0]] * 4)
    check = _compared("openvino-int8", tmp_path, toy_bundle(), [[]] * 4, truth)
    assert check.cosine > 0.999
    assert check.apart == pytest.approx(-1)


def test_answers_of_a_model_with_a_threshold_are_compared_at_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Probabilities of 0.27 and 0.12: the same likeliest class, but only the first is an alarm from 0.2 on."""
    answering(monkeypatch, [[1, 0]], [[2, 0]])
    bundle = replace(toy_bundle(classes=2), answers=Answers(threshold=0.2))
    truth = np.array([[1.0, 0]]), np.array([[1.0, 0]])
    assert _compared("openvino-int8", tmp_path, bundle, [[]], truth).same_top1 == 0


@pytest.mark.parametrize("order", ["class by class", "in turn"])
@pytest.mark.parametrize("count", [0, 1, 2, 32])
def test_samples_to_calibrate_on_and_to_compare_on_are_others_and_of_all_classes(order: str, count: int) -> None:
    classes = [number * 2 // count if order == "class by class" else number % 2 for number in range(count)]
    learnt, compared = _parted([{"rgb": np.array([one])} for one in classes])
    assert {id(one) for one in learnt}.isdisjoint({id(one) for one in compared})
    assert (len(learnt), len(compared)) == (count - -(-count // 4), -(-count // 4))
    if count == 32:
        assert {int(one["rgb"][0]) for one in learnt} == {int(one["rgb"][0]) for one in compared} == {0, 1}


def test_a_network_that_reads_joints_has_no_int8(tmp_path: Path) -> None:
    card = clip_model("stgcn-tiny")
    torch.manual_seed(0)
    bundle = bundle_card(card, LabelSet(("a", "b", "c")), weights_told="")
    bundle = package_network(network(card, 3).eval(), bundle, tmp_path / "joints", samples=[])
    assert set(bundle.checks) == {"onnxruntime", "openvino-fp32", "openvino-bf16"}
    assert not any("int8" in name for name in bundle.files)
    assert bundle.growing == 0
    assert open_model(tmp_path / "joints").runtime == "openvino-fp32"


def test_what_a_view_takes_does_not_depend_on_the_samples(tmp_path: Path) -> None:
    """As the card of a published network counts: one square, recurrent layers too."""
    card = clip_model("cnn-lstm-tiny")
    torch.manual_seed(0)
    bundle = bundle_card(card, LabelSet(("a", "b", "c")), weights_told="")
    wide = [{"rgb": clip(card.sampling.frames, 72, 128)}]
    bundle = package_network(network(card, 3).eval(), bundle, tmp_path / "wide", samples=wide)
    assert bundle.gflops == pytest.approx(counted(card, 3).gflops, rel=1e-3)


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


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("network", "toy2", "No module named"),
        ("network", "..apps.cli", "no name of a network"),
        ("network", "clip", "no attribute 'build'"),
        ("options", {"width": 8, "depth": 3}, "unexpected keyword argument 'depth'"),
        ("options", {"width": -8, "steps": 0}, "toy with {'width': -8"),
        ("options", {"width": "8", "steps": 0}, "toy with {'width': '8'"),
    ],
)
def test_a_card_that_names_no_network_there_is_is_damaged(
    folder: Path, tmp_path: Path, field: str, value: object, said: str
) -> None:
    copy = damaged(folder, tmp_path)
    write_sealed({**read_sealed(copy), field: value}, copy)
    with pytest.raises(DamagedError, match=r"names no network that can be built; got: .*do: ") as raised:
        torch_network(copy)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_network_of_timelines_says_how_many_answers_it_has(tmp_path: Path) -> None:
    bundle = packaged(tmp_path / "steps", steps=4)
    assert bundle.answered == 4
    assert bundle.steps.stride == SAMPLING.span // 4
    assert read_clip_bundle(tmp_path / "steps").steps == bundle.steps

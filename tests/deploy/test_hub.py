"""Networks of the hub, from tiny ones that the tests write; nothing is fetched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aisle.analysis.video import analyze
from aisle.core import DamagedError, InputError, MissingPartError, UnknownNameError, UnreachableError, UsageError
from aisle.deploy import hub
from aisle.deploy.hub import Files, find_files, is_hub, licence_of, needs_parts
from aisle.deploy.hub_model import HubModel, open_hub
from aisle.deploy.hub_picture import Picture, picture_of
from aisle.deploy.model import is_ready, open_backbone, open_model, step_of
from hub_networks import LABELS, NAMES, PROCESSOR, hub_network
from streams import answers, clip
from videos import make_video

HEIGHT, WIDTH = 36, 48


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_network(tmp_path_factory.mktemp("hub") / "vjepa2-tiny", licence="mit")


@pytest.fixture(scope="module")
def model(folder: Path) -> HubModel:
    return open_hub(f"hub:{folder}")


@pytest.fixture(scope="module")
def nameless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_network(tmp_path_factory.mktemp("hub") / "vjepa2-encoder", names_clips=False)


def copied(folder: Path, target: Path, **changes: Any) -> Path:
    """A copy whose processor's file has `changes`; None takes an entry away."""
    shutil.copytree(folder, target)
    said = {**PROCESSOR, **changes}
    plain = {key: value for key, value in said.items() if value is not None}
    (target / "preprocessor_config.json").write_text(json.dumps(plain), "utf-8")
    return target


def test_a_name_of_the_hub_is_known_by_its_prefix() -> None:
    assert is_hub("hub:facebook/vjepa2-vitl-fpc64-256")
    assert not is_hub("kinetics-i3d")
    assert is_ready("hub:facebook/vjepa2-vitl-fpc64-256")  # there is nothing to build


def test_what_a_network_is_comes_from_its_files(model: HubModel, folder: Path) -> None:
    assert model.name == f"hub:{folder}"
    assert tuple(model.labels) == LABELS
    assert (model.reads.rate, model.reads.short_side, model.reads.multiple) == (Fraction(15, 2), 36, 1)
    assert (model.steps.stride, model.steps.trained_frames) == (2, 4)  # windows of four pictures overlap by half
    assert (model.blocks[0].width, model.runtime, model.card.licence) == (24, "pytorch", "mit")
    assert model.gflops(height=HEIGHT, width=WIDTH) > 0
    assert step_of(f"hub:{folder}") == Fraction(4, 15)


@pytest.mark.parametrize("kind", NAMES)
def test_any_video_classifier_answers_as_transformers_does(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    monkeypatch.setenv(hub.ACCEPT, "yes")
    opened = open_hub(f"hub:{hub_network(tmp_path / kind, kind)}")
    pictures = clip(4, HEIGHT, WIDTH)
    features, logits = opened.run({"rgb": pictures[None]})
    given = torch.from_numpy(opened.card.picture.prepared(pictures[None]))
    plain = transformers.AutoModelForVideoClassification.from_pretrained(tmp_path / kind).eval()
    with torch.no_grad():
        wanted = plain(given).logits.numpy()
        tokens = plain.base_model(given)[0].mean(1).numpy()
    np.testing.assert_allclose(logits, wanted, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(features, tokens, rtol=1e-4, atol=1e-4)


def test_an_encoder_gives_features_and_names_nothing(nameless: Path) -> None:
    import transformers

    opened = open_backbone(f"hub:{nameless}")
    assert isinstance(opened, HubModel)
    pictures = clip(4, HEIGHT, WIDTH)
    features, logits = opened.run({"rgb": pictures[None]})
    plain = transformers.AutoModel.from_pretrained(nameless).eval()
    with torch.no_grad():
        tokens = plain(torch.from_numpy(opened.card.picture.prepared(pictures[None])))[0]
    np.testing.assert_allclose(features, tokens.mean(1).numpy(), rtol=1e-4, atol=1e-4)
    assert logits.shape == (1, 1)
    with pytest.raises(UsageError, match="names nothing; got: a network without a classifier; do: train one"):
        open_model(f"hub:{nameless}")


@pytest.mark.parametrize("lengths", [[6, 2, 12, 8], [2] * 14])
def test_a_stream_does_not_depend_on_how_it_is_cut(model: HubModel, lengths: list[int]) -> None:
    pictures = clip(28, HEIGHT, WIDTH)
    features, logits = answers(model, pictures, lengths)
    wanted, named = answers(model, pictures, [28])
    assert features.shape == (14, 24)
    np.testing.assert_allclose(features, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logits, named, rtol=1e-4, atol=1e-5)
    assert np.abs(np.diff(logits, axis=0)).max() > 1e-3  # it does see what moves


def test_a_video_is_named(model: HubModel, tmp_path: Path) -> None:
    told = analyze(make_video(tmp_path / "a.mp4", 60), model)
    assert {one.label for one in told.predictions} == set(LABELS)
    assert told.scores.grid.step == Fraction(4, 15)


def test_the_same_network_elsewhere_has_the_same_features(folder: Path, model: HubModel, tmp_path: Path) -> None:
    again = open_hub(f"hub:{shutil.copytree(folder, tmp_path / 'copy')}")
    other = open_hub(f"hub:{copied(folder, tmp_path / 'darker', image_mean=[0.5, 0.5, 0.5])}")
    assert again.identity == model.identity
    assert other.identity != model.identity
    assert "/" not in model.fingerprint  # it names folders


# --- pictures


def test_pictures_are_prepared_as_transformers_does_it() -> None:
    """Its own processor, the one that works without torchvision, on pictures that need no scaling."""
    from transformers.models.videomae.image_processing_pil_videomae import VideoMAEImageProcessorPil

    pictures = clip(3, HEIGHT, WIDTH)
    asked = {key: value for key, value in PROCESSOR.items() if key != "do_resize"}
    wanted = VideoMAEImageProcessorPil(**asked, do_resize=False)(list(pictures), return_tensors="np")["pixel_values"]
    found = picture_of(PROCESSOR, "videomae", place="here").prepared(pictures[None])
    assert found.shape == (1, 3, 3, 32, 32)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_vivit_counts_pixels_from_minus_one() -> None:
    said = {**PROCESSOR, "rescale_factor": 1 / 127.5, "image_mean": [0.5] * 3, "image_std": [0.25] * 3}
    found = picture_of(said, "vivit", place="here").prepared(np.full((1, 1, 36, 36, 3), 255, np.uint8))
    np.testing.assert_allclose(found, (255 / 127.5 - 1 - 0.5) / 0.25, rtol=1e-5)


def test_vjepa_is_scaled_by_its_crop() -> None:
    said = {**PROCESSOR, "crop_size": 256, "size": {"shortest_edge": 7}}
    assert picture_of(said, "vjepa2", place="here").short_side == 292


@pytest.mark.parametrize(("size", "short"), [({"height": 32, "width": 32}, 32), (40, 40), ({"shortest_edge": 32}, 32)])
def test_the_size_is_said_in_several_ways(size: object, short: int) -> None:
    found = picture_of({**PROCESSOR, "size": size}, "timesformer", place="here")
    assert (found.short_side, found.crop) == (short, (32, 32))


def test_a_processor_may_leave_things_out() -> None:
    said = {"do_center_crop": False, "size": {"height": 32, "width": 32}, "do_rescale": False, "do_normalize": False}
    plain = picture_of(said, "timesformer", place="here")
    assert plain == Picture(32, (32, 32), 1.0, 0.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"crop_size": None}, "does not say how pictures are prepared; got: KeyError"),
        ({"image_mean": "grey"}, "does not say how pictures are prepared; got: ValueError"),
        ({"size": {"shortest_edge": 20}}, "asks for more of a picture than there is"),
        ({"image_std": [1.0]}, "asks for more of a picture than there is"),
    ],
)
def test_a_processor_that_says_nothing_or_too_much(changes: dict[str, Any], told: str) -> None:
    plain = {key: value for key, value in {**PROCESSOR, **changes}.items() if value is not None}
    with pytest.raises(DamagedError, match=told):
        picture_of(plain, "timesformer", place="here")


# --- licences


@pytest.mark.parametrize(
    ("page", "licence"),
    [
        ("---\nlicense: 'MIT'\n---\nlicense: other", "mit"),
        ("---\ntags: x\n---\nlicense: other", "cc-by-nc-4.0"),
        ("license: mit", "cc-by-nc-4.0"),
        (None, "cc-by-nc-4.0"),
    ],
)
def test_the_licence_is_that_of_the_page_or_of_the_kind(page: str | None, licence: str, tmp_path: Path) -> None:
    if page is not None:
        (tmp_path / "README.md").write_text(page, "utf-8")
    assert licence_of(Files("hub:x/y", tmp_path), "videomae") == licence
    assert licence_of(Files("hub:x/y", tmp_path), "vivit") == ("mit" if licence == "mit" else "")


def test_what_is_not_for_business_is_taken_only_where_that_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = hub_network(tmp_path / "videomae", "videomae")
    monkeypatch.delenv(hub.ACCEPT, raising=False)
    with pytest.raises(UsageError, match=r"not for business; got: cc-by-nc-4.0; .*AISLE_NON_COMMERCIAL=yes"):
        open_hub(f"hub:{place}")
    monkeypatch.setenv(hub.ACCEPT, "yes")
    assert open_hub(f"hub:{place}").card.licence == "cc-by-nc-4.0"


# --- what cannot be opened


def test_without_the_hub_its_cache_or_a_folder_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_parts()
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        UnreachableError, match=r"facebook/vjepa2-x is not on this computer.*name it, as in hub:/models"
    ):
        open_hub("hub:facebook/vjepa2-x@main")


def test_what_the_cache_has_is_taken_from_there(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_parts()
    from huggingface_hub import constants

    kept, commit = tmp_path / "models--aisle--tiny", "0123456789" * 4
    shutil.copytree(folder, kept / "snapshots" / commit)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(commit, "utf-8")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    found = open_hub("hub:aisle/tiny")
    assert (found.name, found.card.files.version) == ("hub:aisle/tiny", commit)
    assert find_files(f"hub:aisle/tiny@{commit}").folder == kept / "snapshots" / commit


@pytest.mark.parametrize("name", ["hub:", "hub:vjepa2", "hub:a/b/c", "hub:/", "hub:facebook/"])
def test_names_that_cannot_be_one(name: str) -> None:
    with pytest.raises((UsageError, InputError), match=r"not a name of the hub|no model in /"):
        open_hub(name)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no model in .*no config.json"):
        open_hub(f"hub:{tmp_path}")


def test_a_network_that_reads_no_video(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "bert")
    (place / "config.json").write_text('{"model_type": "bert"}', "utf-8")
    with pytest.raises(UnknownNameError, match=r"unknown kind of video network; got: 'bert'; allowed: .*vjepa2"):
        open_hub(f"hub:{place}")


@pytest.mark.parametrize("length", [0, 100, 5000])
def test_truncated_weights(folder: Path, tmp_path: Path, length: int) -> None:
    place = shutil.copytree(folder, tmp_path / "cut")
    path = place / "model.safetensors"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DamagedError, match=r"cannot load the network in .*do: copy the model here again"):
        open_hub(f"hub:{place}")


def test_weights_of_another_network(folder: Path, nameless: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "other")
    shutil.copyfile(nameless / "model.safetensors", place / "model.safetensors")
    with pytest.raises(DamagedError, match=r"are of another network; got: without .* more"):
        open_hub(f"hub:{place}")


@pytest.mark.parametrize("said", ["{", '{"model_type": "vjepa2", "hidden_size": "wide"}'])
def test_a_configuration_that_is_none(folder: Path, tmp_path: Path, said: str) -> None:
    place = shutil.copytree(folder, tmp_path / "odd")
    (place / "config.json").write_text(said, "utf-8")
    with pytest.raises(DamagedError, match=r"cannot read|is no model"):
        open_hub(f"hub:{place}")


def test_it_runs_on_pytorch_only(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"run on PyTorch; got: onnxruntime; allowed: pytorch"):
        open_model(f"hub:{folder}", runtime="onnxruntime")


def test_without_transformers_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "find_spec", lambda name: None if name == "transformers" else True)
    with pytest.raises(MissingPartError, match=r'needs the package transformers.*pip install "aisle\[hub\]"'):
        open_hub(f"hub:{folder}")


def test_opening_models_loads_no_transformers_and_no_pytorch() -> None:
    said = "import sys, aisle.deploy.model; print([n for n in ('torch', 'transformers') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nobody_is_told() -> None:
    """The libraries are asked to keep to themselves before they are imported, as they look only then."""
    said = (
        "from aisle.deploy.hub import needs_parts; needs_parts()\n"
        "from huggingface_hub import constants as c; print(c.HF_HUB_DISABLE_TELEMETRY, c.HF_HUB_DISABLE_UPDATE_CHECK)"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]

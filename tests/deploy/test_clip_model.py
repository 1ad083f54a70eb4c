from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.analysis.analyzer import softmax
from aisle.analysis.backbone import Answers, Producer
from aisle.analysis.embed import embed
from aisle.analysis.sampling import indices
from aisle.analysis.video import analyze
from aisle.core import Example, LabelSet, UnknownNameError, UsageError
from aisle.core.clip import Clip
from aisle.data.clip_store import ClipStore
from aisle.data.rendered import textures
from aisle.deploy.clip import ClipBundle
from aisle.deploy.clip_model import ClipModel, OnlineModel
from aisle.deploy.clip_package import package_network
from aisle.deploy.clip_torch import torch_network
from aisle.deploy.model import known_as, open_backbone, open_model, step_of
from aisle.deploy.published import bundle_card
from aisle.models.clip import clip_model
from aisle.models.entry import network
from aisle.train.decoded import decode
from aisle.train.feeding import Judging, Source
from aisle.train.recipe import NetworkPlan, Recipe, with_settings
from clip_networks import SAMPLING, packaged
from streams import answers, clip, difference
from videos import make_video


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("models") / "shop-toy"
    packaged(target)
    return target


@pytest.fixture(scope="module")
def model(folder: Path) -> ClipModel:
    opened = open_model(folder, runtime="openvino-fp32")
    assert isinstance(opened, ClipModel)
    return opened


def test_it_is_what_heads_and_analyses_need(model: ClipModel, folder: Path) -> None:
    producer: Producer = model
    assert producer.name == "shop-toy"
    assert (producer.reads.short_side, producer.reads.rate) == (32, Fraction(10))
    assert (producer.steps.stride, producer.steps.trained_frames) == (4, 8)
    assert sum(block.width for block in producer.blocks) == 8
    assert producer.gflops(height=64, width=32) == pytest.approx(2 * producer.gflops(height=32, width=32))
    assert known_as(producer) == str(folder)
    assert step_of(folder) == Fraction(4, 10)
    assert open_backbone(folder).identity == model.identity


@pytest.mark.parametrize("runtime", ["onnxruntime", "pytorch", "openvino-bf16"])
def test_every_runtime_answers_alike_for_pictures_of_any_shape(model: ClipModel, folder: Path, runtime: str) -> None:
    other = open_model(folder, runtime=runtime)
    for height, width in ((32, 48), (64, 32)):
        frames = clip(21, height, width)
        wanted, got = answers(model, frames, [21]), answers(other, frames, [21])
        assert difference(got[0], wanted[0]) < (0.05 if runtime == "openvino-bf16" else 1e-4)


def test_an_unknown_runtime_is_told(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown runtime; got: 'tensorrt'"):
        open_model(folder, runtime="tensorrt")


@settings(max_examples=20)
@given(count=st.integers(1, 40), data=st.data())
def test_answers_do_not_depend_on_how_frames_are_pushed(model: ClipModel, count: int, data: st.DataObject) -> None:
    frames = clip(40, 32, 32)[:count]
    cuts = sorted(data.draw(st.sets(st.integers(1, max(count - 1, 1)), max_size=5))) if count > 1 else []
    lengths = np.diff([0, *cuts, count]).tolist()
    whole, pieces = answers(model, frames, [count]), answers(model, frames, lengths)
    assert len(whole[1]) == -(-count // 4)
    np.testing.assert_allclose(whole[0], pieces[0], atol=1e-5)
    np.testing.assert_allclose(whole[1], pieces[1], atol=1e-5)


def test_a_short_clip_is_answered_as_the_network_learnt_it(model: ClipModel) -> None:
    frames = clip(7, 32, 32)
    stream = model.stream(height=32, width=32)
    stream.push(frames, last=True)
    rgb = torch.from_numpy(frames[indices(7, SAMPLING)][None])
    with torch.no_grad():
        wanted = torch_network(model.folder)(rgb)[1].softmax(1).numpy()
    np.testing.assert_allclose(softmax(stream.clip()[None]), wanted, atol=1e-4)
    np.testing.assert_allclose(np.exp(model.clip_logits(Clip({"rgb": frames}, Fraction(10)))), wanted[0], atol=1e-4)


def test_published_test_views_are_averaged(model: ClipModel) -> None:
    frames = clip(20, 32, 48)
    told = model.clip_logits(Clip({"rgb": frames}, Fraction(10)), clips=2, crops=3)
    views = [
        frames[indices(20, SAMPLING, place=place)][:, :, left : left + 32] for place in (0, 1) for left in (0, 8, 16)
    ]
    _, logits = model.run({"rgb": np.stack(views)})
    np.testing.assert_allclose(np.exp(told), softmax(logits).mean(0), rtol=1e-4)
    assert np.exp(told).sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [Clip({"flow": np.zeros((8, 32, 32, 2), np.uint8)}, Fraction(10)), Clip({"rgb": clip(8)}, Fraction(25))],
    ids=["views", "rate"],
)
def test_other_clips_are_refused(model: ClipModel, wrong: Clip) -> None:
    with pytest.raises(UsageError, match=r"shop-toy reads other clips; got: .*; allowed: rgb at 10 a second"):
        model.clip_logits(wrong)


@pytest.mark.parametrize("shape", [(1, 3, 32, 32, 3), (1, 4, 16, 64, 3)], ids=["pictures", "size"])
def test_too_few_pictures_and_too_small_ones_are_refused(model: ClipModel, shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"shop-toy cannot take this clip; got: rgb .*; allowed: 4 pictures, each"):
        model.run({"rgb": np.zeros(shape, np.uint8)})


def test_a_video_is_analysed_and_embedded(model: ClipModel, tmp_path: Path) -> None:
    video = tmp_path / "a.mp4"
    make_video(video, 30, rate=Fraction(10))
    analysis = analyze(video, model)
    assert analysis.scores.values.shape == (8, 3)
    assert analysis.scores.grid.step == Fraction(4, 10)
    features = embed(video, model)
    assert features.values.shape == (8, 8)
    assert features.producer == model.fingerprint


def test_a_timeline_has_an_answer_for_every_step(tmp_path: Path) -> None:
    packaged(tmp_path / "steps", steps=4)
    opened = open_model(tmp_path / "steps", runtime="openvino-fp32")
    assert opened.steps.stride == 2
    frames = clip(27, 32, 32)
    whole, pieces = answers(opened, frames, [27]), answers(opened, frames, [6, 6, 2, 13])
    assert whole[1].shape == (14, 3)
    np.testing.assert_allclose(whole[1], pieces[1], atol=1e-5)


# --- a network that looks back only


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TSM, online, with random weights."""
    card = clip_model("tsm-online-tiny")
    torch.manual_seed(0)
    built = network(card, 4).eval()
    torch.nn.init.normal_(next(built.classifier.parameters()), std=3)
    bundle = ClipBundle(
        name="gestures",
        title=card.title,
        network=card.network,
        options=card.options,
        task=card.task,
        views=card.views,
        sampling=card.sampling,
        mean=card.mean,
        spread=card.spread,
        labels=LabelSet(("a", "b", "c", "d")),
        features=card.features,
        answers=Answers(),
        window=card.sampling.span,
        identity="",
        paper=card.paper,
        trained_on="nothing",
        not_for="anything but tests",
        licence="none",
    )
    target = tmp_path_factory.mktemp("online") / "gestures"
    package_network(built, bundle, target, samples=[])
    return target


@pytest.mark.parametrize("runtime", ["openvino-fp32", "onnxruntime", "pytorch"])
def test_an_online_network_answers_each_picture_like_the_offline_one(online: Path, runtime: str) -> None:
    opened = open_model(online, runtime=runtime)
    assert isinstance(opened, OnlineModel)
    sampling = opened.bundle.sampling
    assert (opened.steps.stride, opened.steps.first, opened.steps.history) == (1, 1, 0)
    assert opened.reads.rate == sampling.rate / sampling.stride
    side = sampling.test_crop
    frames = clip(sampling.frames, side, side)
    entry = torch_network(online)
    with torch.no_grad():
        wanted = entry.network.logits_per_picture(*entry.prepared(torch.from_numpy(frames[None])))[0].numpy()
    one_by_one = answers(opened, frames, [1] * len(frames))[1]
    assert difference(one_by_one, wanted) < 1e-3
    assert difference(answers(opened, frames, [3, len(frames) - 3])[1], wanted) < 1e-3
    stream = opened.stream(height=side, width=side)
    stream.push(frames, last=True)
    np.testing.assert_allclose(stream.clip(), wanted.mean(0), atol=1e-3)


def test_an_online_networks_clip_is_the_mean_of_its_pictures(online: Path) -> None:
    opened = open_model(online, runtime="openvino-fp32")
    assert isinstance(opened, OnlineModel)
    sampling, side = opened.bundle.sampling, opened.bundle.sampling.test_crop
    frames = clip(sampling.span, side, side)
    told = opened.clip_logits(Clip({"rgb": frames}, sampling.rate))
    stream = opened.stream(height=side, width=side)
    stream.push(frames[indices(sampling.span, sampling)], last=True)
    np.testing.assert_allclose(np.exp(told), softmax(stream.clip()[None])[0], atol=1e-4)


# --- at one scale


@pytest.mark.parametrize("size", [(100, 80), (70, 120)], ids=["wide", "high"])
def test_a_stream_sees_what_was_learnt_from_and_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """Motion too, which is in pixels: another scale would be another speed."""
    sides = {"short_side": "54", "crop": "40", "test_crop": "40"}
    card, recipe = with_settings(clip_model("i3d-two-stream-tiny"), Recipe(), sides)
    video = tmp_path / "a.mp4"
    moving = next(textures(count=1, frames=12, width=size[0], height=size[1], seed=0))
    make_video(video, list(moving), rate=card.sampling.rate)
    example = Example("a", video, "a", label="x")
    store = ClipStore(tmp_path / "clips")
    decode([example], card, store)
    judging = Judging(Source(NetworkPlan(card, recipe), store, LabelSet(("x", "y"))), [example], card.sampling.span)
    judged = [view.numpy() for view in judging[0][0]]
    assert {(len(view), min(view.shape[2:4])) for view in judged} == {(3, 54)}

    asked: list[list[npt.NDArray[np.uint8]]] = []

    def recorded(views: list[npt.NDArray[np.uint8]]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        asked.append(views)
        return np.zeros((len(views[0]), card.features), np.float32), np.zeros((len(views[0]), 2), np.float32)

    monkeypatch.setattr("aisle.deploy.clip_model.load_clip_network", lambda *_: recorded)
    bundle = replace(bundle_card(card, LabelSet(("x", "y")), weights_told=""), window=card.sampling.span)
    analyze(video, ClipModel(bundle, tmp_path, "pytorch"))
    for place, view in enumerate(judged):
        np.testing.assert_array_equal(np.concatenate([views[place] for views in asked]), view)

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from aisle.core import Dataset, Example, LabelSet, UnknownNameError, UsageError
from aisle.core.clip import Clip
from aisle.data.clip_store import ClipStore
from aisle.models.entry import network
from aisle.train._pretrainer import AstrayError
from aisle.train.course import Epoch
from aisle.train.decoded import kept, stretch
from aisle.train.gradient import Run
from aisle.train.objectives import Turn
from aisle.train.pretexts import METHODS, contrasted, method
from aisle.train.pretrain import Pretrained, pretrain
from aisle.train.pretrain_feeding import part_of, recoloured
from aisle.train.pretrain_pictures import rows, write_pictures
from aisle.train.pretrain_plan import PretrainPlan, Study, plan_of
from moving import texture

SMALL = {"short_side": "36", "crop": "32", "test_crop": "32", "batch": "4", "epochs": "2"}
PAINT = ("vae", "gan", "lstm", "simvp", "masked")


def plan(name: str = "contrastive", *, given: dict[str, str] | None = None, **more: object) -> PretrainPlan:
    few = {"queue": "8"} if name == "contrastive" else {}
    return plan_of(method(name), None, SMALL | few | (given or {}), device="cpu", workers=0, **more)


def videos(tmp_path: Path, planned: PretrainPlan, count: int = 10, frames: int = 24) -> tuple[Dataset, ClipStore]:
    """Textures that slide, each its own way, as pictures in a store; no video is ever decoded."""
    store, examples = ClipStore(tmp_path / "clips"), []
    for number in range(count):
        path = tmp_path / f"{number}.mp4"
        path.write_text(f"the video {number}")
        wide = texture(36, 48 + 2 * frames, seed=number)
        view = np.stack([wide[:, 2 * time : 2 * time + 48] for time in range(frames)])
        one = Example(path.name, path, path.name)
        store.put(stretch(one), kept(planned.card), Clip({"rgb": view}, planned.card.sampling.rate))
        examples.append(one)
    return Dataset("unlabelled", tmp_path, "clips", LabelSet(("clip",)), tuple(examples), grouped=True), store


Learn = Callable[..., Pretrained]


@pytest.fixture
def learn(tmp_path: Path) -> Learn:
    def run(planned: PretrainPlan, *, count: int = 10, resume: bool = False, **more: object) -> Pretrained:
        dataset, store = videos(tmp_path, planned, count)
        begun = Run(tmp_path / "new.run", "this", resume=resume)
        return pretrain(dataset, planned, store, run=begun, **more)  # type: ignore[arg-type]

    return run


@pytest.mark.parametrize("name", METHODS)
def test_every_method_learns_and_gives_a_network_with_features(name: str, learn: Learn, tmp_path: Path) -> None:
    planned, heard, shown = plan(name), list[Epoch](), list[tuple[Path, ...]]()

    def show(epoch: Epoch, pretext: torch.nn.Module, clips: Tensor) -> None:
        place = tmp_path / "course" / f"{epoch.number}"
        shown.append(write_pictures(pretext, clips, place, rate=Fraction(7)))

    trained = learn(planned, told=heard.append, show=show)
    assert [epoch.number for epoch in heard] == [1, 2]
    assert tuple(heard) == trained.log
    assert all(math.isfinite(epoch.loss) and epoch.validation is not None for epoch in heard)
    assert trained.lost is None
    assert trained.doubts == ()
    assert len(trained.kept) == 2
    sampling = planned.card.sampling
    assert trained.samples[0]["rgb"].shape == (sampling.frames, 36, 48, 3)
    clip = torch.zeros(2, 3, sampling.frames, 32, 32)
    assert trained.network.features(clip).shape == (2, planned.card.features)  # type: ignore[operator]
    assert [len(files) for files in shown] == [2 if name in PAINT else 0] * 2
    assert all(path.stat().st_size for files in shown for path in files)


@pytest.mark.parametrize("name", METHODS)
def test_each_turn_moves_its_own_weights(name: str) -> None:
    planned = plan(name)
    torch.manual_seed(0)
    pretext = planned.method.pretext(planned.card, network(planned.card, 1), planned.options)
    moved = [{id(weight) for weight in turn.weights(pretext)} for turn in planned.method.turns]
    assert all(moved)
    assert sum(map(len, moved)) == len(set().union(*moved))
    assert hasattr(pretext, "pictures") == (name in PAINT)


def test_two_clips_of_one_video_come_nearer() -> None:
    planned = plan(given={"momentum": "0.8"})
    torch.manual_seed(0)
    pretext = planned.method.pretext(planned.card, network(planned.card, 1), planned.options)
    colours = torch.rand(8, 3, 1, 1, 1)
    x = (colours + 0.1 * torch.rand(8, 3, 8, 32, 32)).clamp(0, 1).repeat(2, 1, 1, 1, 1)
    optimizer = torch.optim.AdamW((weight for weight in pretext.parameters() if weight.requires_grad), lr=1e-3)
    found = []
    for _ in range(15):
        figures = contrasted(pretext, (x + 0.05 * torch.randn_like(x)).clamp(0, 1))
        optimizer.zero_grad()
        torch.autograd.backward(figures["loss"])
        optimizer.step()
        found.append(float(figures["found"]))
    assert sum(found[-5:]) > sum(found[:5])
    twin, mine = pretext.twin[0].stem.conv.weight, pretext.network.stem.conv.weight  # type: ignore[index, union-attr]
    assert 0 < float((twin - mine).abs().max()) < 0.1


def test_the_seed_decides_and_a_stopped_training_goes_on_the_same(learn: Learn, tmp_path: Path) -> None:
    straight = learn(plan())

    def stop(epoch: Epoch) -> None:
        if epoch.number == 1:
            raise KeyboardInterrupt

    run = Run(tmp_path / "new.run", "this")
    run.remove()
    with pytest.raises(KeyboardInterrupt):
        learn(plan(), told=stop)
    assert run.last.exists()
    heard = list[Epoch]()
    gone_on = learn(plan(), resume=True, told=heard.append)
    assert [epoch.number for epoch in heard] == [2]
    assert [epoch.number for epoch in gone_on.log] == [1, 2]
    ours, theirs = (trained.network.state_dict() for trained in (straight, gone_on))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_time_ends_a_training_behind_an_epoch(learn: Learn) -> None:
    costs = list[tuple[float, int]]()
    trained = learn(plan("order", minutes=0), costs=lambda seconds, epochs: costs.append((seconds, epochs)))
    assert len(trained.log) == 1
    assert costs[0][0] > 0
    assert costs[0][1] == 0


def diverging(after: int) -> PretrainPlan:
    """A training whose loss is no number any more from epoch `after` on, of two steps each."""
    planned, calls = plan("order"), [0]
    (turn,) = planned.method.turns

    def loss(pretext: torch.nn.Module, x: Tensor) -> dict[str, Tensor]:
        calls[0] += pretext.training and len(x) == 4
        figures = dict(turn.loss(pretext, x))
        return figures if calls[0] <= 2 * after else {"loss": figures["loss"] * math.nan}

    return replace(planned, method=replace(planned.method, turns=(Turn("order", loss),)))


def test_a_training_that_goes_astray_keeps_what_was_last_well(learn: Learn) -> None:
    trained = learn(diverging(after=1))
    assert trained.lost is not None
    assert "a loss of nan, in epoch 2" in str(trained.lost)
    assert "do: lower --set learning_rate" in str(trained.lost)
    assert [epoch.number for epoch in trained.log] == [1]
    assert all(bool(torch.isfinite(weight).all()) for weight in trained.network.parameters())


def test_a_training_that_goes_astray_at_once_has_nothing_to_keep(learn: Learn) -> None:
    with pytest.raises(AstrayError, match="in epoch 1, step 1"):
        learn(diverging(after=0))


def test_a_loss_that_explodes_is_astray(learn: Learn) -> None:
    with pytest.raises(AstrayError, match="a loss of"):
        learn(plan("simvp", given={"learning_rate": "1e9", "warmup": "0", "largest": "0"}))


@pytest.mark.parametrize(
    ("count", "doubt"), [(1, "none is kept aside"), (2, "none is kept aside"), (5, None)], ids=["one", "two", "five"]
)
def test_few_videos_are_learnt_with_a_word_of_caution(count: int, doubt: str | None, learn: Learn) -> None:
    trained = learn(plan("masked"), count=count)
    assert bool(trained.doubts) == (doubt is not None)
    assert all(doubt in said for said in trained.doubts if doubt)


def test_one_stretch_alone_cannot_be_told_apart(learn: Learn) -> None:
    with pytest.raises(UsageError, match="one stretch to learn from"):
        learn(plan(), count=1)


def test_two_videos_can_be_told_apart(learn: Learn) -> None:
    assert learn(plan(), count=2).pretext.queue.shape == (1, 128)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"temprature": "0.1"}, "did you mean temperature"),
        ({"temperature": "warm"}, "a value of type float"),
        ({"grey": "2"}, "grey of a training"),
        ({"batch": "1"}, "videos are told apart"),
        ({"crop": "40"}, "squares of slow-tiny"),
    ],
)
def test_settings_that_mean_nothing_are_told(given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan(given=given)


def test_a_method_teaches_its_own_network_or_any() -> None:
    assert plan_of(method("contrastive"), "x3d-tiny", {}).card.name == "x3d-tiny"
    with pytest.raises(UsageError, match="does not teach this network"):
        plan_of(method("vae"), "slow-tiny", {})
    with pytest.raises(UsageError, match="does not teach this network"):
        plan_of(method("order"), "stgcn-tiny", {})
    with pytest.raises(UnknownNameError, match="unknown method"):
        method("magic")


def test_a_part_of_a_picture_is_as_large_as_asked_for_and_inside() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        drawn = part_of(60, 90, 0.3, rng)
        assert 0 <= drawn.top <= 60 - drawn.height
        assert 0 <= drawn.left <= 90 - drawn.width
        assert drawn.height * drawn.width > 0.25 * 60 * 90


def test_colours_change_clip_by_clip_and_stay_colours() -> None:
    x = torch.rand(6, 3, 4, 8, 8)
    torch.manual_seed(0)
    changed = recoloured(x, Study(grey=0.5, erase=0.5))
    assert changed.shape == x.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    still = torch.rand(1, 3, 1, 8, 8).expand(2, 3, 4, 8, 8)
    moved = recoloured(still, Study(erase=1.0))
    assert torch.allclose(moved[:, :, 0], moved[:, :, 3])
    nothing = recoloured(x, Study(light=0, grey=0))
    assert torch.allclose(nothing, x, atol=1e-6)


def test_what_is_played_is_what_was_asked_for() -> None:
    planned = plan("order")
    pretext = planned.method.pretext(planned.card, network(planned.card, 1), planned.options)
    x = torch.arange(16.0).view(1, 1, 16, 1, 1).expand(4, 3, 16, 2, 2)
    played = pretext.played(x, torch.arange(4))[:, 0, :, 0, 0].tolist()  # type: ignore[operator]
    assert played[0] == [float(number) for number in range(4, 12)]
    assert played[1] == [float(number) for number in range(0, 16, 2)]
    assert played[2] == played[0][::-1]
    assert played[3] == played[1][::-1]


def test_what_paints_nothing_shows_nothing() -> None:
    assert rows(torch.nn.Identity(), torch.zeros(1, 3, 4, 8, 8)) == []

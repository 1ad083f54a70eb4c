from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aisle.core import BACKGROUND, DamagedError, Dataset, Example, LabelSet, Segment, UsageError
from aisle.core.clip import VIEWS, Clip
from aisle.data.clip_store import ClipStore
from aisle.deploy.windows import Windows, WindowStream
from aisle.models.clip import ClipCard, clip_model
from aisle.models.entry import network
from aisle.train._learner import share, steps
from aisle.train._stages import begun_with, checkpointed, stages
from aisle.train.course import Epoch
from aisle.train.decoded import kept, stretch
from aisle.train.device import check_device, explained
from aisle.train.feeding import Judging, Learning, Order, Source
from aisle.train.gradient import Run
from aisle.train.network import SAMPLES, Initial, _drawn, train_network
from aisle.train.recipe import NetworkPlan, recipe_for, with_settings

SMALL = {"frames": "4", "short_side": "36", "crop": "32", "test_crop": "32"}


def plan(name: str = "tsm-tiny", *, settings: dict[str, str] | None = None, **fields: object) -> NetworkPlan:
    card = clip_model(name)
    card, recipe = with_settings(card, recipe_for(card), SMALL | {"batch": "8", "epochs": "2"} | (settings or {}))
    return NetworkPlan(card, recipe, **{"device": "cpu", **fields})  # type: ignore[arg-type]


def views(card: ClipCard, bright: bool, frames: int, rng: np.random.Generator) -> Clip:
    """Bright or dark, and noise."""
    light = 150 if bright else 60
    sizes = {"rgb": (36, 48, 3), "flow": (36, 48, 2), "person_rgb": (32, 32, 3), "person_flow": (32, 32, 2)}
    made = {
        name: (light + rng.integers(0, 60, (frames, *sizes[name]))).astype(np.uint8)
        if name in sizes
        else rng.random((frames, 2, 17, 3), np.float32)
        for name in card.views
    }
    return Clip(made, card.sampling.rate)


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., tuple[Dataset, ClipStore]]:
    """Clips of `groups` cameras, a dark and a bright one of each, as views in a store; no video is ever decoded."""

    def make(card: ClipCard, groups: int = 10, frames: int = 12) -> tuple[Dataset, ClipStore]:
        store, rng, examples = ClipStore(tmp_path / "clips"), np.random.default_rng(0), []
        for number in range(2 * groups):
            path = tmp_path / f"{number}.mp4"
            path.write_text(f"the video {number}")
            bright = bool(number % 2)
            acts = (Segment(Fraction(0), frames / card.sampling.rate / 2, "take", 1.0),) if bright else ()
            timelines = card.task == "timelines"
            one = Example(
                path.name,
                path,
                f"camera {number // 2}",
                label="" if timelines else ("dark", "bright")[bright],
                segments=acts if timelines else (),
            )
            store.put(stretch(one), kept(card), views(card, bright, frames, rng))
            examples.append(one)
        labels = ("take", BACKGROUND) if card.task == "timelines" else ("dark", "bright")
        return Dataset("folder", tmp_path, card.task, LabelSet(labels), tuple(examples), grouped=True), store

    return make


Shop = Callable[..., tuple[Dataset, ClipStore]]


def run(tmp_path: Path, dataset: Dataset, planned: NetworkPlan, *, resume: bool = False) -> Run:
    return Run(tmp_path / "new.run", planned.identity(dataset), resume=resume)


def test_what_can_be_learnt_is_learnt_and_judged_on_other_groups(shop: Shop, tmp_path: Path) -> None:
    planned = plan(settings={"epochs": "8", "learning_rate": "0.02", "light": "0"})
    dataset, store = shop(planned.card)
    heard: list[Epoch] = []
    trained = train_network(dataset, planned, store, run=run(tmp_path, dataset, planned), told=heard.append)
    assert trained.clips is not None
    assert trained.clips.top1 == 1
    assert trained.detector is not None
    assert trained.answers.threshold is not None
    assert 0 < len(trained.kept) <= 8
    groups = [example.group for example in dataset.examples if example.name in trained.kept]
    assert all(groups.count(group) == 2 for group in groups)
    assert tuple(heard) == trained.log
    assert [epoch.number for epoch in heard] == list(range(1, 9))
    assert heard[-1].loss < heard[0].loss
    assert heard[-1].accuracy is not None
    assert not trained.network.training
    assert all(weight.requires_grad for weight in trained.network.parameters())
    assert trained.window == 12
    assert {name: view.shape for name, view in trained.samples[0].items()} == {"rgb": (4, 36, 48, 3)}


@pytest.mark.parametrize("changes", [{}, {"precision": "bf16"}, {"settings": {"optimizer": "sgd", "accumulate": "2"}}])
def test_the_seed_decides(shop: Shop, tmp_path: Path, changes: dict[str, object]) -> None:
    found = []
    for seed in (1, 1, 2):
        planned = plan(seed=seed, **changes)  # type: ignore[arg-type]
        dataset, store = shop(planned.card, groups=5)
        begun = run(tmp_path, dataset, planned)
        found.append(state(train_network(dataset, planned, store, run=begun).network))
        begun.remove()
    assert same(found[0], found[1])
    assert not same(found[0], found[2])


def test_the_last_epoch_is_judged_whatever_their_number(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aisle.train.network.JUDGED", 3)
    planned = plan(settings={"epochs": "5"})
    dataset, store = shop(planned.card, groups=5)
    trained = train_network(dataset, planned, store, run=run(tmp_path, dataset, planned))
    assert [epoch.accuracy is not None for epoch in trained.log] == [False, True, False, True, True]
    assert [epoch.validation is not None for epoch in trained.log] == [False, True, False, True, True]


class Stopped:
    """Stops the program, as Ctrl-C does, when it hears of an epoch."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, epoch: Epoch) -> None:
        if epoch.number == self.at:
            raise KeyboardInterrupt


def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(shop: Shop, tmp_path: Path) -> None:
    planned = plan(settings={"epochs": "4"})
    dataset, store = shop(planned.card, groups=5)
    begun = run(tmp_path, dataset, planned)
    whole = train_network(dataset, planned, store, run=begun)
    begun.remove()
    with pytest.raises(KeyboardInterrupt):
        train_network(dataset, planned, store, run=begun, told=Stopped(3))
    with pytest.raises(UsageError, match="go on with --resume"):
        train_network(dataset, planned, store, run=begun)
    heard: list[Epoch] = []
    again = train_network(dataset, planned, store, run=run(tmp_path, dataset, planned, resume=True), told=heard.append)
    assert [epoch.number for epoch in heard] == [3, 4]
    assert same(state(whole.network), state(again.network))
    assert [(epoch.number, epoch.loss) for epoch in whole.log] == [(epoch.number, epoch.loss) for epoch in again.log]
    other = replace(planned, seed=1)
    with pytest.raises(UsageError, match="holds another run"):
        train_network(dataset, other, store, run=run(tmp_path, dataset, other, resume=True))


def test_stages_that_are_computed_twice_give_the_same(shop: Shop, tmp_path: Path) -> None:
    """The running means of the norms too, which move once."""
    found = []
    for checkpointing in (False, True):
        planned = plan("slowfast-tiny", settings={"epochs": "1", "dropout": "0"}, checkpointing=checkpointing)
        dataset, store = shop(planned.card, groups=5)
        begun = run(tmp_path, dataset, planned)
        found.append(state(train_network(dataset, planned, store, run=begun).network))
        begun.remove()
    assert found[0].keys() == found[1].keys()
    for name, value in found[0].items():
        torch.testing.assert_close(found[1][name], value, rtol=1e-4, atol=1e-5, msg=name)


def test_frozen_stays_frozen(shop: Shop, tmp_path: Path) -> None:
    planned = plan(freeze=3)
    dataset, store = shop(planned.card, groups=5)
    torch.manual_seed(planned.seed)
    before = network(planned.card, 2)
    after = train_network(dataset, planned, store, run=run(tmp_path, dataset, planned)).network
    for number, stage in enumerate(stages(before)):
        for name, part in stage.items():
            assert same(state(part), state(after.get_submodule(name))) == (number < 3), name


def test_a_timeline_is_learnt_step_by_step(shop: Shop, tmp_path: Path) -> None:
    planned = plan("msb-rnn-tiny", settings={"frames": "12", "epochs": "1"})
    dataset, store = shop(planned.card, groups=4, frames=30)
    trained = train_network(dataset, planned, store, run=run(tmp_path, dataset, planned))
    assert (trained.clips, trained.answers.threshold, trained.window) == (None, None, 12)
    assert trained.answers.smooth == 0
    assert set(trained.samples[0]) == {"rgb", "flow", "person_rgb", "person_flow"} <= set(VIEWS)


def test_pictures_of_a_timeline_have_the_class_of_their_time(shop: Shop) -> None:
    planned = plan("msb-rnn-tiny", settings={"frames": "12"})
    dataset, store = shop(planned.card, groups=1, frames=30)
    source = Source(planned, store, dataset.labels)
    calm, busy = dataset.examples
    assert source.classes(busy, 30).tolist() == [0] * 15 + [1] * 15
    assert source.classes(calm, 30).tolist() == [1] * 30
    assert steps(torch.tensor([[0, 0, 0, 1, 1, 1]]), 2).tolist() == [[0, 1]]
    assert len(Learning(source, dataset.examples)) == 2 * round(30 / 12)


@pytest.mark.parametrize(
    ("count", "starts"), [(5, [0]), (12, [0]), (13, [0, 1]), (24, [0, 12]), (30, [0, 12, 18]), (36, [0, 12, 24])]
)
def test_a_timeline_is_judged_to_its_end(shop: Shop, count: int, starts: list[int]) -> None:
    planned = plan("msb-rnn-tiny", settings={"frames": "12"})
    dataset, store = shop(planned.card, groups=1, frames=count)
    judging = Judging(Source(planned, store, dataset.labels), dataset.examples[:1], 12)
    taken = [chosen.tolist() for _, (chosen,) in judging.items]
    assert taken == [[min(start + picture, count - 1) for picture in range(12)] for start in starts]


def test_a_short_timeline_is_judged_as_the_packaged_network_sees_it(shop: Shop) -> None:
    planned = plan("msb-rnn-tiny", settings={"frames": "12", "stride": "2"})
    dataset, store = shop(planned.card, groups=1, frames=9)
    judging = Judging(Source(planned, store, dataset.labels), dataset.examples[:1], 24)
    asked: list[np.ndarray] = []

    def seen(batch: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        asked.append(batch["rgb"][:, :, 0])
        return np.zeros((1, 4, 1), np.float32), np.zeros((1, 4, 2), np.float32)

    stream = WindowStream(seen, Windows(planned.card.sampling, 24, 4), features=1, classes=2)  # type: ignore[arg-type]
    stream.push({"rgb": np.arange(9)[:, None]}, last=True)
    np.testing.assert_array_equal(np.stack(judging.items[0][1]), np.concatenate(asked))


def test_a_training_is_one_on_as_many_devices(shop: Shop) -> None:
    """The rate of learning and the order of clips depend on how many there are, though not on which."""
    planned = plan()
    dataset, _ = shop(planned.card, groups=1)
    assert planned.identity(dataset) == replace(planned, device="gpu", workers=3).identity(dataset)
    assert planned.identity(dataset) != replace(planned, devices=2).identity(dataset)


def test_an_epoch_has_every_clip_once_in_an_order_of_its_own() -> None:
    order = Order(21, 8, seed=3)
    epochs = []
    for epoch in (0, 1):
        order.set_epoch(epoch)
        batches = list(order)
        assert len(batches) == len(order) == 3
        assert [len(batch) for batch in batches] == [7, 7, 7]
        assert {one[0] for batch in batches for one in batch} == {epoch}
        epochs.append([index for batch in batches for _, index in batch])
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(21))
    assert epochs[0] != epochs[1]


def test_several_devices_share_the_clips() -> None:
    parts = [list(Order(20, 4, seed=0, rank=rank, world=2)) for rank in (0, 1)]
    assert len(parts[0]) == len(parts[1])
    indices = [index for part in parts for batch in part for _, index in batch]
    assert sorted(indices) == list(range(20))


@pytest.mark.parametrize("count", [5, 12, 40, 41])
def test_a_clip_is_judged_as_the_packaged_network_sees_it(shop: Shop, count: int) -> None:
    planned = plan("slowfast-tiny", settings={"stride": "3"})
    dataset, store = shop(planned.card, groups=1, frames=count)
    judging, sampling = Judging(Source(planned, store, dataset.labels), dataset.examples, 12), planned.card.sampling
    asked: list[np.ndarray] = []

    def seen(batch: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        asked.append(batch["rgb"][:, :, 0])
        return np.zeros((len(batch["rgb"]), 1), np.float32), np.zeros((len(batch["rgb"]), 2), np.float32)

    stream = WindowStream(seen, Windows(sampling, 12), features=1, classes=2)  # type: ignore[arg-type]
    stream.push({"rgb": np.arange(count)[:, None]}, last=True)
    np.testing.assert_array_equal(np.stack(judging.items[0][1]), np.concatenate(asked))


def test_the_rate_rises_and_falls() -> None:
    rates = [share(step, 100, 0.1) for step in range(100)]
    assert rates[:11] == sorted(rates[:11])
    assert rates[10] == 1
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.01
    assert share(0, 1, 0.0) == 1


def test_weights_of_another_network(shop: Shop, tmp_path: Path) -> None:
    planned = plan()
    dataset, store = shop(planned.card, groups=5)
    initial = Initial(state(network(clip_model("slowfast-tiny"), 2)))
    with pytest.raises(DamagedError, match="these are weights of another network; got: lacks"):
        train_network(dataset, planned, store, initial=initial, run=run(tmp_path, dataset, planned))
    with pytest.raises(DamagedError, match="fill no part"):
        begun_with(network(planned.card, 2), {}, part=True)


def test_a_loss_that_is_no_number(shop: Shop, tmp_path: Path) -> None:
    planned = plan()
    dataset, store = shop(planned.card, groups=5)
    broken = {
        name: value * np.nan if value.is_floating_point() else value
        for name, value in state(network(planned.card, 2)).items()
    }
    with pytest.raises(UsageError, match=r"went astray; got: a loss that is no number, in epoch 1, step 1; do: lower"):
        train_network(dataset, planned, store, initial=Initial(broken), run=run(tmp_path, dataset, planned))


def test_a_rate_that_is_much_too_high_in_the_only_step(shop: Shop, tmp_path: Path) -> None:
    planned = plan(settings={"batch": "64", "epochs": "1", "learning_rate": "1e9", "warmup": "0"})
    dataset, store = shop(planned.card, groups=5)
    with pytest.raises(UsageError, match=r"went astray; got: .*; do: lower --set learning_rate"):
        train_network(dataset, planned, store, run=run(tmp_path, dataset, planned))


def test_memory_that_ends() -> None:
    for error in (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"), MemoryError()):
        with (
            pytest.raises(UsageError, match=r"out of memory; got: .*; do: lower --batch .* --checkpointing"),
            explained(),
        ):
            raise error
    with pytest.raises(UsageError, match="lower --workers"), explained():
        raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed.")
    with pytest.raises(UsageError, match="lower --batch"), explained():
        torch.empty(2**46)
    with pytest.raises(RuntimeError, match="shapes"), explained():
        raise RuntimeError("shapes do not match")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
def test_a_graphics_card_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="there is no graphics card"):
        check_device(plan(device="gpu"))
    with pytest.raises(UsageError, match="--devices counts graphics cards"):
        check_device(plan(devices=2))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"learning_rat": "1"}, "unknown setting of tsm-tiny; got: 'learning_rat'"),
        ({"learning_rate": "fast"}, "setting learning_rate of tsm-tiny; got: fast; allowed: a value of type float"),
        ({"flip": "maybe"}, "a value of type bool"),
        ({"optimizer": "lion"}, "unknown optimizer; got: 'lion'"),
        ({"frames": "0"}, "frames of a training; got: 0; allowed: 1 or more"),
        ({"learning_rate": "-1"}, "learning_rate of a training; got: -1.0"),
        ({"decay": "nan"}, "decay of a training; got: nan"),
        (
            {"crop": "99"},
            "got: crop 99, test_crop 32, short_side 36; allowed: crop and test_crop of at most short_side",
        ),
        ({"test_crop": "48"}, "crop 32, test_crop 48, short_side 36"),
        ({"rate": "0"}, "rate of a training; got: 0"),
        ({"rate": "1/0"}, "setting rate of tsm-tiny; got: 1/0"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_mean_nothing(settings: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError) as error:
        plan(settings=settings)
    assert told in str(error.value)


def test_a_side_that_was_not_set_is_told_with_the_others() -> None:
    card = clip_model("slowfast-r50")
    told = r"got: crop 224, test_crop 256, short_side 128 \(the network's own: crop, test_crop\); .*do: set all three"
    with pytest.raises(UsageError, match=told):
        with_settings(card, recipe_for(card), {"short_side": "128"})


@pytest.mark.parametrize("order", ["class by class", "in turn"])
def test_samples_are_of_all_classes(order: str) -> None:
    """However the clips kept aside are ordered, and however many there are."""
    for count in (3, 40, 64, 2000):
        chosen = _drawn(count, seed=0)
        assert len(chosen) == len(set(chosen)) == min(count, SAMPLES)
        assert max(chosen) < count
        classes = [number * 2 // count if order == "class by class" else number % 2 for number in chosen]
        assert 0.2 < np.mean(classes) < 0.8


def test_nothing_is_left_behind_in_the_network() -> None:
    one = network(clip_model("tsm-tiny"), 2)
    with checkpointed(one, plan(checkpointing=True)):
        assert "forward" in vars(one.get_submodule("image.layer1"))
    assert "forward" not in vars(one.get_submodule("image.layer1"))


def state(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items() if "num_batches" not in name}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())

"""What holds for every network that reads clips; a new one is tested by being there."""

from __future__ import annotations

import contextlib
import functools
import importlib
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import openvino
import pytest
import torch
from torch import Tensor, nn

from aisle.core import DamagedError, UsageError
from aisle.core.clip import VIEWS
from aisle.deploy.cost import counted, parameters, stored
from aisle.models.clip import ClipCard, clip_model, clip_models
from aisle.models.entry import Entry, network
from aisle.models.renaming import IGNORED, filled
from motions import DIRECTIONS, batch, motion_clips

CARDS = {name: clip_model(name) for name in clip_models()}
TINY = [name for name, card in CARDS.items() if card.is_tiny]
PUBLISHED = [name for name, card in CARDS.items() if not card.is_tiny]
CLASSES = 4
SMALL, BATCH, STEPS, PACE = 48, 16, 105, 4e-3
"""Of the pictures that they learn from the pixels; clips a step; steps at most; the rate of learning."""

Task = tuple[list[Tensor], Tensor]

SIDE = 64
"""Pixels of the pictures that the small ones are asked about."""


def views(
    card: ClipCard, count: int = 2, *, seed: int = 0, side: int = SIDE, frames: int | None = None
) -> list[Tensor]:
    clips, _ = motion_clips(card.views, count, side=side, frames=frames or card.sampling.frames, seed=seed)
    return [torch.from_numpy(view) for view in batch(clips, card.views)]


def made(card: ClipCard, *, seed: int = 0, classes: int = CLASSES) -> Entry:
    """With no weight that is 0, as some are before training, which would hide what lies behind them."""
    torch.manual_seed(seed)
    entry = Entry(network(card, classes), card)
    for weight in entry.parameters():
        if not weight.any():
            nn.init.uniform_(weight, 0.1, 0.5)
    return entry.eval()


@functools.cache
def ready(name: str) -> Entry:
    """`made`, once for all tests that only ask it."""
    return made(CARDS[name])


def parts(built: nn.Module) -> list[str]:
    """All names in `stages`, from input to output."""
    return [name for stage in built.stages for name in ((stage,) if isinstance(stage, str) else stage)]


def answers(entry: Entry, inputs: Sequence[Tensor]) -> Tensor:
    with torch.no_grad():
        _, logits = entry(*inputs)
    assert isinstance(logits, Tensor)
    return logits


# --- cards


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_the_card_is_complete(card: ClipCard) -> None:
    assert card.title
    assert card.paper
    assert card.not_for
    assert card.views
    assert set(card.views) <= set(VIEWS)
    assert len(card.mean) == len(card.spread) == 3
    assert card.task in ("clips", "timelines")
    assert card.sampling.frames > 0
    assert card.sampling.crop <= card.sampling.test_crop
    assert card.sampling.test_crop <= card.sampling.short_side or "poses" in card.views
    assert hasattr(importlib.import_module(f"aisle.models.{card.network}"), "published") >= bool(card.weights)
    if card.weights:
        assert card.licence
        assert card.trained_on
        assert card.labels
        assert card.published


@pytest.mark.parametrize("module", sorted({card.network for card in CARDS.values()}))
def test_every_network_has_a_small_variant(module: str) -> None:
    own = [card for card in CARDS.values() if card.network == module]
    assert any(card.is_tiny for card in own)
    assert any(not card.is_tiny for card in own)


@pytest.mark.parametrize("name", TINY)
def test_the_small_one_is_small(name: str) -> None:
    assert parameters(ready(name)) < 1
    assert not CARDS[name].weights


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_card_tells_what_the_published_network_takes(name: str) -> None:
    """For the classes that it was published for: those of NTU RGB+D where it reads skeletons, else of Kinetics."""
    card = CARDS[name]
    work = counted(card, 60 if card.views == ("poses",) else 400)
    assert work.parameters == pytest.approx(card.parameters, rel=0.01)
    assert work.gflops == pytest.approx(card.gflops, rel=0.03)


@pytest.mark.parametrize("name", TINY)
def test_the_card_tells_what_the_small_one_takes(name: str) -> None:
    card = CARDS[name]
    few, many = counted(card, CLASSES), counted(card, 400)
    assert 0.99 * few.parameters <= card.parameters <= 1.01 * many.parameters
    assert few.gflops == pytest.approx(card.gflops, rel=0.05)


PUBLISHERS = sorted({card.network for card in CARDS.values() if card.weights})


@pytest.mark.parametrize("module", PUBLISHERS)
def test_a_state_of_our_own_stays_as_it_is(module: str) -> None:
    for name in (name for name, card in CARDS.items() if card.network == module and card.is_tiny):
        state = ready(name).network.state_dict()
        ours = importlib.import_module(f"aisle.models.{module}").published(state)
        filled(network(CARDS[name], CLASSES), ours)
        assert all(torch.equal(ours[said], value) for said, value in state.items() if not IGNORED.fullmatch(said))


FOREIGN: dict[str, dict[str, object]] = {
    "tensors": {"a": torch.zeros(2)},
    "empty trees": {"params": {}, "batch_stats": {}},
    "no trees": {"params": 1, "batch_stats": 2},
    "arrays": {"params": np.zeros(3)},
}


@pytest.mark.parametrize("state", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("module", PUBLISHERS)
def test_what_is_in_another_file_is_refused(module: str, state: dict[str, object]) -> None:
    card = next(card for card in CARDS.values() if card.network == module and card.is_tiny)
    with pytest.raises(DamagedError, match="weights of another network"):
        filled(network(card, CLASSES), importlib.import_module(f"aisle.models.{module}").published(state))


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_stages_have_every_weight_once(card: ClipCard) -> None:
    with torch.device("meta"):
        built = network(card, CLASSES)
    names = parts(built)
    owned = [weight for name in names for weight in built.get_submodule(name).parameters()]
    assert len(owned) == len({id(weight) for weight in owned})
    assert {id(weight) for weight in owned} == {id(weight) for weight in built.parameters()}
    assert built.get_submodule(names[-1]) is built.classifier


# --- what it computes


@pytest.mark.parametrize("name", TINY)
def test_features_and_logits(name: str) -> None:
    card, entry = CARDS[name], ready(name)
    with torch.no_grad():
        features, logits = entry(*views(card, 3))
    steps = (features.shape[1],) if card.task == "timelines" else ()
    assert features.shape == (3, *steps, card.features)
    assert logits.shape == (3, *steps, CLASSES)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()
    assert logits.std(0).max() > 1e-4  # another clip, another answer
    with torch.no_grad():
        assert torch.equal(entry.network(*entry.prepared(*views(card, 3))), logits)


@pytest.mark.parametrize("name", TINY)
def test_an_answer_does_not_depend_on_what_else_is_asked(name: str) -> None:
    inputs = views(CARDS[name], 3)
    together = answers(ready(name), inputs)
    for number in range(3):
        alone = answers(ready(name), [view[number : number + 1] for view in inputs])
        torch.testing.assert_close(alone[0], together[number], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", TINY)
def test_the_seed_decides(name: str) -> None:
    card = CARDS[name]
    one, again, other = (answers(made(card, seed=seed), views(card)) for seed in (3, 3, 4))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("name", TINY)
def test_its_state_is_all_there_is_to_it(name: str) -> None:
    kept = BytesIO()
    torch.save(ready(name).network.state_dict(), kept)
    kept.seek(0)
    fresh = made(CARDS[name], seed=1)
    fresh.network.load_state_dict(torch.load(kept, weights_only=True))
    inputs = views(CARDS[name])
    assert torch.equal(answers(fresh, inputs), answers(ready(name), inputs))


@pytest.mark.parametrize("name", TINY)
def test_fewer_pictures_and_smaller_ones_are_taken_or_refused(name: str) -> None:
    card = CARDS[name]
    for frames, side in [(1, SIDE), (2, SIDE), (3, SIDE), (card.sampling.frames, 16), (card.sampling.frames, 8)]:
        inputs = views(card, 1, side=side, frames=frames)
        with contextlib.suppress(UsageError):
            assert answers(ready(name), inputs).isfinite().all()


# --- training


@pytest.mark.parametrize("name", TINY)
def test_every_weight_learns(name: str) -> None:
    card, entry = CARDS[name], made(CARDS[name]).train()
    features, logits = entry(*views(card, 4))
    (logits * torch.randn(logits.shape, generator=torch.Generator().manual_seed(0))).sum().backward()
    assert features.requires_grad
    idle = [said for said, weight in entry.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not idle


@pytest.mark.parametrize("name", TINY)
def test_what_is_frozen_stays(name: str) -> None:
    card, entry = CARDS[name], made(CARDS[name]).train()
    built, frozen = entry.network, parts(entry.network)[:-1]
    for stage in frozen:
        built.get_submodule(stage).requires_grad_(False).eval()
    before = {said: value.clone() for said, value in built.state_dict().items()}
    optimizer = torch.optim.SGD([weight for weight in built.parameters() if weight.requires_grad], lr=0.1)
    entry(*views(card))[1].logsumexp(-1).mean().backward()
    optimizer.step()
    changed = {said for said, value in built.state_dict().items() if not torch.equal(value, before[said])}
    last = f"{parts(built)[-1]}."
    assert changed
    assert {said for said in changed if not said.startswith(last)} == set()


@functools.cache
def task(views: tuple[str, ...], frames: int, count: int, directions: tuple[str, ...], tail: bool, seed: int) -> Task:
    """Views (B, T, ...) of `count` clips, and which of the `directions` each shows; the same for all that read them."""
    clips, truth = motion_clips(views, count, directions=directions, side=SMALL, frames=frames, tail=tail, seed=seed)
    return [torch.from_numpy(view) for view in batch(clips, views)], torch.from_numpy(truth)


def learnt(card: ClipCard, directions: tuple[str, ...] = tuple(DIRECTIONS), *, tail: bool = True) -> float:
    """The share of new clips that are named rightly after at most so many steps of BATCH clips."""
    torch.manual_seed(0)
    entry = Entry(network(card, len(directions)), card)
    optimizer = torch.optim.AdamW(entry.parameters(), lr=PACE)
    frames, share = 16 if card.views == ("poses",) else card.sampling.frames, 0.0
    inputs, truth = task(card.views, frames, 400, directions, tail, 0)
    others, wanted = task(card.views, frames, 64, directions, tail, 1)
    for step in range(STEPS):
        chosen = torch.arange(step * BATCH, (step + 1) * BATCH) % len(truth)
        optimizer.param_groups[0]["lr"] = PACE * min(1, (step + 1) / 10, 2 * (STEPS - step) / STEPS)
        optimizer.zero_grad()
        _, logits = entry.train()(*(view[chosen] for view in inputs))
        nn.functional.cross_entropy(_whole(logits), truth[chosen]).backward()
        optimizer.step()
        if step % 15 == 14:
            share = float((_whole(answers(entry.eval(), others)).argmax(1) == wanted).float().mean())
            if share >= 0.95:
                break
    return share


def _whole(logits: Tensor) -> Tensor:
    """Of a clip, where there are some a step."""
    return logits.mean(1) if logits.ndim == 3 else logits


@pytest.mark.parametrize("name", TINY)
def test_four_directions_are_learnt(name: str) -> None:
    assert learnt(CARDS[name]) >= 0.95


@pytest.mark.parametrize("name", [name for name in TINY if CARDS[name].views == ("rgb",)])
def test_only_order_tells_left_from_right_without_a_tail(name: str) -> None:
    """Backwards, a clip of the one is a clip of the other. TSN, which means over its pictures, cannot tell."""
    card = CARDS[name]
    inputs = views(card, 2)
    same = torch.allclose(
        answers(ready(name), inputs), answers(ready(name), [view.flip(1) for view in inputs]), atol=1e-4
    )
    assert same == (card.network == "tsn")


@pytest.mark.parametrize("name", [name for name in TINY if CARDS[name].network in ("tsm", "slowfast")])
def test_networks_with_time_learn_order(name: str) -> None:
    assert learnt(CARDS[name], ("left", "right"), tail=False) >= 0.9


# --- packaged


@pytest.mark.parametrize("name", TINY)
def test_both_runtimes_answer_as_pytorch_does(name: str, tmp_path: Path) -> None:
    card, entry = CARDS[name], ready(name)
    path = tmp_path / "network.onnx"
    open_axes = {view: {0: "batch"} if view == "poses" else {0: "batch", 2: "h", 3: "w"} for view in card.views}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every size that it fixes: answers are compared below
        torch.onnx.export(
            entry,
            tuple(views(card, 2)),
            str(path),
            input_names=list(card.views),
            output_names=["features", "logits"],
            dynamic_axes=open_axes,
            opset_version=17,
            dynamo=False,
        )
    ort = pytest.importorskip("onnxruntime").InferenceSession(str(path))
    compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    for count, side in ((1, SIDE), (3, SIDE + 32), (1, SIDE + 10)):  # the last is halved once only
        inputs = views(card, count, side=side, seed=1)
        wanted = answers(entry, inputs).numpy()
        arrays = {view: value.numpy() for view, value in zip(card.views, inputs, strict=True)}
        for got in (ort.run(["logits"], arrays)[0], compiled(arrays)["logits"]):
            np.testing.assert_allclose(got, wanted, atol=2e-3 * max(1, np.abs(wanted).max()))


def test_a_view_is_as_a_clip_has_it() -> None:
    for name, card in CARDS.items():
        clips, _ = motion_clips(card.views, 1, frames=card.sampling.frames, side=SIDE)
        drawn = dict(zip(card.views, batch(clips, card.views), strict=True))
        for view, zeros in stored(card, SIDE).items():
            assert drawn[view].shape == tuple(zeros.shape), name
            assert drawn[view].dtype == zeros.numpy().dtype

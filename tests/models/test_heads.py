"""What every head keeps to; a new one is found here by its two files and needs no test of its own for that."""

from __future__ import annotations

import functools
import importlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aisle.analysis.backbone import Answers
from aisle.core import Features, Grid, LabelSet, UnknownNameError, UsageError
from aisle.deploy.head import FILE, HeadBundle
from aisle.deploy.package import package
from aisle.deploy.runtime import load_head
from aisle.models.card import Block
from aisle.models.head import HeadCard, head, heads
from aisle.models.reading import Calibrated, ClipReading, Standard, StepReading

CLASSES, INPUTS = 3, 12
BLOCKS = (Block("late", 5), Block("early", 4, times=2), Block("motion", 1))
WIDTH = 14
CLIP_HEADS = [name for name in heads() if head(name).task == "clips"]
FITTED = [name for name in CLIP_HEADS if hasattr(importlib.import_module(f"aisle.models.{name}"), "fit")]
BUILT = sorted({*heads()} - {*FITTED})


def toy(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """(count, INPUTS) about one of three centres, and which; rows of one class follow each other in tens."""
    random = np.random.default_rng(seed)
    targets = np.arange(count) // 10 % CLASSES
    centres = 2 * np.eye(CLASSES, INPUTS)
    return torch.from_numpy(centres[targets] + random.normal(0, 0.4, (count, INPUTS))).float(), torch.tensor(targets)


def made(card: HeadCard, seed: int = 0, inputs: int = INPUTS, rows: Tensor | None = None) -> nn.Module:
    """A head as it is before training, or, where it is fitted at once, after, on `rows` or toy ones."""
    module = importlib.import_module(f"aisle.models.{card.name}")
    torch.manual_seed(seed)
    if hasattr(module, "build"):
        built: nn.Module = module.build(inputs, CLASSES, **card.options)
        return built.eval()
    values, targets = toy(60)
    values = values if rows is None else rows
    fitted: nn.Module = module.fit(
        values.numpy(), targets.numpy(), np.ones(len(targets)), classes=CLASSES, seed=seed, **card.options
    )
    return fitted.eval()


@functools.cache
def ready(name: str) -> nn.Module:
    """`made`, once for all tests that only ask it."""
    return made(head(name))


def trained(card: HeadCard, rows: Tensor, targets: Tensor) -> nn.Module:
    """By plain gradient descent on one video or batch."""
    network = made(card).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(rows), targets).backward()
        optimizer.step()
    return network.eval()


@pytest.mark.parametrize("name", heads())
def test_the_card_is_complete(name: str) -> None:
    card = head(name)
    assert card.name == name
    assert card.title
    assert card.paper
    assert card.task in ("clips", "timelines")
    assert (card.context > 0) == (card.task == "timelines")
    assert set(card.grid) <= set(card.options)
    for option, values in card.grid.items():
        assert len(set(values)) > 1
        assert {type(value) for value in values} == {type(card.options[option])}


@pytest.mark.parametrize("name", heads())
@pytest.mark.parametrize("count", [1, 2, 50])
def test_a_row_of_logits_a_row_of_features(name: str, count: int) -> None:
    rows, _ = toy(count, seed=1)
    with torch.no_grad():
        logits = ready(name)(rows)
    assert logits.shape == (count, CLASSES)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", heads())
def test_what_can_be_told_apart_is_learnt(name: str) -> None:
    card, (rows, targets), (others, wanted) = head(name), toy(60), toy(60, seed=1)
    network = ready(name) if name in FITTED else trained(card, rows, targets)
    with torch.no_grad():
        assert (network(others).argmax(1) == wanted).float().mean() > 0.9


@pytest.mark.parametrize("name", heads())
def test_the_seed_decides(name: str) -> None:
    rows, _ = toy(30, seed=2)
    with torch.no_grad():
        one, again = (made(head(name), seed=3)(rows) for _ in range(2))
    assert torch.equal(one, again)


@pytest.mark.parametrize("name", FITTED)
def test_a_clip_that_counts_more_is_heeded_more(name: str) -> None:
    """Two clips that look the same are of two classes: the one that counts nine times as much decides."""
    module, card = importlib.import_module(f"aisle.models.{name}"), head(name)
    values = np.repeat(np.eye(2, INPUTS), [40, 40], 0)
    targets = np.r_[np.zeros(20), np.ones(20), np.full(20, 1), np.full(20, 0)].astype(np.int64)
    weights = np.r_[np.full(20, 1.8), np.full(20, 0.2), np.full(20, 1.8), np.full(20, 0.2)]
    if name == "knn":
        card = HeadCard(name, card.title, card.paper, card.task, {**card.options, "neighbours": 40})
    network = module.fit(values, targets, weights, classes=2, seed=0, **card.options).eval()
    with torch.no_grad():
        assert network(torch.eye(2, INPUTS)).argmax(1).tolist() == [0, 1]


@pytest.mark.parametrize("name", [name for name in heads() if head(name).task == "timelines"])
def test_the_context_says_how_far_an_answer_reaches(name: str) -> None:
    """A part can change the answers of so many steps before and after it, in theory or by more than a thousandth."""
    card = head(name)
    parts = 2 * card.context  # of two parts a step, as the features of kinetics-i3d have
    rows, _ = toy(2 * parts + 41, seed=4)
    changed = rows.clone()
    changed[parts + 20] += 5
    with torch.no_grad():
        network = ready(name)
        change = (network(rows) - network(changed)).abs().amax(1)
    assert change[parts + 20] > 1e-3
    assert change[:20].max() < 1e-3
    assert change[-20:].max() < 1e-3


@pytest.mark.parametrize("name", heads())
def test_the_package_answers_as_the_network_does(name: str, tmp_path: Path) -> None:
    card = head(name)
    reading = ClipReading(BLOCKS, trend=True) if card.task == "clips" else StepReading(BLOCKS)
    clips = [torch.rand(count, WIDTH, generator=torch.Generator().manual_seed(count)) for count in range(1, 61)]
    rows = torch.cat([reading(clip)[:1] for clip in clips])
    standard = Standard.of(rows)
    last = made(card, inputs=reading.outputs, rows=standard(rows))
    network = nn.Sequential(
        reading, standard, last, Calibrated(torch.tensor(1.5), torch.tensor([0.0, 0.1, 0.2]))
    ).eval()
    package(network, bundle_of(card), tmp_path / "head", samples=[features_of(clip) for clip in clips[4:6]])
    runs = [load_head(runtime, tmp_path / "head" / FILE) for runtime in ("openvino-int8", "onnxruntime")]
    for count in (1, 2, 7, 40):
        with torch.no_grad():
            wanted = network(clips[count - 1]).numpy()
        assert wanted.shape == (1 if card.task == "clips" else 2 * count, CLASSES)
        for run in runs:
            np.testing.assert_allclose(run(clips[count - 1].numpy()), wanted, rtol=1e-3, atol=1e-3)


def bundle_of(card: HeadCard) -> HeadBundle:
    return HeadBundle(
        name="toy",
        title=card.title,
        head=card.name,
        options=card.options,
        task=card.task,
        labels=LabelSet(("a", "b", "c")),
        backbone="none",
        identity="none-1",
        window=4,
        context=card.context,
        answers=Answers(),
        trained_on="toys",
        not_for="work",
        licence="none",
    )


def features_of(clip: Tensor) -> Features:
    step = Fraction(8, 25)
    return Features(clip.numpy(), Grid(Fraction(0), step, step, len(clip)), "toys")


def test_options_are_read_as_their_default_is() -> None:
    card = HeadCard("toy", "Toy", "none", "clips", {"layers": 2, "rate": 0.5, "kind": "wide"})
    assert card.with_options({"layers": "3", "rate": "1", "kind": "4"}) == {"layers": 3, "rate": 1.0, "kind": "4"}
    assert card.with_options({}) == card.options


def test_an_option_that_the_head_does_not_have_is_met_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown option of mlp; got: 'hiden'.*did you mean hidden"):
        head("mlp").with_options({"hiden": "8"})


@pytest.mark.parametrize("text", ["many", "0.5"])
def test_a_value_of_another_type_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"option hidden of mlp; got: .*; allowed: a value of type int"):
        head("mlp").with_options({"hidden": text})


def test_an_unknown_head_is_met_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown head.*did you mean linear"):
        head("liner")
    with pytest.raises(UnknownNameError, match="unknown head"):
        head("i3d")  # a network, not a head

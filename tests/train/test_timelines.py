from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from aisle.core import BACKGROUND, Example, Features, Grid, LabelSet, Segment, Timeline
from aisle.models.card import Block
from aisle.models.head import head
from aisle.models.mstcn import MsTcn
from aisle.train.plan import Plan
from aisle.train.timelines import TRAILING, Labelled, fit_timelines, labelled, reach, timeline_loss

STEP = Fraction(8, 25)
LABELS = LabelSet(("reach", "look", BACKGROUND))
BLOCKS = (Block("late", 3), Block("early", 4, times=2))
WIDTH = 11


def features(values: np.ndarray) -> Features:
    return Features(values.astype(np.float32), Grid(Fraction(0), STEP, STEP, len(values)), "toy")


def video(name: str, *acts: tuple[str, Fraction, Fraction]) -> Example:
    segments = tuple(Segment(start, end, label, 1.0) for label, start, end in acts)
    return Example(name, Path(name), name, segments=segments)


def targets(count: int, pieces: int, *acts: tuple[str, Fraction, Fraction]) -> str:
    """Of `count` steps, a letter a part: R, L or a dot for background."""
    (one,) = labelled([video("a.mp4", *acts)], [features(np.zeros((count, WIDTH)))], LABELS, pieces)
    return "".join("RL."[target] for target in one.targets)


def test_a_part_is_what_happens_in_its_middle() -> None:
    """Steps of 0.32 s in two parts of 0.16 s, whose middles are 0.08, 0.24, 0.40 and so on."""
    assert targets(4, 2, ("reach", Fraction("0.1"), Fraction("0.5"))) == ".RR....."
    assert targets(4, 1, ("reach", Fraction("0.1"), Fraction("0.5"))) == "RR.."[:1] + "R.."


def test_an_act_holds_from_its_start_until_just_before_its_end() -> None:
    exact = ("reach", Fraction("0.24"), Fraction("0.56"))
    assert targets(4, 2, exact) == ".RR....."
    late, long = ("reach", Fraction("0.241"), Fraction("0.56")), ("reach", Fraction("0.24"), Fraction("0.561"))
    assert targets(4, 2, late) == "..R....."
    assert targets(4, 2, long) == ".RRR...."


def test_acts_that_meet_share_no_part_and_leave_none_out() -> None:
    acts = [("reach", Fraction(0), Fraction("0.4")), ("look", Fraction("0.4"), Fraction(2))]
    assert targets(4, 2, *acts) == "RRLLLLLL"


def test_an_act_between_two_middles_is_not_seen_and_one_past_the_end_is_cut() -> None:
    assert targets(4, 2, ("reach", Fraction("0.25"), Fraction("0.39"))) == "........"
    assert targets(2, 2, ("look", Fraction("0.5"), Fraction(9))) == "...L"


@given(
    st.lists(st.integers(1, 400), min_size=2, max_size=8, unique=True).map(sorted),
    st.integers(1, 3),
    st.integers(1, 12),
)
def test_targets_are_what_the_timeline_says_at_the_middles(cuts: list[int], pieces: int, count: int) -> None:
    times = [Fraction(cut, 100) for cut in cuts]
    acts = [(LABELS[number % 2], *span) for number, span in enumerate(zip(times[::2], times[1::2], strict=False))]
    one = video("a.mp4", *acts)
    timeline = Timeline(Fraction(100), one.segments)
    middles = [(index + Fraction(1, 2)) * STEP / pieces for index in range(count * pieces)]
    wanted = [act.label if (act := timeline.at(time)) else BACKGROUND for time in middles]
    (found,) = labelled([one], [features(np.zeros((count, WIDTH)))], LABELS, pieces)
    assert [LABELS[target] for target in found.targets] == wanted


class Fixed(nn.Module):
    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, rows: Tensor) -> Tensor:
        return self.logits[: len(rows)]


@pytest.mark.parametrize("count", [1, 2, 30])
def test_the_loss_is_finite_and_reaches_the_network(count: int) -> None:
    for network in (Fixed(torch.randn(30, 3)), MsTcn(3, 3, stages=2, layers=2, channels=4, dropout=0.1)):
        loss = timeline_loss(network, torch.randn(count, 3), torch.arange(count) % 3, torch.ones(3))
        loss.backward()
        assert loss.isfinite()
        assert any(one.grad is not None and one.grad.abs().sum() > 0 for one in network.parameters())


def test_quick_changes_cost() -> None:
    """Both are as often right, but one changes its mind from part to part."""
    steady, hasty = torch.tensor([[1.0, 0]] * 4 + [[0.0, 1]] * 4), torch.tensor([[1.0, 0], [0.0, 1]] * 4)
    targets = {"steady": torch.tensor([0] * 4 + [1] * 4), "hasty": torch.tensor([0, 1] * 4)}
    losses = [
        timeline_loss(Fixed(steady), torch.zeros(8, 2), targets["steady"], torch.ones(2)),
        timeline_loss(Fixed(hasty), torch.zeros(8, 2), targets["hasty"], torch.ones(2)),
    ]
    assert losses[0] < losses[1]


def test_every_stage_is_trained() -> None:
    network = MsTcn(3, 3, stages=3, layers=2, channels=4, dropout=0.0)
    timeline_loss(network, torch.randn(9, 3), torch.arange(9) % 3, torch.ones(3)).backward()
    first = [weight.grad for name, weight in network.named_parameters() if name.startswith("stages.0")]
    assert all(grad is not None and grad.abs().sum() > 0 for grad in first)


def shop_videos(count: int, first: int) -> list[Labelled]:
    """Twelve seconds each, in which a number of the early block says what happens, after a fashion."""
    random = np.random.default_rng(first)
    examples, seen = [], []
    for number in range(first, first + count):
        at = Fraction(int(random.integers(10, 60)), 10)
        acts = [("reach", at, at + 2), ("look", at + 3, at + Fraction(9, 2))]
        examples.append(video(f"{number}.mp4", *acts))
        middles = [(index + Fraction(1, 2)) * STEP / 2 for index in range(76)]
        timeline = Timeline(Fraction(13), examples[-1].segments)
        happening = [LABELS.index(act.label) if (act := timeline.at(time)) else 2 for time in middles]
        early = 3 * np.eye(3, 4)[happening] + random.uniform(0, 0.5, (76, 4))
        seen.append(features(np.concatenate([random.uniform(0, 1, (38, 3)), early.reshape(38, 8)], 1)))
    return labelled(examples, seen, LABELS, 2)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mstcn", {"stages": 2, "layers": 3, "channels": 16, "dropout": 0.1}),
        ("edtcn", {"levels": 2, "channels": 16, "kernel": 5, "dropout": 0.1}),
        ("bilstm", {"hidden": 16, "dropout": 0.1}),
        ("asformer", {"decoders": 1, "layers": 3, "channels": 16, "dropout": 0.1}),
        ("causal_tcn", {"stages": 2, "layers": 3, "channels": 16, "dropout": 0.1, "ahead": 2}),
    ],
)
def test_a_small_problem_is_learnt(name: str, options: dict[str, int | float]) -> None:
    train, kept, new = shop_videos(6, 0), shop_videos(3, 100), shop_videos(3, 200)
    plan = Plan(head(name), options, epochs=25)
    network = fit_timelines(plan, [train], kept, LABELS, BLOCKS)
    with torch.no_grad():
        logits = [network(torch.from_numpy(one.features.values)) for one in new]
    assert [tuple(one.shape) for one in logits] == [(76, 3)] * 3
    right = torch.cat([one.argmax(1) for one in logits]) == torch.cat([one.targets for one in new])
    assert right.float().mean() > 0.9


def test_a_causal_head_is_trained_to_read_only_what_was_before() -> None:
    """As it is packaged, from the features on: later ones change nothing, and neither do those out of reach."""
    train, kept = shop_videos(3, 0), shop_videos(1, 100)
    plan = Plan(head("causal_tcn"), {"stages": 1, "layers": 2, "channels": 8, "dropout": 0.1, "ahead": 3}, epochs=1)
    network = fit_timelines(plan, [train], kept, LABELS, BLOCKS)
    back, ahead = reach(plan, network, 2)
    assert (back, ahead) == (TRAILING + 2, 2)  # 3 rows of 2 a step before, and 3 behind
    values = torch.rand(2 * back, kept[0].features.values.shape[1], generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        whole, begun = network(values), network(values[: back + 10])
        cut = network(values[10:])
    torch.testing.assert_close(begun[: 2 * (back + 10 - ahead)], whole[: 2 * (back + 10 - ahead)])
    torch.testing.assert_close(cut[2 * back :], whole[2 * (back + 10) :], rtol=1e-4, atol=1e-4)


def test_other_heads_reach_as_far_ahead_as_back() -> None:
    assert reach(Plan(head("mstcn"), {}), torch.nn.Identity(), 2) == (128, 128)

"""Moments found from labels of whole videos."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from aisle.core import Features, Grid, UnknownNameError, UsageError
from aisle.evaluate.anomaly import frame_figures
from aisle.models.card import Block
from aisle.models.head import head
from aisle.models.mil import highest, ranking_loss
from aisle.train.plan import Plan
from aisle.train.weak import fit_weak, video_scores, weak_threshold

BLOCKS = (Block("late", 16),)


def videos(count: int, seed: int) -> tuple[list[Features], list[bool], list[np.ndarray]]:
    """Every other video holds a moment of 4 to 8 of its 40 steps, along a direction of its own."""
    rng = np.random.default_rng(seed)
    found, kinds, truth = [], [], []
    for number in range(count):
        values, flags = rng.normal(0, 1, (40, 16)), np.zeros(40, np.bool_)
        if number % 2:
            start, length = int(rng.integers(0, 32)), int(rng.integers(4, 9))
            flags[start : start + length] = True
            values[flags, :3] += 2.5
        grid = Grid(Fraction(0), Fraction(1, 2), Fraction(1, 2), 40)
        found.append(Features(values.astype(np.float32), grid, "test"))
        kinds.append(bool(number % 2))
        truth.append(flags)
    return found, kinds, truth


def plan(**options: str) -> Plan:
    card = head("mil")
    return Plan(card, card.with_options(options), epochs=15)


@pytest.mark.parametrize("objective", ["highest", "ranking"])
def test_the_moment_is_found_though_only_videos_were_labelled(objective: str) -> None:
    known, kinds, _ = videos(40, 0)
    network = fit_weak(plan(objective=objective), known, kinds, BLOCKS)
    others, unusual, truth = videos(20, 1)
    with torch.no_grad():
        risks = [torch.softmax(network(torch.from_numpy(one.values)), 1)[:, 1].numpy() for one in others]
    found = frame_figures([risk.astype(np.float64) for risk in risks], truth)
    assert found.micro > 0.9
    assert found.macro > 0.9
    threshold = weak_threshold(network, others, unusual, 1.0)
    assert ((video_scores(network, others) >= threshold) == unusual).mean() > 0.9


def test_the_losses_by_hand() -> None:
    assert highest(torch.tensor([1.0, 4.0, 2.0, 3.0]), 0.5) == 3.5
    assert highest(torch.tensor([1.0, 4.0]), 0.1) == 4
    loss = ranking_loss(torch.tensor([0.1, 0.2]), torch.tensor([0.5, 0.9]))
    assert loss.item() == pytest.approx(1 - 0.9 + 0.2 + 8e-5 * 0.16 + 8e-5 * 1.4)


def test_videos_of_one_kind_are_refused() -> None:
    known, _, _ = videos(4, 0)
    with pytest.raises(UsageError, match="0 of 4 videos hold something unusual"):
        fit_weak(plan(), known, [False] * 4, BLOCKS)


def test_another_objective_is_refused() -> None:
    known, kinds, _ = videos(4, 0)
    with pytest.raises(UnknownNameError, match="did you mean ranking"):
        fit_weak(plan(objective="rankings"), known, kinds, BLOCKS)

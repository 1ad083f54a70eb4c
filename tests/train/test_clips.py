from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from aisle.core import Example, Features, Grid, InputError, LabelSet
from aisle.models.card import Block
from aisle.models.head import head
from aisle.models.reading import ClipReading
from aisle.train.clips import Clips, balance, classification_loss, fit_clips, read_clips
from aisle.train.plan import Plan

BLOCKS = (Block("shown", 10), Block("motion", 1))
READING = ClipReading(BLOCKS, trend=False)
LABELS = LabelSet(("normal", "theft"))
STEP = Fraction(8, 25)
PLAN = Plan(head("linear"), head("linear").options)


def features(shown: np.ndarray) -> Features:
    """Of a clip of three steps that shows the same (10,) in each, and in which as much moves."""
    values = np.concatenate([np.tile(shown, (3, 1)), np.ones((3, 1))], 1).astype(np.float32)
    return Features(values, Grid(Fraction(0), STEP, STEP, 3), "toy")


def clips(shown: Sequence[np.ndarray], labels: Sequence[str], groups: Sequence[str]) -> Clips:
    examples = [
        Example(f"{number}.mp4", Path(f"{number}.mp4"), group, label=label)
        for number, (label, group) in enumerate(zip(labels, groups, strict=True))
    ]
    names = LabelSet(tuple(sorted(set(labels))))
    return Clips(examples, names, read_clips([features(one) for one in shown], READING))


def told_apart(count: int = 40, spread: float = 0.3, seed: int = 0) -> Clips:
    """Half normal, half theft, of ten groups; the first two numbers tell which, the more surely the less `spread`."""
    random = np.random.default_rng(seed)
    labels = [LABELS[number % 2] for number in range(count)]
    centres = {"normal": np.eye(10)[0], "theft": np.eye(10)[1]}
    shown = [centres[label] + random.normal(0, spread, 10) for label in labels]
    return clips(shown, labels, [f"group {number // 2 % 10}" for number in range(count)])


def right(probabilities: np.ndarray, given: Clips) -> float:
    return float((probabilities.argmax(1) == given.targets.numpy()).mean())


def test_what_is_said_of_a_clip_comes_from_other_groups() -> None:
    """Each group looks like nothing else and has one label, drawn by lot. A head that has seen the group knows it; one
    that has not can only guess. Were clips dealt out one by one, nearly all answers would be right.
    """
    random = np.random.default_rng(1)
    looks = {f"group {number}": random.normal(0, 1, 10) for number in range(24)}
    lots = dict(zip(looks, random.permutation(["normal", "theft"] * 12), strict=True))
    groups = [group for group in looks for _ in range(4)]
    shown = [looks[group] + random.normal(0, 0.05, 10) for group in groups]
    given = clips(shown, [lots[group] for group in groups], groups)
    found = fit_clips(replace(PLAN, head=head("knn"), options={"neighbours": 1, "sharpness": 10.0}), given, READING)
    assert right(found.probabilities, given) < 0.75
    answers = [found.network(torch.from_numpy(features(one).values)).detach().numpy()[0] for one in shown]
    assert right(np.stack(answers), given) == 1


def test_groups_unlike_each_other_do_not_hide_what_the_classes_have_in_common() -> None:
    given = told_apart()
    found = fit_clips(PLAN, given, READING)
    assert right(found.probabilities, given) > 0.9
    np.testing.assert_allclose(found.probabilities.sum(1), 1)


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_the_same_seed_gives_the_same_head(name: str) -> None:
    plan, given = Plan(head(name), head(name).options, folds=2, epochs=3), told_apart()
    one, again = (fit_clips(plan, given, READING) for _ in range(2))
    assert np.array_equal(one.probabilities, again.probabilities)
    for before, after in zip(one.network.state_dict().values(), again.network.state_dict().values(), strict=True):
        assert torch.equal(before, after)


def test_a_head_trained_by_gradient_learns_too() -> None:
    plan, given = Plan(head("mlp"), {"hidden": 32, "layers": 1, "dropout": 0.1}, folds=2, epochs=30), told_apart(160)
    assert right(fit_clips(plan, given, READING).probabilities, given) > 0.9


def test_the_threshold_is_the_best_for_clips_that_were_left_out() -> None:
    """The more a miss costs, the lower it is; of more than two classes there is none."""
    given = told_apart(spread=0.9)
    found = {beta: fit_clips(replace(PLAN, beta=beta), given, READING) for beta in (0.2, 1.0, 5.0)}
    thresholds = [one.threshold for one in found.values()]
    assert None not in thresholds
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] > thresholds[2]
    theft = given.targets.numpy() == 1
    alarms = found[1.0].probabilities[:, 1] >= found[1.0].threshold
    best = max(f1(found[1.0].probabilities[:, 1] >= cut, theft) for cut in found[1.0].probabilities[:, 1])
    assert f1(alarms, theft) == pytest.approx(best)


def f1(alarms: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (alarms & truth).sum() / (alarms.sum() + truth.sum()))


def test_of_more_than_two_classes_the_likeliest_is_named() -> None:
    random = np.random.default_rng(3)
    labels = ["a", "b", "c"] * 12
    shown = [np.eye(10)[ord(label) - ord("a")] + random.normal(0, 0.2, 10) for label in labels]
    given = clips(shown, labels, [f"group {number // 3}" for number in range(36)])
    found = fit_clips(PLAN, given, READING)
    assert found.threshold is None
    assert right(found.probabilities, given) > 0.9


def test_other_looks_are_learnt_from_and_not_judged_on() -> None:
    """Seen by night all clips are the other way round: learnt from both, nothing can be told; judged is the day."""
    given = told_apart(spread=0.1)
    night = replace(given, others=(-given.plain,))
    rows, targets = night.training()
    assert rows.shape == (80, READING.outputs)
    assert torch.equal(targets, torch.cat([given.targets] * 2))
    assert right(fit_clips(PLAN, given, READING).probabilities, given) == 1
    assert np.abs(fit_clips(PLAN, night, READING).probabilities - 0.5).max() < 0.3
    assert fit_clips(PLAN, night, READING).probabilities.shape == (40, 2)


def test_there_are_no_more_parts_than_groups() -> None:
    given = told_apart()
    assert fit_clips(replace(PLAN, folds=50), given, READING).probabilities.shape == (40, 2)


def test_a_class_of_one_group_is_refused() -> None:
    shown = [np.eye(10)[number % 3] for number in range(12)]
    given = clips(shown, ["a", "a", "b"] * 4, ["1", "2", "3"] * 4)
    with pytest.raises(InputError, match=r"the class b cannot be on both sides of a split; got: one group alone"):
        fit_clips(PLAN, given, READING)


def test_rare_classes_count_more() -> None:
    """One of four clips has weight 2, three have 2/3: each class counts 2, and a clip 1 on average."""
    targets = torch.tensor([0, 1, 1, 1])
    torch.testing.assert_close(balance(targets, 2), torch.tensor([2, 2 / 3]))
    torch.testing.assert_close(balance(targets, 2, power=0.0), torch.ones(2))
    assert balance(targets, 3).isfinite().all()


def test_of_two_classes_the_loss_is_that_of_a_detector() -> None:
    logits, targets, weights = torch.tensor([[0.0, 2], [1, 0]]), torch.tensor([1, 1]), torch.tensor([1.0, 3])
    wanted = -3 * (np.log(1 / (1 + np.exp(-2))) + np.log(1 / (1 + np.exp(1)))) / 2
    assert float(classification_loss(logits, targets, weights)) == pytest.approx(wanted)
    smoothed = (0.9 * torch.tensor([0.0, 1]) + 0.05).repeat(2, 1)
    each = functional.cross_entropy(logits, smoothed, reduction="none")
    torch.testing.assert_close(classification_loss(logits, targets, weights, 0.1), (3 * each).mean())
    many = torch.cat([logits, torch.zeros(2, 1)], 1)
    whole = functional.cross_entropy(many, targets, torch.ones(3))
    torch.testing.assert_close(classification_loss(many, targets, torch.ones(3)), whole)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_class_weighs_as_much_whatever_else_is_in_the_batch(classes: int) -> None:
    """A batch of rare clips alone moves a head more than one of common ones, and is not brought down to their size."""
    logits, weights = torch.zeros(4, classes), torch.tensor([0.5, 3, 1])[:classes]
    rare, common = torch.ones(4, dtype=torch.long), torch.zeros(4, dtype=torch.long)
    alone = [float(classification_loss(logits, targets, weights)) for targets in (common, rare)]
    assert alone == pytest.approx([0.5 * np.log(classes), 3 * np.log(classes)])
    both = classification_loss(torch.cat([logits] * 2), torch.cat([common, rare]), weights)
    assert float(both) == pytest.approx(sum(alone) / 2)

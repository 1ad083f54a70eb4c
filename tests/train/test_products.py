from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import LabelSet, UsageError
from aisle.models.product_readout import NEARNESSES, Nearness, Readout, likelihoods
from aisle.train.product_tuning import Recipe, drawn, start_of, tune
from aisle.train.products import Seen, added, by_look, fit, judge, learn, scaled, scaled_to
from goods import SIDE, product, small_features

LABELS = LabelSet(("red-disc", "red-bar", "green-disc"))
COARSE = ("red", "red", "green")


def clouds(count: int = 24, classes: int = 3, spread: float = 0.3, seed: int = 0) -> Seen:
    """Features around a corner for each class, two views of each picture."""
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % classes
    views = np.eye(8)[targets][:, None] + spread * rng.normal(size=(count, 2, 8))
    return Seen(views.astype(np.float32), targets.astype(np.int64), 2)


@pytest.mark.parametrize("nearness", NEARNESSES)
def test_a_readout_names_what_it_has_learnt(nearness: Nearness) -> None:
    learnt = learn(clouds(), LABELS, COARSE, nearness)
    assert learnt.judged is not None
    assert learnt.judged.report.top1 > 0.9
    assert learnt.judged.coarse is not None
    assert learnt.judged.coarse >= learnt.judged.report.top1
    assert learnt.judged.kept >= 0.9
    assert 0 < learnt.threshold <= 0.9
    new = clouds(seed=1)
    assert (learnt.readout.logits(new.features).argmax(1) == new.targets).mean() > 0.9


def test_distance_is_the_discriminant_of_a_text_book() -> None:
    seen = clouds(60)
    shrink = 0.3
    readout = fit(seen, 3, "distance", shrink=shrink)
    rows, targets = seen.views.reshape(-1, 8).astype(np.float64), np.repeat(seen.targets, 2)
    means = np.stack([rows[targets == one].mean(0) for one in range(3)])
    inside = rows - means[targets]
    covariance = inside.T @ inside / len(rows)
    covariance = (1 - shrink) * covariance + shrink * np.trace(covariance) / 8 * np.eye(8)
    direct = rows @ np.linalg.solve(covariance, means.T)
    direct -= 0.5 * np.einsum("cd,dc->c", means, np.linalg.solve(covariance, means.T))
    ours = readout.logits(rows.astype(np.float32))
    np.testing.assert_allclose(np.diff(ours, axis=1), np.diff(direct, axis=1), rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("nearness", NEARNESSES)
def test_a_product_is_added_without_touching_the_others(nearness: Nearness) -> None:
    seen = clouds(40, classes=4, spread=0.15)
    old = fit(seen.only(seen.targets < 3), 3, nearness)
    new = seen.only(seen.targets == 3)
    one = Seen(new.views[:1], np.zeros(1, np.int64), 2)
    extended = added(old, one, 1)
    np.testing.assert_array_equal(extended.points[:3], old.points)
    said = extended.logits(clouds(40, classes=4, spread=0.15, seed=5).features).argmax(1)
    assert (said == np.arange(40) % 4).mean() > 0.9


def test_one_picture_a_product_is_enough_to_begin_with() -> None:
    seen = clouds(3, spread=0.1)
    learnt = learn(seen, LABELS, COARSE, "angle")
    assert learnt.judged is None  # nothing could be kept aside
    assert learnt.threshold == 0
    new = clouds(30, spread=0.1, seed=2)
    assert (learnt.readout.logits(new.features).argmax(1) == new.targets).all()


def test_a_product_without_a_picture_is_refused() -> None:
    with pytest.raises(UsageError, match="every product has a picture; got: none of number 3"):
        fit(clouds(), 4, "angle")


def test_points_must_lie_in_the_space_of_the_features() -> None:
    with pytest.raises(UsageError, match=r"points \(2, 5\)"):
        Readout("angle", np.zeros(4, np.float32), np.eye(4, dtype=np.float32), np.zeros((2, 5), np.float32), 1.0)


def test_pictures_that_look_alike_stay_together() -> None:
    """Ten pairs of near copies of each of two products: no pair is parted, every fold has both products."""
    rng = np.random.default_rng(0)
    apart = np.repeat(rng.normal(size=(20, 16)), 2, axis=0) + 0.01 * rng.normal(size=(40, 16))
    targets = np.repeat([0, 1], 20)
    folds = by_look(apart.astype(np.float32), targets)
    assert (folds[::2] == folds[1::2]).all()
    assert {(int(fold), int(target)) for fold, target in zip(folds, targets, strict=True)} == {
        (fold, target) for fold in range(4) for target in (0, 1)
    }


def test_a_single_picture_is_never_left_out() -> None:
    assert list(by_look(np.ones((1, 4), np.float32), np.zeros(1, np.int64))) == [-1]


@given(st.floats(0.02, 50), st.integers(0, 100))
def test_the_scale_undoes_a_scale(times: float, seed: int) -> None:
    """Logits whose softmax is right, multiplied: what was multiplied is found, but for a little pull."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(400, 3)) * 2
    shares = likelihoods(logits.astype(np.float32)).astype(np.float64)
    targets = np.array([rng.choice(3, p=row / row.sum()) for row in shares])
    assert 0.6 < scaled((logits * times).astype(np.float32), targets) * times < 1.6


def test_unknown_is_what_no_product_is_near_to() -> None:
    logits = np.array([[9, 0, 0], [0, 9, 0], [0, 0, 9]], np.float32)
    judged = judge(logits, np.array([0, 1, 2]), LABELS, COARSE, 0.9)
    assert judged.kept == 1
    assert judged.refused == 1  # with its own product off the list, each is torn between the others
    assert judge(logits, np.array([0, 1, 2]), LABELS, ("", "", ""), 0.2).refused == 0
    assert judge(logits, np.array([0, 1, 2]), LABELS, ("", "", ""), 0.2).coarse is None


@pytest.mark.parametrize("nearness", NEARNESSES)
def test_fine_tuning_begins_with_the_readout(nearness: Nearness) -> None:
    seen = clouds(30)
    readout = scaled_to(fit(seen, 3, nearness), seen)
    start = start_of(readout)
    said = seen.features @ start.weights.T + start.bias
    assert (said.argmax(1) == readout.logits(seen.features).argmax(1)).mean() > 0.95


def test_fine_tuning_learns_and_leaves_the_first_stages() -> None:
    network = small_features()
    images = [product(colour, "disc", seed) for seed in range(8) for colour in ("red", "green")]
    targets = np.arange(16) % 2
    before = {name: value.clone() for name, value in network.state_dict().items()}
    start = start_of(
        fit(Seen(np.random.default_rng(0).normal(size=(16, 1, 1360)).astype(np.float32), targets), 2, "angle")
    )
    told: list[str] = []
    recipe = Recipe(epochs=3, batch=8, rate=1e-3)
    tune(network, images.__getitem__, targets, start, size=SIDE, recipe=recipe, tell=told.append)
    losses = [float(line.rpartition(" ")[2]) for line in told]
    assert losses[-1] < losses[0]
    changed = {name.split(".")[1] for name, value in network.state_dict().items() if not value.equal(before[name])}
    assert changed == {"layer6", "layer7", "last"}
    assert not any("running" in name for name, value in network.state_dict().items() if not value.equal(before[name]))


def test_drawn_parts_are_pictures_of_the_asked_size() -> None:
    rng = np.random.default_rng(0)
    for shape in ((64, 80, 3), (5, 200, 3)):
        pixels = drawn(np.full(shape, 200, np.uint8), SIDE, rng)
        assert pixels.shape == (SIDE, SIDE, 3)
        assert pixels.dtype == np.float32
        assert pixels.min() >= 0
        assert pixels.max() <= 255

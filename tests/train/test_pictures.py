"""A last layer for one's own pictures."""

from __future__ import annotations

import numpy as np

from aisle.core import LabelSet
from aisle.train.pictures import learn_layer


def clouds(classes: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % classes
    return (np.eye(8)[targets] + 0.2 * rng.normal(size=(count, 8))).astype(np.float32), targets.astype(np.int64)


def test_it_names_new_pictures_and_was_judged_on_unlike_ones() -> None:
    for classes in (2, 3):
        layer = learn_layer(*clouds(classes, 60), LabelSet(("red", "green", "blue")[:classes]))
        assert layer.report is not None
        assert layer.report.top1 > 0.9
        new, targets = clouds(classes, 60, seed=1)
        logits = new @ layer.weight.numpy().T + layer.bias.numpy()
        assert (logits.argmax(1) == targets).mean() > 0.9
        assert layer.scale > 0


def test_one_picture_a_class_is_learnt_and_not_judged() -> None:
    layer = learn_layer(*clouds(3, 3), LabelSet(("red", "green", "blue")))
    assert (layer.report, layer.scale) == (None, 1.0)

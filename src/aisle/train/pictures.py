"""The last layer of a network that names pictures, learnt anew on a user's own; the convolutional part stays as it is.

Every figure is of pictures that look unlike those learnt from: see aisle.train.products.by_look.

Shapes: N pictures, D features, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from aisle.core import LabelSet
from aisle.evaluate.classify import ClassificationReport, evaluate_clips
from aisle.train.products import FOLDS, by_look, scaled

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

STRENGTHS = (0.01, 0.1, 1.0)
"""How little the layer is held back; the best on what folds by look leave out."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """`weight` (C, D) and `bias` (C,) read the features; `scale` makes the softmax of that a probability. `report` is
    None where no class has pictures that look different.
    """

    weight: Tensor
    bias: Tensor
    scale: float
    strength: float
    report: ClassificationReport | None


def learn_layer(features: Floats, targets: Numbers, labels: LabelSet) -> Layer:
    """From `features` (N, D) of pictures of classes `targets` (N,); every class has a picture."""
    folds = by_look(features, targets)
    held = np.flatnonzero(folds >= 0)
    tried: dict[float, Floats] = {}
    for strength in STRENGTHS if len(held) else ():
        logits = np.zeros((len(targets), len(labels)), np.float32)
        for fold in range(FOLDS):
            out = folds == fold
            if out.any():
                weight, bias = _fitted(features[~out], targets[~out], len(labels), strength)
                logits[out] = features[out] @ weight.T + bias
        tried[strength] = logits[held]
    best = max(tried, key=lambda strength: float((tried[strength].argmax(1) == targets[held]).mean()), default=0.1)
    weight, bias = _fitted(features, targets, len(labels), best)
    made = torch.from_numpy(weight), torch.from_numpy(bias)
    if not len(held):
        return Layer(*made, 1.0, best, None)
    scale = scaled(tried[best], targets[held])
    shares = torch.softmax(torch.from_numpy(tried[best] * np.float32(scale)), 1).numpy()
    return Layer(*made, scale, best, evaluate_clips(shares.astype(np.float64), targets[held], labels))


def _fitted(features: Floats, targets: Numbers, classes: int, strength: float) -> tuple[Floats, Floats]:
    """Weight (C, D) and bias (C,) for features as they are; learnt on standardised ones, which converges sooner."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), features.std(0) + np.float32(1e-3)
    made = LogisticRegression(C=strength, max_iter=500, class_weight="balanced")
    made.fit((features - mean) / spread, targets)
    weight, bias = np.zeros((classes, features.shape[1]), np.float32), np.full(classes, -1e3, np.float32)
    if len(made.classes_) == 2:
        bias[made.classes_] = 0
        weight[made.classes_[1]], bias[made.classes_[1]] = made.coef_[0], made.intercept_[0]
    else:
        weight[made.classes_], bias[made.classes_] = made.coef_, made.intercept_
    weight = weight / spread
    return weight.astype(np.float32), (bias - weight @ mean).astype(np.float32)

"""Logistic regression on a clip's features: the plain reader of a frozen backbone, and hard to beat with few clips."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

Floats = npt.NDArray[np.floating]
Integers = npt.NDArray[np.integer]


def fit(values: Floats, targets: Integers, weights: Floats, *, classes: int, seed: int, strength: float) -> nn.Module:
    """L2-regularised. `strength` is the inverse of the penalty for standardised features, whatever their number:
    smaller is smoother.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength / values.shape[1], max_iter=2000, random_state=seed)
    model.fit(values, targets, sample_weight=weights)
    coefficients, intercepts = model.coef_, model.intercept_
    if classes == 2:  # scikit-learn keeps only the difference of the two
        coefficients, intercepts = (np.concatenate([-part / 2, part / 2]) for part in (coefficients, intercepts))
    layer = nn.Linear(values.shape[1], classes)
    layer.load_state_dict(
        {"weight": torch.from_numpy(coefficients).float(), "bias": torch.from_numpy(intercepts).float()}
    )
    return layer

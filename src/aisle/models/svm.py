"""A support vector machine with a Gaussian kernel, one machine a class against the rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Floats = npt.NDArray[np.floating]
Integers = npt.NDArray[np.integer]


class KernelMachine(nn.Module):
    """Logits are sums over `support` (S, D) of exp(-gamma distance^2), weighted by `dual` (S, C)."""

    support: Tensor
    dual: Tensor
    bias: Tensor

    def __init__(self, support: Tensor, dual: Tensor, bias: Tensor, gamma: float) -> None:
        super().__init__()
        self.register_buffer("support", support)
        self.register_buffer("dual", dual)
        self.register_buffer("bias", bias)
        self.gamma = gamma

    def forward(self, x: Tensor) -> Tensor:
        squared = x.square().sum(1, keepdim=True) + self.support.square().sum(1) - 2 * x @ self.support.T
        return torch.exp(-self.gamma * squared.clamp(min=0)) @ self.dual + self.bias


def fit(
    values: Floats, targets: Integers, weights: Floats, *, classes: int, seed: int, strength: float, width: float
) -> nn.Module:
    """`strength` is scikit-learn's C; `width` is the kernel's, in units of the mean squared distance between clips."""
    from sklearn.svm import SVC

    gamma = 1 / (2 * width * values.shape[1] * float(values.var()))
    dual, bias = np.zeros((len(values), classes)), np.zeros(classes)
    for label in range(classes):
        machine = SVC(C=strength, gamma=gamma, random_state=seed).fit(values, targets == label, sample_weight=weights)
        dual[machine.support_, label], bias[label] = machine.dual_coef_[0], machine.intercept_[0]
    used = np.flatnonzero(np.any(dual != 0, axis=1))
    support, kept, offset = (torch.from_numpy(part).float() for part in (values[used], dual[used], bias))
    return KernelMachine(support, kept, offset, gamma)

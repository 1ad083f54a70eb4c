"""A support vector machine with a linear or Gaussian kernel, one machine a class against the rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from aisle.core import UnknownNameError

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
        return gaussian(x, self.support, self.gamma) @ self.dual + self.bias


def fit(
    values: Floats,
    targets: Integers,
    weights: Floats,
    *,
    classes: int,
    seed: int,
    kernel: str,
    strength: float,
    width: float,
) -> nn.Module:
    """`strength` is scikit-learn's C. `width` is the Gaussian kernel's, in units of the mean squared distance between
    clips; the linear kernel, a scalar product over the number of features, has none.

    Raises UnknownNameError for a kernel that is not linear or gaussian.
    """
    from sklearn.svm import SVC

    if kernel not in KERNELS:
        raise UnknownNameError("kernel of svm", kernel, KERNELS)
    clips = torch.from_numpy(values).double()
    gamma = 1 / (2 * width * values.shape[1] * float(values.var()))
    similar = (linear(clips, clips) if kernel == "linear" else gaussian(clips, clips, gamma)).numpy()
    dual, bias = np.zeros((len(values), classes)), np.zeros(classes)
    for label in range(classes):
        machine = SVC(kernel="precomputed", C=strength, random_state=seed)
        machine.fit(similar, targets == label, sample_weight=weights)
        dual[machine.support_, label], bias[label] = machine.dual_coef_[0], machine.intercept_[0]
    if kernel == "linear":
        layer = nn.Linear(values.shape[1], classes)
        weight = torch.from_numpy(dual).T @ clips / values.shape[1]
        layer.load_state_dict({"weight": weight.float(), "bias": torch.from_numpy(bias).float()})
        return layer
    used = np.flatnonzero(np.any(dual != 0, axis=1))
    kept, offset = (torch.from_numpy(one).float() for one in (dual[used], bias))
    return KernelMachine(clips[used].float(), kept, offset, gamma)


def linear(one: Tensor, other: Tensor) -> Tensor:
    """(N, D) and (S, D) to (N, S)."""
    return one @ other.T / one.shape[1]


def gaussian(one: Tensor, other: Tensor, gamma: float) -> Tensor:
    """(N, D) and (S, D) to (N, S): exp(-gamma distance^2)."""
    squared = one.square().sum(1, keepdim=True) + other.square().sum(1) - 2 * one @ other.T
    return torch.exp(-gamma * squared.clamp(min=0))


KERNELS = ("linear", "gaussian")

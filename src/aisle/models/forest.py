"""A random forest, its trees laid out as arrays so that they run wherever a network runs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Floats = npt.NDArray[np.floating]
Integers = npt.NDArray[np.integer]

LEAST = 1e-3
"""The probability below which a forest of some hundred trees cannot know better."""


class Forest(nn.Module):
    """Every tree (T) goes down `depth` levels of its nodes (M) at once; leaves lead to themselves.

    `column`, `left`, `right` (T, M) are integers, `cut` (T, M) thresholds, `shares` (T, M, C) the classes at a node.
    """

    column: Tensor
    left: Tensor
    right: Tensor
    cut: Tensor
    shares: Tensor

    def __init__(self, column: Tensor, left: Tensor, right: Tensor, cut: Tensor, shares: Tensor, depth: int) -> None:
        super().__init__()
        arrays = {"column": column, "left": left, "right": right, "cut": cut, "shares": shares}
        for name, array in arrays.items():
            self.register_buffer(name, array)
        self.depth = depth

    def forward(self, x: Tensor) -> Tensor:
        node = torch.zeros_like(x[:, :1], dtype=torch.int64) + torch.zeros_like(self.left[:, 0])  # (N, T), at the roots
        for _ in range(self.depth):
            column, cut = (_at(table, node) for table in (self.column, self.cut))
            goes_left = torch.gather(x, 1, column) <= cut
            node = torch.where(goes_left, _at(self.left, node), _at(self.right, node))
        trees = torch.arange(self.shares.shape[0])
        shares = self.shares[trees, node].mean(1)
        return torch.log(shares.clamp(min=LEAST))


def _at(table: Tensor, node: Tensor) -> Tensor:
    """(T, M) read at (N, T)."""
    return torch.gather(table, 1, node.T).T


def fit(
    values: Floats, targets: Integers, weights: Floats, *, classes: int, seed: int, trees: int, leaf: int
) -> nn.Module:
    """`trees` of them, with at least `leaf` clips in a leaf."""
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(trees, min_samples_leaf=leaf, max_features="sqrt", random_state=seed, n_jobs=-1)
    # trees compare in float32, so they must also be grown there
    model.fit(values.astype(np.float32), targets, sample_weight=weights)
    grown = [one.tree_ for one in model.estimators_]
    nodes = max(tree.node_count for tree in grown)

    def table(of: str, kind: type) -> Tensor:
        filled = np.zeros((trees, nodes), kind)
        for row, tree in zip(filled, grown, strict=True):
            row[: tree.node_count] = getattr(tree, of)
        return torch.from_numpy(filled)

    left, right = (table(side, np.int64) for side in ("children_left", "children_right"))
    leaves, own = left < 0, torch.arange(nodes).expand(trees, nodes)
    shares = np.zeros((trees, nodes, classes), np.float32)
    for row, tree in zip(shares, grown, strict=True):
        row[: tree.node_count] = tree.value[:, 0] / tree.value[:, 0].sum(1, keepdims=True)
    return Forest(
        column=table("feature", np.int64).clamp(min=0),
        left=torch.where(leaves, own, left),
        right=torch.where(leaves, own, right),
        cut=table("threshold", np.float32),
        shares=torch.from_numpy(shares),
        depth=max(tree.max_depth for tree in grown),
    )

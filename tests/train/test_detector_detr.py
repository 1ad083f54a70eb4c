"""RT-DETR and D-FINE as students: their losses fall, and what looks at pictures learns slowly."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from aisle.deploy.detector_initial import student
from aisle.train.detector_detr import small_detr
from published_detr import write_published

PICTURES = torch.full((2, 3, 64, 64), 90.0)
TRUTH = [
    (torch.tensor([[8.0, 8.0, 40.0, 40.0]]), torch.tensor([1])),
    (torch.zeros(0, 4), torch.zeros(0, dtype=torch.long)),
]


@pytest.mark.parametrize("kind", ["rt_detr", "d_fine"])
def test_the_loss_falls(kind: str, tmp_path: Path) -> None:
    write_published(kind, tmp_path / "p", classes=2)
    learning, _ = student("rt-detr", ("a", "b"), weights=str(tmp_path / "p"), side=64)
    optimiser = torch.optim.AdamW(learning.rates(3e-3), lr=3e-3)
    learning.network.train()
    losses = []
    for _ in range(6):
        loss = learning.loss(PICTURES, TRUTH)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert min(losses[3:]) < losses[0]


def test_the_small_one_reads_maps_of_efficientnet_whose_norms_stay() -> None:
    made = small_detr(2, None, 64)
    before = made.network.model.backbone.network.stem.bn.running_mean.clone()
    made.network.train()
    with torch.no_grad():
        loss = made.loss(PICTURES, TRUTH)
    assert torch.isfinite(loss)
    assert torch.equal(before, made.network.model.backbone.network.stem.bn.running_mean)
    rates = [group["lr"] for group in made.rates(1.0)]
    assert rates == [1.0, 0.1]
    counts = [len(group["params"]) for group in made.rates(1.0)]
    assert sum(counts) == len(list(made.network.parameters()))
    assert min(counts) > 50

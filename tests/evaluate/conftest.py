"""The published predictions for MERL Shopping, where this machine has them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from aisle.core import BACKGROUND, LabelSet

REPOSITORY = Path(__file__).parents[2]
ACTIONS = ("reach_to_shelf", "retract_from_shelf", "hand_in_shelf", "inspect_product", "inspect_shelf")


@dataclass(frozen=True)
class Published:
    """One sampled sequence: class indices (N,) of the truth and of the prediction, and the latter's scores (N,)."""

    labels: LabelSet
    truth: np.ndarray
    predicted: np.ndarray
    scores: np.ndarray


@pytest.fixture(scope="session")
def published() -> Callable[[str], Published]:
    folder = Path(os.environ.get("AISLE_SHARED", REPOSITORY.parent / "shared")) / "data/merl/published_predictions"
    if not folder.is_dir():
        pytest.skip(f"needs the published predictions, and {folder} is not there; AISLE_SHARED names another folder")

    def read(name: str) -> Published:
        arrays = loadmat(folder / f"{name}.mat")
        truth, predicted = arrays["Y"].ravel(), arrays["P"].ravel()
        scores = arrays["S"][np.arange(len(predicted)), predicted]
        names = (BACKGROUND, *ACTIONS) if name == "MERL_sparse" else (*ACTIONS, BACKGROUND)
        return Published(LabelSet(names), truth, predicted, scores)

    return read

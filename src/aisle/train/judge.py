"""The one figure by which heads of clips are compared, on clips of groups that they have not seen."""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torch.nn import functional

from aisle.core import LabelSet
from aisle.evaluate.confusion import Confusion, count
from aisle.evaluate.curves import curves
from aisle.evaluate.figures import mean

_HERE = (
    "chosen on these very answers, so the figures at the threshold are a little too good. ROC AUC and average "
    "precision do not depend on"
)
THRESHOLD_HERE = f"The threshold was {_HERE} it."
BOTH_HERE = f"The threshold and the calibration were {_HERE} either."


def figure(labels: LabelSet) -> str:
    """Its name. A detector is judged at every threshold, as its own is chosen later; many classes count alike."""
    return "average precision" if len(labels) == 2 else "balanced accuracy"


def judged(logits: Tensor, targets: Tensor, labels: LabelSet) -> float:
    """0 to 1, from `logits` (clips, C) and `targets` (clips,)."""
    if len(labels) == 2:
        scores = functional.softmax(logits.double(), 1)[:, 1].numpy()
        return curves(scores, targets.numpy() == 1).average_precision
    return mean(confusion(logits, targets, labels).recall)


def confusion(logits: Tensor, targets: Tensor, labels: LabelSet) -> Confusion:
    """Which class was taken for which, by the likeliest."""
    return count(targets.numpy().astype(np.int64), logits.argmax(1).numpy().astype(np.int64), labels)

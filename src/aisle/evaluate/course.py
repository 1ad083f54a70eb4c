"""How a training went."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Course:
    """By epoch: the mean loss; loss and accuracy (0 to 1) on what is kept aside, None where they were not measured."""

    loss: tuple[float, ...]
    kept_loss: tuple[float | None, ...]
    accuracy: tuple[float | None, ...]

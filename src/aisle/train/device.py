"""The machine that a network is trained on: what it has, and what it lacks in the middle of a training."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch

from aisle.core import UsageError
from aisle.train.gradient import check_devices

WORKERS = 8
"""Processes that prepare clips for a graphics card, where there are so many cores."""


class Placed(Protocol):
    """What of a plan says where it is trained; see aisle.train.recipe.NetworkPlan."""

    @property
    def device(self) -> str: ...

    @property
    def devices(self) -> int: ...

    @property
    def workers(self) -> int | None: ...


def check_device(plan: Placed) -> None:
    """Raises UsageError for a graphics card that is not there."""
    if plan.device == "gpu" and not torch.cuda.is_available():
        raise UsageError(
            "there is no graphics card that PyTorch can use",
            got="--device gpu",
            allowed="cpu",
            do="use --device cpu, or install a PyTorch that was built for the card",
        )
    if plan.device == "cpu" and plan.devices > 1:
        raise UsageError("--devices counts graphics cards", got="--device cpu", do="leave --devices or --device out")
    check_devices(plan.devices)


@contextmanager
def explained() -> Iterator[None]:
    """Turns what PyTorch says where memory ends into an error that says which setting to lower."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        said = str(error).splitlines()[0] if str(error) else "out of memory"
        if isinstance(error, RuntimeError) and not isinstance(error, torch.OutOfMemoryError):
            if "is killed by signal" in said or "shared memory" in said:
                raise UsageError("a process that prepares clips ended", got=said, do="lower --workers") from error
            if "can't allocate memory" not in said:
                raise
        raise UsageError(
            "out of memory",
            got=said,
            do="lower --batch (and raise --set accumulate), or use --checkpointing or --precision bf16; at the last, "
            "--set crop or --set frames",
        ) from error


def workers(plan: Placed) -> int:
    """A processor prepares clips between its steps; a graphics card must not wait for that."""
    if plan.workers is not None:
        return plan.workers
    return min(WORKERS, max((os.cpu_count() or 1) - 1, 1)) if on_gpu(plan) else 0


def on_gpu(plan: Placed) -> bool:
    return plan.device != "cpu" and torch.cuda.is_available()

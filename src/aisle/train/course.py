"""The course of a training, epoch by epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from aisle.core import whole

LOG = "log.csv"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One of a training: the classifier's learning rate at its end, the mean loss; loss and accuracy (0 to 1) on what
    is kept aside, None where they were not measured; wall-clock seconds.
    """

    number: int
    rate: float
    loss: float
    validation: float | None
    accuracy: float | None
    seconds: float


def write_log(epochs: Sequence[Epoch], path: Path) -> None:
    """A table, a line an epoch. Raises OutputError."""
    buffer = io.StringIO()
    rows = csv.DictWriter(buffer, [field.name for field in fields(Epoch)], lineterminator="\n")
    rows.writeheader()
    rows.writerows(asdict(epoch) for epoch in epochs)
    with whole(path) as part:
        part.write_text(buffer.getvalue(), "utf-8")

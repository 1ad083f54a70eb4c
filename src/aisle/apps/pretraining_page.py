"""The course of a training without labels: its losses, and what the network made of clips on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aisle.core.charts import Axis, Curve, graph
from aisle.core.page import header, page, pictures, section, tag, write_page
from aisle.models.clip import Sampling

if TYPE_CHECKING:
    from aisle.train.course import Epoch

PAGE = "index.html"


class Course:
    """Written into `folder` as it goes: log.csv, the page, and pictures and videos named after their epoch."""

    def __init__(self, folder: Path, title: str, sampling: Sampling) -> None:
        self.folder, self.title = folder, title
        self.epochs: list[Epoch] = []
        self.sheets: list[Path] = []
        self._rate = sampling.rate / max(sampling.stride, 1)

    def add(self, epoch: Epoch) -> None:
        """Raises OutputError."""
        from aisle.train.course import LOG, write_log

        self.epochs.append(epoch)
        write_log(self.epochs, self.folder / LOG)
        self.write()

    def show(self, epoch: Epoch, paint: Callable[[Path, Fraction], bool]) -> None:
        """What the network makes of clips, painted by `paint` under a name without its end, at a rate of pictures;
        nothing where it says that it paints nothing. Raises OutputError.
        """
        place = self.folder / f"epoch-{epoch.number:05}"
        if paint(place, self._rate):
            self.sheets.append(place.with_suffix(".png"))
            self.write()

    def write(self) -> None:
        """The page anew. Raises OutputError."""
        shown = (
            tag("figure", tag("img", src=sheet.name, alt=sheet.stem), tag("figcaption", sheet.stem))
            for sheet in self.sheets[-1:]
        )
        made = section(
            "What it makes of clips that were kept aside",
            pictures(shown, wide=True),
            says="Of each clip the pictures, what the network makes of them, and, where it can, what it imagines.",
        )
        body = [header("aisle pretrain", self.title, f"{len(self.epochs)} epochs"), losses(self.epochs)]
        write_page(page(self.title, *body, *([made] if self.sheets else [])), self.folder / PAGE)


def losses(epochs: Sequence[Epoch]) -> str:
    """Over the epochs, of what is learnt from and of what is kept aside."""
    found = {
        "learnt from": [epoch.loss for epoch in epochs],
        "kept aside": [np.nan if epoch.validation is None else epoch.validation for epoch in epochs],
    }
    values = np.array([*found.values()])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    drawn = [
        Curve(name, np.column_stack([[epoch.number for epoch in epochs], line]), look, dots=len(epochs) < 2)
        for (name, line), look in zip(found.items(), ("first", "second"), strict=True)
    ]
    chart = graph(
        "Loss",
        f"From {epochs[0].loss:.3g} in the first epoch to {epochs[-1].loss:.3g} in the last one.",
        drawn,
        x=Axis("epoch", 0, max(epoch.number for epoch in epochs), shares=False),
        y=Axis("loss", min(low, 0.0), max(high, low + 1e-3, 1e-3), shares=False),
    )
    return section("The course of the training", chart)

"""What training a recogniser looks at, and its fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aisle.apps.console import progress, remark
from aisle.apps.training import Asked
from aisle.core import LabelSet
from aisle.core.pictures import Pictured
from aisle.core.video import Image

if TYPE_CHECKING:
    from aisle.models.picture_features import PictureFeatures
    from aisle.train.products import Learnt, Seen

SIZE = 256


@dataclass(frozen=True, slots=True)
class Chosen:
    """Pictures, and the products and kinds that they are named by."""

    pictures: tuple[Pictured, ...]
    labels: LabelSet
    coarse: tuple[str, ...]


def looked(pictures: Sequence[Pictured], labels: LabelSet, folder: Path, *, quiet: bool) -> Seen:
    """The features of the pictures, by the network in `folder`."""
    from aisle.data.picture_check import picture
    from aisle.deploy.product_model import ASKED, open_embedder
    from aisle.train.products import Seen

    embed, rows = open_embedder(folder, SIZE), []
    with progress("looking at the pictures", quiet=quiet) as listener:
        for number, one in enumerate(pictures, 1):
            rows.append(embed.views([picture(one)]))
            listener(number, len(pictures))
    targets = np.array([labels.index(one.label) for one in pictures], np.int64)
    return Seen(np.concatenate(rows), targets, len(ASKED))


def tuned(
    asked: Asked,
    network: PictureFeatures,
    chosen: Chosen,
    aside: Chosen | None,
    seen: Seen,
    folder: Path,
    samples: Sequence[Image],
) -> tuple[Learnt, float]:
    """What the fine-tuned network gives, which replaces that in `folder`, and how far it is from PyTorch's there.

    It is calibrated and judged on `aside`, or where there are none on a quarter of the pictures that look unlike the
    others, which it then does not learn from.
    """
    from aisle.data.picture_check import picture
    from aisle.deploy.product_package import convert
    from aisle.train.product_tuning import Recipe, start_of, tune
    from aisle.train.products import by_look, fit, scaled_to, settled

    learns = np.ones(len(seen.targets), bool) if aside else by_look(seen.features, seen.targets) != 0
    rows = np.flatnonzero(learns)
    start = start_of(scaled_to(fit(seen.only(learns), len(chosen.labels), "angle"), seen.only(learns)))
    with progress("fine-tuning", quiet=asked.quiet) as listener:
        tune(
            network,
            lambda row: picture(chosen.pictures[rows[row]]),
            seen.targets[rows],
            start,
            size=SIZE,
            recipe=Recipe(**({"epochs": asked.epochs} if asked.epochs else {}), seed=asked.seed),
            tell=lambda line: None if asked.quiet else remark(line),
            progress=listener,
        )
    apart = convert(network, SIZE, samples, folder)
    after = looked(chosen.pictures, chosen.labels, folder, quiet=asked.quiet)
    readout = fit(after.only(learns), len(chosen.labels), "angle")
    judged = looked(aside.pictures, aside.labels, folder, quiet=asked.quiet) if aside else after.only(~learns)
    return settled(readout, readout.logits(judged.features), judged.targets, chosen.labels, chosen.coarse), apart

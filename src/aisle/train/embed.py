"""The features of a dataset's examples, from the store where they are kept, else computed and kept at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aisle.analysis.backbone import Backbone
from aisle.analysis.embed import embed
from aisle.core import Example, Features, InputError, Progress, silent
from aisle.data.store import FeatureStore, Stretch
from aisle.train.looks import change


def embedded(
    examples: Sequence[Example], model: Backbone, store: FeatureStore, *, look: str = "", progress: Progress = silent
) -> list[Features]:
    """One for each of `examples`, seen through `look` (see aisle.train.looks). `progress` counts examples.

    What is computed is kept before the next begins, so a stopped run goes on where it was. Raises InputError for a
    video that cannot be read, and for features that are not finite, each with its name.
    """
    found = []
    for number, example in enumerate(examples):
        progress(number, len(examples))
        stretch = Stretch(example.path, example.start, example.end, look)
        features = store.get(stretch, model.fingerprint)
        if features is None:
            features = embed(
                example.path, model, start=example.start, end=example.end, change=change(look, example.name)
            )
            store.put(stretch, features)
        check_finite(features, example, store.path(stretch, model.fingerprint))
        found.append(features)
    progress(len(examples), len(examples))
    return found


def check_finite(features: Features, example: Example, kept: Path) -> None:
    """Raises InputError, with the example's name, for features that are not numbers; they are `kept` there."""
    wrong = np.flatnonzero(~np.isfinite(features.values).all(1))
    if len(wrong):
        at = float(wrong[0] * features.grid.step)
        raise InputError(
            f"{example.place}: {example.name} has features that are not numbers",
            got=f"{len(wrong)} of {len(features.values)} steps, the first at {at:.2f} s",
            do=f"delete {kept}, and they are computed again; or leave the video out",
        )

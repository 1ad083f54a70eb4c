"""Stretches of a video by several describers at once: their rows side by side."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from aisle.analysis.describe import Describer
from aisle.core import Progress, silent
from aisle.core.time_map import Stretch
from aisle.media.read import Read, Reader
from aisle.search.records import Recipe

Floats = npt.NDArray[np.float32]

NAME = "both"


class Together:
    """See aisle.analysis.describe.Describer; `parts` describe at the same time."""

    def __init__(self, parts: Sequence[Describer], *, name: str = NAME) -> None:
        self._parts = tuple(parts)
        self._recipe = joined([part.recipe for part in parts], name=name)

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def rows(
        self, video: Path, stretches: Sequence[Stretch], *, progress: Progress = silent, read: Read = Reader
    ) -> Floats:
        """See aisle.analysis.describe.Describer; `progress` hears the seconds of whichever part is furthest behind."""
        done, turn = [0.0] * len(self._parts), Lock()

        def rows(number: int) -> Floats:
            def heard(seconds: float, total: float | None) -> None:
                with turn:
                    done[number] = seconds
                    progress(min(done), total)

            return self._parts[number].rows(video, stretches, progress=heard, read=read)

        # one part decodes while the network of another looks
        with ThreadPoolExecutor(len(self._parts)) as pool:
            return np.concatenate(list(pool.map(rows, range(len(self._parts)))), axis=1)


def joined(recipes: Sequence[Recipe], *, name: str = NAME) -> Recipe:
    """Of rows that lie side by side, in the order of their `recipes`."""
    return Recipe(
        name,
        "+".join(recipe.producer for recipe in recipes),
        tuple(block for recipe in recipes for block in recipe.blocks),
        tuple(label for recipe in recipes for label in recipe.labels),
    )

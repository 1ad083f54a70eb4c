"""What a model says of examples, one by one, from features that are kept wherever there are some."""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from time import perf_counter

import numpy as np
import numpy.typing as npt

from aisle.analysis.analyzer import Analyzer, softmax
from aisle.analysis.embed import watched
from aisle.apps.views import Views, viewed
from aisle.core import Example, Features, Grid, Scores
from aisle.data.store import FeatureStore, Stretch
from aisle.data.views import clip_end
from aisle.deploy.clip_model import ClipModel
from aisle.deploy.detectors import Networks
from aisle.deploy.headed import HeadedModel
from aisle.deploy.model import Opened
from aisle.evaluate.report import Cost
from aisle.train.embed import check_finite

Floats = npt.NDArray[np.float32]


class Asking:
    """Asks one model, and remembers what that cost. `fresh` computes features even where some are kept.

    With `views` a network that reads clips is shown these of a clip, and no features are kept.
    """

    def __init__(self, model: Opened, store: FeatureStore, *, fresh: bool = False, views: Views | None = None) -> None:
        self._model, self._store, self._fresh, self._views = model, store, fresh, views
        self._load = Networks()
        self._spent: list[tuple[float, float]] = []

    def clip(self, example: Example) -> Floats:
        """(C,), the probabilities of a clip. Raises InputError for a video that cannot be read."""
        if isinstance(self._model, HeadedModel):
            probabilities: Floats = softmax(self._model.clip_logits(self._features(example).values)[None])[0]
            return probabilities
        if self._views and isinstance(self._model, ClipModel):
            said = viewed(self._model, example, self._views, self._load)
            self._spent.append((float(clip_end(example) - example.start), said.reading_s + said.network_s))
            return said.probabilities
        return self._watched(example)[0].clip_probabilities()

    def steps(self, example: Example) -> Scores:
        """Probabilities along a video. Raises InputError for one that cannot be read."""
        if isinstance(self._model, HeadedModel):
            features = self._features(example)
            values = softmax(self._model.step_logits(features.values))
            step = features.grid.step / self._model.answers.pieces
            return Scores(values, Grid(features.grid.start, step, step, len(values)), self._model.labels)
        scores = self._watched(example)[2]
        return replace(scores, values=np.array(scores.values))  # in memory: on disk each would hold a file open

    @property
    def computed(self) -> int:
        """For how many examples features were computed and not kept already."""
        return len(self._spent)

    def cost(self) -> Cost | None:
        """Of the examples that were computed, without the first, on which the network is prepared; None if none is
        left.
        """
        counted = self._spent[1:]
        if not counted:
            return None
        footage, spent = map(sum, zip(*counted, strict=True))
        unit = 1 if sys.platform == "darwin" else 1024
        return Cost(len(counted), footage, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)

    def _features(self, example: Example) -> Features:
        kept = None if self._fresh else self._store.get(_stretch(example), self._model.fingerprint)
        if kept is None:
            return self._watched(example)[1]
        check_finite(kept, example, self._store.path(_stretch(example), self._model.fingerprint))
        return kept

    def _watched(self, example: Example) -> tuple[Analyzer, Features, Scores]:
        backbone = self._model.backbone if isinstance(self._model, HeadedModel) else self._model
        begun = perf_counter()
        analyzer = watched(example.path, backbone, start=example.start, end=example.end)
        features, scores = analyzer.finish()
        self._spent.append((float(features.grid.end), perf_counter() - begun))
        self._store.put(_stretch(example), features)
        return analyzer, features, scores


def _stretch(example: Example) -> Stretch:
    return Stretch(example.path, example.start, example.end)

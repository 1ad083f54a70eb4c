"""What cues see in normal videos: one pass over each, with the backbone's features from the store where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.backbone import Answers, Backbone, Bytes, Floats, Stream
from aisle.analysis.cue import Cue, Look, joined
from aisle.analysis.embed import watched
from aisle.core import Example, Features, LabelSet, Progress, silent
from aisle.core.sightings import Sightings
from aisle.data.store import FeatureStore, Stretch
from aisle.models.card import Reads, Steps
from aisle.train.embed import check_finite


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What each cue saw in one video, whose steps last `step` seconds; its `group` must not be parted."""

    name: str
    group: str
    step: Fraction
    seen: tuple[Sightings, ...]


def look_at(
    examples: Sequence[Example],
    model: Backbone,
    cues: Sequence[Cue],
    store: FeatureStore,
    *,
    progress: Progress = silent,
) -> list[Looked]:
    """One for each of `examples`. `progress` counts them. What features are computed is kept. Raises InputError for a
    video that cannot be read, and for features that are not finite, each with its name.
    """
    found = []
    for number, example in enumerate(examples):
        progress(number, len(examples))
        found.append(_look_at(example, model, cues, store))
    progress(len(examples), len(examples))
    return found


def _look_at(example: Example, model: Backbone, cues: Sequence[Cue], store: FeatureStore) -> Looked:
    stretch = Stretch(example.path, example.start, example.end)
    kept = store.get(stretch, model.fingerprint)
    gathering = _Gathering(model, cues, kept)
    analyzer: Analyzer = watched(example.path, gathering, start=example.start, end=example.end)
    features, _ = analyzer.finish()
    check_finite(features, example, store.path(stretch, model.fingerprint))
    if kept is None:
        store.put(stretch, features)
    return Looked(example.name, example.group, analyzer.step, gathering.seen())


class _Gathering:
    """`model`, or the features that it gave before, with cues beside it that remember what they see."""

    def __init__(self, model: Backbone, cues: Sequence[Cue], kept: Features | None) -> None:
        self._model, self._cues, self._kept = model, cues, kept
        self._parts: list[list[Sightings]] = [[] for _ in cues]

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def labels(self) -> LabelSet:
        return self._model.labels

    @property
    def reads(self) -> Reads:
        return self._model.reads

    @property
    def steps(self) -> Steps:
        return self._model.steps

    @property
    def answers(self) -> Answers:
        return self._model.answers

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    def stream(self, *, height: int, width: int) -> Stream:
        """See aisle.analysis.backbone.Backbone."""
        looks = [cue.start(self.steps.stride, self.reads.rate) for cue in self._cues]
        classes = len(self.labels)
        inner = _Kept(self._kept, classes) if self._kept else self._model.stream(height=height, width=width)
        return _Gathered(inner, looks, self._parts)

    def seen(self) -> tuple[Sightings, ...]:
        return tuple(map(joined, self._parts))


class _Gathered:
    def __init__(self, inner: Stream, looks: Sequence[Look], parts: Sequence[list[Sightings]]) -> None:
        self._inner, self._looks, self._parts = inner, looks, parts

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        features, logits = self._inner.push(frames, last=last)
        for parts, look in zip(self._parts, self._looks, strict=True):
            parts.append(look.push(frames, features, last=last))
        return features, logits

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        return self._inner.clip()


class _Kept:
    """Features that were computed before, as if they came now: all of them with the first pictures."""

    def __init__(self, kept: Features, classes: int) -> None:
        self._rows, self._classes = kept.values, classes

    def push(self, frames: Bytes, *, last: bool) -> tuple[Floats, Floats]:
        """See aisle.analysis.backbone.Stream."""
        del frames, last
        given, self._rows = self._rows, self._rows[:0]
        return given, np.zeros((len(given), self._classes), np.float32)

    def clip(self) -> Floats:
        """See aisle.analysis.backbone.Stream."""
        return np.zeros(self._classes, np.float32)

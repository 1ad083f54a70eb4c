"""Clips without videos: files that only have names, and features drawn for them, kept where training finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from aisle.core import BACKGROUND, Dataset, Example, Features, Grid, LabelSet, Segment
from aisle.data.store import FeatureStore, Stretch
from aisle.models.card import Block, Card, card
from backbones import ColourBackbone

WIDTH, STEP = 4, Fraction(1, 2)


@dataclass(frozen=True)
class Drawn:
    """`dataset` with the features of its examples in `store`; `card` says how they are laid out."""

    dataset: Dataset
    store: FeatureStore
    card: Card
    model: ColourBackbone


def small_card() -> Card:
    """Of features with how much moves and four other numbers a step."""
    return replace(card("kinetics-i3d"), blocks=(Block("motion", 1), Block("colour", WIDTH)))


def draw_clips(
    folder: Path, labels: Sequence[str], *, groups: int = 6, each: int = 2, apart: float = 2.0, seed: int = 0
) -> Drawn:
    """`each` clips of each label in each group; the means of two labels lie `apart` spreads from each other."""
    rng = np.random.default_rng(seed)
    examples, values = [], []
    for number in range(groups * each * len(labels)):
        label = labels[number % len(labels)]
        name = f"{label}/{number}.mp4"
        examples.append(Example(name, folder / name, f"place {number // (each * len(labels))}", label=label))
        values.append(rng.normal(size=(6, WIDTH)) + apart * np.eye(WIDTH)[labels.index(label) % WIDTH])
    return _kept(Dataset("drawn", folder, "clips", LabelSet(tuple(labels)), tuple(examples), grouped=True), values)


def draw_timelines(folder: Path, *, videos: int = 6) -> Drawn:
    """Videos of eight seconds, of which `take` is two."""
    rng = np.random.default_rng(0)
    examples, values = [], []
    for number in range(videos):
        acts = (Segment(Fraction(2), Fraction(4), "take", 1.0),)
        examples.append(Example(f"{number}", folder / f"{number}.mp4", f"person {number}", segments=acts))
        happens = np.repeat([0, 1, 0], [4, 4, 8])[:, None]
        values.append(rng.normal(size=(16, WIDTH)) + 3 * happens)
    labels = LabelSet(("take", BACKGROUND))
    return _kept(Dataset("drawn", folder, "timelines", labels, tuple(examples), grouped=True), values)


def _kept(dataset: Dataset, values: Sequence[np.ndarray]) -> Drawn:
    model, store = ColourBackbone(), FeatureStore(dataset.folder / "features")
    for example, drawn in zip(dataset.examples, values, strict=True):
        example.path.parent.mkdir(parents=True, exist_ok=True)
        example.path.write_text(f"{dataset.folder.name} {example.name}")
        rows = np.hstack([np.ones((len(drawn), 1)), np.abs(drawn)]).astype(np.float32)
        features = Features(rows, Grid(Fraction(0), STEP, STEP, len(rows)), model.fingerprint)
        store.put(Stretch(example.path), features)
    return Drawn(dataset, store, small_card(), model)

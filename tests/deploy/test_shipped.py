"""The heads that come with the package: whole, small, honest about where they come from, and for the right backbone."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.deploy.bundle import verify
from aisle.deploy.head import FILE, read_head, shipped
from aisle.deploy.runtime import load_head
from aisle.models.card import card

NAMES = {"everyday", "fight", "shoplifting", "shopper"}
LIMIT = 5_000_000
"""Bytes of all heads together."""


def test_all_four_are_there_and_small() -> None:
    assert set(shipped()) == NAMES
    assert sum(path.stat().st_size for folder in shipped().values() for path in folder.iterdir()) < LIMIT


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_shipped_head_is_whole_and_says_what_it_is_not_for(name: str) -> None:
    folder = shipped()[name]
    bundle = read_head(folder)
    verify(bundle.files, folder)
    assert bundle.name == name
    assert bundle.identity == card(bundle.backbone).identity, "train it again: recipes/README.md"
    assert all([bundle.trained_on, bundle.not_for, bundle.licence, bundle.made])
    assert bundle.rendered == (name == "shopper")


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("runtime", ["openvino-int8", "onnxruntime"])
def test_a_shipped_head_answers_on_both_runtimes(name: str, runtime: str) -> None:
    folder = shipped()[name]
    bundle = read_head(folder)
    features = np.random.default_rng(0).uniform(0, 1, (12, card(bundle.backbone).features)).astype(np.float32)
    logits = load_head(runtime, folder / FILE)(features)
    rows = 12 * bundle.answers.pieces if bundle.task == "timelines" else 1
    assert logits.shape == (rows, len(bundle.labels))
    assert np.isfinite(logits).all()


def test_their_classes_are_those_of_the_data_they_learnt_from() -> None:
    labels = {name: read_head(folder).labels.names for name, folder in shipped().items()}
    assert labels["fight"] == ("normal", "fight")
    assert labels["shoplifting"] == ("normal", "shoplifting")
    assert len(labels["everyday"]) == 21
    assert labels["shopper"][-1] == "background"
    assert len(labels["shopper"]) == 6

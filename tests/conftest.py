"""What tests of several rooms share: a cache of their own, and a model in it that is small but real."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from aisle.core.weights import WeightsSource
from aisle.deploy.cache import cache_folder
from aisle.models.card import Card, card

SIDE = 32
"""Of the pictures that the small model reads; the published one reads 224."""


def pytest_configure() -> None:
    # PyTorch's threads wait for each other by spinning: with few cores in use by others, that is ten times slower. It
    # must be said before PyTorch is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of ours
    settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty cache in place of the user's, for the tests and all that they start."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_TEST_WEIGHTS", os.environ.get("AISLE_TEST_WEIGHTS") or str(cache_folder() / "weights"))
        patch.setenv("AISLE_CACHE", str(folder))
        patch.delenv("AISLE_WEIGHTS", raising=False)
        yield folder
    shutil.rmtree(folder)  # compiled models are large, and pytest would keep them for days


@pytest.fixture(scope="session")
def published_weights() -> Path:
    """The published weights' file, where this machine has it already: in $AISLE_TEST_WEIGHTS or the user's cache."""
    source = card("kinetics-i3d").weights
    assert source is not None
    path = Path(os.environ["AISLE_TEST_WEIGHTS"], Path(source.member).name)
    if not path.is_file():
        pytest.skip(f"needs the published weights, and {path} is not there; no test downloads them")
    return path


@pytest.fixture(scope="session")
def tiny_card() -> Card:
    """The card of kinetics-i3d, but for pictures of 32 pixels."""
    published = card("kinetics-i3d")
    return replace(published, reads=replace(published.reads, short_side=SIDE))


@pytest.fixture(scope="session")
def tiny_bundle(cache: Path, tiny_card: Card) -> Path:
    """The bundle folder of kinetics-i3d in the tests' cache, with random weights: really built, so found by its name.

    It reads pictures of 32 pixels, has all 400 labels, and its weights lie in the cache as the published ones would.
    """
    from aisle.deploy.build import build, generated_clips
    from aisle.deploy.bundle import bundle_folder
    from aisle.deploy.reference import streaming_network
    from aisle.deploy.weights import sha256
    from networks import as_published, random_network

    weights = cache / "weights" / "random.ckpt"
    weights.parent.mkdir()
    arrays = as_published(random_network(classes=len(tiny_card.labels), slim=1))
    weights.write_bytes(pickle.dumps(arrays, protocol=4))
    source = WeightsSource("random", "1", "0" * 64, f"random-1/{weights.name}", sha256(weights), megabytes=51)
    made = replace(tiny_card, weights=source)
    exact, integer = (streaming_network(made, centre=centre) for centre in (127.5, 128.0))
    folder = bundle_folder(made.name)
    folder.mkdir(parents=True)
    build(made, exact, integer, folder, clips=generated_clips(2, made, seed=1))
    return folder

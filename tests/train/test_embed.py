from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import Example, Features, InputError
from aisle.data.store import FeatureStore, Stretch
from aisle.train.embed import embedded
from backbones import BLUE, GREEN, RED, ColourBackbone, plain
from videos import make_video


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    """A second of red and a second of blue, and the blue half of a video of both."""
    red = make_video(tmp_path / "red.mp4", [plain(RED)] * 30)
    blue = make_video(tmp_path / "blue.mp4", [plain(BLUE)] * 30)
    both = make_video(tmp_path / "both.mp4", [plain(RED)] * 30 + [plain(BLUE)] * 30)
    return [
        Example("red", red, "a"),
        Example("blue", blue, "b"),
        Example("half", both, "c", start=Fraction(1), end=Fraction(2)),
    ]


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "features")


def test_each_example_has_the_features_of_its_stretch(examples: list[Example], store: FeatureStore) -> None:
    model, heard = ColourBackbone(), list[float]()
    red, blue, half = embedded(examples, model, store, progress=lambda done, _: heard.append(done))
    np.testing.assert_allclose(red.values, [RED] * 4, atol=25)
    np.testing.assert_allclose(half.values, blue.values, atol=12)
    assert (half.grid.start, half.grid.count, half.producer) == (0, 4, model.fingerprint)
    assert heard == [0, 1, 2, 3]


def test_what_was_computed_is_not_computed_again(examples: list[Example], store: FeatureStore) -> None:
    first = embedded(examples, ColourBackbone(), store)
    model = ColourBackbone()
    again = embedded(examples, model, FeatureStore(store.folder))
    assert model.sizes == []
    assert all(np.array_equal(one.values, other.values) for one, other in zip(first, again, strict=True))


def test_a_video_that_was_changed_is_computed_again(examples: list[Example], store: FeatureStore) -> None:
    embedded(examples, ColourBackbone(), store)
    make_video(examples[0].path, [plain(GREEN)] * 30)
    model = ColourBackbone()
    changed, *_ = embedded(examples, model, FeatureStore(store.folder))
    assert len(model.sizes) == 1
    np.testing.assert_allclose(changed.values, [GREEN] * 4, atol=25)


def test_another_network_has_features_of_its_own(examples: list[Example], store: FeatureStore) -> None:
    embedded(examples, ColourBackbone(), store)
    other = ColourBackbone()
    other.fingerprint = "colours-2"
    assert {one.producer for one in embedded(examples, other, store)} == {"colours-2"}
    assert len(other.sizes) == 3


def test_a_look_is_computed_for_itself(examples: list[Example], store: FeatureStore) -> None:
    model = ColourBackbone()
    day, night = (embedded(examples[:1], model, store, look=look)[0] for look in ("", "night"))
    assert len(model.sizes) == 2
    assert night.values.max() < day.values.max() / 2


def test_what_was_done_before_an_error_is_kept(examples: list[Example], store: FeatureStore) -> None:
    lost = examples[1].path
    lost.write_bytes(b"no video")
    with pytest.raises(InputError, match=r"blue\.mp4"):
        embedded(examples, ColourBackbone(), store)
    assert len([path for path in store.folder.rglob("*") if path.is_file()]) == 1
    make_video(lost, [plain(BLUE)] * 30)
    model = ColourBackbone()
    assert len(embedded(examples, model, FeatureStore(store.folder))) == 3
    assert len(model.sizes) == 2


def test_features_that_are_no_numbers_are_told_with_the_name_and_the_time(
    examples: list[Example], store: FeatureStore
) -> None:
    model = ColourBackbone()
    (red,) = embedded(examples[:1], model, store)
    values = red.values.copy()
    values[2:] = np.nan
    store.put(Stretch(examples[0].path), Features(values, red.grid, red.producer))
    wanted = r"red has features that are not numbers; got: 2 of 4 steps, the first at 0\.64 s; do: delete .*\.npz"
    with pytest.raises(InputError, match=wanted):
        embedded(examples, model, store)


def test_a_stretch_behind_the_end_is_an_error(examples: list[Example], store: FeatureStore) -> None:
    beyond = Example("late", examples[0].path, "a", start=Fraction(5), end=Fraction(6))
    with pytest.raises(InputError, match=r"red\.mp4"):
        embedded([beyond], ColourBackbone(), store)

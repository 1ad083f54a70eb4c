"""What every kind of dataset promises, whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

import datasets
from aisle.core import BACKGROUND, SPLITS, Dataset, InputError
from aisle.data import Kind, kinds, open_dataset
from aisle.data.find import GENERAL
from aisle.media import probe
from aisle.media.series import series_folder

KINDS = kinds()


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture(scope="module")
def folder(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return getattr(datasets, f"make_{kind.name}")(tmp_path_factory.mktemp(kind.name))


@pytest.fixture(scope="module")
def dataset(kind: Kind, folder: Path) -> Dataset:
    return kind.read(folder)


def test_the_four_kinds_are_found() -> None:
    assert {"merl", "dcsass", "folder", "clips_csv"} <= {kind.name for kind in KINDS}


def test_it_claims_its_own_and_is_found(kind: Kind, folder: Path) -> None:
    assert kind.title
    assert kind.claims(folder)
    assert open_dataset(folder).kind == kind.name
    assert {other.name for other in KINDS if other.claims(folder)} <= {kind.name, GENERAL}


def test_an_empty_folder_is_not_claimed_and_not_read(kind: Kind, tmp_path: Path) -> None:
    assert not kind.claims(tmp_path)
    with pytest.raises(InputError) as caught:
        kind.read(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert caught.value.do


def test_names_are_unique_and_paths_exist(dataset: Dataset) -> None:
    names = [example.name for example in dataset.examples]
    assert names
    assert len(set(names)) == len(names)
    assert all(example.path.is_file() or series_folder(example.path) for example in dataset.examples)
    assert all(example.group for example in dataset.examples)
    assert all(example.split in ("", *SPLITS) for example in dataset.examples)
    assert dataset.problems == ()


def test_each_says_where_it_was_named(dataset: Dataset) -> None:
    places = [Path(example.place.split(":")[0]) for example in dataset.examples]
    assert all(place.is_file() for place in places)


def test_labels_are_known_and_all_are_used(dataset: Dataset) -> None:
    clips = {example.label for example in dataset.examples if example.label}
    acts = {act.label for example in dataset.examples for act in example.segments}
    if dataset.task == "clips":
        assert clips == set(dataset.labels)
        assert not acts
    else:
        assert not clips
        assert acts <= set(dataset.labels)
        assert dataset.labels[len(dataset.labels) - 1] == BACKGROUND


def test_spans_lie_inside_the_video(dataset: Dataset) -> None:
    for example in dataset.examples:
        duration = probe(example.path).duration
        assert duration is not None
        assert 0 <= example.start < (example.end or duration) <= duration
        assert all(act.end <= duration and act.score == 1 for act in example.segments)
        assert all(a.end <= b.start for a, b in zip(example.segments, example.segments[1:], strict=False))


def test_no_group_is_in_two_splits(dataset: Dataset) -> None:
    sides = {(example.group, example.split) for example in dataset.examples}
    assert len(sides) == len({group for group, _ in sides})


def test_reading_twice_gives_the_same(kind: Kind, folder: Path, dataset: Dataset) -> None:
    assert kind.read(folder) == dataset

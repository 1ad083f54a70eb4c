from __future__ import annotations

import errno
import os
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import DamagedError, Features, Grid, InputError, OutputError
from aisle.data.store import FeatureStore, Stretch

STEP = Fraction(8, 25)


def features(value: float, producer: str = "network-1") -> Features:
    values = np.full((3, 4), value, np.float32)
    return Features(values, Grid(Fraction(0), STEP, STEP, 3), producer)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"one video")
    return path


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "deep" / "features")


def kept(store: FeatureStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_features_come_back_as_they_were_put(store: FeatureStore, video: Path) -> None:
    assert store.get(Stretch(video), "network-1") is None
    store.put(Stretch(video), features(1))
    found = FeatureStore(store.folder).get(Stretch(video), "network-1")
    assert found is not None
    assert np.array_equal(found.values, features(1).values)
    assert (found.grid, found.producer) == (features(1).grid, "network-1")
    assert [path.suffix for path in kept(store)] == [".npz"]


def test_what_differs_in_anything_is_kept_apart(store: FeatureStore, video: Path) -> None:
    half = Fraction(1, 2)
    stretches = [Stretch(video), Stretch(video, half), Stretch(video, end=half), Stretch(video, look="night")]
    for number, stretch in enumerate(stretches):
        store.put(stretch, features(number))
    store.put(stretches[0], features(9, "network-2"))
    for number, stretch in enumerate(stretches):
        found = store.get(stretch, "network-1")
        assert found is not None
        assert (found.values == number).all()
    assert store.get(stretches[1], "network-2") is None


def test_a_video_that_was_moved_is_found_and_one_that_was_changed_is_not(store: FeatureStore, video: Path) -> None:
    store.put(Stretch(video), features(1))
    moved = video.with_name("b.mp4")
    shutil.copy(video, moved)
    assert store.get(Stretch(moved), "network-1") is not None
    video.write_bytes(b"another video")
    assert FeatureStore(store.folder).get(Stretch(video), "network-1") is None


@pytest.mark.parametrize("keep", [0, 100, -30])
def test_a_damaged_file_is_told_with_its_path(store: FeatureStore, video: Path, keep: int) -> None:
    store.put(Stretch(video), features(1))
    (path,) = kept(store)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DamagedError, match=r"\.npz is damaged; got: .*; do: delete it; it is computed again"):
        store.get(Stretch(video), "network-1")


def test_a_file_of_something_else_is_damaged(store: FeatureStore, video: Path) -> None:
    store.put(Stretch(video), features(1))
    (path,) = kept(store)
    np.savez(path, other=np.zeros(3))
    with pytest.raises(DamagedError):
        store.get(Stretch(video), "network-1")


def test_a_video_that_is_gone_cannot_be_looked_up(store: FeatureStore, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*gone\.mp4; got: No such file"):
        store.get(Stretch(tmp_path / "gone.mp4"), "network-1")


def test_a_full_disk_loses_nothing(store: FeatureStore, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(Stretch(video), features(1))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OutputError, match=r"No space left on device; do: free some space"):
        store.put(Stretch(video, look="night"), features(2))
    assert len(kept(store)) == 1
    assert store.get(Stretch(video), "network-1") is not None


def test_a_folder_that_is_a_file_is_told(tmp_path: Path, video: Path) -> None:
    (tmp_path / "features").write_text("mine")
    with pytest.raises(OutputError, match="choose another folder"):
        FeatureStore(tmp_path / "features").put(Stretch(video), features(1))

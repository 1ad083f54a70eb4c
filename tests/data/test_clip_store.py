from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from aisle.core import DamagedError, InputError, OutputError
from aisle.core.clip import Clip
from aisle.data.clip_store import ClipStore, Kept, expected_bytes
from aisle.data.store import Stretch
from videos import make_video

KEPT = Kept(("rgb", "flow"), Fraction(15), 32, 16)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of 64x48."""
    return make_video(tmp_path_factory.mktemp("video") / "a.mp4", 30)


@pytest.fixture
def store(tmp_path: Path) -> ClipStore:
    return ClipStore(tmp_path / "clips")


def clip(seed: int = 0) -> Clip:
    random = np.random.default_rng(seed)
    return Clip(
        {name: random.integers(0, 256, (15, 32, 42, last), np.uint8) for name, last in (("rgb", 3), ("flow", 2))},
        Fraction(15),
    )


def test_what_is_put_is_found_again_wherever_the_video_lies(store: ClipStore, video: Path, tmp_path: Path) -> None:
    assert store.get(Stretch(video), KEPT) is None
    assert store.missing([Stretch(video)], KEPT) == [Stretch(video)]
    store.put(Stretch(video), KEPT, clip())
    moved = Path(shutil.copy(video, tmp_path / "moved.mp4"))
    found = ClipStore(store.folder).get(Stretch(moved), KEPT)
    assert found is not None
    assert (found.rate, found.frames) == (15, 15)
    for name, view in clip().views.items():
        np.testing.assert_array_equal(found.views[name], view)
        assert isinstance(found.views[name], np.memmap)
    assert store.missing([Stretch(video)], KEPT) == []


@pytest.mark.parametrize(
    "other",
    [
        (Stretch(Path("a"), Fraction(1, 2)), KEPT),
        (Stretch(Path("a"), end=Fraction(1)), KEPT),
        (Stretch(Path("a"), look="night"), KEPT),
        (Stretch(Path("a")), Kept(("rgb",), Fraction(30), 32, 16)),
        (Stretch(Path("a")), Kept(("rgb",), Fraction(15), 64, 16)),
    ],
    ids=["start", "end", "look", "rate", "size"],
)
def test_another_stretch_look_rate_or_size_is_another(
    store: ClipStore, video: Path, other: tuple[Stretch, Kept]
) -> None:
    stretch, kept = other
    store.put(Stretch(video), KEPT, clip())
    assert store.get(Stretch(video, stretch.start, stretch.end, stretch.look), kept) is None


def test_views_are_shared_by_those_who_want_other_ones_too(store: ClipStore, video: Path) -> None:
    store.put(Stretch(video), KEPT, clip())
    assert store.get(Stretch(video), Kept(("rgb",), Fraction(15), 32, 99)) is not None
    assert store.get(Stretch(video), Kept(("rgb", "poses"), Fraction(15), 32, 16)) is None


def test_what_was_made_otherwise_is_another(store: ClipStore, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(Stretch(video), KEPT, clip())
    monkeypatch.setattr("aisle.data.clip_store.MADE", 2)
    assert store.get(Stretch(video), KEPT) is None


@pytest.mark.parametrize("left", [0, 20, 400])
def test_a_file_that_was_cut_off(store: ClipStore, video: Path, left: int) -> None:
    store.put(Stretch(video), KEPT, clip())
    path = store.path(Stretch(video), KEPT, "rgb")
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(DamagedError, match=r"is damaged; got: .*; do: delete it"):
        store.get(Stretch(video), KEPT)


def test_how_much_it_will_take(store: ClipStore, video: Path) -> None:
    for stretch, pictures in ((Stretch(video), 15), (Stretch(video, Fraction(1, 2), Fraction(4, 5)), 4)):
        assert expected_bytes(stretch, KEPT) == pictures * 42 * 32 * 5
    people = Kept(("person_rgb", "poses"), Fraction(15), 32, 16)
    assert expected_bytes(Stretch(video), people) == 15 * (16 * 16 * 3 + 17 * 3 * 4)
    assert store.check_room([Stretch(video)] * 2, KEPT) == 2 * expected_bytes(Stretch(video), KEPT)


def test_a_disk_that_is_too_small(store: ClipStore, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(OutputError, match=r"do not fit on the disk .* 0\.0 GB free; allowed: .*; do: free some space"):
        store.check_room([Stretch(video)], KEPT)


def test_no_video(store: ClipStore, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        store.get(Stretch(tmp_path / "none.mp4"), KEPT)

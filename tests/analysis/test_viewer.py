from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.analysis.viewer import PIECE, Bytes, Viewer, read_clip
from aisle.core import InputError, UnknownNameError, UsageError
from aisle.core.clip import VIEWS
from aisle.media import Reader
from aisle.media.flow import Flow
from aisle.objects.following import Follower, cut_out
from moving import HEIGHT, WIDTH, walking
from videos import make_video

MOVING = ("rgb", "flow", "person_rgb", "person_flow")
RATE = Fraction(10)
FRAMES = walking([None, None, *[(40, 4 * number) for number in range(30)]])


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("videos") / "walk.mp4", list(FRAMES), RATE)


def test_views_have_the_shapes_that_are_written_down() -> None:
    views = Viewer(MOVING, side=48).push(FRAMES)
    assert {name: view.shape for name, view in views.items()} == {
        "rgb": (32, HEIGHT, WIDTH, 3),
        "flow": (32, HEIGHT, WIDTH, 2),
        "person_rgb": (32, 48, 48, 3),
        "person_flow": (32, 48, 48, 2),
    }
    assert {view.dtype for view in views.values()} == {np.dtype(np.uint8)}
    assert set(MOVING) < set(VIEWS)


def test_a_view_is_what_its_maker_makes() -> None:
    views = Viewer(MOVING, side=48).push(FRAMES)
    flow, squares = Flow().push(FRAMES), Follower().push(FRAMES)
    assert np.array_equal(views["rgb"], FRAMES)
    assert np.array_equal(views["flow"], flow)
    assert np.array_equal(views["person_rgb"], cut_out(FRAMES, squares, 48))
    assert np.array_equal(views["person_flow"], cut_out(flow, squares, 48))


@pytest.mark.parametrize("names", [("rgb",), ("person_flow",), ("flow", "person_rgb"), MOVING[::-1]])
def test_only_what_is_asked_for_is_given_and_in_that_order(names: tuple[str, ...]) -> None:
    views, every = Viewer(names).push(FRAMES), Viewer(MOVING).push(FRAMES)
    assert tuple(views) == names
    assert all(np.array_equal(view, every[name]) for name, view in views.items())


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=6))
def test_how_pictures_are_cut_into_pushes_changes_nothing(lengths: list[int]) -> None:
    cuts = np.minimum(np.cumsum([0, *lengths]), len(FRAMES))
    viewer = Viewer(MOVING, side=32)
    pushed = [viewer.push(FRAMES[begin:end]) for begin, end in zip(cuts, [*cuts[1:], len(FRAMES)], strict=True)]
    for name, view in Viewer(MOVING, side=32).push(FRAMES).items():
        assert np.array_equal(np.concatenate([views[name] for views in pushed]), view)


@pytest.mark.parametrize("name", ["squares", "RGB", "optical flow"])
def test_an_unknown_view_is_refused(name: str) -> None:
    with pytest.raises(UnknownNameError, match="person_rgb"):
        Viewer(["rgb", name])


def test_pictures_of_another_size_are_refused() -> None:
    viewer = Viewer(["rgb"])
    viewer.push(FRAMES[:2])
    with pytest.raises(UsageError, match="one size"):
        viewer.push(FRAMES[:2, :100])


# --- from a video


def test_a_clip_is_read_as_if_the_video_were_cut(video: Path) -> None:
    clip = read_clip(video, MOVING, rate=RATE, short_side=64, start=Fraction(1), end=Fraction(2), side=40)
    assert (clip.frames, clip.rate) == (10, RATE)
    assert clip.views["rgb"].shape == (10, 64, 88, 3)
    with Reader(video, size=(88, 64), rate=RATE, start=Fraction(1), end=Fraction(2)) as reader:
        frames = np.stack([frame.image for frame in reader])
    for name, view in Viewer(MOVING, side=40).push(frames).items():
        assert np.array_equal(clip.views[name], view)


def test_more_pictures_than_are_taken_at_once_are_all_there(tmp_path: Path) -> None:
    video = make_video(tmp_path / "long.mp4", 2 * PIECE + 3)
    assert read_clip(video, ["rgb"], rate=Fraction(30), short_side=16).frames == 2 * PIECE + 3


def test_a_long_video_is_in_memory_once(tmp_path: Path) -> None:
    video = make_video(tmp_path / "long.mp4", 30 * PIECE)
    tracemalloc.start()
    clip = read_clip(video, ["rgb"], rate=Fraction(30), short_side=48)
    kept, most = clip.views["rgb"].nbytes, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(clip.views["rgb"]) == 30 * PIECE
    assert most < 1.4 * kept


def test_a_video_that_does_not_fit_into_memory_is_told(video: Path) -> None:
    def none_left(image: Bytes) -> Bytes:
        raise MemoryError(image.nbytes)

    with pytest.raises(InputError, match=r"walk\.mp4 do not fit into memory; got: 0 of 88x64.*do: cut the video"):
        read_clip(video, ["rgb"], rate=RATE, short_side=64, change=none_left)


def test_each_picture_is_changed_before_anything_is_made_of_it(video: Path) -> None:
    clip = read_clip(video, ["rgb", "flow"], rate=RATE, short_side=64, change=lambda image: image * 0)
    assert clip.views["rgb"].max() == 0
    assert set(np.unique(clip.views["flow"])) == {128}


def test_what_cannot_be_read_is_told(video: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture of"):
        read_clip(video, ["rgb"], rate=RATE, short_side=64, start=Fraction(100))
    narrow = make_video(tmp_path / "narrow.mp4", [np.zeros((16, 160, 3), np.uint8)] * 3)
    with pytest.raises(InputError, match="too narrow"):
        read_clip(narrow, ["rgb"], rate=RATE, short_side=64)

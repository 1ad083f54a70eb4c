from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from aisle.core import UnknownNameError
from aisle.core.video import Image
from aisle.train.looks import LOOKS, change
from streams import clip


def look(name: str, image: Image, video: str = "a.mp4") -> npt.NDArray[np.uint8]:
    seen = change(name, video)
    assert seen is not None
    return seen(image)


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize(("height", "width"), [(224, 304), (32, 32), (48, 16)])
def test_a_look_keeps_size_and_kind_and_leaves_its_picture_alone(name: str, height: int, width: int) -> None:
    image = clip(1, height, width)[0]
    before = image.copy()
    seen = look(name, image)
    assert (seen.shape, seen.dtype) == (image.shape, np.uint8)
    assert not np.array_equal(seen, image)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("name", sorted({*LOOKS} - {"night"}))
def test_every_picture_of_a_video_is_changed_in_the_same_way(name: str) -> None:
    image, seen = clip(1, 64, 96)[0], change(name, "a.mp4")
    assert seen is not None
    first = np.array(seen(image))
    assert np.array_equal(first, seen(image))
    assert np.array_equal(first, look(name, image))


def test_the_noise_of_the_night_is_another_in_every_picture_but_the_same_in_every_run() -> None:
    image = clip(1, 64, 96)[0]
    runs = [change("night", "a.mp4") for _ in range(2)]
    pictures = [[seen(image) for _ in range(2)] for seen in runs if seen is not None]
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0][0], pictures[0][1])
    assert np.abs(np.mean(pictures[0][0]) - np.mean(pictures[0][1])) < 1


@pytest.mark.parametrize("name", sorted({*LOOKS} - {"flip", "turn"}))
def test_videos_are_changed_in_different_ways(name: str) -> None:
    image = clip(1, 64, 96)[0]
    assert len({look(name, image, f"{number}.mp4").tobytes() for number in range(4)}) > 1


def test_a_picture_flipped_twice_is_itself() -> None:
    image = clip(1, 32, 48)[0]
    once = look("flip", image)
    assert np.array_equal(once[:, 0], image[:, -1])
    assert np.array_equal(look("flip", once), image)


def test_looks_show_what_they_are_named_after() -> None:
    image = clip(1, 64, 96)[0]
    assert look("night", image).mean() < image.mean() / 2
    grey = look("infrared", image)
    assert np.array_equal(grey[..., 0], grey[..., 2])
    steps = {name: np.abs(np.diff(look(name, image).astype(int), axis=1)).mean() for name in ("blur", "low-resolution")}
    assert max(steps.values()) < np.abs(np.diff(image.astype(int), axis=1)).mean()
    marked = (look("watermark", image) != image).any(2)
    assert 0 < marked.mean() < 0.3


def test_as_it_is_nothing_is_changed() -> None:
    assert change("", "a.mp4") is None


def test_an_unknown_look_is_met_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown look; got: 'nigth'.*did you mean night"):
        change("nigth", "a.mp4")

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Pillow

from aisle.core import Frame, UsageError
from aisle.core.site import ZoneKind
from aisle.core.video import Image
from aisle.data._sensor import look
from aisle.data.merl import ACTIONS
from aisle.data.rendered import render, render_to, script, site
from aisle.media import Reader, probe


def _frames(seed: int, *, seconds: Fraction = Fraction(1), width: int = 64, height: int = 48) -> list[Frame]:
    return list(render(seconds=seconds, width=width, height=height, rate=Fraction(5), seed=seed))


def _apart(one: Image, other: Image) -> npt.NDArray[np.int64]:
    """The greatest difference of the three colours at each pixel."""
    return np.abs(one.astype(int) - other).max(axis=2)


def test_a_seed_gives_the_same_video_again_and_another_seed_another() -> None:
    once, again, other = (np.stack([frame.image for frame in _frames(seed)]) for seed in (3, 3, 4))
    assert np.array_equal(once, again)
    assert np.median(np.abs(once.astype(int) - other)) > 10


@pytest.mark.parametrize(("width", "height"), [(64, 48), (65, 49), (16, 16), (160, 33), (33, 160)])
def test_any_size_can_be_had(width: int, height: int) -> None:
    frames = _frames(0, seconds=Fraction(2, 5), width=width, height=height)
    assert [frame.image.shape for frame in frames] == [(height, width, 3)] * 2
    assert all(frame.image.std() > 10 for frame in frames)


def test_the_place_has_the_shelves_that_are_drawn() -> None:
    from aisle.data._scene import compose

    zones = site(seed=3).zones
    shelves = [zone.name for zone in zones if zone.kind is ZoneKind.SHELF]
    assert len(shelves) == len(compose(3, 1, 1, 1).shop.shelves)
    assert any(zone.kind is ZoneKind.ENTRANCE for zone in zones)


def test_sizes_of_one_shape_show_the_same() -> None:
    large, small = (_frames(1, seconds=Fraction(1, 5), width=4 * n, height=3 * n)[0].image for n in (96, 48))
    shrunk = np.asarray(Pillow.fromarray(large).resize((192, 144), Pillow.Resampling.BOX))
    assert _apart(shrunk, small).mean() < 25


@pytest.mark.parametrize("name", ["day", "night", "infra-red"])
def test_every_look_gives_its_kind_of_picture(name: str) -> None:
    from aisle.data._scene import compose

    seed = next(seed for seed in range(99) if look(compose(seed, 1, 1, 1).shop.seed).name == name)
    image = _frames(seed, seconds=Fraction(1, 5), width=184, height=136)[0].image.astype(int)
    colour = np.abs(image - image.mean(axis=2, keepdims=True)).mean()
    assert (colour < 2) == (name == "infra-red")
    assert (image.mean() < 80) == (name == "night")
    assert image.std() > 12


@pytest.mark.parametrize(
    ("seconds", "rate", "count"),
    [
        ("1", "30", 30),
        ("1", "30000/1001", 30),
        ("1001/1000", "30000/1001", 30),
        ("1/100", "25", 1),
        ("21/20", "10", 11),
    ],
)
def test_times_are_exact_and_all_before_the_end(seconds: str, rate: str, count: int) -> None:
    frames = list(render(seconds=Fraction(seconds), width=16, height=16, rate=Fraction(rate), seed=0))
    assert [frame.time for frame in frames] == [number / Fraction(rate) for number in range(count)]
    assert frames[-1].time < Fraction(seconds) <= count / Fraction(rate)


def test_every_frame_owns_its_picture() -> None:
    frames = _frames(0)
    assert not any(np.shares_memory(a.image, b.image) for a, b in itertools.combinations(frames, 2))


def test_the_shopper_comes_and_the_shop_stands_still() -> None:
    frames = [frame.image for frame in _frames(2, seconds=Fraction(12), width=184, height=136)]
    empty, changed = frames[0], [_apart(frame, frames[0]) > 40 for frame in frames]
    assert max(there.mean() for there in changed) > 0.03
    assert np.median(np.mean(changed, axis=0)) < 0.05
    assert empty.shape == (136, 184, 3)


@pytest.mark.parametrize("seed", range(6))
def test_the_script_has_merls_actions_in_order_within_the_video(seed: int) -> None:
    seconds = Fraction(45)
    acts = script(seconds=seconds, seed=seed)
    assert all(before.end <= after.start for before, after in itertools.pairwise(acts))
    assert all(0 <= act.start < act.end <= seconds for act in acts)
    assert {act.label for act in acts} <= set(ACTIONS)
    assert len(acts) > 6


def test_a_shorter_script_is_the_start_of_a_longer_one() -> None:
    short, long = script(seconds=Fraction(9), seed=1), script(seconds=Fraction(60), seed=1)
    assert short[:-1] == long[: len(short) - 1]
    assert short[-1].end <= 9


def test_it_is_written_as_a_video(tmp_path: Path) -> None:
    path, heard = tmp_path / "shop.mp4", []
    render_to(
        path,
        seconds=Fraction(1),
        width=64,
        height=48,
        rate=Fraction(10),
        seed=0,
        progress=lambda done, total: heard.append((done, total)),
    )
    info = probe(path)
    assert (info.width, info.height, info.rate, info.codec) == (64, 48, 10, "h264")
    assert heard[-1] == (1.0, 1.0)
    rendered = render(seconds=Fraction(1), width=64, height=48, rate=Fraction(10), seed=0)
    with Reader(path) as reader:
        for frame, original in zip(reader, rendered, strict=True):
            assert frame.time == original.time
            assert _apart(frame.image, original.image).mean() < 30


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ({"seconds": Fraction(0)}, "0 s"),
        ({"seconds": Fraction(-1)}, "-1 s"),
        ({"rate": Fraction(0)}, "0 frames"),
        ({"width": 15}, "15x680"),
        ({"height": 0}, "920x0"),
        ({"seed": -1}, "-1"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_drawn(wrong: dict[str, int], got: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=got):
        render(**wrong)
    with pytest.raises(UsageError, match=got):
        render_to(tmp_path / "shop.mp4", **wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("seconds", "seed", "got"), [(0, 0, "0 s"), (1, -1, "-1")])
def test_a_wrong_script_is_refused(seconds: int, seed: int, got: str) -> None:
    with pytest.raises(UsageError, match=got):
        script(seconds=Fraction(seconds), seed=seed)

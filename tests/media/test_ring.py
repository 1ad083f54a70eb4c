from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from aisle.media._ring import Kept, Ring, Track
from videos import make_video

CLOCK = Fraction(1, 10)


@pytest.fixture
def track(tmp_path: Path) -> Track:
    with av.open(str(make_video(tmp_path / "v.mp4", 2))) as container:
        return Track(container.streams.video[0], CLOCK)


def fill(ring: Ring, numbers: range, every: int, size: int = 1) -> None:
    """A picture each tenth of a second, the ones divisible by `every` key pictures."""
    for number in numbers:
        ring.add(Kept(bytes(size), number, 1, is_key=number % every == 0))


def held(ring: Ring) -> list[int]:
    return [packet.shown for group in ring.groups(Fraction(0), Fraction(1000)) for packet in group.packets]


def test_it_begins_with_a_key_picture_and_reaches_back_as_far_as_asked(track: Track) -> None:
    ring = Ring(Fraction(2), 1000)
    ring.connect(track)
    fill(ring, range(3, 58), every=10)
    assert held(ring) == list(range(30, 58))
    assert ring.bytes == 28


def test_bytes_bound_it_by_whole_groups(track: Track) -> None:
    ring = Ring(Fraction(100), 250)
    ring.connect(track)
    fill(ring, range(45), every=10, size=10)
    assert held(ring) == list(range(30, 45)) or held(ring) == list(range(20, 45))
    assert ring.bytes <= 250


def test_a_group_too_large_is_given_up_until_the_next_key_picture(track: Track) -> None:
    ring = Ring(Fraction(100), 50)
    ring.connect(track)
    fill(ring, range(9), every=10, size=10)
    assert (held(ring), ring.bytes) == ([], 0)
    fill(ring, range(9, 13), every=10, size=10)
    assert held(ring) == [10, 11, 12]


def test_a_new_connection_begins_with_its_key_picture(track: Track) -> None:
    ring = Ring(Fraction(100), 1000)
    ring.connect(track)
    fill(ring, range(5), every=10)
    ring.connect(track)
    fill(ring, range(55, 63), every=10)
    assert held(ring) == [0, 1, 2, 3, 4, 60, 61, 62]


def test_groups_are_those_that_a_stretch_needs(track: Track) -> None:
    ring = Ring(Fraction(100), 1000)
    ring.connect(track)
    fill(ring, range(50), every=10)
    starts = [group.start for group in ring.groups(Fraction(15, 10), Fraction(30, 10))]
    assert starts == [1, 2]
    assert ring.groups(Fraction(60), Fraction(61)) == []

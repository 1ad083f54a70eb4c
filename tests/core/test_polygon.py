"""Polygons: sizes and distances worked out by hand, crossings of every kind, and what holds of all of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core.polygon import Corner, area, away, crossing, shared
from aisle.core.site import Zone, ZoneKind

SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))


def zone(*polygon: Corner) -> Zone:
    return Zone("zone", ZoneKind.SHELF, polygon)


@pytest.mark.parametrize(
    ("polygon", "size"),
    [
        (SQUARE, 0.16),
        (SQUARE[::-1], 0.16),
        (((0, 0), (1, 0), (0, 1)), 0.5),
        (((0, 0), (4, 0), (4, 4), (2, 1), (0, 4)), 10),
        (((0, 0), (1, 1), (2, 2)), 0),
    ],
)
def test_areas(polygon: tuple[Corner, ...], size: float) -> None:
    assert area(polygon) == pytest.approx(size)


@pytest.mark.parametrize(
    ("polygon", "sides"),
    [
        (SQUARE, None),
        (((0, 0), (4, 0), (4, 4), (2, 1), (0, 4)), None),  # hollow, yet simple
        (((0, 0), (1, 1), (1, 0), (0, 1)), (0, 2)),  # a bow tie
        (((0, 0), (4, 0), (4, 4), (2, 0), (0, 4)), (0, 2)),  # a corner touches another side
        (((0, 0), (2, 0), (1, 0), (1, 2)), (0, 1)),  # runs back
        (((0, 0), (0, 0), (1, 0), (1, 2)), (0, 1)),  # one corner twice
    ],
)
def test_crossings(polygon: tuple[Corner, ...], sides: tuple[int, int] | None) -> None:
    assert crossing(polygon) == sides


@pytest.mark.parametrize(
    ("place", "far"), [((0.4, 0.4), 0), ((0.7, 0.4), 0.2), ((0.4, 0.9), 0.3), ((0.75, 0.2 - 0.4), 0.5)]
)
def test_how_far_a_place_is_counts_in_heights(place: Corner, far: float) -> None:
    assert away(zone(*SQUARE), np.array([place]), aspect=2)[0] == pytest.approx(far)


@pytest.mark.parametrize(
    ("other", "share"),
    [
        (SQUARE, 1),
        (((0.6, 0.2), (0.9, 0.2), (0.9, 0.6), (0.6, 0.6)), 0),
        (((0.5, 0.2), (0.7, 0.2), (0.7, 0.6), (0.5, 0.6)), 0.5),
        (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), 1),
    ],
)
def test_what_two_zones_share(other: tuple[Corner, ...], share: float) -> None:
    assert shared(zone(*SQUARE), zone(*other)) == pytest.approx(share, abs=0.01)


@st.composite
def stars(draw: st.DrawFn) -> tuple[Corner, ...]:
    """Corners at rising angles round a middle: never crossing."""
    count = draw(st.integers(3, 9))
    radii = draw(st.lists(st.floats(0.1, 0.4), min_size=count, max_size=count))
    turns = ((math.cos(math.tau * at / count), math.sin(math.tau * at / count)) for at in range(count))
    return tuple((0.5 + radius * x, 0.5 + radius * y) for radius, (x, y) in zip(radii, turns, strict=True))


@given(stars(), st.integers(0, 8))
def test_a_star_is_simple_wherever_one_starts(polygon: tuple[Corner, ...], start: int) -> None:
    at = start % len(polygon)
    turned = polygon[at:] + polygon[:at]
    assert crossing(turned) is None
    assert crossing(turned[::-1]) is None
    assert area(turned) == pytest.approx(area(polygon))


@given(stars(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=9))
def test_only_what_is_inside_is_no_distance_away(polygon: tuple[Corner, ...], places: list[Corner]) -> None:
    star, points = zone(*polygon), np.array(places)
    far = away(star, points)
    assert np.all(far[star.contains(points)] == 0)
    assert np.all(far >= 0)
    assert np.all(far <= math.sqrt(2))

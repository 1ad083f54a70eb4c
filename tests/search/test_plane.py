"""The map of a collection."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.search import plane as module
from aisle.search.plane import plane


def heaps(count: int, width: int = 32) -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.standard_normal((2, width)), count // 2, axis=0) + 0.1 * rng.standard_normal((count, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("most", [2000, 5])
def test_what_is_alike_is_near(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(module, "MOST", most)  # also along the widest directions alone
    places = plane(heaps(40))
    assert places.shape == (40, 2)
    assert places.min() == 0
    assert places.max() == 1
    middles = places[:20].mean(0), places[20:].mean(0)
    spread = np.linalg.norm(places[:20] - middles[0], axis=1).mean()
    assert np.linalg.norm(middles[0] - middles[1]) > 2 * spread
    assert (plane(heaps(40)) == places).all()


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_videos(count: int) -> None:
    assert plane(heaps(4)[:count]).shape == (count, 2)


def test_videos_that_are_all_alike() -> None:
    places = plane(np.repeat(heaps(2)[:1], 12, axis=0))
    assert places.shape == (12, 2)
    assert np.isfinite(places).all()

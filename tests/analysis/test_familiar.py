from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from aisle.analysis.cue_scene import LONG, ROWS, SceneCue
from aisle.analysis.familiar import LONGEST, MOST, Familiar
from aisle.core import InputError
from aisle.core.sightings import Sightings

pytest.importorskip("cv2")

STRIDE, RATE, STEPS = 5, Fraction(15), 30
HEIGHT, WIDTH = 120, 160
BAG = (slice(60, 90), slice(80, 110))

Film = npt.NDArray[np.uint8]


def floor(seed: int) -> Film:
    """A grey floor beside a busy shelf, with a camera's noise: (T, 120, 160, 3)."""
    rng = np.random.default_rng(seed)
    film = np.full((STRIDE * STEPS, HEIGHT, WIDTH, 3), 120, np.int64)
    film[:, :, :40] = np.random.default_rng(0).integers(30, 220, (HEIGHT // 10, 4, 3)).repeat(10, 0).repeat(10, 1)
    return (film + rng.integers(-2, 3, film.shape)).clip(0, 255).astype(np.uint8)


def seen(film: Film) -> Sightings:
    return SceneCue().start(STRIDE, RATE).push(film, np.empty((0, 1), np.float32), last=True)


@pytest.fixture(scope="module")
def familiar() -> Familiar:
    return Familiar.fit(seen(floor(1)))


def test_there_is_a_row_for_every_cell_and_it_ages() -> None:
    rows = seen(floor(2))
    assert len(rows.values) == ROWS * 16 * STEPS
    ages = rows.values[:, -1].reshape(STEPS, -1)
    assert ages[0].max() < 0.5
    assert (ages[-1] == LONG).all()


def test_another_day_of_the_same_place_is_familiar(familiar: Familiar) -> None:
    assert familiar.score(seen(floor(3))).max() < 1


def test_what_was_left_grows_stranger_where_it_lies(familiar: Familiar) -> None:
    film = floor(4)
    film[50:, *BAG] = 40
    rows = seen(film)
    scores = familiar.score(rows)
    most = rows.most(scores)
    assert most[:10].max() < 1
    assert most[15] < most[-1]
    left, top, right, bottom = rows.places[scores.argmax()]
    assert left < 110 / WIDTH
    assert right > 80 / WIDTH
    assert top < 90 / HEIGHT
    assert bottom > 60 / HEIGHT


def test_what_moves_on_is_not_strange(familiar: Familiar) -> None:
    film = floor(5)
    for number in range(len(film)):
        film[number, 60:90, 40 + number % 80 : 60 + number % 80] = 40
    assert familiar.score(seen(film)).max() < 15


def test_a_hidden_view_is_strange_at_once(familiar: Familiar) -> None:
    film = floor(6)
    film[75:, :, 20:] = 70
    rows = seen(film)
    most = rows.most(familiar.score(rows))
    assert most[:15].max() < 1
    assert most[15:].min() >= MOST * LONGEST - 1


def test_it_is_arrays_and_comes_back_the_same(familiar: Familiar) -> None:
    again = Familiar.read(familiar.arrays())
    film = floor(7)
    film[50:, *BAG] = 40
    assert np.array_equal(again.score(seen(film)), familiar.score(seen(film)))


def test_a_short_video_teaches_what_was_still_for_longest() -> None:
    short = Familiar.fit(seen(floor(8)[:10]))
    assert short.score(seen(floor(9)[:10])).max() < 1


def test_nothing_seen_teaches_nothing() -> None:
    none = seen(floor(8)[:0])
    with pytest.raises(InputError, match="too little"):
        Familiar.fit(none)


def test_pieces_say_what_the_whole_says() -> None:
    film, look = floor(9), SceneCue().start(STRIDE, RATE)
    parts = [
        look.push(film[first : first + 10], np.empty((0, 1), np.float32), last=False) for first in range(0, 150, 10)
    ]
    assert np.allclose(np.concatenate([part.values for part in parts]), seen(film).values)


def test_another_place_is_learnt_and_the_first_is_not_forgotten(familiar: Familiar) -> None:
    other = floor(7)[:, :, ::-1].copy()
    rows, old = seen(other), seen(floor(8))
    both = familiar.extended(rows)
    assert rows.most(familiar.score(rows)).max() > 3
    assert rows.most(both.score(rows)).max() < 1
    assert (both.score(old) <= familiar.score(old)).all()

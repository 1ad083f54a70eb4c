from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from aisle.analysis.cue import joined
from aisle.analysis.cue_scene import SceneCue
from aisle.analysis.familiar import Familiar
from aisle.analysis.figures import Figures
from aisle.core import InputError
from aisle.core.sightings import Sightings

pytest.importorskip("cv2")

STRIDE, RATE, STEPS = 5, Fraction(15), 30
HEIGHT, WIDTH = 120, 160

Film = npt.NDArray[np.uint8]


def shop(seed: int, *, light: float = 1.0) -> Film:
    """A shelf, a floor with a pattern, and somebody 24 pixels wide who walks across it: (T, 120, 160, 3)."""
    place = np.random.default_rng(0).integers(60, 200, (HEIGHT // 10, WIDTH // 10, 3)).repeat(10, 0).repeat(10, 1)
    film = np.repeat(place[None], STRIDE * STEPS, 0)
    top = np.random.default_rng(seed).integers(10, HEIGHT - 34)
    for number, picture in enumerate(film):
        picture[top : top + 24, number : number + 24] = 250
    noise = np.random.default_rng(seed).integers(-2, 3, film.shape)
    return (film * light + noise).clip(0, 255).astype(np.uint8)


def seen(film: Film) -> Sightings:
    return SceneCue().start(STRIDE, RATE).push(film, np.empty((0, 1), np.float32), last=True)


@pytest.fixture(scope="module")
def figures() -> Figures:
    return Figures.fit(seen(np.concatenate([shop(seed) for seed in range(1, 5)])))


def test_who_walks_as_ever_is_usual_and_who_lies_there_is_not(figures: Figures) -> None:
    usual = seen(shop(9))
    film = shop(9)
    film[60:, 30:110, 60:72] = 10  # long, thin and still
    rows = seen(film)
    scores = figures.score(rows)
    most = rows.most(scores)
    assert most[15:].max() > 3 * usual.most(figures.score(usual)).max()
    left, top, right, bottom = rows.places[scores.argmax()]
    assert left < 72 / WIDTH
    assert right > 60 / WIDTH
    assert top < 110 / HEIGHT
    assert bottom > 30 / HEIGHT


def test_another_light_changes_little(figures: Figures) -> None:
    dim = seen(shop(9, light=0.5))
    bright = seen(shop(9))
    assert dim.most(figures.score(dim)).max() < 2 * bright.most(figures.score(bright)).max()


def test_two_cameras_in_one_memory_are_told_apart() -> None:
    one, other = shop(1), shop(2)[:, ::-1, ::-1]
    both = Figures.fit(seen(np.concatenate([one, other])))
    assert len(both.usual) == 2
    for film in (shop(7), shop(8)[:, ::-1, ::-1]):
        rows = seen(film)
        assert (rows.most(both.score(rows)) < 5).all()


def test_another_camera_is_learnt_without_forgetting_the_first(figures: Figures) -> None:
    other = shop(2)[:, ::-1, ::-1].copy()
    before, after = figures, figures.extended(seen(other))
    rows, old = seen(other), seen(shop(9))
    assert rows.most(after.score(rows)).mean() < rows.most(before.score(rows)).mean() / 3
    assert (after.score(old) <= before.score(old) + 1e-3).all()


def test_where_nobody_ever_was_anybody_is_unusual() -> None:
    empty = shop(1)
    empty[:] = empty[-1, :, :, :]
    alone = Figures.fit(seen(empty))
    rows = seen(shop(5))
    assert rows.most(alone.score(rows)).max() > 20


def test_what_was_learnt_is_read_again(figures: Figures) -> None:
    again = Figures.read(figures.arrays())
    rows = seen(shop(6))
    assert np.array_equal(again.score(rows), figures.score(rows))


def test_videos_of_several_shapes_are_learnt_from_and_the_rare_one_is_left_alone() -> None:
    wide, high = seen(shop(1)), seen(shop(2)[:40, :, :100])
    both = Figures.fit(joined([wide, wide, high]))
    rows = joined([high, seen(shop(5))])
    most = rows.most(both.score(rows))
    assert (most[: high.count] == 0).all()
    assert most.max() > 0
    assert Familiar.fit(joined([wide, high])).score(rows).shape == (len(rows.values),)


def test_nothing_seen_is_refused() -> None:
    none = Sightings(np.empty((0, 12), np.float32), np.empty(0, np.int64), np.empty((0, 4), np.float32), 0)
    with pytest.raises(InputError, match="too little"):
        Figures.fit(none)

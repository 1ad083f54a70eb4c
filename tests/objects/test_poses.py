from __future__ import annotations

import numpy as np
import pytest

from aisle.core.boxes import Floats
from aisle.core.clip import JOINTS
from aisle.core.video import Image
from aisle.objects.poses import SamePeople

PICTURE = np.zeros((100, 200, 3), np.uint8)
WAITING = 30  # pictures for which a place is kept
SKELETON = np.random.default_rng(4).uniform(-0.5, 0.5, (JOINTS, 2)) * [0.1, 0.4]


def person(x: float, y: float = 0.5) -> Floats:
    """(17, 3): somebody 40 pixels high about this place."""
    return np.concatenate([SKELETON + np.array([x, y]), np.full((JOINTS, 1), 0.8)], axis=1).astype(np.float32)


class Shown:
    """Stands in for what finds poses: one list of people a picture."""

    def __init__(self, *pictures: list[Floats]) -> None:
        self.pictures = iter(pictures)

    def __call__(self, image: Image) -> Floats:
        assert image is PICTURE
        people = next(self.pictures)
        return np.stack(people) if people else np.zeros((0, JOINTS, 3), np.float32)


def followed(*pictures: list[Floats], people: int = 2) -> Floats:
    """(T, P): where across the picture each place's person is; nan where it has none."""
    follow = SamePeople(Shown(*pictures), people=people)
    poses = np.stack([follow(PICTURE) for _ in pictures])
    assert poses.shape == (len(pictures), people, JOINTS, 3)
    assert poses.dtype == np.float32
    middle = (poses[..., 0] - SKELETON[:, 0]).mean(axis=-1)
    return np.where(poses.any(axis=(2, 3)), middle, np.nan)


def test_people_keep_their_places_however_they_are_ordered() -> None:
    where = followed([person(0.2), person(0.7)], [person(0.68), person(0.22)], [person(0.24), person(0.66)])
    np.testing.assert_allclose(where, [[0.2, 0.7], [0.22, 0.68], [0.24, 0.66]], atol=1e-5)


def test_people_who_pass_each_other_keep_their_places() -> None:
    walk = np.linspace(0.2, 0.8, 30)
    pictures = [[person(right, 0.4), person(1 - right, 0.6)] for right in walk]
    where = followed(*(picture[:: (-1) ** number] for number, picture in enumerate(pictures)))
    np.testing.assert_allclose(where[:, 0], walk, atol=1e-5)
    np.testing.assert_allclose(where[:, 1], 1 - walk, atol=1e-5)


def test_nobody_is_all_zeros() -> None:
    assert np.isnan(followed([], [])).all()


def test_who_is_hidden_for_a_while_comes_back_to_the_same_place() -> None:
    away = [[person(0.7)]] * WAITING
    where = followed([person(0.2), person(0.7)], *away, [person(0.7), person(0.21)])
    assert np.isnan(where[1:-1, 0]).all()
    np.testing.assert_allclose(where[-1], [0.21, 0.7], atol=1e-5)


@pytest.mark.parametrize(("away", "told"), [(WAITING, False), (WAITING + 1, True)])
def test_a_place_is_free_for_others_only_after_that(away: int, told: bool) -> None:
    where = followed([person(0.2)], *[[]] * away, [person(0.8)], people=1)
    assert np.isnan(where[-1, 0]) != told


def test_somebody_else_far_away_is_not_the_same_person() -> None:
    """The limit is half of the person's diagonal, 45 pixels at most: about .1 of the picture's width."""
    near, far = 0.05, 0.2
    assert not np.isnan(followed([person(0.3)], [person(0.3 + near)], people=1)[1, 0])
    assert np.isnan(followed([person(0.3)], [person(0.3 + far)], people=1)[1, 0])


def test_the_surest_get_the_places_and_nobody_is_put_out_of_one() -> None:
    first, second, third = person(0.1), person(0.5), person(0.9)
    where = followed([first, second, third], [third, second, first])
    np.testing.assert_allclose(where, [[0.1, 0.5], [0.1, 0.5]], atol=1e-5)


def test_joints_that_are_not_seen_do_not_count() -> None:
    moved = person(0.3)
    moved[:8, 0] += 0.9
    moved[:8, 2] = 0
    assert not np.isnan(followed([person(0.3)], [moved], people=1)[1, 0])

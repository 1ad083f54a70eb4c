from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aisle.core import Frame
from aisle.core.boxes import Boxes
from aisle.objects.heads import Heads, around_faces, upper_parts

BLACK = np.zeros((120, 160, 3), np.uint8)


def box(left: float, top: float, right: float, bottom: float) -> Boxes:
    return Boxes(np.array([[left, top, right, bottom]], np.float32), np.ones(1, np.float32))


def test_a_head_is_larger_than_its_face() -> None:
    np.testing.assert_allclose(around_faces(box(40, 40, 60, 70)).corners, [[30, 25, 70, 85]])


@pytest.mark.parametrize(
    ("person", "head"),
    [
        ((40, 20, 70, 120), (45, 22, 65, 38)),  # standing
        ((40, 20, 100, 80), (50, 22, 90, 48)),  # crouching, or cut off below the shoulders
        ((20, 60, 120, 100), (25, 62, 60, 78)),  # lying or bent
    ],
)
def test_a_head_is_in_the_upper_part_of_a_person(person: tuple[float, ...], head: tuple[float, ...]) -> None:
    left, top, right, bottom = upper_parts(box(*person)).corners[0]
    assert left <= head[0]
    assert top <= head[1]
    assert right >= head[2]
    assert bottom >= head[3]
    assert bottom - top < 0.6 * (person[3] - person[1])


def test_faces_and_people_both_count() -> None:
    heads = Heads(faces=lambda _: box(1, 1, 2, 2), people=lambda _: box(50, 50, 60, 90))
    answers = list(heads(Frame(Fraction(k), BLACK) for k in range(3)))
    assert [len(answer) for answer in answers] == [2, 2, 2]


def test_nobody_has_no_head() -> None:
    heads = Heads(faces=lambda _: Boxes.joined(), people=lambda _: Boxes.joined())
    assert [len(answer) for answer in heads([Frame(Fraction(0), BLACK)])] == [0]

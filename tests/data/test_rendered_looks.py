from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from aisle.core import InputError, UsageError
from aisle.data._scene import compose
from aisle.data.rendered_looks import LABELS, SMALL, SQUARE, STEP, Looks, is_busy, read_looks, write_looks
from aisle.data.rendered_set import holds_of

SEED, SUBJECT, SECONDS = 5, 2, 8


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Looks:
    path = tmp_path_factory.mktemp("looks") / "visit.npz"
    write_looks(path, seed=SEED, subject=SUBJECT, seconds=SECONDS)
    return read_looks(path)


def test_there_is_a_picture_a_look_and_a_square_a_person(looks: Looks) -> None:
    assert len(looks.small) == len(range(looks.first, SECONDS * 30, STEP))
    assert len(looks.squares) == len(looks.people) > 10
    assert Pillow.open(io.BytesIO(looks.small[0])).size == SMALL
    assert {Pillow.open(io.BytesIO(square)).size for square in looks.squares} == {(SQUARE, SQUARE)}


def test_what_is_told_of_a_person_is_what_was_planned(looks: Looks) -> None:
    shopper = compose(SEED, SUBJECT, 1, SECONDS * 30).people[0]
    held = np.zeros(SECONDS * 30, bool)
    for hold in holds_of(shopper, SECONDS * 30):
        held[hold.start : hold.end] = True
    assert looks.holds.shape[1] == 3
    for person in looks.people:
        frame = looks.first + STEP * person.look
        act = next(act for act in reversed(shopper.acts) if act.start * 30 <= frame)
        assert person.holds.any() == held[frame]
        assert LABELS[person.label] is act.label
        assert person.places.sum() == pytest.approx(1)
        assert (person.palms[:, :2] - person.corner > -50).all()
        middle = (person.box[:2] + person.box[2:]) / 2 - person.corner
        assert middle == pytest.approx([SQUARE, SQUARE], abs=3)


def test_busy_visits_are_known_before_they_are_drawn() -> None:
    busy = [is_busy(4, subject, 20) for subject in range(1, 20)]
    assert any(busy)
    assert not all(busy)


def test_a_wrong_file_and_a_wrong_seed_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"no")
    with pytest.raises(InputError, match=r"x\.npz"):
        read_looks(tmp_path / "x.npz")
    with pytest.raises(UsageError, match="-1"):
        write_looks(tmp_path / "y.npz", seed=-1, subject=1, seconds=1)

"""The recipe for people from above, in the small: looks are drawn, three networks fitted, packaged and opened again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.core import DamagedError, UsageError
from aisle.core.boxes import Boxes
from aisle.core.detections import PERSON, Detections, Observation
from aisle.data.rendered_looks import Looks, read_looks, write_looks
from aisle.deploy.object_detectors import open_detector
from aisle.deploy.overhead import open_overhead_handling, open_overhead_hands
from aisle.deploy.overhead_package import package_hands, package_people
from aisle.train.overhead import HANDS, PEOPLE, TIME, fit_hands, fit_people, fit_time, followed
from aisle.train.overhead_networks import EVIDENCE, PEOPLE_SIZE, SAID, STRIDE, Handling, Hands, Together
from aisle.train.overhead_pictures import CROP, Move, any_move, coloured, people_map, plain, small_picture, square


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> list[Looks]:
    folder = tmp_path_factory.mktemp("looks")
    for subject in (1, 2):
        write_looks(folder / f"{subject}.npz", seed=6, subject=subject, seconds=9, step=6)
    return [read_looks(folder / f"{subject}.npz") for subject in (1, 2)]


def test_a_moved_square_tells_where_palms_went(visits: list[Looks]) -> None:
    number = next(at for at, person in enumerate(visits[0].people) if person.palms[:, 2].all())
    _, still = square(visits[0], number, Move())
    _, moved = square(visits[0], number, Move(shift=(12.0, -6.0)))
    assert (moved - still)[:4] == pytest.approx([-10 / CROP, 5 / CROP] * 2, abs=1e-5)
    _, mirrored = square(visits[0], number, Move(mirrored=True))
    assert mirrored[:4] == pytest.approx([1 - still[2], still[3], 1 - still[0], still[1]], abs=1e-5)
    assert mirrored[6:8].tolist() == still[7:5:-1].tolist()
    _, turned = square(visits[0], number, Move(angle=np.pi / 2))
    assert turned[-2:] == pytest.approx([still[-1], -still[-2]], abs=1e-5)


def test_a_map_has_a_peak_where_somebody_stands(visits: list[Looks]) -> None:
    look = visits[0].people[5].look
    picture, boxes = small_picture(visits[0], look)
    near, told, tells = people_map(boxes)
    assert picture.shape == (PEOPLE_SIZE[1], PEOPLE_SIZE[0], 3)
    (row, column) = np.argwhere(near == 1)[0]
    assert tells[row, column] == 1
    x, y = (column + told[0, row, column]) * STRIDE, (row + told[1, row, column]) * STRIDE
    assert [x, y] == pytest.approx(((boxes[0, :2] + boxes[0, 2:]) / 2).tolist(), abs=0.01)
    size = np.exp(told[2:, row, column]) * STRIDE
    assert size == pytest.approx(boxes[0, 2:] - boxes[0, :2], abs=0.01)


def test_colours_change_and_shapes_stay(visits: list[Looks]) -> None:
    rng = np.random.default_rng(0)
    pictures = [square(visits[0], at, any_move(rng))[0] for at in range(4)]
    shown = coloured(pictures, rng)
    assert shown.shape == plain(pictures).shape == (4, 3, CROP, CROP)
    assert np.isfinite(shown).all()


@pytest.fixture(scope="module")
def packaged(visits: list[Looks], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    rng = np.random.default_rng(0)
    people = fit_people(visits, replace(PEOPLE, examples=16, batch=8))
    hands = fit_hands(visits, replace(HANDS, examples=16, batch=8))
    seen = [followed(hands, visit, 2, rng) for visit in visits]
    handling = fit_time(seen, replace(TIME, examples=8, batch=4))
    pictures = plain([small_picture(visits[0], look)[0] for look in range(4)])
    squares = plain([square(visits[0], at, Move())[0] for at in range(4)])
    package_people(people, folder / "people", samples=pictures, measured={"held out": 0.5})
    looks = np.ascontiguousarray(seen[0].looks[0].T[np.newaxis])
    package_hands(hands, handling, folder / "hands", samples=squares, looks=looks, measured={"held out": 0.5})
    return folder


def test_what_was_fitted_can_be_opened_and_asked(packaged: Path) -> None:
    image = np.zeros((680, 920, 3), np.uint8)
    assert open_detector(packaged / "people").labels == (PERSON,)
    found = Detections(Boxes(np.float32([[200, 200, 500, 400]]), np.ones(1, np.float32)), (PERSON,), np.array([4]))
    for runtime in ("openvino", "onnxruntime"):
        hands = open_overhead_hands(packaged / "hands", runtime=runtime)(image, found)
        assert [(hand.track, hand.side) for hand in hands] == [(4, "left"), (4, "right")]
        assert len(hands[0].evidence) == EVIDENCE + SAID + 4
    looks = [Observation(Fraction(at, 5), 6 * at, 920, 680, found, hands=hands) for at in range(7)]
    told = open_overhead_handling(packaged / "hands")(looks)
    assert [one.handling[0].track for one in told] == [4] * 7


def test_scaling_is_folded_into_the_network() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    from aisle.train.overhead import _fold

    network, looks = Handling().eval(), rng.normal(3, 2, (9, EVIDENCE + SAID + 5)).astype(np.float32)
    looks[:, -1], looks[4] = 1, 0
    mean, spread = looks[[0, 1, 2]].mean(axis=0), looks[[0, 1, 2]].std(axis=0) + 0.05
    mean[-1], spread[-1] = 0, 1
    scaled = (looks - mean) / spread * looks[:, -1:]
    with torch.inference_mode():
        wanted = network(torch.from_numpy(scaled.T[np.newaxis]))
        _fold(network, mean, spread)
        got = network(torch.from_numpy(looks.T[np.newaxis].copy()))
    np.testing.assert_allclose(got, wanted, atol=1e-3)


def test_networks_of_time_are_averaged() -> None:
    one, other = Handling().eval(), Handling().eval()
    looks = torch.randn(2, EVIDENCE + SAID + 5, 30)
    with torch.inference_mode():
        np.testing.assert_allclose(Together([one, other])(looks), (one(looks) + other(looks)) / 2, atol=1e-5)


def test_without_visits_nothing_can_be_learnt(tmp_path: Path) -> None:
    for fit in (fit_people, fit_hands, fit_time):
        with pytest.raises(UsageError, match="nothing to learn from"):
            fit([])
    with pytest.raises(DamagedError):
        open_overhead_hands(tmp_path)


def test_a_person_is_looked_at_in_several_ways(visits: list[Looks]) -> None:
    one = followed(Hands(), visits[0], 3, np.random.default_rng(0))
    assert one.looks.shape == (3, len(visits[0].small), EVIDENCE + SAID + 5)
    assert one.wanted.shape == (5, len(visits[0].small))
    there = np.isin(np.arange(len(visits[0].small)), [person.look for person in visits[0].people])
    assert (one.looks[:, :, -1] == there).all()
    assert not np.array_equal(one.looks[0], one.looks[1])

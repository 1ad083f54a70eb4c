from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from aisle.data._body import Stuff, pack
from aisle.data._habits import Label
from aisle.data._plan import Place
from aisle.data._scene import Scene, compose

SECONDS = 60
TIMES = [Fraction(number, 10) for number in range(10 * SECONDS)]


@pytest.fixture(scope="module", params=range(1, 7))
def scene(request: pytest.FixtureRequest) -> Scene:
    return compose(5, request.param, 1, 30 * SECONDS)


def test_acts_follow_one_another(scene: Scene) -> None:
    acts = scene.people[0].acts
    assert acts[0].start == 0
    assert all(before.end == after.start for before, after in itertools.pairwise(acts))
    assert all(act.start < act.end for act in acts)


def test_a_product_is_in_the_hand_where_the_labels_need_one(scene: Scene) -> None:
    for act in scene.people[0].acts:
        if act.label is Label.PRODUCT:
            assert act.product is not None
            assert act.place is Place.CHEST
        if act.label in (Label.HAND_IN, Label.REACH):
            assert act.place is Place.SHELF


def test_the_hand_is_in_the_shelf_while_it_is_said_to_be(scene: Scene) -> None:
    shopper = scene.people[0]
    inside = [(time, act) for time in TIMES if (act := shopper.acts[shopper.number(time)]).label is Label.HAND_IN]
    for time, act in inside:
        palm = scene.figures(time)[0].palms[(act.arm + 1) // 2]
        assert max(shelf.inside(palm)[0] for shelf in scene.shop.shelves) > 0
        assert np.linalg.norm(palm - act.grasp) < 0.2


def test_the_hand_goes_out_when_it_reaches_and_comes_back_when_it_retracts(scene: Scene) -> None:
    shopper = scene.people[0]
    for before, act in itertools.pairwise(shopper.acts):
        if act.end >= SECONDS or act.label not in (Label.REACH, Label.RETRACT) or before.place is act.place:
            continue
        first, last = (
            min(-float(shelf.inside(palm)[0]) for shelf in scene.shop.shelves)
            for palm in (
                scene.figures(time)[0].palms[(act.arm + 1) // 2] for time in (act.start, act.end - Fraction(1, 30))
            )
        )
        assert (first > last) == (act.label is Label.REACH)


def test_nothing_jumps(scene: Scene) -> None:
    step = Fraction(1, 30)
    times = [Fraction(8) + number * step for number in range(900)]
    bones = [
        [limb.end for limb in scene.figures(time)[0].limbs if limb.stuff in (Stuff.SKIN, Stuff.TOP, Stuff.SHOES)]
        for time in times
    ]
    assert np.linalg.norm(np.diff(np.array(bones), axis=0), axis=-1).max() / float(step) < 12


def test_the_product_is_drawn_exactly_while_it_is_off_the_shelf_in_the_hand(scene: Scene) -> None:
    shopper = scene.people[0]
    for number, act in enumerate(shopper.acts):
        if act.end < SECONDS:
            shown = {
                limb.stuff for limb in scene.figures((act.start + act.end) / 2)[0].limbs if limb.stuff >= Stuff.PACKS
            }
            held = set() if act.product is None else {act.product}
            assert {pack(product, lid=False) for product in held} <= shown
            assert shopper.taken(number) == held | {*act.stowed, *act.gone}
            assert scene.taken(act.start) >= held


def test_what_is_put_away_stays_away_and_hiding_is_theft(scene: Scene) -> None:
    for before, after in itertools.pairwise(scene.people[0].acts):
        assert after.gone[: len(before.gone)] == before.gone
        assert after.stowed[: len(before.stowed)] == before.stowed
        assert before.theft == (before.place is Place.BAG)
        assert (after.gone != before.gone) == before.theft
        if before.theft:
            assert before.product is not None
            assert after.gone == (*before.gone, before.product)
            assert before.label is Label.NOTHING


def test_thieves_and_honest_people_come() -> None:
    thieves = [any(act.theft for act in compose(1, subject, 1, 3900).people[0].acts) for subject in range(1, 13)]
    assert 2 < sum(thieves) < 11


def test_people_keep_apart() -> None:
    crowded = [scene for subject in range(1, 13) if len((scene := compose(1, subject, 1, 1800)).people) > 1]
    assert len(crowded) > 1
    for scene in crowded:
        for time in TIMES[::5]:
            hips = [body.limbs[0].start[:2] for body in scene.figures(time).values()]
            assert all(np.linalg.norm(one - two) > 0.25 for one, two in itertools.combinations(hips, 2))


def test_a_subject_looks_the_same_on_each_visit_to_another_shop() -> None:
    first, second, other = (compose(3, *visit, 300) for visit in [(7, 1), (7, 2), (8, 1)])
    assert first.people[0].person == second.people[0].person != other.people[0].person
    assert first.shop.products != second.shop.products

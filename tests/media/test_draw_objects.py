"""What is drawn for people and things: where it should be, nowhere else, and at any size."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core import Frame, Grid, Segment, Timeline, UsageError
from aisle.core.colour import label_colour, track_colour
from aisle.core.detections import NOBODY, Hand
from aisle.core.interaction import Interaction, InteractionKind
from aisle.core.observed import Observed
from aisle.media import Reader, annotate
from aisle.media._doing import Doings
from aisle.media._matrix import Matrix
from aisle.media._objects_wire import from_objects, to_objects
from aisle.media._places import Places
from aisle.media._surface import Planes
from aisle.media._zones import COLOURS, DrawnZone
from aisle.media.draw_objects import ObjectOverlay, Objects, Risk
from seen import DOOR, PICKED, SHELF, objects, observed
from videos import Picture, make_video

TIMELINE = Timeline(Fraction(3), (Segment(Fraction(0), Fraction(2), "Walk", 0.5),))
SIZES = [(64, 48), (101, 75), (320, 240), (640, 120), (720, 1280), (920, 680), (1920, 1080), (3840, 2160)]


def drawn(
    time: Fraction = Fraction(1, 2),
    width: int = 320,
    height: int = 240,
    *,
    what: Objects | None = None,
    timeline: Timeline | None = None,
    grey: int = 128,
) -> Picture:
    picture = np.full((height, width, 3), grey, np.uint8)
    return ObjectOverlay(width, height, what or objects(width, height), timeline).draw(Frame(time, picture)).image


def places(image: Picture, colour: tuple[int, int, int], away: int = 60) -> np.typing.NDArray[np.intp]:
    """(N, 2), columns and rows of what is nearly of that colour."""
    near = np.abs(image.astype(int) - colour).sum(axis=2) < away
    return np.argwhere(near)[:, ::-1]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("timeline", [None, TIMELINE])
def test_any_size_is_drawn_on_and_the_frame_stays_as_it_was(width: int, height: int, timeline: Timeline | None) -> None:
    picture = np.full((height, width, 3), 128, np.uint8)
    overlay = ObjectOverlay(width, height, objects(width, height), timeline)
    image = overlay.draw(Frame(Fraction(1, 2), picture)).image
    assert image.shape == picture.shape
    assert (picture == 128).all()
    assert 0.01 < (image != 128).any(axis=2).mean() < 0.75


def test_a_person_has_a_frame_of_the_colour_of_the_track() -> None:
    found = places(drawn(width=920, height=680), track_colour(1), 8)
    left, top, right, bottom = 0.2 * 920, 0.3 * 680, 0.4 * 920, 0.8 * 680
    inside = found[(found[:, 1] > top - 2)]
    assert inside[:, 0].min() == pytest.approx(left, abs=2)
    assert inside[:, 0].max() == pytest.approx(right, abs=2)
    assert inside[:, 1].max() == pytest.approx(bottom, abs=2)


def test_a_product_has_the_colour_of_its_name() -> None:
    found = places(drawn(width=920, height=680), label_colour("can"), 8)
    assert found[:, 0].min() == pytest.approx(0.5 * 920, abs=3)
    assert found[:, 1].max() == pytest.approx(0.6 * 680, abs=3)


def test_a_zone_with_somebody_in_it_shines() -> None:
    empty = drawn(width=920, height=680, what=replace(objects(920, 680), observed=_nobody(920, 680)))
    busy = drawn(width=920, height=680)
    below_its_edge = np.s_[74:80, 60:100]
    assert (empty[below_its_edge] == 128).all()
    assert (busy[below_its_edge] != 128).any(axis=2).all()
    door = COLOURS[DOOR.kind]
    assert np.array_equal(places(busy, door, 40), places(empty, door, 40))


def _nobody(width: int, height: int) -> Observed:
    seen = observed(width, height)
    blank = tuple(
        replace(look, found=look.found.only(np.zeros(len(look.found), bool)), poses=(), hands=())
        for look in seen.observations
    )
    return replace(seen, observations=blank)


def test_a_hand_that_is_hidden_reaches_nowhere() -> None:
    def with_hands(*hands: Hand) -> Picture:
        seen = observed(920, 680)
        looks = tuple(replace(look, hands=hands) for look in seen.observations)
        return drawn(width=920, height=680, what=replace(objects(920, 680), observed=replace(seen, observations=looks)))

    hand = observed(920, 680).observations[0].hands[0]
    nobodys = with_hands()
    assert (with_hands(hand) != nobodys).any()
    assert np.array_equal(with_hands(replace(hand, score=0.05, holds=0.1)), nobodys)


def test_the_hand_of_somebody_unknown_is_not_everybodys() -> None:
    shelf = DrawnZone.of(SHELF, 320, 240, 1)
    look = observed(320, 240).observations[0]
    assert shelf.people(look) == 1
    unknown = replace(look.found, tracks=np.array([NOBODY, NOBODY]))
    assert shelf.people(replace(look, found=unknown, hands=(replace(look.hands[0], track=NOBODY),))) == 0


def test_what_was_not_seen_is_not_drawn() -> None:
    nothing = Objects(_nobody(320, 240))
    assert (drawn(what=nothing) == 128).all()
    assert (drawn(time=Fraction(60), what=Objects(observed())) == 128).all()


@pytest.mark.parametrize("box", [(-0.2, -0.3, 0.1, 0.2), (0.9, 0.9, 1.4, 1.5), (-1, -1, 2, 2), (0.5, 0.5, 0.5, 0.5)])
def test_a_box_beyond_the_picture_is_drawn_as_far_as_it_goes(box: tuple[float, ...]) -> None:
    image = drawn(what=Objects(observed(person=box)))
    assert (image != 128).any()


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_letters_stand_out_on_any_ground(grey: int) -> None:
    image = drawn(grey=grey, what=Objects(observed(person=(0.3, 0.5, 0.5, 0.9))))
    label = image[int(0.5 * 240) - 40 : int(0.5 * 240) - 3, int(0.3 * 320) + 4 : int(0.3 * 320) + 40].max(axis=2)
    assert label.max() > 220
    assert np.median(label) < 110


def test_small_pictures_have_frames_and_no_letters() -> None:
    image = drawn(width=64, height=48, what=Objects(observed(64, 48)), grey=40)
    assert not (image == 255).all(axis=2)[:10].any()
    assert len(places(image, track_colour(1), 60)) > 10


def test_a_frame_of_another_size() -> None:
    with pytest.raises(UsageError, match="made for one size"):
        ObjectOverlay(320, 240, objects()).draw(Frame(Fraction(0), np.zeros((48, 64, 3), np.uint8)))


def test_the_risk_grows_red() -> None:
    grid = Grid(Fraction(0), Fraction(1), Fraction(1), 3)
    risk = Risk(np.array([0.1, 0.4, 0.9], np.float32), grid, 0.6)
    images = [
        drawn(time=Fraction(time), width=920, height=680, what=replace(objects(920, 680), risk=risk))
        for time in (0, 1, 2)
    ]
    red = [len(places(image[:80, 700:], (255, 107, 94), 30)) for image in images]
    assert red[0] == red[1] == 0 < red[2]


@pytest.mark.parametrize("matrix", list(Matrix))
@pytest.mark.parametrize(("width", "height"), [(64, 48), (320, 240), (920, 680)])
def test_planes_show_the_same_as_pixels(matrix: Matrix, width: int, height: int) -> None:
    overlay = ObjectOverlay(width, height, objects(width, height), TIMELINE)
    pixels = overlay.draw(Frame(Fraction(1, 2), np.full((height, width, 3), 128, np.uint8))).image.astype(float)
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = 126
    overlay.draw_on(Planes(planes, matrix), Fraction(1, 2))
    rows = matrix.rows().astype(float)
    assert np.abs(pixels @ rows[0] + 16 - planes[:height]).mean() < 1
    for number, plane in enumerate(planes[height:].reshape(2, height // 2, width // 2), 1):
        full = (pixels @ rows[number] + 128).reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        assert np.abs(full - plane).mean() < 1.5


def test_a_copy_shows_them_and_keeps_the_colours_of_its_source(tmp_path: Path) -> None:
    grey = [np.full((240, 320, 3), 90, np.uint8)] * 30
    make_video(tmp_path / "source.mp4", grey)
    annotate(tmp_path / "source.mp4", TIMELINE, tmp_path / "copy.mp4", objects=objects())
    with Reader(tmp_path / "source.mp4") as before, Reader(tmp_path / "copy.mp4") as after:
        one, other = next(iter(before)).image.astype(int), next(iter(after)).image.astype(int)
    assert np.abs(one - other)[100:115, 200:230].max() < 4
    assert np.abs(other[150, 62:66] - track_colour(1)).sum(axis=1).min() < 120


def test_what_another_process_draws_is_the_same() -> None:
    grid = Grid(Fraction(0), Fraction(1), Fraction(1), 2)
    told = replace(objects(), risk=Risk(np.array([0.25, 0.5], np.float32), grid, 0.4))
    back = to_objects(json.loads(json.dumps(from_objects(told))))
    assert (back.interactions, back.site) == (told.interactions, told.site)
    assert np.array_equal(drawn(what=back), drawn(what=told))
    hand = replace(told.observed.observations[0].hands[0], holds=float("nan"))
    look = replace(told.observed.observations[0], hands=(hand,))
    unsure = replace(told, observed=replace(told.observed, observations=(look,)))
    (again,) = to_objects(json.loads(json.dumps(from_objects(unsure)))).observed.observations[0].hands
    assert np.isnan(again.holds)


# --- what people are said to do


def doing(time: float, *did: Interaction, holds: float = 0.0, reaches: bool = False) -> str:
    hand = Hand(1, "left", 0, 0, 0.9, holds)
    seen = replace(observed().observations[0], time=Fraction(time), hands=(hand,))
    return Doings(did).of(1, seen, reaches=reaches).text


def test_what_somebody_does_is_told_in_words() -> None:
    back = replace(PICKED, kind=InteractionKind.PUT_BACK, start=Fraction(8), end=Fraction(9))
    assert [doing(time, PICKED, back) for time in (0, 1.25, 2, 5, 8.5, 9.5, 20)] == [
        "",
        "picking up can",
        "picked up can",
        "holding can",
        "putting back can",
        "put back can",
        "",
    ]
    assert doing(0, holds=0.9) == "holding something"
    assert doing(0, reaches=True) == "reaching"
    second = replace(PICKED, start=Fraction(4), end=Fraction(5))
    assert doing(10, PICKED, second) == "holding 2 can"
    assert doing(10, replace(PICKED, product=""), replace(second, product="")) == "holding 2 things"
    assert doing(10, PICKED, replace(second, product="")) == "holding can, 1 more"
    assert doing(5, replace(PICKED, track=2)) == ""


def test_concealing_is_a_warning_and_pickups_are_counted() -> None:
    hidden = replace(PICKED, kind=InteractionKind.CONCEALED, start=Fraction(2), end=Fraction(3))
    doings = Doings((hidden, PICKED, replace(PICKED, start=Fraction(5), end=Fraction(6), zone="Door")))
    assert doings.of(1, replace(observed().observations[0], time=Fraction(5, 2)), reaches=False).warns
    assert [doings.picked_up(zone, Fraction(3)) for zone in ("Dairy", "Door", "nowhere")] == [1, 0, 0]


# --- labels


@given(
    st.lists(
        st.tuples(st.integers(-50, 350), st.integers(-50, 250), st.integers(1, 120), st.integers(1, 120)), max_size=8
    ),
    st.integers(5, 120),
    st.integers(5, 40),
)
def test_labels_keep_inside_and_off_each_other(boxes: list[tuple[int, int, int, int]], width: int, height: int) -> None:
    room = Places((0, 0, 320, 240), taken=[(280, 0, 320, 20)])
    room.begin()
    spots = [
        room.beside((x, y, x + wide, y + high), width, height, number, must=False)
        for number, (x, y, wide, high) in enumerate(boxes)
    ]
    kept = [spot for spot in spots if spot is not None]
    for left, top, right, bottom in kept:
        assert 0 <= left < right <= 320
        assert 0 <= top < bottom <= 240
    for at, one in enumerate(kept):
        for other in [*kept[:at], (280, 0, 320, 20)]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_a_label_stays_on_its_side_while_there_is_room() -> None:
    room = Places((0, 0, 320, 240))
    room.begin()
    room.beside((100, 60, 160, 100), 60, 30, "in the way", must=True)
    below = room.beside((100, 62, 160, 100), 60, 30, "one", must=True)
    room.begin()
    assert room.beside((100, 62, 160, 100), 60, 30, "one", must=True) == below
    assert room.beside((0, 0, 10, 10), 400, 40, "wide", must=True) is None
    crowd = [room.beside((50, 50, 60, 60), 300, 200, number, must=True) for number in range(3)]
    assert None not in crowd

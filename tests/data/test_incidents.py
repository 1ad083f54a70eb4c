from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import InputError, UsageError
from aisle.data import open_dataset
from aisle.data._body import figure
from aisle.data._incidents import APART, BETWEEN, FASTER, FIRST, MANNERS, Kind
from aisle.data._motion import stand
from aisle.data._scene import Scene, Shot, Sight, Studio, compose, compose_day
from aisle.data.rendered_incidents import (
    SIZE,
    UNUSUAL,
    VIDEOS,
    kinds_of,
    read,
    truth_of,
    visits_of,
    write_incidents,
)
from aisle.data.truth import Truth, read_truth
from aisle.media import Reader, probe

SECONDS = 30
FRAMES = 30 * SECONDS
WIDTH, HEIGHT = 230, 170


def day(kind: Kind, subject: int, camera: int = 1) -> Scene:
    return compose_day(5, camera, subject, 1, FRAMES, (kind,))


def shots(scene: Scene, *times: Fraction) -> list[Shot]:
    studio = Studio(scene, WIDTH, HEIGHT)
    return [studio.shoot(time, number) for number, time in enumerate(times)]


def bright(shot: Shot) -> np.ndarray:
    return shot.planes[:HEIGHT].astype(int)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("camera", [1, 2, 3])
def test_what_is_asked_for_happens_once_and_leaves_time_before_it(kind: Kind, camera: int) -> None:
    scene = day(kind, 50 + camera, camera)
    assert [incident.kind for incident in scene.incidents] == [kind]
    incident = scene.incidents[0]
    assert 0 < incident.start < incident.end
    assert kind is Kind.CONCEALING or incident.start >= FIRST
    assert kind is Kind.CONCEALING or incident.end <= SECONDS


def test_two_events_of_a_video_do_not_overlap() -> None:
    scene = compose_day(5, 2, 60, 1, FRAMES, (Kind.FALLING, Kind.BLOCKED))
    first, second = scene.incidents
    assert {first.kind, second.kind} == {Kind.FALLING, Kind.BLOCKED}
    assert second.start - first.end >= BETWEEN


def test_a_camera_sees_one_shop_and_each_day_is_another() -> None:
    once, again, other = (compose_day(5, camera, subject, 1, FRAMES) for camera, subject in [(1, 1), (1, 2), (2, 1)])
    assert once.shop == again.shop
    assert once.shop != other.shop
    assert once.people != again.people
    assert once.day != again.day


@pytest.mark.parametrize("subject", range(5))
def test_nothing_is_stolen_on_a_normal_day(subject: int) -> None:
    scene = compose_day(5, 1, subject, 1, 3 * FRAMES)
    assert not scene.incidents
    assert not any(act.theft for who in scene.people for act in who.acts)
    assert scene.people[0].basket


def test_a_runner_is_three_to_four_times_as_fast_as_a_walker() -> None:
    for subject in range(4):
        scene = day(Kind.RUNNING, 70 + subject)
        (incident,) = scene.incidents
        runner = scene.people[incident.actors[0]]
        times = [incident.start + Fraction(step, 30) for step in range(int((incident.end - incident.start) * 30))]
        places = [stand(runner, runner.number(time) or 0, time).ground for time in times]
        speed = max(math.dist(one, then) * 30 for one, then in itertools.pairwise(places))
        assert FASTER[0] * 0.95 < speed / runner.person.pace < FASTER[1] * 1.05


def test_the_box_of_a_runner_moves_with_them() -> None:
    scene = day(Kind.RUNNING, 70)
    (incident,) = scene.incidents
    times = [incident.start + Fraction(step, 15) for step in range(int((incident.end - incident.start) * 15))]
    boxes = [shot.sights[incident.actors[0]].box for shot in shots(scene, *times)]
    middles = [(box[1] + box[3]) / 2 for box in boxes if box and box[1] > 0 and box[3] < HEIGHT]
    moved = np.abs(np.diff(middles)) * 15 / HEIGHT
    assert moved.max() > 0.7  # heights of the picture a second; a walk is a third of one


def test_who_falls_lies_on_the_floor_and_gets_up() -> None:
    scene = day(Kind.FALLING, 80)
    (incident,) = scene.incidents
    who = scene.people[incident.actors[0]]

    def height(time: Fraction) -> float:
        body = figure(who, scene.shop, time)
        assert body is not None
        assert min(min(limb.start[2], limb.end[2]) for limb in body.limbs) > -0.06
        return float(max(max(limb.start[2], limb.end[2]) for limb in body.limbs))

    middle = (incident.start + incident.end) / 2
    assert height(incident.start) > 1.4
    assert height(middle) < 0.6
    assert height(incident.end) > 1.4
    lying, standing = shots(scene, middle, incident.start)
    (one, other) = (shot.sights[incident.actors[0]].box for shot in (lying, standing))
    assert one
    assert other
    assert one[3] - one[1] > 1.3 * (one[2] - one[0])


def test_two_who_fight_are_close_and_their_hands_are_fast() -> None:
    scene = day(Kind.FIGHTING, 90)
    (incident,) = scene.incidents
    pair = [scene.people[number] for number in incident.actors]
    times = [incident.start + Fraction(1) + Fraction(step, 30) for step in range(60)]
    palms = []
    for time in times:
        one, other = (stand(who, who.number(time) or 0, time).ground for who in pair)
        assert math.dist(one, other) < 0.9
        bodies = [body for who in pair if (body := figure(who, scene.shop, time))]
        palms.append([palm for body in bodies for palm in body.palms])
    speed = np.linalg.norm(np.diff(np.array(palms), axis=0), axis=-1) * 30
    assert np.median(speed.max(axis=1)) > 1.5


def test_what_is_left_stays_where_it_is_and_its_owner_goes() -> None:
    scene = day(Kind.LEFT, 100)
    (incident,) = scene.incidents
    (bag,) = incident.actors
    early, late = shots(scene, incident.start + 1, Fraction(SECONDS) - 1)
    assert early.sights[bag].box == late.sights[bag].box
    assert incident.end == SECONDS
    assert bag not in shots(scene, incident.start - Fraction(1, 30))[0].sights
    assert scene.people[~bag].number(incident.start) is not None
    assert scene.people[~bag].acts[-1].end < scene.people[~bag].acts[0].start + SECONDS
    box = early.sights[bag].box
    assert box
    empty = Studio(compose_day(5, 1, 100, 1, FRAMES), WIDTH, HEIGHT).shoot(Fraction(0), 0)
    inside = np.s_[box[1] : box[3], box[0] : box[2]]
    assert np.abs(bright(late)[inside] - bright(empty)[inside]).mean() > 15


@pytest.mark.parametrize("manner", MANNERS)
def test_a_blocked_camera_shows_little_of_the_shop(manner: str) -> None:
    scenes = (day(Kind.BLOCKED, subject) for subject in range(110, 140))
    scene = next(one for one in scenes if (cover := one.incidents[0].cover) and cover.manner == manner)
    (incident,) = scene.incidents
    before, first, blocked, after = (
        bright(shot)
        for shot in shots(scene, incident.start - 1, incident.start, (incident.start + incident.end) / 2, incident.end)
    )
    fine = [np.abs(np.diff(picture, axis=1)).mean() for picture in (before, blocked, after)]
    assert fine[1] < 0.6 * fine[0]
    assert fine[2] > 0.8 * fine[0]
    assert np.abs(first - before).mean() < np.abs(blocked - before).mean()


def test_those_who_come_for_an_event_keep_apart_from_the_others() -> None:
    scene = day(Kind.FALLING, 81)
    actor = scene.people[scene.incidents[0].actors[0]]
    for step in range(SECONDS * 4):
        time = Fraction(step, 4)
        number = actor.number(time)
        for other in scene.people:
            if other is not actor and number is not None and (there := other.number(time)) is not None:
                grounds = stand(actor, number, time).ground, stand(other, there, time).ground
                assert math.dist(*grounds) > 0.9 * APART


# --- the set on disk


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("incidents")
    assert write_incidents(folder, videos=3, seed=3, seconds=Fraction(20), jobs=1) == 3
    return folder


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return read_truth(truth_of(next((folder / "test").glob("*.mp4"))))


def test_videos_are_small_and_the_truth_tells_of_every_frame(folder: Path, truth: Truth) -> None:
    for video in folder.glob("*/*.mp4"):
        info = probe(video)
        assert (info.width, info.height, info.rate) == (*SIZE, 15)
        with Reader(video) as reader:
            assert sum(1 for _ in reader) == 300 == read_truth(truth_of(video)).frames
    assert all(len(track.boxes) == 300 for track in truth.tracks)


def test_only_test_videos_have_rare_events_and_their_places_lie_in_the_picture(folder: Path, truth: Truth) -> None:
    for video in (folder / "train").glob("*.mp4"):
        assert read_truth(truth_of(video)).incidents == ()
    assert truth.incidents
    for seen in truth.incidents:
        assert seen.kind in set(Kind)
        assert 0 <= seen.start < seen.end <= truth.frames
        assert len(seen.boxes) == seen.end - seen.start
        assert seen.boxes[0] is not None
        for left, top, right, bottom in filter(None, seen.boxes):
            assert 0 <= left < right <= SIZE[0]
            assert 0 <= top < bottom <= SIZE[1]


def test_it_is_read_as_timelines_of_what_is_unusual(folder: Path, truth: Truth) -> None:
    dataset = open_dataset(folder)
    assert dataset.kind == "rendered_incidents"
    (example,) = dataset.split("test")
    spans = [(seen.start, seen.end) for seen in truth.incidents]
    assert [(act.start * 15, act.end * 15) for act in example.segments] == spans
    assert {act.label for act in example.segments} == {UNUSUAL}
    assert all(not one.segments for one in (*dataset.split("train"), *dataset.split("validation")))


def test_a_truth_of_a_usual_set_says_nothing_of_incidents(folder: Path) -> None:
    normal = next((folder / "train").glob("*_truth.json"))
    assert "incidents" not in json.loads(normal.read_text())


def test_a_set_can_be_had_again_and_is_not_mixed_with_another(folder: Path) -> None:
    assert write_incidents(folder, videos=3, seed=3, seconds=Fraction(20), jobs=1) == 0
    with pytest.raises(UsageError, match="holds another set"):
        write_incidents(folder, videos=3, seed=4, seconds=Fraction(20))


def test_every_kind_has_its_turn_among_the_test_videos() -> None:
    splits = list(visits_of(VIDEOS).values())
    assert [splits.count(split) for split in ("train", "validation", "test")] == [15, 7, 22]
    happening = [kinds_of(0, number) for number in range(22)]
    assert {kinds[0] for kinds in happening} == set(Kind)
    assert {len(kinds) for kinds in happening} == {1, 2}
    assert all(len(set(kinds)) == len(kinds) for kinds in happening)


def test_usual_shops_are_as_they_were() -> None:
    """The figures were taken before there were rare events."""
    scene = compose(2, 1, 1, 150)
    assert not scene.incidents
    assert scene.day == scene.shop.seed
    shot = Studio(scene, 64, 48).shoot(Fraction(4), 30)
    assert abs(int(shot.planes.sum()) - 540210) < 100  # sums may differ in the last digit from machine to machine
    assert shot.sights[0] == Sight((34, 4, 60, 22), (45, 8, 1), (58, 14, 1))


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ({"videos": 2}, "2; allowed"),
        ({"videos": 1000}, "1000"),
        ({"seconds": Fraction(9)}, "9 s"),
        ({"seed": -1}, "-1"),
    ],
)
def test_a_wrong_call_is_refused(tmp_path: Path, wrong: dict[str, int], got: str) -> None:
    with pytest.raises(UsageError) as refused:
        write_incidents(tmp_path, **wrong)
    assert got in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_videos_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rendered video"):
        read(tmp_path)

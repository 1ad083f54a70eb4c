"""The networks that come with the package, on a rendered video as any user would have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.analysis.observe import observe
from aisle.core import DamagedError
from aisle.core.detections import PERSON, Detections, Observation
from aisle.core.interaction import InteractionKind
from aisle.data.rendered_set import Recipe, render_visit
from aisle.data.truth import Truth, read_truth
from aisle.deploy.bundle import write_sealed
from aisle.deploy.object_detectors import open_detector
from aisle.deploy.overhead import open_overhead_handling, open_overhead_hands
from aisle.events.interactions import interactions
from aisle.events.visits import visits
from aisle.objects.observer import Observer

SUBJECT = 57


@pytest.fixture(scope="module")
def truth_and_looks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, tuple[Observation, ...]]:
    """Somebody takes a bottle from a shelf, looks at it and puts it back, in twelve seconds."""
    folder = tmp_path_factory.mktemp("shop")
    render_visit(folder, Recipe(202, "12"), SUBJECT, 1)
    truth = read_truth(folder / f"{SUBJECT}_1_truth.json")
    observed = observe(folder / truth.video, Observer(open_detector("overhead"), hands=open_overhead_hands()))
    return truth, open_overhead_handling()(observed.observations)


def test_the_shopper_is_found_where_they_are(truth_and_looks: tuple[Truth, tuple[Observation, ...]]) -> None:
    truth, looks = truth_and_looks
    apart = []
    for look in looks:
        box = truth.tracks[0].boxes[look.frame]
        if box is not None and box[3] < 640 and len(look.found) == 1:
            apart.append(np.abs(look.found.boxes.corners[0] - box).max())
    assert len(apart) > 30
    assert np.median(apart) < 40


def test_hands_are_near_where_they_are(truth_and_looks: tuple[Truth, tuple[Observation, ...]]) -> None:
    truth, looks = truth_and_looks
    apart = []
    for look in looks:
        for hand in look.hands:
            track = truth.tracks[0]
            true = (track.left if hand.side == "left" else track.right)[look.frame]
            if true is not None and true[2]:
                apart.append(np.hypot(hand.x - true[0], hand.y - true[1]))
    assert np.median(apart) < 25


def test_what_is_taken_and_put_back_is_told(truth_and_looks: tuple[Truth, tuple[Observation, ...]]) -> None:
    truth, looks = truth_and_looks
    assert truth.site is not None
    (held,) = truth.tracks[0].holds
    assert held.ended == "back"
    picked, back = interactions(looks, truth.site)
    assert (picked.kind, back.kind) == (InteractionKind.PICKED_UP, InteractionKind.PUT_BACK)
    for each, frame in ((picked, held.start), (back, held.end)):
        assert each.zone == "shelf 1"
        assert float(each.start + each.end) / 2 == pytest.approx(frame / 30, abs=0.5)
    assert [
        (visit.items, visit.concealed) for visit in visits(looks, [picked, back]) if visit.track == picked.track
    ] == [(0, 0)]


def test_nobody_has_no_hands() -> None:
    assert open_overhead_hands()(np.zeros((68, 92, 3), np.uint8), Detections.none()) == ()
    assert open_detector("overhead").labels == (PERSON,)


def test_another_kind_of_folder_is_told(tmp_path: Path) -> None:
    write_sealed({"kind": "detector"}, tmp_path)
    for opened in (open_overhead_hands, open_overhead_handling):
        with pytest.raises(DamagedError, match="detector"):
            opened(tmp_path)

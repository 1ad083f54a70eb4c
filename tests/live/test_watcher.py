"""Pictures in, events out: the same ones from a camera as from a file, whatever the pieces and the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.analysis.analyzer import Analyzer
from aisle.analysis.backbone import Answers
from aisle.core import Event, Frame, UnknownNameError, UsageError
from aisle.events.alarm import Alarm, Policy
from aisle.live.watcher import Watcher, kinds_of
from backbones import GREEN, RED, ColourBackbone, GlowBackbone, glowing, plain

RATE = Fraction(25)
AT_ONCE = Policy(
    threshold=0.6,
    release=0.4,
    hold=Fraction(1),
    linger=Fraction(1),
    cooldown=Fraction(2),
    smooth=Fraction(0),
)


def frames(colours: Iterable[tuple[int, int, int]], start: int = 0) -> Iterator[Frame]:
    return (Frame((start + number) / RATE, plain(colour)) for number, colour in enumerate(colours))


def events_of(watcher: Watcher, pictures: Iterable[Frame]) -> list[Event]:
    found = [event for frame in pictures for event in watcher.push(frame)]
    return found + list(watcher.finish())


def without_id(events: Iterable[Event]) -> list[Event]:
    return [replace(event, id="") for event in events]


def red_for(before: int, red: int, after: int) -> list[tuple[int, int, int]]:
    return [GREEN] * before + [RED] * red + [GREEN] * after


def test_an_event_starts_once_and_ends_once() -> None:
    watcher = Watcher(ColourBackbone(), "till", {"red": AT_ONCE}, clock=lambda: Fraction(1000))
    events = events_of(watcher, frames(red_for(200, 200, 200)))
    assert len({event.id for event in events}) == 1
    assert [event.state for event in events] == ["open"] * (len(events) - 1) + ["ended"]
    last = events[-1]
    assert (last.camera, last.kind, last.clock) == ("till", "red", 1000)
    assert (last.started, last.ended) == (8, 16)
    assert last.peak > 0.9


@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 120), min_size=1, max_size=6),
    piece=st.sampled_from([8, 16, 64]),
    late=st.sets(st.integers(0, 600)),
)
def test_a_file_and_a_camera_give_the_same_events(lengths: list[int], piece: int, late: set[int]) -> None:
    colours = [(RED, GREEN)[turn % 2] for turn, length in enumerate(lengths) for _ in range(length)]
    model = ColourBackbone()
    watcher = Watcher(model, "till", {"red": AT_ONCE}, piece=piece)
    live = [
        event
        for number, frame in enumerate(frames(colours))
        for event in watcher.push(frame, behind=Fraction(2 * (number in late)))
    ]
    live += watcher.finish()

    analyzer = Analyzer(model)
    for frame in frames(colours):
        analyzer.push(frame)
    _, scores = analyzer.finish()
    alarm, filed = Alarm("till", "red", AT_ONCE), list[Event]()
    for cell, row in enumerate(scores.values):
        filed += alarm.update(*scores.grid.cell(cell), min(float(row[0]), 1.0))
    assert without_id(live) == without_id([*filed, *alarm.finish()])


@settings(max_examples=15, deadline=None)
@given(first=st.integers(1, 150), missing=st.integers(1, 100), second=st.integers(1, 150))
def test_behind_a_gap_everything_starts_anew(first: int, missing: int, second: int) -> None:
    watcher = Watcher(ColourBackbone(), "till", {"red": AT_ONCE})
    pictures = [*frames([RED] * first), *frames([RED] * second, start=first + missing)]
    events = events_of(watcher, pictures)
    assert watcher.gaps == 1
    assert watcher.judged >= (first + missing + second) / RATE
    for event in events:
        assert event.updated <= watcher.judged
    ids = [event.id for event in events if event.state == "ended"]
    assert len(ids) == len(set(ids)) == len({event.id for event in events})


def test_the_risk_can_be_read_at_any_time() -> None:
    watcher = Watcher(ColourBackbone(), "till", {"red": AT_ONCE, "green": AT_ONCE})
    assert watcher.risks == {"red": 0.0, "green": 0.0}
    for frame in frames([RED] * 200):
        watcher.push(frame)
    assert watcher.risks["red"] > 0.9 > 0.1 > watcher.risks["green"]


def test_without_pictures_nothing_happens() -> None:
    assert Watcher(ColourBackbone(), "till", {"red": AT_ONCE}).finish() == ()


def test_it_must_be_told_what_to_warn_of() -> None:
    with pytest.raises(UsageError, match="nothing to warn of; got: no kinds; allowed: red, green, blue"):
        Watcher(ColourBackbone(), "till", {})
    with pytest.raises(UsageError, match=r"colours has no alarm of its own; .*do: name one of them"):
        kinds_of(ColourBackbone())
    with pytest.raises(UnknownNameError, match="unknown label; got: 'rot'"):
        kinds_of(ColourBackbone(), ["rot"], threshold=0.5)
    with pytest.raises(UsageError, match="colours has no threshold"):
        kinds_of(ColourBackbone(), ["red"])


def test_a_model_with_a_threshold_warns_of_its_second_class() -> None:
    model = ColourBackbone(answers=Answers(threshold=0.3))
    assert kinds_of(model) == {"green": Policy.usual(0.3)}
    assert kinds_of(model, ["red"], threshold=0.5) == {"red": Policy.usual(0.5)}


def test_an_event_says_where_it_was_hottest() -> None:
    pictures = [plain(GREEN)] * 200 + [glowing(2, 1)] * 80 + [plain(GREEN)] * 200
    model = GlowBackbone()
    watcher = Watcher(model, "till", kinds_of(model), drift=False)
    events = events_of(watcher, (Frame(number / RATE, picture) for number, picture in enumerate(pictures)))
    assert events[0].place == events[-1].place == (0.5, 1 / 3, 0.75, 2 / 3)
    assert all(event.place == events[0].place for event in events)
    assert {event.kind for event in events} == {"unusual"}


def test_a_second_event_has_a_place_of_its_own() -> None:
    calm = [plain(GREEN)] * 400
    pictures = [*calm, *[glowing(0, 0)] * 80, *calm, *calm, *calm, *[glowing(3, 2)] * 80, *calm]
    model = GlowBackbone()
    watcher = Watcher(model, "till", kinds_of(model), drift=False)
    events = events_of(watcher, (Frame(number / RATE, picture) for number, picture in enumerate(pictures)))
    assert [event.place for event in events if event.ended] == [(0, 0, 0.25, 1 / 3), (0.75, 2 / 3, 1, 1)]


def test_a_model_that_does_not_say_where_gives_events_without_a_place() -> None:
    events = events_of(Watcher(ColourBackbone(), "till", {"red": AT_ONCE}), frames(red_for(100, 100, 100)))
    assert events
    assert {event.place for event in events} == {None}


def test_a_prompt_model_is_told_of_within_half_a_second_of_its_risk() -> None:
    model = GlowBackbone()
    watcher = Watcher(model, "till", kinds_of(model), drift=False)
    pictures = [plain(GREEN)] * 200 + [glowing(2, 1)] * 80 + [plain(GREEN)] * 200
    first = events_of(watcher, (Frame(number / RATE, picture) for number, picture in enumerate(pictures)))[0]
    assert 8 <= first.started <= first.updated <= Fraction(17, 2)

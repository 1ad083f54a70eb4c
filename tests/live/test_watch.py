"""A file watched as if it were a camera: what its listener and its sinks are told, and the clip that is left."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from aisle.core import AisleError, Event, OutputError
from aisle.events.alarm import Policy
from aisle.live.watch import Evidence, watch
from aisle.live.watcher import Watcher
from aisle.media.camera import Camera
from aisle.media.read import Reader
from backbones import GREEN, RED, ColourBackbone, plain
from videos import make_video

POLICY = Policy(0.6, release=0.4, hold=Fraction(1), linger=Fraction(1), cooldown=Fraction(2), smooth=Fraction(0))
RATE = Fraction(25)


class Heard:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.known: list[Fraction] = []
        self.events: list[Event] = []
        self.clips: list[tuple[Event, Path, Fraction]] = []
        self.failures: list[tuple[Event, AisleError]] = []

    def risks(self, time: Fraction, risks: Mapping[str, float]) -> None:
        assert set(risks) == {"red"}
        self.known.append(time)

    def event(self, event: Event) -> None:
        self.events.append(event)

    def evidence(self, event: Event, clip: Path, start: Fraction) -> None:
        self.clips.append((event, clip, start))

    def failed(self, event: Event, error: AisleError) -> None:
        self.failures.append((event, error))


class Told:
    """A sink that may be full."""

    def __init__(self, *, full: bool = False) -> None:
        self.news: list[tuple[Event, Path | None]] = []
        self._full = full

    def send(self, event: Event, evidence: Path | None) -> None:
        if self._full:
            raise OutputError("the disk is full")
        self.news.append((event, evidence))

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of green, six of red, ten of green."""
    colours = [GREEN] * 250 + [RED] * 150 + [GREEN] * 250
    return make_video(tmp_path_factory.mktemp("shop") / "shop.mp4", (plain(one) for one in colours), RATE)


def watched(video: Path, sink: Told, evidence: Evidence | None) -> Heard:
    heard, model = Heard(), ColourBackbone()
    with Camera(str(video), size=(64, 48), rate=RATE, realtime=False) as camera:
        watch(camera, Watcher(model, "till", {"red": POLICY}), heard, sinks=[sink], evidence=evidence)
    return heard


def test_an_incident_is_one_alarm_with_its_clip(shop: Path, tmp_path: Path) -> None:
    sink = Told()
    heard = watched(shop, sink, Evidence(tmp_path))
    assert heard.failures == []
    assert heard.known == sorted(heard.known)
    assert heard.known[-1] > 23
    last = heard.events[-1]
    assert last.state == "ended"
    assert (float(last.started), float(last.updated)) == pytest.approx((10, 16), abs=0.4)
    assert len({event.id for event in heard.events}) == 1
    (first, *_), (final, clip, start) = heard.clips, heard.clips[-1]
    assert first[0].ended is None
    assert final.ended is not None
    assert clip == tmp_path / f"{last.id}.mp4"
    assert start <= last.started - 5
    with Reader(clip) as reader:
        reds = [float(start + frame.time) for frame in reader if np.argmax(frame.image.mean((0, 1))) == 0]
    assert (reds[0], reds[-1]) == pytest.approx((10, 16), abs=0.1)
    assert sink.news[-1] == (last, clip)
    assert {evidence for _, evidence in sink.news[:-1]} == {None}


def test_without_evidence_sinks_hear_of_the_end_at_once(shop: Path) -> None:
    sink = Told()
    heard = watched(shop, sink, None)
    assert [event for event, _ in sink.news] == heard.events
    assert heard.clips == []


def test_a_sink_that_cannot_take_it_does_not_end_the_watching(shop: Path, tmp_path: Path) -> None:
    heard = watched(shop, Told(full=True), Evidence(tmp_path))
    assert heard.events[-1].state == "ended"
    assert {str(error) for _, error in heard.failures} == {"the disk is full"}


def test_a_clip_that_cannot_be_written_is_told_and_the_end_all_the_same(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sink = Told()
    heard = watched(shop, sink, Evidence(tmp_path / "file"))
    assert heard.failures
    assert sink.news[-1][0].state == "ended"
    assert sink.news[-1][1] is None


def test_a_long_event_keeps_the_clip_of_its_beginning(shop: Path, tmp_path: Path) -> None:
    sink, short = Told(), Evidence(tmp_path, before=Fraction(1), after=Fraction(1), longest=Fraction(3))
    heard = watched(shop, sink, short)
    full = [clip for clip in heard.clips if short.is_full(clip[0])]
    assert [clip[0].ended is None for clip in full] == [True, False]
    assert {start for _, _, start in full} == {full[0][2]}
    assert full[0][2] <= 9
    assert sink.news[-1] == (full[-1][0], tmp_path / f"{full[-1][0].id}.mp4")

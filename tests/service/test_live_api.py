"""Cameras, events and what happens now, models, figures and health, as a client sees them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aisle.core.event import Event
from aisle.service.records import Evidence
from videos import make_video

from .running import MODELS, Running, Status, running, wait

CLOCK = Fraction(1_795_000_000)
"""2026-11-18T11:06:40Z"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("data"), heartbeat_s=0.2) as started:
        yield started


def event(id_: str, camera: str = "till", started: int = 10, ended: int | None = 20) -> Event:
    last = Fraction(ended or started)
    return Event(id_, camera, "shoplifting", Fraction(started), last, last if ended else None, 0.9, CLOCK)


@pytest.fixture(scope="module")
def events(service: Running) -> Running:
    """Five of them: two cameras, one that lasts, one with a clip."""
    clip = make_video(service.folder.evidence / "e1.mp4")
    service.store.add_event(event("e1"), Evidence(str(clip.relative_to(service.folder.root)), Fraction(5)))
    for number in (2, 3, 4):
        service.store.add_event(
            event(f"e{number}", camera="door" if number == 2 else "till", started=number * 100, ended=number * 100 + 5)
        )
    service.store.add_event(event("e5", started=900, ended=None))
    return service


# --- cameras


def test_a_camera_is_added_shown_and_removed(service: Running) -> None:
    client = service.client
    body = {"name": "Till 1", "source": "rtsp://viewer:s3cret@10.0.0.7/1", "model": "shoplifting", "threshold": 0.4}
    added = client.post("/v1/streams", json=body)
    assert added.status_code == 201, added.text
    address = added.headers["location"]
    assert added.json()["source"] == "rtsp://viewer:...@10.0.0.7/1"
    for answer in (added, client.get(address), client.get("/v1/streams"), client.get("/metrics")):
        assert "s3cret" not in answer.text
    assert client.get(address).json() == added.json()
    assert added.json()["status"]["risks"] == {"shoplifting": 0.25}
    assert [each["name"] for each in client.get("/v1/streams").json()["items"]] == ["Till 1"]
    picture = client.get(f"{address}/picture")
    assert (picture.status_code, picture.headers["content-type"], picture.content[:2]) == (
        200,
        "image/jpeg",
        b"\xff\xd8",
    )
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.get("/v1/streams").json() == {"items": [], "next": None}


def test_a_camera_whose_model_is_gone_is_shown_without_status(service: Running) -> None:
    service.store.add_stream("lost", name="Old", source="0", model="gone")
    assert service.client.get("/v1/streams/lost").json()["status"] is None
    assert service.client.get("/v1/streams/lost/picture").status_code == 204
    service.store.remove_stream("lost")


# --- events


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "e5 e4 e3 e2 e1"),
        ("?camera=door", "e2"),
        ("?camera=none", ""),
        ("?kind=shoplifting&state=open", "e5"),
        ("?state=ended&camera=till", "e4 e3 e1"),
        ("?since=2026-11-18T11:10:00Z&until=2026-11-18T12:13:20%2B01:00", "e3 e2"),
        ("?review=none&limit=2", "e5 e4"),
        ("?review=confirmed", ""),
    ],
)
def test_events_are_found(events: Running, query: str, found: str) -> None:
    answer = events.client.get(f"/v1/events{query}")
    assert answer.status_code == 200, answer.text
    assert " ".join(each["id"] for each in answer.json()["items"]) == found


def test_an_event_is_shown_with_its_clip(events: Running) -> None:
    said = events.client.get("/v1/events/e1").json()
    assert (said["state"], said["started_s"], said["ended_s"], said["clip"], said["clip_start_s"]) == (
        "ended",
        10,
        20,
        True,
        5,
    )
    assert said["at"] == "2026-11-18T11:06:50.000+00:00"
    clip = events.client.get("/v1/events/e1/clip", headers={"Range": "bytes=0-99"})
    assert (clip.status_code, clip.headers["content-type"], len(clip.content)) == (206, "video/mp4", 100)
    assert events.client.get("/v1/events/e2/clip").json()["type"] == "/docs#problem-absent"


def test_what_people_say_can_be_trained_on(events: Running) -> None:
    reviewed = events.client.post("/v1/events/e1/review", json={"verdict": "dismissed", "note": "staff"})
    assert reviewed.json()["review"]["note"] == "staff"
    assert [each["id"] for each in events.client.get("/v1/events?review=dismissed").json()["items"]] == ["e1"]
    table = events.client.get("/v1/events/export")
    assert table.headers["content-type"].startswith("text/csv")
    assert 'filename="clips.csv"' in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert rows == [{"path": "evidence/e1.mp4", "start": "5.0", "end": "15.0", "label": "normal", "group": "till"}]
    events.client.post("/v1/events/e1/review", json={"verdict": "confirmed"})
    assert "shoplifting" in events.client.get("/v1/events/export").text


# --- what happens now


class Ear:
    """Hears server-sent events of one connection."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next(self, kind: str) -> tuple[str | None, dict[str, Any]]:
        """Mark and JSON of the next event of this kind."""
        mark, name = None, ""
        for line in self._lines:
            field, _, value = line.partition(": ")
            mark = value if field == "id" else mark
            name = value if field == "event" else name
            if field == "data" and name == kind:
                return mark, json.loads(value)
            if not line:
                mark, name = None, ""
        raise AssertionError(f"no {kind}")


def test_news_are_told_as_they_happen(events: Running) -> None:
    record = events.cameras.add(name="Live", source="0")
    with events.client.stream("GET", "/v1/live") as answer:
        ear = Ear(answer.iter_lines())
        assert ear.next("stream")[1]["status"]["state"] == "live"
        news = {"id": record.id, "name": "Live", "source": "0"}
        events.cameras.now[record.id] = Status(risks={"shoplifting": 0.5})
        events.hub.publish("stream", {**news, "status": events.cameras.now[record.id]})
        assert ear.next("stream")[1]["status"]["risks"] == {"shoplifting": 0.5}
        events.cameras.now[record.id] = Status(state="lost", reason="no route to /srv/host")
        events.hub.publish("stream", {**news, "status": events.cameras.now[record.id]})
        lost = ear.next("stream")[1]["status"]
        assert (lost["state"], lost["reason"]) == ("lost", "no route to host")
        events.store.add_event(event("e6", started=1000, ended=None))
        events.hub.publish("event", {"id": "e6", "stream": record.id})
        mark, said = ear.next("event")
        assert (said["id"], said["state"], mark) == ("e6", "open", str(said["number"]))
        events.store.update_event(event("e6", started=1000, ended=1004))
        events.hub.publish("event", {"id": "e6", "stream": record.id})
        assert ear.next("event")[1]["ended_s"] == 1004
        events.client.delete(f"/v1/streams/{record.id}")
        assert ear.next("removed")[1] == {"id": record.id}
    events.store.add_event(event("e7", started=2000, ended=2001))
    with events.client.stream("GET", "/v1/live", headers={"Last-Event-ID": str(mark)}) as answer:
        assert Ear(answer.iter_lines()).next("event")[1]["id"] == "e7"


def test_a_connection_without_news_is_kept_alive_and_noticed_when_it_ends(service: Running) -> None:
    def listening() -> float:
        return figure(service, "aisle_listeners")

    with service.client.stream("GET", "/v1/live") as answer:
        lines = answer.iter_lines()
        assert ": still here" in lines
        assert listening() == 1
    wait(lambda: listening() == 0)


# --- models, figures, health


def test_models_are_shown_with_their_figures(service: Running) -> None:
    said = service.client.get("/v1/models").json()["items"]
    assert [each["name"] for each in said] == list(MODELS)
    network, head = said
    assert (network["task"], len(network["labels"]), network["measured"]) == ("both", 400, None)
    assert (head["labels"], head["warns"]) == (["normal", "shoplifting"], True)
    figures = {each["name"]: each for each in head["measured"]["figures"]}
    assert figures["f1"]["low"] < figures["f1"]["value"] < figures["f1"]["high"]
    assert head["measured"]["data"] == "shoplifting_lab"
    assert service.client.get("/v1/models/shoplifting").json() == head


def figure(service: Running, name: str, **labels: str) -> float:
    families = text_string_to_metric_families(service.client.get("/metrics").text)
    found = [s.value for f in families for s in f.samples if s.name == name and labels.items() <= s.labels.items()]
    return sum(found)


def test_figures_are_kept_by_route_and_by_camera(service: Running, tmp_path: Path) -> None:
    video = make_video(tmp_path / "a.mp4")
    before = figure(service, "aisle_videos_total", way="request")
    service.client.post("/v1/classify", files={"file": ("a.mp4", video.read_bytes())})
    service.client.post("/v1/classify", files={"file": ("a.mp4", b"no video")})
    for number in range(5):
        service.client.get(f"/v1/analyses/nothing-{number}")
        service.client.get(f"/nothing-{number}/at/all")
    assert figure(service, "aisle_videos_total", way="request") == before + 1
    assert figure(service, "aisle_videos_failed_total", way="request") == 1
    assert figure(service, "aisle_requests_total", route="/v1/analyses/{id}", status="404") == 5
    assert figure(service, "aisle_requests_total", route="(none)", status="404") == 5
    assert figure(service, "aisle_request_seconds_count", route="/v1/classify") == 2
    assert figure(service, "aisle_inference_seconds_total") > 0
    assert figure(service, "aisle_memory_bytes") > 1e6
    camera = service.cameras.add(name="Door", source="0")
    assert figure(service, "aisle_camera_risk", camera="Door", kind="shoplifting") == 0.25
    assert figure(service, "aisle_camera_dropped_total", camera="Door") == 2
    assert figure(service, "aisle_camera_state", camera="Door", state="live") == 1
    service.cameras.remove(camera.id)


def test_readiness_says_what_lacks(tmp_path: Path) -> None:
    with running(tmp_path / "data", free_bytes=1 << 60) as service:
        answer = service.client.get("/readyz")
        assert (answer.status_code, answer.json()["type"]) == (503, "/docs#problem-unavailable")
        assert "the disk" in answer.json()["got"]
        assert service.client.get("/healthz").json() == {"status": "ok"}
        refused = service.client.post("/v1/classify", files={"file": ("a.mp4", b"a")})
        assert (refused.status_code, refused.json()["type"]) == (507, "/docs#problem-storage")

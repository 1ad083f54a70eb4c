"""An analysis from its upload to its removal, as a client sees it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest

from videos import make_video

from .running import Running, running, wait


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("media") / "till.mp4")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("data"), media_root=video.parent, heartbeat_s=0.2, queued=3) as started:
        yield started


@pytest.fixture(scope="module")
def done(service: Running, video: Path) -> str:
    """The address of an analysis that is done."""
    files = {"file": ("../a/Till é 1.mp4", video.read_bytes(), "text/html")}
    answer = service.client.post("/v1/analyses", files=files, data={"annotate": "true", "model": "shoplifting"})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/analyses/{answer.json()['id']}"
    service.finished(answer.json()["id"])
    return str(answer.headers["location"])


def test_an_analysis_that_is_done_says_what_came_out(service: Running, done: str) -> None:
    said = service.client.get(done).json()
    assert (said["state"], said["name"], said["model"]) == ("done", "Till é 1.mp4", "shoplifting")
    assert (said["progress"], said["attempts"], said["error"]) == (1.0, 1, None)
    assert said["label"]
    assert said["timing"] == {"decode_s": 3.25, "inference_s": 8.5, "total_s": 9.75}
    assert said["created"] <= said["started"] <= said["finished"]
    assert said["created"].endswith("+00:00")


@pytest.mark.parametrize(
    ("query", "accept", "media"),
    [
        ("", "*/*", "application/json"),
        ("", "text/csv;q=0.9, application/json;q=0.1", "text/csv; charset=utf-8"),
        ("", "text/*", "text/csv; charset=utf-8"),
        ("", "application/json;q=0, */*", "text/csv; charset=utf-8"),
        ("?format=csv", "application/json", "text/csv; charset=utf-8"),
        ("?format=parquet", "*/*", "application/vnd.apache.parquet"),
        ("", "application/vnd.apache.parquet", "application/vnd.apache.parquet"),
    ],
)
def test_the_timeline_comes_in_the_form_that_is_asked_for(
    service: Running, done: str, query: str, accept: str, media: str
) -> None:
    answer = service.client.get(f"{done}/timeline{query}", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    if "json" in media:
        assert len(answer.json()["segments"]) > 2
    elif "csv" in media:
        assert answer.text.lstrip("\ufeff").startswith("video,start_s,end_s,label,score")
    else:
        assert pq.read_table(io.BytesIO(answer.content)).num_rows > 2


def test_a_form_that_there_is_none_of_is_refused(service: Running, done: str) -> None:
    answer = service.client.get(f"{done}/timeline", headers={"Accept": "application/xml"})
    assert (answer.status_code, answer.json()["type"]) == (406, "/docs#problem-form")
    assert service.client.get(f"{done}/timeline?format=xml").status_code == 422


def test_the_results_do_not_say_where_anything_lies(service: Running, done: str) -> None:
    for part in ("", "/timeline", "/timeline?format=csv", "/report"):
        text = service.client.get(done + part).text
        assert "Till" in text
        assert str(service.settings.data) not in text
        assert "uploads" not in text


def test_the_report_plays_the_video_beside_it(service: Running, done: str) -> None:
    answer = service.client.get(f"{done}/report")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert 'src="video"' in answer.text


@pytest.mark.parametrize("part", ["video", "source"])
def test_a_video_is_served_in_parts(service: Running, done: str, video: Path, part: str) -> None:
    address, content = f"{done}/{part}", video.read_bytes()
    whole = service.client.get(address)
    size, tag = len(content), whole.headers["etag"]
    assert (whole.content, whole.headers["accept-ranges"]) == (content, "bytes")
    assert whole.headers["content-type"] == "video/mp4"

    def part_of(wanted: str, **headers: str) -> httpx.Response:
        return service.client.get(address, headers={"Range": wanted, **headers})

    assert part_of("bytes=0-9").content == content[:10]
    assert part_of("bytes=0-9").headers["content-range"] == f"bytes 0-9/{size}"
    assert part_of("bytes=10-").content == content[10:]
    assert part_of("bytes=-7").content == content[-7:]
    assert part_of(f"bytes=5-{size * 9}").content == content[5:]
    assert part_of("bytes=0-9", **{"If-Range": tag}).status_code == 206
    assert part_of("bytes=0-9", **{"If-Range": '"another"'}).content == content
    several = part_of("bytes=0-3, 10-12")
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges")
    for wrong in ("bytes=9-2", "bytes=a-b", "lines=1-2", "bytes", "bytes=--1", "bytes=" + "9" * 5000 + "-"):
        assert part_of(wrong).status_code == 200
    beyond = part_of(f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert beyond.json()["type"] == "/docs#problem-range"
    assert service.client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert service.client.head(address).status_code == 405


def test_progress_is_told_as_it_happens(service: Running) -> None:
    service.models.held.set()
    id_ = service.client.post("/v1/analyses", json={"path": "till.mp4"}).json()["id"]
    said: list[tuple[str, str]] = []
    silences = 0
    with service.client.stream("GET", f"/v1/analyses/{id_}/progress") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            silences += line == ": still here"
            if name in ("id", "event", "data"):
                said.append((name, value))
            if silences == 2:
                service.models.held.clear()
    events = [value for name, value in said if name == "event"]
    states = [json.loads(value)["state"] for name, value in said if name == "data"]
    assert (events[-1], states[-1], silences >= 2) == ("done", "done", True)
    assert "running" in states
    last = [value for name, value in said if name == "id"][-1]
    again = service.client.get(f"/v1/analyses/{id_}/progress", headers={"Last-Event-ID": last})
    assert (again.status_code, again.content) == (204, b"")
    late = service.client.get(f"/v1/analyses/{id_}/progress", headers={"Last-Event-ID": "1-running-0.4"})
    assert late.text.count("event: done") == 1


def test_deleting_first_stops_and_then_removes(service: Running, video: Path) -> None:
    service.models.held.set()
    sent = service.client.post("/v1/analyses", files={"file": ("a.mp4", video.read_bytes())}).json()
    address = f"/v1/analyses/{sent['id']}"
    wait(lambda: service.client.get(address).json()["state"] == "running")
    assert service.client.get(f"{address}/timeline").json()["type"] == "/docs#problem-conflict"
    assert service.client.get(f"{address}/source").content == video.read_bytes()
    stopped = service.client.delete(address)
    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    wait(lambda: service.models.inside == 0)  # it is still held: the work heard of it
    service.models.held.clear()
    assert service.client.delete(address).status_code == 204
    assert service.client.get(address).status_code == 404
    assert not list(service.folder.uploads.glob(f"*{sent['id']}*"))


def test_removing_takes_the_upload_and_the_results(service: Running, video: Path) -> None:
    before = set(service.folder.uploads.iterdir())
    id_ = service.client.post("/v1/analyses", files={"file": ("a.mp4", video.read_bytes())}).json()["id"]
    service.finished(id_)
    assert len(set(service.folder.uploads.iterdir()) - before) == 1
    assert service.folder.results(id_).is_dir()
    assert service.client.delete(f"/v1/analyses/{id_}").status_code == 204
    assert set(service.folder.uploads.iterdir()) == before
    assert not service.folder.results(id_).exists()


def test_a_video_of_the_media_folder_stays_when_its_analysis_goes(service: Running, video: Path) -> None:
    id_ = service.client.post("/v1/analyses", json={"path": "till.mp4", "name": "the till"}).json()["id"]
    assert service.finished(id_).name == "the till"
    assert service.client.get(f"/v1/analyses/{id_}/source").content == video.read_bytes()
    assert service.client.get(f"/v1/analyses/{id_}/video").status_code == 404  # nobody asked for a copy
    assert service.client.delete(f"/v1/analyses/{id_}").status_code == 204
    assert video.is_file()


def test_a_video_that_cannot_be_read_fails_by_its_name(service: Running) -> None:
    id_ = service.client.post("/v1/analyses", files={"file": ("notes.mp4", b"no video")}).json()["id"]
    service.finished(id_)
    said = service.client.get(f"/v1/analyses/{id_}").json()
    assert said["state"] == "failed"
    assert "notes.mp4" in said["error"]
    assert str(service.settings.data) not in said["error"]
    timeline = service.client.get(f"/v1/analyses/{id_}/timeline")
    assert (timeline.status_code, timeline.json()["got"]) == (409, "failed")


def test_lists_come_in_pages(service: Running) -> None:
    for _ in range(3):
        service.finished(service.client.post("/v1/analyses", json={"path": "till.mp4"}).json()["id"])
    everything = service.client.get("/v1/analyses").json()["items"]
    seen, query = [], "?limit=2"
    while True:
        page = service.client.get(f"/v1/analyses{query}").json()
        seen += page["items"]
        if page["next"] is None:
            break
        query = f"?limit=2&before={page['next']}"
    assert seen == everything
    failed = service.client.get("/v1/analyses?state=failed").json()["items"]
    assert failed == [each for each in everything if each["state"] == "failed"]


def test_a_full_queue_asks_to_come_back(service: Running) -> None:
    service.models.held.set()
    answers = [service.client.post("/v1/analyses", json={"path": "till.mp4"}) for _ in range(5)]
    service.models.held.clear()
    refused = answers[-1]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    for answer in answers:
        if answer.status_code == 202:
            service.finished(answer.json()["id"])


def test_what_is_blurred_is_not_given_out_as_it_was(tmp_path: Path, video: Path) -> None:
    with running(tmp_path / "data", media_root=video.parent, blur=True) as service:
        id_ = service.client.post("/v1/analyses", json={"path": "till.mp4"}).json()["id"]
        service.finished(id_)
        assert service.client.get(f"/v1/analyses/{id_}/source").status_code == 404
        camera = service.cameras.add(name="Till", source="0")
        assert service.client.get(f"/v1/streams/{camera.id}/picture").status_code == 204


def test_what_was_arriving_when_the_service_was_killed_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / "data" / "incoming" / "0123.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a video")
    with running(tmp_path / "data"):
        assert not left.exists()


def test_an_upload_that_no_record_takes_does_not_stay(
    service: Running, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(service.folder.uploads.iterdir())
    monkeypatch.setattr(service.store, "add_job", lambda **_: 1 / 0)
    answer = service.client.post("/v1/analyses", files={"file": ("a.mp4", video.read_bytes())})
    assert answer.status_code == 500
    assert set(service.folder.uploads.iterdir()) == before

"""The real service: a model that names colours, read apart, with cameras that are files, over HTTP."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn

from aisle.analysis.backbone import Answers
from aisle.analysis.video import analyze
from aisle.core import Frame, UsageError
from aisle.core.boxes import Boxes
from aisle.service.assemble import assembled, run
from aisle.service.folder import DataFolder
from aisle.service.serving import configure
from aisle.service.settings import Settings
from backbones import GREEN, RED, ColourBackbone, plain
from servers import Shop
from servers import serving as shop_server
from videos import make_video

from .running import wait

RATE = Fraction(25)
THRESHOLD = 0.5


def model() -> ColourBackbone:
    return ColourBackbone(answers=Answers(threshold=THRESHOLD))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of red, four of green, three of red: green is what a model of two classes would warn of."""
    colours = [RED] * 75 + [GREEN] * 100 + [RED] * 75
    return make_video(tmp_path_factory.mktemp("media") / "shop.mp4", (plain(one) for one in colours), RATE)


@contextlib.contextmanager
def serving(data: Path, media: Path | None = None, **parts: Any) -> Iterator[httpx.Client]:
    settings = Settings(data, port=0, models=("colours",), media_root=media, free_bytes=1, blur=parts.pop("blur", None))
    with assembled(settings, [model()], **parts) as app:
        server = uvicorn.Server(configure(app, settings))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            wait(lambda: server.started)
            port = server.servers[0].sockets[0].getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def in_full(client: httpx.Client, id_: str) -> dict[str, Any]:
    wait(lambda: client.get(f"/v1/analyses/{id_}").json()["state"] not in ("queued", "running"), 60)
    job: dict[str, Any] = client.get(f"/v1/analyses/{id_}").json()
    return job


def test_the_answers_are_those_of_the_library(tmp_path: Path, shop: Path) -> None:
    expected = analyze(shop, model())
    with serving(tmp_path / "data", shop.parent) as client:
        by_path = client.post("/v1/classify", json={"path": "shop.mp4"}).json()
        with shop.open("rb") as file:
            by_form = client.post("/v1/classify", files={"file": file}).json()
        started = client.post("/v1/analyses", json={"path": "shop.mp4", "annotate": True})
        assert started.status_code == 202
        job = in_full(client, started.json()["id"])
        timeline = client.get(f"/v1/analyses/{job['id']}/timeline?format=json").json()
        page = client.get(f"/v1/analyses/{job['id']}/report").text
    for answer in (by_path, by_form):
        assert answer["label"] == expected.predictions[0].label
        assert answer["probability"] == pytest.approx(expected.predictions[0].probability, abs=1e-4)
        assert answer["model"] == "colours"
    assert (job["state"], job["label"]) == ("done", expected.predictions[0].label)
    found = [(one["label"], one["start_s"], one["end_s"]) for one in timeline["segments"]]
    assert found == [(one.label, float(one.start), float(one.end)) for one in expected.timeline.segments]
    assert str(shop.parent) not in page


def test_many_at_once_are_all_answered_alike(tmp_path: Path, shop: Path) -> None:
    with serving(tmp_path / "data", shop.parent) as client, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/classify", json={"path": "shop.mp4"}).json(), range(16)))
    assert len({(answer["label"], answer["probability"]) for answer in answers}) == 1


@pytest.fixture
def camera_address(shop: Path) -> Iterator[str]:
    """Where the video is to be had as if from a camera, in real time."""
    with shop_server(Shop({"/shop.mp4": shop.read_bytes()})) as server:
        yield f"{server.url}/shop.mp4"


def test_a_camera_warns_and_leaves_a_clip_that_a_person_reviews(
    tmp_path: Path, shop: Path, camera_address: str
) -> None:
    alarms = tmp_path / "alarms.jsonl"
    with serving(tmp_path / "data", shop.parent, sinks=[f"jsonl:{alarms}"]) as client:
        camera = client.post("/v1/streams", json={"name": "Till 1", "source": camera_address, "model": "colours"})
        assert camera.status_code == 201
        id_ = camera.json()["id"]
        wait(lambda: client.get(f"/v1/streams/{id_}/picture").status_code == 200)
        wait(lambda: client.get("/v1/events?state=ended").json()["items"], 60)
        (event,) = client.get("/v1/events?camera=Till 1&kind=green").json()["items"]
        assert (event["started_s"], event["ended_s"]) == pytest.approx((3.0, 7.0), abs=1.5)
        wait(lambda: client.get(f"/v1/events/{event['id']}/clip").status_code == 200, 30)
        reviewed = client.post(f"/v1/events/{event['id']}/review", json={"verdict": "confirmed", "note": "a bag"})
        assert reviewed.status_code == 200
        assert "green" in client.get("/v1/events/export").text
        status = client.get(f"/v1/streams/{id_}").json()["status"]
        assert (status["state"], status["dropped"]) == ("ended", 0)
        assert 'aisle_camera_frames_total{camera="Till 1"' in client.get("/metrics").text
        assert client.delete(f"/v1/streams/{id_}").status_code == 204
    assert [line for line in alarms.read_text("utf-8").splitlines() if '"ended"' in line]


def test_a_camera_is_watched_again_after_a_restart(tmp_path: Path, shop: Path, camera_address: str) -> None:
    for _ in range(2):
        with serving(tmp_path / "data", shop.parent) as client:
            known = client.get("/v1/streams").json()["items"]
            if not known:
                client.post("/v1/streams", json={"name": "Till 1", "source": camera_address, "model": "colours"})
            wait(lambda: client.get("/v1/streams").json()["items"][0]["status"]["frames"] > 0, 30)
    assert len(known) == 1


def test_a_camera_that_cannot_be_is_refused(tmp_path: Path, shop: Path) -> None:
    with serving(tmp_path / "data", shop.parent) as client:
        missing = client.post("/v1/streams", json={"name": "a", "source": "rtsp://127.0.0.1:1/x", "model": "none"})
        assert missing.status_code == 404 or missing.json()["status"] == missing.status_code >= 400
        scheme = client.post("/v1/streams", json={"name": "a", "source": "gopher://127.0.0.1/x"})
        assert 400 <= scheme.status_code < 500
        assert client.get("/v1/streams").json()["items"] == []


def test_with_blur_nothing_is_kept_as_it_was(tmp_path: Path, shop: Path, camera_address: str) -> None:
    def everything(frames: Any) -> Iterator[Boxes]:
        for frame in frames:
            assert isinstance(frame, Frame)
            height, width, _ = frame.image.shape
            yield Boxes(np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32))

    data = tmp_path / "data"
    with serving(data, shop.parent, find=everything, blur="heads") as client:
        with shop.open("rb") as file:
            started = client.post("/v1/analyses", files={"file": file}, data={"annotate": "true"}).json()
        job = in_full(client, started["id"])
        assert job["state"] == "done"
        assert client.get(f"/v1/analyses/{job['id']}/video").status_code == 200
        assert client.get(f"/v1/analyses/{job['id']}/source").status_code == 404
        wait(lambda: list((data / "uploads").iterdir()) == [])
        client.post("/v1/streams", json={"name": "Till 1", "source": camera_address, "model": "colours"})
        wait(lambda: client.get("/v1/events?state=ended").json()["items"], 60)
        (event,) = client.get("/v1/events").json()["items"]
        wait(lambda: client.get(f"/v1/events/{event['id']}/clip").status_code == 200, 30)
        assert [path.name for path in (data / "evidence").iterdir()] == [f"{event['id']}.mp4"]


def test_nobody_is_let_in_from_elsewhere_without_a_key(tmp_path: Path) -> None:
    settings = Settings(tmp_path, host="0.0.0.0", models=("colours",))
    refused = pytest.raises(
        UsageError, match=r"needs a key; got: 0\.0\.0\.0, and no key; .*do: make one: aisle keys add"
    )
    with refused, assembled(settings, [model()]):
        pass


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as client:
        settings = Settings(tmp_path / "other", port=client.base_url.port or 0, models=("colours",))
        with (
            assembled(settings, [model()]) as app,
            pytest.raises(Exception, match=r"the port cannot be listened on; got: 127\.0\.0\.1:\d+: .*do: choose"),
        ):
            run(app, settings, started=lambda _: None, quiet=True)


def test_the_data_folder_is_let_go(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    with DataFolder(tmp_path) as folder:
        assert folder.alone()

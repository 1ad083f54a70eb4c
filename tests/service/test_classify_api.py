"""A video in, its class out: the four ways to send one, and what happens when too many come at once."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from aisle.deploy.turns import Urgency
from servers import Shop, serving
from videos import make_video

from .running import Running, running, wait


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("media") / "till 1.mp4")


@pytest.fixture(scope="module")
def shop(video: Path) -> Iterator[Shop]:
    with serving(Shop({"/till.mp4": video.read_bytes(), "/page.html": b"<html>"})) as open_shop:
        yield open_shop


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, video: Path, shop: Shop) -> Iterator[Running]:
    host = shop.url.removeprefix("http://")
    with running(tmp_path_factory.mktemp("data"), media_root=video.parent, url_hosts=(host,)) as started:
        yield started


def by_path(service: Running, path: str = "till 1.mp4") -> httpx.Response:
    return service.client.post("/v1/classify", json={"path": path, "top": 2})


def by_form(service: Running, video: Path) -> httpx.Response:
    return service.client.post("/v1/classify", files={"file": ("till 1.mp4", video.read_bytes())}, data={"top": "2"})


@pytest.mark.parametrize("way", ["form", "path", "whole path", "address", "base64"])
def test_a_video_is_answered_however_it_is_sent(service: Running, video: Path, shop: Shop, way: str) -> None:
    sent: dict[str, dict[str, str]] = {
        "path": {"path": video.name},
        "whole path": {"path": str(video)},
        "address": {"url": f"{shop.url}/till.mp4"},
        "base64": {"video": base64.b64encode(video.read_bytes()).decode(), "model": "shoplifting"},
    }
    given = {"top": 2, **sent.get(way, {})}
    answer = by_form(service, video) if way == "form" else service.client.post("/v1/classify", json=given)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert list(said) == ["label", "probability", "predictions", "model", "timing", "duration_s", "notes"]
    assert said["predictions"][0] == {"label": said["label"], "probability": said["probability"]}
    assert len(said["predictions"]) == 2
    assert list(said["timing"]) == ["queue_s", "decode_s", "inference_s", "total_s"]
    assert service.models.seen[-1][1] is Urgency.REQUEST
    assert not list(service.settings.incoming.iterdir())  # nothing of what was sent stays


def test_an_upload_that_is_no_video_is_told_by_its_name_alone(service: Running) -> None:
    answer = service.client.post("/v1/classify", files={"file": ("notes.txt", b"no video")})
    said = answer.json()
    assert (answer.status_code, said["type"], said["got"].split(":")[0]) == (422, "/docs#problem-input", "notes.txt")
    assert str(service.settings.data) not in answer.text
    assert "incoming" not in answer.text


@pytest.mark.parametrize(
    ("address", "status", "slug"),
    [
        ("http://{host}/nothing.mp4", 502, "upstream"),
        ("http://{host}/page.html", 422, "input"),
        ("http://{host}.evil.example/till.mp4", 422, "input"),
        ("http://{host}@evil.example/till.mp4", 422, "input"),
        ("http://user:secret@{host}/till.mp4", 422, "input"),
        ("http://127.0.0.1:1/till.mp4", 422, "input"),
        ("http://[::1/till.mp4", 422, "input"),
        ("ftp://{host}/till.mp4", 422, "input"),
        ("file:///etc/passwd", 422, "input"),
        ("gopher://{host}/", 422, "input"),
        ("http://{host}/\r\nHost: evil", 422, "input"),
        ("//{host}/till.mp4", 422, "input"),
    ],
)
def test_only_allowed_hosts_are_asked(service: Running, shop: Shop, address: str, status: int, slug: str) -> None:
    sent = address.format(host=shop.url.removeprefix("http://"))
    answer = service.client.post("/v1/classify", json={"url": sent})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#problem-{slug}"), answer.text
    assert "secret" not in answer.text


def test_addresses_and_paths_are_off_unless_they_are_allowed(tmp_path: Path) -> None:
    with running(tmp_path / "data") as service:
        for body in ({"url": "http://127.0.0.1/a.mp4"}, {"path": "a.mp4"}):
            answer = service.client.post("/v1/classify", json=body)
            assert (answer.status_code, answer.json()["type"]) == (422, "/docs#problem-input")


def test_beyond_what_waits_clients_are_asked_to_come_back(tmp_path: Path, video: Path) -> None:
    with running(tmp_path / "data", media_root=video.parent, running=1, waiting=2) as service:
        service.models.held.set()
        with ThreadPoolExecutor(3) as pool:
            answers = [pool.submit(by_path, service) for _ in range(3)]
            wait(lambda: b"aisle_requests_waiting 2.0" in service.client.get("/metrics").content)
            refused = by_path(service)
            service.models.held.clear()
            assert [answer.result().status_code for answer in answers] == [200] * 3
        assert (refused.status_code, refused.json()["type"]) == (429, "/docs#problem-busy")
        assert int(refused.headers["retry-after"]) >= 1
        assert by_path(service).status_code == 200


def test_a_client_that_leaves_frees_its_place(tmp_path: Path, video: Path) -> None:
    with running(tmp_path / "data", media_root=video.parent, running=1, waiting=1) as service:
        service.models.held.set()
        body = b'{"path": "till 1.mp4"}'
        head = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        served, waits = service.connect(), service.connect()
        served.sendall(head.encode() + body)
        wait(lambda: service.models.inside == 1)
        waits.sendall(head.encode() + body)
        wait(lambda: b"aisle_requests_waiting 1.0" in service.client.get("/metrics").content)
        waits.close()  # it had been waiting
        wait(lambda: b"aisle_requests_waiting 0.0" in service.client.get("/metrics").content)
        served.close()  # it was being served: the work stops although the model would go on
        wait(lambda: service.models.inside == 0)
        wait(lambda: b"aisle_requests_serving 0.0" in service.client.get("/metrics").content)
        assert len(service.models.seen) == 1


def test_many_clients_at_once_are_all_answered(service: Running, video: Path) -> None:
    together = threading.Barrier(16)

    def one() -> int:
        together.wait()
        return by_form(service, video).status_code

    with ThreadPoolExecutor(16) as pool:
        assert [each.result() for each in [pool.submit(one) for _ in range(16)]] == [200] * 16

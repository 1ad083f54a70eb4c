"""Whatever is wrong with a request is answered as a problem, tells nothing of the server, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aisle.service.problems import KINDS, show
from videos import make_video

from .running import Running, running, wait

BOUNDARY = "limit"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A media folder with traps: links, a pipe, a folder, and a secret beside it."""
    root = tmp_path_factory.mktemp("place")
    folder = root / "media"
    (folder / "tills").mkdir(parents=True)
    make_video(folder / "tills" / "a.mp4")
    secret = make_video(root / "secret.mp4")
    (root / "media-too").mkdir()
    make_video(root / "media-too" / "b.mp4")
    (folder / "out.mp4").symlink_to(secret)
    (folder / "up").symlink_to(root)
    (folder / "in.mp4").symlink_to(folder / "tills" / "a.mp4")
    (folder / "loop.mp4").symlink_to(folder / "loop.mp4")
    (folder / "null.mp4").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.mp4")
    return folder


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[Running]:
    limits = {"upload_bytes": 1 << 20, "json_bytes": 1 << 18, "patience_s": 0.3, "slowest": 1 << 20}
    with running(tmp_path_factory.mktemp("data"), media_root=media, **limits) as started:
        yield started


def check(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """A problem of this kind and form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["type"] == f"/docs#problem-{slug}"
    assert said["status"] == status
    assert {"title", "detail"} <= set(said)
    assert set(said) <= {"type", "title", "status", "detail", "got", "allowed", "do", "errors", "id"}
    for told in ("Traceback", "site-packages", ".py", "/tmp/", "incoming"):
        assert told not in answer.text
    return said


TRICKS = (
    "../secret.mp4",
    "tills/../../secret.mp4",
    "tills/../tills/a.mp4",
    "..",
    "out.mp4",
    "up/secret.mp4",
    "up/media-too/b.mp4",
    "../media-too/b.mp4",
    "/etc/passwd",
    "/proc/self/environ",
    "/dev/zero",
    "null.mp4",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "http://127.0.0.1/a.mp4",
    "concat:tills/a.mp4|tills/a.mp4",
    "pipe:0",
    "tills/a.mp4\0.mp4",
    "\0",
    "C:\\Windows\\system.ini",
    "c:/windows/system.ini",
    "\\\\server\\share\\a.mp4",
    "tills\\a.mp4",
    "..\\secret.mp4",
    "%2e%2e/secret.mp4",
    "..%2fsecret.mp4",
    "....//secret.mp4",
    "~/secret.mp4",
    "~root",
    "$HOME",
    "tills",
    "tills/",
    ".",
    "/",
    " ",
    "pipe.mp4",
    "loop.mp4",
    "tills/a.mp4/",
    "nothing.mp4",
    "a" * 4096,
    "a/" * 2000,
    "\ud800",
    "\u202e4pm.a/sllit",
)


@pytest.mark.parametrize("path", TRICKS, ids=lambda path: ascii(path)[:30])
@pytest.mark.parametrize("route", ["/v1/classify", "/v1/analyses"])
def test_no_path_leads_out_of_the_media_folder(service: Running, media: Path, route: str, path: str) -> None:
    answer = service.client.post(
        route, content=json.dumps({"path": path}), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text
    check(answer, 422, answer.json()["type"].rpartition("-")[2])
    assert str(media) not in answer.text
    assert service.models.inside == 0


@pytest.mark.parametrize("path", ["tills/a.mp4", "./tills//a.mp4", "in.mp4"])
def test_paths_in_the_media_folder_are_read(service: Running, path: str) -> None:
    assert service.client.post("/v1/classify", json={"path": path}).status_code == 200


def test_whether_a_file_lies_outside_is_never_told(service: Running) -> None:
    there, absent = (service.client.post("/v1/classify", json={"path": p}).json() for p in ("/etc/passwd", "/etc/none"))
    assert {**there, "got": ""} == {**absent, "got": ""}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "slug"),
    [
        ("GET", "/nothing", {}, 404, "absent"),
        ("GET", "/v1/nothing", {}, 404, "absent"),
        ("GET", "/v1/analyses/nothing", {}, 404, "absent"),
        ("GET", "/v1/analyses/..%2f..%2fetc", {}, 404, "absent"),
        ("GET", "/page/../../app.p", {}, 404, "absent"),
        ("GET", "/%2e%2e/app.p", {}, 404, "absent"),
        ("GET", "/v1/models/none", {}, 404, "absent"),
        ("GET", "/v1/events/none", {}, 404, "absent"),
        ("GET", "/v1/events/none/clip", {}, 404, "absent"),
        ("GET", "/v1/streams/none/picture", {}, 404, "absent"),
        ("DELETE", "/v1/streams/none", {}, 404, "absent"),
        ("DELETE", "/v1/analyses/none", {}, 404, "absent"),
        ("DELETE", "/v1/classify", {}, 405, "method"),
        ("PUT", "/v1/analyses", {}, 405, "method"),
        ("POST", "/healthz", {}, 405, "method"),
        ("POST", "/v1/classify", {}, 415, "media"),
        ("POST", "/v1/classify", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "media"),
        ("POST", "/v1/classify", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "malformed"),
        (
            "POST",
            "/v1/classify",
            {"content": b"\xff", "headers": {"Content-Type": "application/json"}},
            400,
            "malformed",
        ),
        (
            "POST",
            "/v1/classify",
            {"content": b"[" * 9999, "headers": {"Content-Type": "application/json"}},
            400,
            "malformed",
        ),
        ("POST", "/v1/classify", {"json": []}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": "a", "video": "b"}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": "tills/a.mp4", "top": 0}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": "tills/a.mp4", "top": "many"}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": "tills/a.mp4", "top": "5"}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": "tills/a.mp4", "top": True}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": 5}}, 422, "invalid"),
        ("POST", "/v1/analyses", {"json": {"path": "tills/a.mp4", "annotate": 1}}, 422, "invalid"),
        ("POST", "/v1/analyses", {"files": {"file": b"a"}, "data": {"annotate": "0"}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": "tills/a.mp4", "extra": 1}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"path": "tills/a.mp4", "model": "none"}}, 422, "invalid"),
        ("POST", "/v1/classify", {"json": {"video": "no base64!"}}, 422, "input"),
        ("POST", "/v1/classify", {"json": {"video": "AAAA"}}, 422, "input"),
        ("POST", "/v1/classify", {"files": {"file": ("a.mp4", b"")}}, 422, "input"),
        ("POST", "/v1/classify", {"files": {"other": ("a.mp4", b"a")}}, 400, "malformed"),
        ("POST", "/v1/classify", {"files": [("file", b"a"), ("file", b"b")]}, 400, "malformed"),
        ("POST", "/v1/classify", {"files": {"file": b"a"}, "data": {"top": "x"}}, 422, "invalid"),
        ("POST", "/v1/classify", {"files": {"file": b"a"}, "data": {"extra": "x"}}, 422, "invalid"),
        ("POST", "/v1/classify", {"files": {"file": b"a"}, "data": {"model": "x" * 2000}}, 400, "malformed"),
        ("POST", "/v1/classify", {"content": b"", "headers": {"Content-Type": FORM}}, 400, "malformed"),
        (
            "POST",
            "/v1/classify",
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "malformed",
        ),
        ("POST", "/v1/classify", {"json": {"video": "A" * (1 << 18)}}, 413, "large"),
        ("POST", "/v1/classify", {"files": {"file": b"A" * (3 << 20)}}, 413, "large"),
        ("POST", "/v1/streams", {"json": {"name": "a", "source": "x" * (1 << 17)}}, 413, "large"),
        ("POST", "/v1/streams", {"json": {"name": "a", "source": "/etc/passwd"}}, 422, "invalid"),
        ("POST", "/v1/streams", {"json": {"name": "a", "source": "file:///etc/passwd"}}, 422, "invalid"),
        ("POST", "/v1/streams", {"json": {"name": "one too many", "source": "0"}}, 422, "invalid"),
        ("POST", "/v1/events/none/review", {"json": {"verdict": "confirmed"}}, 404, "absent"),
        ("POST", "/v1/events/none/review", {"json": {"verdict": "maybe"}}, 422, "invalid"),
        ("GET", "/v1/analyses?limit=0", {}, 422, "invalid"),
        ("GET", "/v1/analyses?before=x", {}, 422, "invalid"),
        ("GET", "/v1/analyses?before=99999999999999999999", {}, 422, "invalid"),
        ("GET", "/v1/events?since=yesterday", {}, 422, "invalid"),
        ("GET", "/v1/events?since=2026-11-21T09:00:00", {}, 422, "invalid"),
        ("GET", "/v1/events?since=1795000000", {}, 422, "invalid"),
        ("GET", "/v1/events?state=none", {}, 422, "invalid"),
        ("GET", "/healthz", {"headers": {"Host": "evil.example"}}, 421, "host"),
        ("GET", "/", {"headers": {"Host": "127.0.0.1.evil.example:80"}}, 421, "host"),
        ("GET", "/v1/me", {"headers": {"Host": "[::1"}}, 421, "host"),
        (
            "POST",
            "/v1/session",
            {"json": {"key": "k"}, "headers": {"Origin": "https://evil.example"}},
            403,
            "cross-site",
        ),
        ("POST", "/v1/session", {"json": {"key": "k"}, "headers": {"Origin": "null"}}, 403, "cross-site"),
        ("DELETE", "/v1/streams/a", {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403, "cross-site"),
        ("DELETE", "/v1/streams/a", {"headers": {"Sec-Fetch-Site": "same-site"}}, 403, "cross-site"),
        ("POST", "/v1/session", {"json": {"key": "aisle_0123456789ab_" + 43 * "x"}}, 401, "no-key"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str | int) else "",
)
def test_errors_are_problems(
    service: Running, method: str, path: str, sent: dict[str, Any], status: int, slug: str
) -> None:
    check(service.client.request(method, path, **sent), status, slug)
    assert not list(service.settings.incoming.iterdir())


def test_what_can_be_done_is_named_where_something_else_was_tried(service: Running) -> None:
    assert service.client.options("/v1/analyses").headers["allow"] == "GET, POST"
    assert service.client.put("/v1/streams/a").headers["allow"] == "DELETE, GET"
    assert service.client.request("TRACE", "/healthz").headers["allow"] == "GET"
    check(service.client.request("BREW", "/healthz"), 400, "malformed")


def test_every_answer_is_guarded(service: Running) -> None:
    for path in ("/", "/healthz", "/nothing", "/docs", "/v1/me"):
        headers = service.client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert len(headers["x-request-id"]) == 16
        assert "server" not in headers
    assert service.client.get("/healthz", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert service.client.get("/healthz", headers={"X-Request-ID": "a b"}).headers["x-request-id"] != "a b"


def test_what_nobody_foresaw_is_told_to_the_log_alone(
    service: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service.store, "jobs", lambda **_: 1 / 0)
    said = check(service.client.get("/v1/analyses"), 500, "unexpected")
    errors = [record for record in caplog.records if record.exc_info]
    assert [(record.id, record.exc_info[0]) for record in errors] == [(said["id"], ZeroDivisionError)]  # type: ignore[attr-defined, index]


def test_problems_have_a_place_on_the_page_about_the_api(service: Running) -> None:
    page = service.client.get("/docs").text
    assert all(f'id="problem-{kind.slug}"' in page for kind in KINDS)
    assert "://" not in page.replace("https://videos.example.org", "").replace("rtsp://viewer", "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("cannot read /srv/aisle/data/incoming/1f.mp4: damaged", "cannot read 1f.mp4: damaged"),
        ("'/etc/passwd'", "'passwd'"),
        ("C:\\videos\\a.mp4 is gone", "a.mp4 is gone"),
        ("video/mp4, 30000/1001 a second, http://host/a/b", "video/mp4, 30000/1001 a second, http://host/a/b"),
        ("two\nlines\x07", "two lines?"),
        ("x" * 400, "x" * 300 + "..."),
    ],
)
def test_values_are_shown_without_folders(value: str, shown: str) -> None:
    assert show(value) == shown


# --- uploads that go wrong


def _head(length: int, route: str = "/v1/analyses", kind: str = FORM) -> bytes:
    return (
        f"POST {route} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()
    )


PART = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'.encode()


def _answered(connection: socket.socket) -> httpx.Response:
    """Reads one answer to its end."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return httpx.Response(int(lines[0].split()[1]), headers=headers, content=body)


def test_an_aborted_upload_leaves_nothing(service: Running) -> None:
    before = len(service.store.jobs())
    for _ in range(20):
        with service.connect() as connection:
            connection.sendall(_head(500_000) + PART + b"a" * 100_000)
            wait(lambda: list(service.settings.incoming.iterdir()))
        wait(lambda: not list(service.settings.incoming.iterdir()))
    assert len(service.store.jobs()) == before
    assert not list(service.folder.uploads.iterdir())


@pytest.mark.parametrize("kind", [FORM, "application/json"])
def test_a_slow_upload_is_ended(service: Running, kind: str) -> None:
    with service.connect() as connection:
        connection.sendall(_head(100_000, kind=kind) + (PART if kind == FORM else b"{"))
        answer = _answered(connection)
        check(answer, 408, "slow")
        assert answer.headers["connection"] == "close"
        assert connection.recv(1) == b""
    assert not list(service.settings.incoming.iterdir())


def test_a_slow_small_body_is_ended_too(service: Running) -> None:
    with service.connect() as connection:
        connection.sendall(_head(100, "/v1/session", "application/json") + b"{")
        check(_answered(connection), 408, "slow")


def test_a_large_upload_is_refused_before_it_is_sent(service: Running) -> None:
    with service.connect() as connection:
        connection.sendall(_head(1 << 40))
        check(_answered(connection), 413, "large")


def test_a_large_upload_of_unsaid_length_is_cut_off(service: Running) -> None:
    def pieces() -> Iterator[bytes]:
        yield PART
        for _ in range(64):
            yield b"a" * (1 << 16)

    answer = service.client.post("/v1/analyses", content=pieces(), headers={"Content-Type": FORM})
    check(answer, 413, "large")
    assert not list(service.settings.incoming.iterdir())


def test_a_form_that_breaks_off_is_refused(service: Running) -> None:
    answer = service.client.post("/v1/analyses", content=PART + b"abc", headers={"Content-Type": FORM})
    assert "breaks off" in check(answer, 400, "malformed")["got"]


def test_what_is_no_http_is_refused(service: Running) -> None:
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"A" * 70_000, b"\0" * 100):
        with service.connect() as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            said = connection.recv(65536)
            assert said == b"" or said.startswith(b"HTTP/1.1 400")
    assert service.client.get("/healthz").status_code == 200
